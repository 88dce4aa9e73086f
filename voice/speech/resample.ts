/** Zero crossings of the sinc on either side: how steep the filter is. */
const CROSSINGS = 32
/** The pass band's share of what the lower of both rates can carry; the rest is where the filter falls off. */
const PASS_BAND = 0.94
/** Kaiser window: images and aliases are some 80 dB down. */
const BETA = 8

/**
 * Samples at another rate, band-limited to what both can carry. Sound of `n` samples becomes `round(n · to / from)`
 * samples of the same time.
 *
 * @param from samples a second, as `to`; both whole.
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples
  const out = new Float32Array(Math.round((samples.length * to) / from))
  // The kernel is stretched when the rate goes down, so that what the new rate cannot carry goes.
  const stretch = Math.min(1, to / from) * PASS_BAND
  const half = Math.ceil(CROSSINGS / stretch)
  // New samples stand between the old ones in few different ways, which come again and again.
  const weights = new Map<number, Float32Array>()
  for (let i = 0; i < out.length; i++) {
    const whole = Math.floor((i * from) / to)
    const remainder = (i * from) % to
    let kernel = weights.get(remainder)
    if (kernel === undefined) {
      kernel = weightsAt(remainder / to, stretch, half)
      weights.set(remainder, kernel)
    }
    const first = whole - half + 1
    const end = Math.min(kernel.length, samples.length - first)
    let sum = 0
    for (let k = Math.max(0, -first); k < end; k++) sum += samples[first + k]! * kernel[k]!
    out[i] = sum
  }
  return out
}

/** What the old samples around a new one weigh that stands `fraction` after the one in the middle. */
const weightsAt = (fraction: number, stretch: number, half: number): Float32Array =>
  Float32Array.from({ length: 2 * half }, (_, k) => stretch * windowedSinc((k - half + 1 - fraction) * stretch))

function windowedSinc(x: number): number {
  if (x === 0) return 1
  const inside = 1 - (x / CROSSINGS) ** 2
  if (inside <= 0) return 0
  return ((Math.sin(Math.PI * x) / (Math.PI * x)) * bessel(BETA * Math.sqrt(inside))) / bessel(BETA)
}

/** Modified Bessel function of the first kind, order zero. */
function bessel(x: number): number {
  let sum = 1
  for (let k = 1, term = 1; term > sum * 1e-12; k++) {
    term *= (x / 2 / k) ** 2
    sum += term
  }
  return sum
}
