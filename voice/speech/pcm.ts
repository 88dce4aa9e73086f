/** Sound as numbers from -1 to 1, one channel. */
export interface Pcm {
  /** Samples a second. */
  rate: number
  samples: Float32Array
}

/** 16-bit samples; what is louder than loudest is cut off. */
export const toInt16 = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, sample => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767))

export const fromInt16 = (samples: Int16Array): Float32Array => Float32Array.from(samples, sample => sample / 32_768)

/** The message says to whoever sent the sound what is wrong with it. */
export class UnreadableSound extends Error {
  override name = 'UnreadableSound'
}
