import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFollower, readFrame, writeFrame } from './frames.ts'

describe('a frame', () => {
  test('is laid out as the server reads it', () => {
    const frame = { slot: 2, sequence: 0x0102, timestamp: 0x03040506, payload: new Uint8Array([7, 8]) }
    expect([...writeFrame(frame)]).toEqual([1, 2, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('is read as it was written', () => {
    const frames = fc.record({
      slot: fc.nat(255),
      sequence: fc.nat(0xffff),
      timestamp: fc.nat(0xffffffff),
      payload: fc.uint8Array({ minLength: 1, maxLength: 400 }),
    })
    fc.assert(
      fc.property(frames, frame => {
        expect(readFrame(writeFrame(frame))).toEqual(frame)
      }),
    )
  })

  test('is nothing where there is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), bytes => {
        const frame = readFrame(bytes)
        expect(frame === null).toBe(bytes.length <= 8 || bytes[0] !== 1)
      }),
    )
  })
})

describe('following a stream of frames', () => {
  const follow = (sequences: number[]) => {
    const follower = createFollower()
    return { taken: sequences.filter((sequence, index) => follower.take(sequence, index * 20)), follower }
  }

  test('counts what is missing', () => {
    const { taken, follower } = follow([65534, 65535, 0, 3, 4])
    expect(taken).toEqual([65534, 65535, 0, 3, 4])
    expect(follower.arrivals).toMatchObject({ packets: 5, lost: 2 })
  })

  test('plays nothing twice, and nothing that comes too late', () => {
    const { taken, follower } = follow([10, 11, 11, 10, 12])
    expect(taken).toEqual([10, 11, 12])
    expect(follower.arrivals).toMatchObject({ packets: 3, lost: 0 })
  })

  test('a long jump is another beginning, not a loss', () => {
    expect(follow([10, 5000, 5001]).follower.arrivals).toMatchObject({ packets: 3, lost: 0 })
  })

  test('is told to tremble by as much as frames come early and late', () => {
    const even = createFollower()
    const uneven = createFollower()
    for (let sequence = 0; sequence < 500; sequence++) {
      even.take(sequence, sequence * 20)
      uneven.take(sequence, sequence * 20 + (sequence % 2) * 10)
    }
    expect(even.arrivals.jitterMs).toBe(0)
    expect(uneven.arrivals.jitterMs).toBeCloseTo(10, 0)
  })
})
