import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resample } from './resample.ts'

const tone = (hertz: number, rate: number, seconds = 0.5) =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate))

/** Without both ends, where the sound begins and ends abruptly. */
const middle = (samples: Float32Array) => samples.subarray(samples.length >> 2, (3 * samples.length) >> 2)

/** How loud it is, in decibels below a full sine of the same amplitude as {@link tone}. */
const level = (samples: Float32Array) => {
  const power = middle(samples).reduce((sum, sample) => sum + sample * sample, 0) / middle(samples).length
  return 10 * Math.log10(power / 0.125 + 1e-20)
}

const difference = (one: Float32Array, other: Float32Array) => one.map((sample, i) => sample - other[i]!)

describe('a tone that both rates can carry is the same tone', () => {
  test.each([
    [16_000, 48_000, 440],
    [16_000, 48_000, 6_500],
    [22_050, 48_000, 1_000],
    [44_100, 48_000, 15_000],
    [11_025, 48_000, 3_000],
    [96_000, 48_000, 10_000],
    [48_000, 8_000, 1_000],
    [48_000, 8_000, 3_200],
    [44_101, 48_000, 1_000],
  ])('%i → %i: %i Hz', (from, to, hertz) => {
    const made = resample(tone(hertz, from), from, to)
    expect(level(difference(made, tone(hertz, to)))).toBeLessThan(-55)
  })
})

test.each([4_600, 6_000, 12_000, 20_000])('what 8 kHz cannot carry is gone: %i Hz', hertz => {
  expect(level(resample(tone(hertz, 48_000), 48_000, 8_000))).toBeLessThan(-70)
})

/** How much of this tone is in it, in decibels below {@link tone}. */
function share(samples: Float32Array, hertz: number, rate: number): number {
  const heard = middle(samples)
  let [cosine, sine] = [0, 0]
  heard.forEach((sample, i) => {
    cosine += sample * Math.cos((2 * Math.PI * hertz * i) / rate)
    sine += sample * Math.sin((2 * Math.PI * hertz * i) / rate)
  })
  return 20 * Math.log10((2 * Math.hypot(cosine, sine)) / heard.length / 0.5 + 1e-20)
}

test.each([
  [16_000, 3_000],
  [16_000, 7_000],
  [8_000, 3_400],
])('no image of a tone is heard above what %i Hz can carry: %i Hz', (from, hertz) => {
  const made = resample(tone(hertz, from), from, 48_000)
  expect(share(made, hertz, 48_000)).toBeCloseTo(0, 1)
  for (const image of [from - hertz, from + hertz]) expect(share(made, image, 48_000)).toBeLessThan(-65)
})

test('the same rate changes nothing', () => {
  const samples = tone(440, 8_000)
  expect(resample(samples, 8_000, 8_000)).toBe(samples)
})

test('any rates: the length is that of the same time, and a level stays a level', () => {
  const rate = fc.integer({ min: 4_000, max: 192_000 })
  fc.assert(
    fc.property(rate, rate, fc.integer({ min: 0, max: 1_000 }), (from, to, length) => {
      const made = resample(new Float32Array(length).fill(0.25), from, to)
      expect(made.length).toBe(from === to ? length : Math.round((length * to) / from))
      const inner = (CROSSINGS_IN_SAMPLES * Math.max(1, from / to) * to) / from
      for (const sample of made.subarray(Math.ceil(inner), Math.max(0, Math.floor(made.length - inner))))
        expect(sample).toBeCloseTo(0.25, 3)
    }),
    { numRuns: 30 },
  )
})
const CROSSINGS_IN_SAMPLES = 35
