import { Application, createDecoder, createEncoder, type OpusDecoderHandle, type OpusEncoderHandle } from 'libopus-wasm'
import { decodeOrConceal } from './opusFile.ts'
import { FRAME_SAMPLES } from './opusPacket.ts'

const BITRATE = 24_000
/** A step below libopus's own choice costs half of it and is not heard on a telephone. */
const COMPLEXITY = 5

/** Makes one voice of several: decodes, adds, codes. `Voice`: whatever tells them apart. */
export class Mixer<Voice> {
  readonly #encoder: OpusEncoderHandle
  readonly #decoders = new Map<Voice, OpusDecoderHandle>()

  private constructor(encoder: OpusEncoderHandle) {
    this.#encoder = encoder
  }

  static async open<Voice>(): Promise<Mixer<Voice>> {
    const options = { channels: 1, sampleRate: 48_000, frameSize: FRAME_SAMPLES } as const
    return new Mixer(
      await createEncoder({ ...options, application: Application.Voip, bitrate: BITRATE, complexity: COMPLEXITY }),
    )
  }

  /** @param voices 20 ms of each one that has any. */
  async mix(voices: readonly (readonly [Voice, Uint8Array])[]): Promise<Uint8Array> {
    const sum = new Int32Array(FRAME_SAMPLES)
    for (const [voice, packet] of voices) {
      let decoder = this.#decoders.get(voice)
      if (!decoder) {
        decoder = await createDecoder({ channels: 1, sampleRate: 48_000 })
        this.#decoders.set(voice, decoder)
      }
      const pcm = decodeOrConceal(decoder, packet, FRAME_SAMPLES)
      for (let i = 0; i < FRAME_SAMPLES; i++) sum[i]! += pcm[i] ?? 0
    }
    return this.#encoder.encode(Int16Array.from(sum, value => Math.max(-32_768, Math.min(32_767, value))))
  }

  free(): void {
    this.#encoder.free()
    for (const decoder of this.#decoders.values()) decoder.free()
    this.#decoders.clear()
  }
}
