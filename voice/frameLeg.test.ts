import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openFrames, readFrame, writeFrame } from './frameLeg.ts'
import type { ConnectionEvents } from './leg.ts'
import type { AudioPacket } from './source.ts'

const frame = fc.record({
  slot: fc.nat(5),
  sequence: fc.nat(0xffff),
  timestamp: fc.nat(0xffff_ffff),
  payload: fc.uint8Array({ minLength: 1, maxLength: 1276 }),
})

test('what is written is read again', () => {
  fc.assert(
    fc.property(frame, each => {
      expect(readFrame(writeFrame(each))).toEqual(each)
    }),
  )
})

test('the layout is the one that is documented', () => {
  const bytes = writeFrame({ slot: 3, sequence: 0x10102, timestamp: 0x1_03040506, payload: Uint8Array.of(0x78, 9) })
  expect([...bytes]).toEqual([1, 3, 1, 2, 3, 4, 5, 6, 0x78, 9])
})

test('what is no frame is none', () => {
  const bytes = writeFrame({ slot: 0, sequence: 1, timestamp: 1, payload: Uint8Array.of(0x78) })
  expect(readFrame(bytes.subarray(0, 8))).toBeNull()
  expect(readFrame(Uint8Array.of(2, ...bytes.subarray(1)))).toBeNull()
  expect(readFrame(new Uint8Array(2000).fill(1))).toBeNull()
  expect(readFrame(new Uint8Array(0))).toBeNull()
})

test('a connection takes frames both ways until it is closed', () => {
  const [sent, heard]: [Uint8Array[], AudioPacket[]] = [[], []]
  const nothing = () => {}
  const events: ConnectionEvents = {
    connected: nothing,
    audio: p => heard.push(p),
    restarted: nothing,
    digit: nothing,
    lost: nothing,
  }
  const connection = openFrames(bytes => sent.push(bytes), events)
  const packet = { sequence: 70_000, timestamp: 2 ** 32 + 5, marker: true, payload: Uint8Array.of(0x78), level: null }
  for (let i = 0; i < 2; i++) {
    connection.send(2, packet)
    connection.frame(writeFrame({ slot: 0, sequence: 4, timestamp: 5, payload: Uint8Array.of(0x78, 1) }))
    connection.frame(Uint8Array.of(9))
    connection.close()
  }
  expect(sent.map(readFrame)).toEqual([
    { slot: 2, sequence: 70_000 & 0xffff, timestamp: 5, payload: Uint8Array.of(0x78) },
  ])
  expect(heard).toMatchObject([{ sequence: 4, timestamp: 5, level: null }])
})
