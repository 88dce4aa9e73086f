import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test('each wait is twice the one before, up to the longest', () => {
  expect([1, 2, 3, 4].map(attempts => backoffMs(attempts))).toEqual([10_000, 20_000, 40_000, 80_000])
  expect([9, 10, 10_000].map(attempts => backoffMs(attempts))).toEqual([2560_000, 3600_000, 3600_000])
  expect(backoffMs(1, { firstMs: 30_000 })).toBe(30_000)
  expect(backoffMs(100, { mostMs: 86_400_000 })).toBe(86_400_000)
})
