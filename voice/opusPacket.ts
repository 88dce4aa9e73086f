/** Samples at 48 kHz in the 20 ms that everything here counts in. */
export const FRAME_SAMPLES = 960
export const FRAME_MS = 20

/** 20 ms of silence, one channel. */
export const SILENCE: Uint8Array = Uint8Array.of(0xf8, 0xff, 0xfe)

/** The longest packet that Opus allows, 120 ms. */
const MOST_SAMPLES = 5760
const LONGEST_FRAME = 1275

/** Frames of one packet, each as a packet of its own that any decoder takes, and the samples (48 kHz) in each of them. */
export interface Frames {
  packets: Uint8Array[]
  samples: number
}

/** @returns null for what is no Opus packet (RFC 6716, section 3). */
export const framesOf = (packet: Uint8Array): Frames | null => read(packet, false)?.frames ?? null

/**
 * The packet at the beginning of several that stand one behind the other (RFC 6716, appendix B), as in a file whose
 * channels are streams of their own. `length`: the bytes it takes there.
 */
export const delimitedFramesOf = (bytes: Uint8Array): { frames: Frames; length: number } | null => read(bytes, true)

/** A packet of one frame in the form that tells its own length. */
export function delimited(packet: Uint8Array): Uint8Array {
  const length = packet.length - 1
  const prefix = length < 252 ? 2 : 3
  const bytes = new Uint8Array(prefix + length)
  bytes[0] = packet[0]!
  if (prefix === 2) bytes[1] = length
  else {
    bytes[1] = 252 + (length & 3)
    bytes[2] = (length - bytes[1]) >> 2
  }
  bytes.set(packet.subarray(1), prefix)
  return bytes
}

/** What stands in for a lost frame: nothing but how it would have been coded. The decoder conceals it. */
export const concealed = (like: Uint8Array): Uint8Array => Uint8Array.of(like[0]! & 0xfc)

/** Whether a packet says nothing: what is sent instead of silence, and what stands in for a loss. */
export const isEmpty = (packet: Uint8Array): boolean => packet.length <= 3

function samplesPerFrame(toc: number): number {
  const mode = toc >> 3
  if (mode < 12) return [480, 960, 1920, 2880][mode & 3]!
  if (mode < 16) return [480, 960][mode & 1]!
  return [120, 240, 480, 960][mode & 3]!
}

function read(bytes: Uint8Array, selfDelimited: boolean): { frames: Frames; length: number } | null {
  if (bytes.length < 1) return null
  const toc = bytes[0]!
  const samples = samplesPerFrame(toc)
  let at = 1
  const readLength = (): number => {
    const first = bytes[at++]
    if (first === undefined) return Number.NaN
    if (first < 252) return first
    const second = bytes[at++]
    return second === undefined ? Number.NaN : first + 4 * second
  }

  const lengths: number[] = []
  let padding = 0
  const code = toc & 3
  if (code === 0) {
    lengths.push(selfDelimited ? readLength() : bytes.length - at)
  } else if (code === 1) {
    const each = selfDelimited ? readLength() : (bytes.length - at) / 2
    lengths.push(each, each)
  } else if (code === 2) {
    const first = readLength()
    lengths.push(first, selfDelimited ? readLength() : bytes.length - at - first)
  } else {
    const head = bytes[at++]
    if (head === undefined) return null
    const count = head & 63
    if (count === 0 || count * samples > MOST_SAMPLES) return null
    if (head & 64) {
      for (let more = true; more; ) {
        const value = bytes[at++]
        if (value === undefined) return null
        padding += value === 255 ? 254 : value
        more = value === 255
      }
    }
    if (head & 128) {
      for (let i = 0; i < count - 1; i++) lengths.push(readLength())
      const known = lengths.reduce((sum, length) => sum + length, 0)
      lengths.push(selfDelimited ? readLength() : bytes.length - padding - at - known)
    } else {
      const each = selfDelimited ? readLength() : (bytes.length - padding - at) / count
      for (let i = 0; i < count; i++) lengths.push(each)
    }
  }

  const single = toc & 0xfc
  const packets: Uint8Array[] = []
  for (const length of lengths) {
    if (!Number.isInteger(length) || length < 0 || length > LONGEST_FRAME || at + length > bytes.length) return null
    if (code === 0 && !selfDelimited) {
      packets.push(bytes)
    } else {
      const packet = new Uint8Array(1 + length)
      packet[0] = single
      packet.set(bytes.subarray(at, at + length), 1)
      packets.push(packet)
    }
    at += length
  }
  at += padding
  return at > bytes.length ? null : { frames: { packets, samples }, length: at }
}
