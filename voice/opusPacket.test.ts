import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concealed, delimited, delimitedFramesOf, framesOf, SILENCE } from './opusPacket.ts'

const bytes = (length: { minLength: number; maxLength: number }) => fc.uint8Array(length)
/** A 20 ms packet of one frame, as browsers send them. */
const single = bytes({ minLength: 0, maxLength: 1275 }).map(frame => Uint8Array.of(0x78, ...frame))

test('a packet of one frame is itself', () => {
  const packet = Uint8Array.of(0x78, 1, 2, 3)
  expect(framesOf(packet)).toEqual({ packets: [packet], samples: 960 })
})

test.each([
  [0x00, 480],
  [0x08, 960],
  [0x10, 1920],
  [0x18, 2880],
  [0x60, 480],
  [0x68, 960],
  [0x80, 120],
  [0xe8, 240],
  [0xf0, 480],
  [0xf8, 960],
])('the configuration %i has frames of %i samples', (toc, samples) => {
  expect(framesOf(Uint8Array.of(toc, 1))?.samples).toBe(samples)
})

test('frames of one packet come apart: two alike, two different, many', () => {
  const [a, b, c] = [
    [1, 2],
    [3, 4],
    [5, 6, 7],
  ] as const
  const alone = (frame: readonly number[]) => Uint8Array.of(0x78, ...frame)
  expect(framesOf(Uint8Array.of(0x79, ...a, ...b))?.packets).toEqual([alone(a), alone(b)])
  expect(framesOf(Uint8Array.of(0x7a, 2, ...a, ...c))?.packets).toEqual([alone(a), alone(c)])
  expect(framesOf(Uint8Array.of(0x7b, 0x83, 2, 2, ...a, ...b, ...c))?.packets).toEqual([alone(a), alone(b), alone(c)])
  expect(framesOf(Uint8Array.of(0x7b, 0x42, 1, ...a, ...b, 0))?.packets, 'padded').toEqual([alone(a), alone(b)])
})

test('what is no packet is none', () => {
  expect(framesOf(Uint8Array.of())).toBeNull()
  expect(framesOf(Uint8Array.of(0x79, 1, 2, 3)), 'two of equal length in three bytes').toBeNull()
  expect(framesOf(Uint8Array.of(0x7b, 0)), 'no frame').toBeNull()
  expect(framesOf(Uint8Array.of(0x7b, 0x07, 1, 1, 1, 1, 1, 1, 1)), 'longer than 120 ms').toBeNull()
  expect(framesOf(Uint8Array.of(0x7a, 200, 1)), 'shorter than it says').toBeNull()
})

test('no bytes are too odd', () => {
  fc.assert(
    fc.property(bytes({ minLength: 0, maxLength: 60 }), fc.boolean(), (packet, selfDelimited) => {
      const frames = selfDelimited ? delimitedFramesOf(packet)?.frames : framesOf(packet)
      if (frames) expect(frames.packets.length * frames.samples).toBeLessThanOrEqual(5760)
    }),
    { numRuns: 2000 },
  )
})

test('a packet that tells its length is found again in front of any other', () => {
  fc.assert(
    fc.property(single, single, (first, second) => {
      const both = Uint8Array.of(...delimited(first), ...second)
      const read = delimitedFramesOf(both)!
      expect(read.frames.packets).toEqual([first])
      expect(both.subarray(read.length)).toEqual(second)
    }),
  )
})

test('what stands in for a loss is coded alike and has nothing in it', () => {
  expect(concealed(Uint8Array.of(0x7b, 2, 9, 9))).toEqual(Uint8Array.of(0x78))
  expect(framesOf(SILENCE)?.samples).toBe(960)
})
