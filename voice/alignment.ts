import { FRAME_MS, FRAME_SAMPLES } from './opusPacket.ts'
import type { AudioPacket } from './source.ts'

/** How long a recording waits for what is late before it writes. Milliseconds. */
export const HOLD_MS = 600

/** Timestamps may drift away from the arrivals by this much before they are doubted: more than networks jitter. */
const DOUBT_MS = 240
/** So many packets in a row that are late alike are not late: their sender's timestamps stood still. */
const LATE_IN_A_ROW = 25

/**
 * Where in a recording, counted in 20 ms, the packets of one voice belong. The first one stands where it arrived, the
 * following by their timestamps, which know about losses, pauses and jitter; until they contradict the arrivals: browsers
 * do not count the time in which a microphone was taken away.
 */
export class Alignment {
  #anchor: { timestamp: number; index: number } | null = null
  #highest = Number.NEGATIVE_INFINITY
  #late = 0

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
    this.#late = lateness > DOUBT_MS ? this.#late + 1 : 0
    const doubtful = lateness < -DOUBT_MS || lateness > HOLD_MS || this.#late > LATE_IN_A_ROW
    return doubtful ? this.#anchorAt(sequence, timestamp, arrived) : index
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
    this.#late = 0
    return index
  }
}
