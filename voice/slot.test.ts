import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Slot } from './slot.ts'
import { type AudioPacket, Source } from './source.ts'

class Voice extends Source {
  say(sequence: number, timestamp: number, marker = false) {
    this.emit({ sequence, timestamp, marker, payload: Uint8Array.of(0x78), level: null })
  }
  again() {
    this.cut()
  }
}

function listener() {
  const heard: AudioPacket[] = []
  const clock = { now: 5000 }
  const slot = new Slot(
    0,
    (_, packet) => heard.push(packet),
    () => clock.now,
  )
  return { slot, heard, clock }
}

test('within one voice losses and pauses stay as they are', () => {
  const { slot, heard } = listener()
  const voice = new Voice()
  slot.bind(voice)
  for (const [sequence, timestamp] of [
    [10, 0],
    [11, 960],
    [14, 3840],
    [13, 2880],
    [15, 48_000],
  ] as const)
    voice.say(sequence, timestamp)
  expect(heard.map(({ sequence, timestamp }) => [sequence, timestamp])).toEqual([
    [0, 0],
    [1, 960],
    [4, 3840],
    [3, 2880],
    [5, 48_000],
  ])
  expect(heard.map(({ marker }) => marker)).toEqual([true, false, false, false, false])
})

test('another voice goes on with the next number, later by the time that has passed', () => {
  fc.assert(
    fc.property(
      fc.nat(2 ** 34),
      fc.nat(2 ** 34),
      fc.integer({ min: 20, max: 60_000 }),
      (sequence, timestamp, passed) => {
        const { slot, heard, clock } = listener()
        const [first, second] = [new Voice(), new Voice()]
        slot.bind(first)
        first.say(7, 700)
        slot.bind(second)
        clock.now += passed
        first.say(8, 1660)
        second.say(sequence, timestamp)
        second.say(sequence + 1, timestamp + 960)
        const [a, b, c, ...more] = heard
        expect([b!.sequence - a!.sequence, c!.sequence - a!.sequence, more.length]).toEqual([1, 2, 0])
        expect([b!.timestamp - a!.timestamp, c!.timestamp - b!.timestamp]).toEqual([passed * 48, 960])
        expect([b!.marker, c!.marker]).toEqual([true, false])
      },
    ),
  )
})

test('a voice that begins anew is joined as another one is', () => {
  const { slot, heard, clock } = listener()
  const voice = new Voice()
  slot.bind(voice)
  voice.say(40_000, 4_000_000)
  voice.again()
  clock.now += 300
  voice.say(5, 123)
  expect(heard[1]!.sequence - heard[0]!.sequence).toBe(1)
  expect(heard[1]!.timestamp - heard[0]!.timestamp).toBe(300 * 48)
})

test('what comes late from before a voice was bound is not heard', () => {
  const { slot, heard } = listener()
  const voice = new Voice()
  slot.bind(voice)
  voice.say(100, 96_000)
  voice.say(99, 95_040)
  voice.say(101, 96_960)
  expect(heard.map(({ sequence }) => sequence - heard[0]!.sequence)).toEqual([0, 1])
})
