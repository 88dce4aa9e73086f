import { createDecoder, type OpusDecoderHandle } from 'libopus-wasm'
import { Alignment } from './alignment.ts'
import { decodeOrConceal } from './opusFile.ts'
import { FRAME_MS, FRAME_SAMPLES, framesOf, isEmpty } from './opusPacket.ts'
import type { AudioPacket, Sink, Source } from './source.ts'

/** 20 ms of one voice in a recording. */
export interface Frame {
  packet: Uint8Array
  /** -dBov, 0 the loudest, 127 silence; null until it is measured. */
  level: number | null
}

/** What claims to be so far ahead of its arrival, in 20 ms, is made up. */
const MOST_AHEAD = 25

/** One voice of a recording: its packets, waiting at their places to be written. */
export class Track implements Sink {
  readonly source: Source
  readonly #elapsed: () => number
  readonly #alignment = new Alignment()
  readonly #frames = new Map<number, Frame>()
  #written = 0
  #meter: OpusDecoderHandle | null = null

  /** @param elapsed milliseconds since the recording began. */
  constructor(source: Source, elapsed: () => number) {
    this.source = source
    this.#elapsed = elapsed
    source.sinks.add(this)
  }

  get empty(): boolean {
    return this.#frames.size === 0
  }

  take(packet: AudioPacket): void {
    const frames = framesOf(packet.payload)
    // Frames of other lengths would have to be coded anew. Browsers send 20 ms, and we ask for it in the answer.
    if (frames?.samples !== FRAME_SAMPLES) return
    const arrived = this.#elapsed()
    const first = this.#alignment.place(packet, arrived)
    if (first > arrived / FRAME_MS + MOST_AHEAD) return
    for (const [i, single] of frames.packets.entries()) {
      if (first + i < this.#written) continue // too late
      // The payload is a piece of a larger buffer.
      this.#frames.set(first + i, { packet: single.slice(), level: packet.level })
    }
  }

  cut(): void {
    this.#alignment.cut()
  }

  /** Takes out what stands there. What comes for earlier places afterwards is too late. */
  frameAt(index: number): Frame | null {
    this.#written = index + 1
    const frame = this.#frames.get(index) ?? null
    this.#frames.delete(index)
    return frame
  }

  /** Finds out how loud a frame is whose sender did not say. */
  async measure(frame: Frame): Promise<void> {
    if (isEmpty(frame.packet)) {
      frame.level = 127
      return
    }
    this.#meter ??= await createDecoder({ channels: 1, sampleRate: 48_000 })
    frame.level = levelOf(decodeOrConceal(this.#meter, frame.packet, FRAME_SAMPLES))
  }

  /** Nothing more is taken; what waits can still be written. */
  detach(): void {
    this.source.sinks.delete(this)
  }

  free(): void {
    this.detach()
    this.#meter?.free()
    this.#meter = null
  }
}

/** @returns how loud samples are, -dBov as in RFC 6464. */
export function levelOf(pcm: Int16Array): number {
  const square = pcm.reduce((sum, value) => sum + value * value, 0) / pcm.length
  return square === 0 ? 127 : Math.max(0, Math.min(127, Math.round(-10 * Math.log10(square / 32_768 ** 2))))
}
