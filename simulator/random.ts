/** Numbers in [0, 1), 32 bits fine: enough for times and choices, and the same on every machine. */
export type Random = () => number

/**
 * An independent stream of random numbers for one purpose (arrivals, patience, …), so that a change that draws more
 * from one of them leaves the others as they were: two versions of a center can be compared on the very same callers.
 *
 * Generator: xoshiro128** 1.1 (Blackman and Vigna, public domain), seeded by splitmix32 from the seed and the name.
 * The period of 2¹²⁸ − 1 is far beyond any run.
 */
export function randomStream(seed: number, name: string): Random {
  let state = hash(seed, name)
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
  let a = next()
  let b = next()
  let c = next()
  let d = next()
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return (scrambled >>> 0) / 2 ** 32
  }
}

/** Exponentially distributed with this mean. Never 0, never infinite. */
export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random() - 2 ** -33)

/** Lognormally distributed with this mean and squared coefficient of variation (Box and Muller's transform). */
export function lognormal(random: Random, mean: number, cv2: number): number {
  const variance = Math.log(1 + cv2)
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * normal)
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

/** FNV-1a over the name, begun from the seed. */
function hash(seed: number, name: string): number {
  let value = (seed ^ 0x811c9dc5) | 0
  value = Math.imul(value ^ Math.floor(seed / 2 ** 32), 0x01000193)
  for (const letter of name) value = Math.imul(value ^ letter.codePointAt(0)!, 0x01000193)
  return value
}
