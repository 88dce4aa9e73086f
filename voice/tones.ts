const SAMPLE_RATE = 48_000
/** How long a tone takes to begin and to end: at once would click. */
const EDGE_SECONDS = 0.008

/**
 * Tones sounding together.
 * @param loudness of each one, 0 to 1.
 * @returns samples: one channel, 48 kHz.
 */
export function tone(frequencies: number[], seconds: number, loudness = 0.2): Int16Array {
  const length = Math.round(seconds * SAMPLE_RATE)
  return Int16Array.from({ length }, (_, i) => {
    const time = i / SAMPLE_RATE
    const edge = Math.min(1, time / EDGE_SECONDS, (seconds - time) / EDGE_SECONDS)
    const wave = frequencies.reduce((sum, frequency) => sum + Math.sin(2 * Math.PI * frequency * time), 0)
    return Math.round(wave * edge * loudness * 32_767)
  })
}

export const silence = (seconds: number): Int16Array => new Int16Array(Math.round(seconds * SAMPLE_RATE))

/** “Speak after the tone.” */
export const beep = (): Int16Array => tone([1000], 0.4)

/** One ring as the caller hears it, with the pause behind it: 6 s, to be repeated. */
export function ringback(): Int16Array {
  const rings = new Int16Array(6 * SAMPLE_RATE)
  rings.set(tone([440, 480], 2, 0.1))
  return rings
}
