import { expect, test } from 'vitest'
import { beep, ringback, silence, tone } from './tones.ts'

test('a tone has its frequency, its length and soft edges', () => {
  const pcm = tone([1000], 0.5, 0.5)
  expect(pcm.length).toBe(24_000)
  const risings = pcm.filter((value, i) => i > 0 && value >= 0 && pcm[i - 1]! < 0).length
  expect(Math.abs(risings - 500)).toBeLessThanOrEqual(1)
  expect(Math.abs(pcm[12]!)).toBeLessThan(1500)
  expect(Math.max(...pcm)).toBeGreaterThan(16_000)
})

test('the others are made of it', () => {
  expect(beep().length).toBe(19_200)
  expect(silence(0.1)).toEqual(new Int16Array(4800))
  const ring = ringback()
  expect(ring.length).toBe(6 * 48_000)
  expect(Math.max(...ring.subarray(0, 90_000))).toBeGreaterThan(5000)
  expect(ring.subarray(96_000)).toEqual(new Int16Array(192_000))
})
