import fc from 'fast-check'
import { expect, test } from 'vitest'
import { giveBack, HOUR_MS, type Tally, takeSlice, UNUSED } from './budget.ts'

/** Any time will do: this is one of 2026. */
const NOW = 1_790_000_000_000

test('the first request begins the hour', () => {
  expect(takeSlice(UNUSED, 1000, NOW)).toEqual({
    tally: { startedAt: NOW, taken: 100 },
    slice: { granted: 100, unclaimed: 900, endsInMs: HOUR_MS },
  })
})

test('an hour later another one begins', () => {
  const full = { startedAt: 0, taken: 1000 }
  expect(takeSlice(full, 1000, HOUR_MS - 1).slice).toEqual({ granted: 0, unclaimed: 0, endsInMs: 1 })
  expect(takeSlice(full, 1000, HOUR_MS)).toMatchObject({ tally: { startedAt: HOUR_MS, taken: 100 } })
})

test('a limit that was lowered below what is gone leaves nothing', () => {
  expect(takeSlice({ startedAt: 0, taken: 500 }, 100, 1).slice).toMatchObject({ granted: 0, unclaimed: 0 })
})

test('what is unspent is given back to its own hour, and is void in another', () => {
  const tally = { startedAt: NOW, taken: 100 }
  expect(giveBack(tally, NOW, 40)).toEqual({ startedAt: NOW, taken: 60 })
  expect(giveBack(tally, NOW - HOUR_MS, 40)).toEqual(tally)
})

test('a thousand requests take some fifty slices', () => {
  let tally = UNUSED
  let slices = 0
  while (slices < 60) {
    const taken = takeSlice(tally, 1000, NOW)
    if (taken.slice.granted === 0) break
    tally = taken.tally
    slices++
  }
  expect(slices).toBeLessThan(60)
  expect(tally.taken).toBe(1000)
})

/** Processes that spend, fall silent, give back and die, in any order, on one tally. */
const anyStory = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ type: fc.constant('ask' as const), process: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('giveBack' as const), process: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('die' as const), process: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(HOUR_MS) }) },
  ),
  { maxLength: 400, size: 'max' },
)

test('never lets more through than the limit, and refuses below it only what others hold', () => {
  fc.assert(
    fc.property(anyStory, fc.integer({ min: 1, max: 30 }), (story, limit) => {
      let now = NOW
      let tally: Tally = UNUSED
      const held = [0, 1, 2, 3].map(() => ({ left: 0, startedAt: -1 }))
      /** Allowed in the window that began then. */
      const allowed = new Map<number, number>()
      let lost = 0
      const inForce = (at: number) => now < at + HOUR_MS
      for (const step of story) {
        if (step.type === 'wait') {
          now += step.ms
          continue
        }
        const process = held[step.process]!
        if (step.type === 'die') {
          if (inForce(process.startedAt)) lost += process.left
          process.left = 0
          continue
        }
        if (step.type === 'giveBack') {
          tally = giveBack(tally, process.startedAt, process.left)
          process.left = 0
          continue
        }
        if (!inForce(process.startedAt)) process.left = 0
        if (process.left === 0) {
          const taken = takeSlice(tally, limit, now)
          if (taken.tally.startedAt !== tally.startedAt) lost = 0
          tally = taken.tally
          process.startedAt = tally.startedAt
          process.left = taken.slice.granted
        }
        const spent: number = allowed.get(tally.startedAt) ?? 0
        if (process.left > 0) {
          process.left--
          allowed.set(process.startedAt, spent + 1)
          continue
        }
        const elsewhere = held.reduce((sum, { left, startedAt }) => sum + (inForce(startedAt) ? left : 0), 0)
        expect(spent + elsewhere + lost).toBe(limit)
      }
      for (const count of allowed.values()) expect(count).toBeLessThanOrEqual(limit)
    }),
  )
})
