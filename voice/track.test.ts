import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOLD_MS } from './alignment.ts'
import { Leg } from './leg.ts'
import { silence, tone } from './tones.ts'
import { levelOf, Track } from './track.ts'

/** What one packet is worth: when it was said, when it arrives, its numbers on the wire. */
interface Said {
  at: number
  arrives: number
  sequence: number
  timestamp: number
}

const NEVER = Number.POSITIVE_INFINITY

/** Lets packets arrive in their order and writes as a recording does. @returns for each packet that was written its place. */
function record(said: Said[], until: number): Map<number, number> {
  let now = 0
  const leg = new Leg('speaker', () => now)
  const track = new Track(leg, () => now)
  const places = new Map<number, number>()
  let written = 0
  const write = (to: number) => {
    for (; written < to; written++) {
      const frame = track.frameAt(written)
      if (!frame) continue
      const [, high, low] = frame.packet
      expect(places.has(high! * 256 + low!), 'written twice').toBe(false)
      places.set(high! * 256 + low!, written)
    }
  }
  const arriving = said.map((each, k) => ({ ...each, k })).filter(({ arrives }) => arrives < NEVER)
  for (const { k, arrives, sequence, timestamp } of arriving.toSorted((a, b) => a.arrives - b.arrives)) {
    now = arrives
    write(Math.floor((now - HOLD_MS) / 20))
    const payload = Uint8Array.of(0x78, k >> 8, k & 255, 0)
    leg.hear({ sequence: sequence & 0xffff, timestamp: timestamp % 2 ** 32, marker: false, payload, level: 20 })
  }
  now = until
  write(Math.floor(now / 20))
  return places
}

const jitter = fc.infiniteStream(fc.integer({ min: 0, max: 60 }))
const lost = fc.infiniteStream(fc.integer({ min: 1, max: 100 }))
const beginning = {
  at: fc.integer({ min: 0, max: 5000 }),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
}

test('packets stand where they were said, to 100 ms: jitter, loss, reordering, wrapped numbers, pauses', () => {
  const pause = fc.record({
    after: fc.integer({ min: 60, max: 120 }),
    length: fc.integer({ min: 0, max: 3000 }),
    counted: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.record(beginning),
      jitter,
      lost,
      fc.integer({ min: 0, max: 20 }),
      pause,
      (begin, delays, losses, percent, { after, length, counted }) => {
        const said = Array.from({ length: 300 }, (_, k): Said => {
          const paused = k >= after ? length : 0
          const at = begin.at + k * 20 + paused
          const timestamp = begin.timestamp + k * 960 + (counted ? paused * 48 : 0)
          const arrives = losses.next().value! <= percent ? NEVER : at + 20 + delays.next().value!
          return { at, arrives, sequence: begin.sequence + k, timestamp }
        })
        const places = record(said, begin.at + 300 * 20 + length + 1000)
        for (const [k, { at, arrives }] of said.entries()) {
          // After a pause that its sender did not count, it takes a second of packets in order to be sure of it; a short one is taken for jitter.
          if (!counted && k >= after && k < after + 120) continue
          const place = places.get(k)
          if (arrives === NEVER) expect(place).toBeUndefined()
          else expect(Math.abs(place! * 20 - at), `packet ${k}`).toBeLessThanOrEqual(counted || k < after ? 100 : 180)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('what a network held back and delivers all at once finds its place, if it is not too late', () => {
  const said = Array.from({ length: 200 }, (_, k): Said => {
    const at = k * 20
    const held = at >= 1000 && at < 1500
    return { at, arrives: held ? 1510 + k / 1000 : at + 10, sequence: k, timestamp: k * 960 }
  })
  const places = record(said, 5000)
  expect([...places].filter(([k, place]) => Math.abs(place - k) > 1)).toEqual([])
  expect(places.size).toBe(200)
})

test('a sender that begins anew stands where it arrives', () => {
  let now = 1000
  const leg = new Leg('speaker', () => now)
  const track = new Track(leg, () => now)
  const say = (sequence: number, timestamp: number) =>
    leg.hear({ sequence, timestamp, marker: false, payload: Uint8Array.of(0x78, 1, 2, 3), level: 20 })
  say(500, 500_000)
  now = 2000
  leg.restart()
  say(7, 77)
  expect([50, 99, 100, 101].map(index => track.frameAt(index) !== null)).toEqual([true, false, true, false])
})

test('several frames in one packet are several places; made-up times and other lengths are not taken', () => {
  const leg = new Leg('speaker', () => 1000)
  const track = new Track(leg, () => 1000)
  const say = (sequence: number, timestamp: number, ...payload: number[]) =>
    leg.hear({ sequence, timestamp, marker: false, payload: Uint8Array.from(payload), level: null })
  say(10, 0, 0x79, 1, 2)
  say(11, 2 * 960, 0x10, 1, 2)
  say(9, 2 ** 30, 0x78, 9)
  expect(track.frameAt(50)?.packet).toEqual(Uint8Array.of(0x78, 1))
  expect(track.frameAt(51)?.packet).toEqual(Uint8Array.of(0x78, 2))
  expect(track.empty).toBe(true)
})

test('loudness is measured as browsers do', () => {
  expect(levelOf(silence(0.02))).toBe(127)
  expect(levelOf(tone([1000], 1, 1))).toBe(3)
  expect(levelOf(tone([1000], 1, 0.01))).toBe(43)
})
