import { FRAME_MS, FRAME_SAMPLES } from './opusPacket.ts'
import { Source } from './source.ts'

/** A standstill of the process beyond this is not made up for: sent at once, it would stay as delay at every listener. */
const MOST_LATE_MS = 200

/** The one clock of all players: a tick for every 20 ms that have passed, those that were missed included. */
export class Ticker {
  readonly #now: () => number
  readonly #tick: () => void
  #next: number

  /** @param now milliseconds. */
  constructor(now: () => number, tick: () => void) {
    this.#now = now
    this.#tick = tick
    this.#next = now() + FRAME_MS
  }

  /** To be called every so often, at best each 20 ms. */
  run(): void {
    const now = this.#now()
    if (now - this.#next > MOST_LATE_MS) this.#next = now
    for (; this.#next <= now; this.#next += FRAME_MS) this.#tick()
  }
}

/** Sounds that are played to one listener. */
export class Player extends Source {
  readonly #packets: readonly Uint8Array[]
  #left: number
  #at = 0
  #played = 0

  /**
   * @param packets 20 ms each.
   * @param times how often; 0: for ever.
   */
  constructor(packets: readonly Uint8Array[], times: number) {
    super()
    this.#packets = packets
    this.#left = times === 0 ? Number.POSITIVE_INFINITY : times
  }

  /** Plays the next 20 ms. @returns false when it was heard to its end before. */
  tick(): boolean {
    if (this.#at === this.#packets.length) {
      this.#at = 0
      this.#left--
    }
    const payload = this.#packets[this.#at]
    if (!payload) return this.#left === Number.POSITIVE_INFINITY
    if (this.#left <= 0) return false
    this.emit({
      sequence: this.#played,
      timestamp: this.#played * FRAME_SAMPLES,
      marker: false,
      payload,
      level: null,
    })
    this.#at++
    this.#played++
    return true
  }
}
