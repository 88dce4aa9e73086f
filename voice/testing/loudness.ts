/** @returns how loud (0 to 1) samples (48 kHz) are at one frequency. */
export function loudnessAt(pcm: Int16Array, frequency: number): number {
  let [sine, cosine] = [0, 0]
  for (const [i, value] of pcm.entries()) {
    const phase = (2 * Math.PI * frequency * i) / 48_000
    sine += value * Math.sin(phase)
    cosine += value * Math.cos(phase)
  }
  return pcm.length === 0 ? 0 : (2 * Math.hypot(sine, cosine)) / pcm.length / 32_768
}
