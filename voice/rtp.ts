/** A packet as it comes over the wire (RFC 3550). Sequence and timestamp wrap around; see {@link unwrap}. */
export interface RtpPacket {
  payloadType: number
  marker: boolean
  /** 16 bits. */
  sequence: number
  /** 32 bits, in samples. */
  timestamp: number
  ssrc: number
  /** How loud it is, -dBov: 0 is the loudest, 127 silence (RFC 6464). Null when the sender does not say. */
  level: number | null
  payload: Uint8Array
}

export const RTP_HEADER = 12

/**
 * @param levelExtension the id that the offer gave to the audio level; null: it gave none.
 * @returns null for what is no RTP packet.
 */
export function parseRtp(bytes: Buffer, levelExtension: number | null): RtpPacket | null {
  if (bytes.length < RTP_HEADER || bytes[0]! >> 6 !== 2) return null
  let from = RTP_HEADER + (bytes[0]! & 15) * 4
  let to = bytes.length
  let level: number | null = null
  if (bytes[0]! & 0x10) {
    if (from + 4 > to) return null
    const begin = from + 4
    from = begin + bytes.readUInt16BE(begin - 2) * 4
    if (from > to) return null
    if (levelExtension !== null) level = readLevel(bytes.subarray(begin - 4, from), levelExtension)
  }
  if (bytes[0]! & 0x20) to -= bytes[to - 1]!
  if (from > to) return null
  return {
    payloadType: bytes[1]! & 127,
    marker: bytes[1]! > 127,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    level,
    payload: bytes.subarray(from, to),
  }
}

/** Header extensions are short elements one after the other, in one of two forms (RFC 8285). */
function readLevel(extension: Buffer, id: number): number | null {
  const profile = extension.readUInt16BE(0)
  const short = profile === 0xbede
  if (!short && profile >> 4 !== 0x100) return null
  for (let at = 4; at < extension.length; ) {
    if (extension[at] === 0) {
      at++
      continue
    }
    const element = short ? extension[at]! >> 4 : extension[at]!
    const length = short ? (extension[at]! & 15) + 1 : (extension[at + 1] ?? 0)
    const data = at + (short ? 1 : 2)
    if (short && element === 15) return null
    if (element === id && length > 0) return data < extension.length ? extension[data]! & 127 : null
    at = data + length
  }
  return null
}

/** Writes a packet into a buffer that is large enough. @returns its length. */
export function writeRtp(
  into: Buffer,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
  payload: Uint8Array,
): number {
  into[0] = 0x80
  into[1] = payloadType | (marker ? 128 : 0)
  into.writeUInt16BE(sequence & 0xffff, 2)
  into.writeUInt32BE(timestamp >>> 0, 4)
  into.writeUInt32BE(ssrc, 8)
  into.set(payload, RTP_HEADER)
  return RTP_HEADER + payload.length
}

export const SEQUENCES = 2 ** 16
export const TIMESTAMPS = 2 ** 32

/** The number of which only the rest of its division by `modulus` came over the wire: the one closest to `near`. */
export function unwrap(rest: number, near: number, modulus: number): number {
  const ahead = (((rest - near) % modulus) + modulus) % modulus
  return near + (ahead > modulus / 2 ? ahead - modulus : ahead)
}
