import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GIVE_UP_AFTER_MS, nextAttemptAt, webhookTypeOf } from './webhook.ts'

test('an event of the log is one webhook, or none', () => {
  expect(webhookTypeOf('call.arrived')).toBe('call.status_update')
  expect(webhookTypeOf('call.status_changed')).toBe('call.status_update')
  expect(webhookTypeOf('contact.deleted')).toBe('contact.deleted')
  expect(webhookTypeOf('user.signed_in')).toBeNull()
})

describe('after an attempt that failed', () => {
  const firstAt = 1_000_000
  const next = (now: number, { retryAfterMs = 0, random = 0.5 } = {}) =>
    nextAttemptAt({ firstAt, now, retryAfterMs, random })

  test('the next ones follow ever more slowly', () => {
    expect(next(firstAt)).toBe(firstAt + 5000)
    expect(next(firstAt + 5000)).toBe(firstAt + 15_000)
    expect(next(firstAt + 15_000)).toBe(firstAt + 45_000)
    expect(next(firstAt + 12 * 3600_000)).toBe(firstAt + 16 * 3600_000)
  })

  test('no two at the same moment', () => {
    expect(next(firstAt, { random: 0 })).toBe(firstAt + 4000)
    expect(next(firstAt, { random: 0.999999 })).toBe(firstAt + 6000)
  })

  test('and not before the endpoint wants it', () => {
    expect(next(firstAt, { retryAfterMs: 90_000 })).toBe(firstAt + 90_000)
    expect(next(firstAt, { retryAfterMs: 1000 })).toBe(firstAt + 5000)
    expect(next(firstAt, { retryAfterMs: 10 * GIVE_UP_AFTER_MS })).toBe(firstAt + GIVE_UP_AFTER_MS)
  })

  test('the last one is made when 24 hours have passed, whatever happened before', () => {
    const chance = fc.record({
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      retryAfterMs: fc.nat(7200_000),
      took: fc.nat(15_000),
    })
    fc.assert(
      fc.property(fc.array(chance, { minLength: 50, maxLength: 50 }), chances => {
        let began = firstAt
        for (const [index, { took, ...more }] of chances.entries()) {
          const at = next(began + took, more)
          if (at === null) {
            expect(began).toBeGreaterThanOrEqual(firstAt + GIVE_UP_AFTER_MS - 15_000)
            expect(index).toBeGreaterThan(6)
            expect(index).toBeLessThan(25)
            return
          }
          expect(at).toBeGreaterThan(began)
          expect(at).toBeLessThanOrEqual(Math.max(began + took, firstAt + GIVE_UP_AFTER_MS))
          began = at
        }
        expect.unreachable('it is still being tried')
      }),
    )
  })
})
