import { expect, test } from 'vitest'
import { holdMusicPcm } from './holdMusic.ts'

test('the music lasts half a minute, is soft, never silent and has no click at its seam', () => {
  const pcm = holdMusicPcm()
  expect(pcm.length / 48_000).toBe(32)
  expect(pcm.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBe(9000)
  for (let at = 0; at < pcm.length; at += 24_000) {
    const half = pcm.subarray(at, at + 24_000)
    expect(Math.sqrt(half.reduce((sum, value) => sum + value * value, 0) / half.length)).toBeGreaterThan(300)
  }
  const step = (from: number, to: number) => Math.abs(pcm.at(from)! - pcm.at(to)!)
  const steepest = Math.max(...Array.from({ length: 48_000 }, (_, i) => step(i, i + 1)))
  expect(step(-1, 0)).toBeLessThanOrEqual(steepest)
})
