import { FRAME_SAMPLES } from './opusPacket.ts'
import type { AudioPacket, Sink, Source } from './source.ts'

/** Sends a packet on one of a listener's streams. The numbers are for the wire to cut to size. */
export type Send = (slot: number, packet: AudioPacket) => void

/**
 * One of the streams that a listener hears, whoever is to be heard on it. To the listener it is one sender: numbers go on
 * without a gap when another voice takes its place, and losses within one voice stay visible, so that they are concealed.
 */
export class Slot implements Sink {
  readonly #index: number
  readonly #send: Send
  readonly #now: () => number
  #source: Source | null = null
  /** The last numbers sent, and when; null when nothing has been. */
  #last: { sequence: number; timestamp: number; at: number } | null = null
  /** From the source's numbers to the listener's; null before the first packet after a change. */
  #shift: { sequence: number; timestamp: number; first: number } | null = null

  /** @param now a clock, milliseconds. */
  constructor(index: number, send: Send, now: () => number) {
    this.#index = index
    this.#send = send
    this.#now = now
  }

  get source(): Source | null {
    return this.#source
  }

  bind(source: Source | null): void {
    if (this.#source === source) return
    this.#source?.sinks.delete(this)
    this.#source = source
    source?.sinks.add(this)
    this.cut()
  }

  cut(): void {
    this.#shift = null
  }

  take(packet: AudioPacket): void {
    const begins = this.#shift === null
    this.#shift ??= this.#join(packet)
    // What comes late from before the change would stand in the other voice's place.
    if (packet.sequence < this.#shift.first) return
    const sequence = packet.sequence + this.#shift.sequence
    const timestamp = packet.timestamp + this.#shift.timestamp
    if (!this.#last || sequence > this.#last.sequence) this.#last = { sequence, timestamp, at: this.#now() }
    this.#send(this.#index, { ...packet, sequence, timestamp, marker: begins || packet.marker })
  }

  /**
   * The next number, and as much later as time has passed: the listener's buffer neither grows nor drops anything. The
   * first is 0: a stream that wraps around while it begins cannot be decrypted when just then something is lost.
   */
  #join({ sequence, timestamp }: AudioPacket): { sequence: number; timestamp: number; first: number } {
    if (!this.#last) return { sequence: -sequence, timestamp: -timestamp, first: sequence }
    const passed = Math.max(FRAME_SAMPLES, Math.round((this.#now() - this.#last.at) * 48))
    return {
      sequence: this.#last.sequence + 1 - sequence,
      timestamp: this.#last.timestamp + passed - timestamp,
      first: sequence,
    }
  }
}
