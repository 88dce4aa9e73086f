import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Arrivals, arrivalsOf, type Heard, heardBetween, qualityOf } from './quality.ts'

const heard = (lossPercent: number, jitterMs = 5, roundTripMs: number | null = 40): Heard => ({
  lossPercent,
  jitterMs,
  roundTripMs,
})
const arrivals = (packets: number, lost: number, more: Partial<Arrivals> = {}): Arrivals => ({
  packets,
  lost,
  jitterMs: 0,
  roundTripMs: null,
  ...more,
})

describe('the quality of a connection', () => {
  // By hand, from the formula: delay 20 + 10 + 40 = 70 ms, so 93.2 − 1.68 − what loss takes.
  test.each([
    [0, 91.52, 4.38, 'good'],
    [1, 87.88, 4.29, 'good'],
    [5, 75.74, 3.85, 'fair'],
    [10, 64.45, 3.33, 'poor'],
    [30, 39.8, 2.06, 'poor'],
  ] as const)('%i %% loss rates %f: an opinion of %f, %s', (loss, rating, opinion, level) => {
    const quality = qualityOf(heard(loss))
    expect(quality.level).toBe(level)
    expect(quality.opinion).toBeCloseTo(opinion, 1)
    const r = rating
    expect(quality.opinion).toBeCloseTo(1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r), 2)
  })

  test('half a second of delay is not good, however little is lost', () => {
    expect(qualityOf(heard(0, 5, 1000)).level).toBe('poor')
    expect(qualityOf(heard(0, 5, 350)).level).not.toBe('poor')
  })

  test('never gets better by losing, waiting or trembling more, and stays between 1 and 4.5', () => {
    const amount = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(amount, amount, amount, amount, amount, amount, (loss, jitter, trip, more, later, shakier) => {
        const before = qualityOf(heard(loss, jitter, trip * 10)).opinion
        const after = qualityOf(heard(Math.min(100, loss + more), jitter + shakier, (trip + later) * 10)).opinion
        // The cubic dips by less than a hundredth at its very bottom.
        expect(after).toBeLessThanOrEqual(before + 0.01)
        expect(before).toBeGreaterThanOrEqual(1)
        expect(before).toBeLessThanOrEqual(4.5)
      }),
    )
  })
})

describe('what was heard between two looks', () => {
  test('is of that interval only', () => {
    const before = arrivals(1000, 500, { jitterMs: 90 })
    expect(heardBetween(before, arrivals(1090, 510, { jitterMs: 7, roundTripMs: 31 }))).toEqual({
      lossPercent: 10,
      jitterMs: 7,
      roundTripMs: 31,
    })
  })

  test('is nothing when nothing came', () => {
    expect(heardBetween(arrivals(10, 0), arrivals(10, 0))).toBeNull()
    expect(heardBetween(arrivals(10, 0), arrivals(10, 5))).toBeNull()
    // Counters that begin again, with another connection.
    expect(heardBetween(arrivals(1000, 0), arrivals(5, 0))).toBeNull()
  })

  test('adds up all lines of a report, and takes the round trip of the way in use', () => {
    const report = new Map<string, object>([
      ['a', { type: 'inbound-rtp', kind: 'audio', packetsReceived: 100, packetsLost: 3, jitter: 0.004 }],
      ['b', { type: 'inbound-rtp', kind: 'audio', packetsReceived: 50, packetsLost: -2, jitter: 0.02 }],
      ['c', { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 }],
      ['d', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 }],
      ['e', { type: 'outbound-rtp', kind: 'audio', packetsSent: 100 }],
    ])
    expect(arrivalsOf(report)).toEqual({ packets: 150, lost: 3, jitterMs: 20, roundTripMs: 50 })
    expect(arrivalsOf(new Map())).toEqual(arrivals(0, 0))
  })
})
