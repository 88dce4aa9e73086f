import { TIMESTAMPS, unwrap } from './rtp.ts'

const KEYS = '0123456789*#ABCD'

/**
 * Reads keys from telephone events (RFC 4733). An event is repeated in many packets, which may be lost, doubled and out of
 * order: it counts once, with the first of them that arrives.
 */
export class KeyReader {
  #last: { event: number; timestamp: number; duration: number } | null = null

  /** @returns the key that was pressed; null when this packet tells nothing new. */
  read(timestamp: number, payload: Uint8Array): string | null {
    if (payload.length < 4) return null
    const event = payload[0]!
    const key = KEYS[event]
    if (!key) return null
    const duration = payload[2]! * 256 + payload[3]!
    const last = this.#last
    if (!last) {
      this.#last = { event, timestamp, duration }
      return key
    }
    const at = unwrap(timestamp, last.timestamp, TIMESTAMPS)
    if (at < last.timestamp) return null
    if (at === last.timestamp) {
      last.duration = Math.max(last.duration, duration)
      return null
    }
    // A key that is held for longer than the field can tell goes on in an event that begins where this one ended.
    const heldOn = event === last.event && at === last.timestamp + last.duration
    this.#last = { event, timestamp: at, duration }
    return heldOn ? null : key
  }
}
