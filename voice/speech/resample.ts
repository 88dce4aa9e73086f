/** Zero crossings of the sinc on either side: how steep the filter is. */
const CROSSINGS = 32
/** Entries of the kernel's table between two crossings; in between it is interpolated. */
const RESOLUTION = 512
/** The pass band's share of what the lower of both rates can carry; the rest is where the filter falls off. */
const PASS_BAND = 0.94
/** Kaiser window: images and aliases are some 80 dB down. */
const BETA = 8

const KERNEL = windowedSinc()

/**
 * Samples at another rate, band-limited to what both can carry. Sound of `n` samples becomes `round(n · to / from)`
 * samples of the same time.
 *
 * @param from samples a second, as `to`.
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples
  const out = new Float32Array(Math.round((samples.length * to) / from))
  // The kernel's own time: it is stretched when the rate goes down, so that what the new rate cannot carry goes.
  const stretch = Math.min(1, to / from) * PASS_BAND
  const reach = CROSSINGS / stretch
  for (let i = 0; i < out.length; i++) {
    const at = (i * from) / to
    const first = Math.max(0, Math.ceil(at - reach))
    const last = Math.min(samples.length - 1, Math.floor(at + reach))
    let sum = 0
    for (let k = first; k <= last; k++) {
      const x = Math.abs(at - k) * stretch * RESOLUTION
      const entry = Math.floor(x)
      const below = KERNEL[entry]!
      sum += samples[k]! * (below + (x - entry) * (KERNEL[entry + 1]! - below))
    }
    out[i] = sum * stretch
  }
  return out
}

/** The right half of the kernel, and one entry more so that the last one can be interpolated. */
function windowedSinc(): Float64Array {
  return Float64Array.from({ length: CROSSINGS * RESOLUTION + 2 }, (_, index) => {
    const x = index / RESOLUTION
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
    const inside = Math.max(0, 1 - (x / CROSSINGS) ** 2)
    return (sinc * bessel(BETA * Math.sqrt(inside))) / bessel(BETA)
  })
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
