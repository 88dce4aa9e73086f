import { FRAME_MS, FRAME_SAMPLES } from './opusPacket.ts'
import type { AudioPacket } from './source.ts'

/** How long a recording waits for what is late before it writes. Milliseconds. */
export const HOLD_MS = 600

/** So far ahead of its arrival nothing can be: the arrival that it is counted from was itself late. */
const MOST_EARLY_MS = 240
/** A packet may be so far off its place for once: networks jitter. */
const DOUBT_MS = 100
/** A second of packets that are all off to the same side: it is the place that is wrong. */
const DOUBTS = 50

/**
 * Where in a recording, counted in 20 ms, the packets of one voice belong. The first one stands where it arrived, the
 * following by their timestamps, which know about losses, pauses and jitter; until they contradict the arrivals: browsers
 * do not count the time in which a microphone was taken away.
 */
export class Alignment {
  #anchor: { timestamp: number; index: number } | null = null
  #highest = Number.NEGATIVE_INFINITY
  /** Packets in a row that came late (or early, below 0) for their places. */
  #doubts = 0

  /**
   * @param arrived milliseconds since the recording began.
   * @returns the index of the packet's first 20 ms.
   */
  place({ sequence, timestamp }: AudioPacket, arrived: number): number {
    if (!this.#anchor) return this.#anchorAt(sequence, timestamp, arrived)
    const index = this.#anchor.index + Math.round((timestamp - this.#anchor.timestamp) / FRAME_SAMPLES)
    if (sequence < this.#highest) return index
    this.#highest = sequence
    const lateness = arrived - index * FRAME_MS
    const side = Math.abs(lateness) > DOUBT_MS ? Math.sign(lateness) : 0
    this.#doubts = side !== 0 && side === Math.sign(this.#doubts || side) ? this.#doubts + side : 0
    const wrong = lateness < -MOST_EARLY_MS || lateness > HOLD_MS || Math.abs(this.#doubts) >= DOUBTS
    return wrong ? this.#anchorAt(sequence, timestamp, arrived) : index
  }

  /** Numbers begin anew. */
  cut(): void {
    this.#anchor = null
    this.#highest = Number.NEGATIVE_INFINITY
  }

  #anchorAt(sequence: number, timestamp: number, arrived: number): number {
    const index = Math.floor(arrived / FRAME_MS)
    this.#anchor = { timestamp, index }
    this.#highest = sequence
    this.#doubts = 0
    return index
  }
}
