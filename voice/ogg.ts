/**
 * The file format of everything we play and record: Opus in Ogg (RFC 3533, RFC 7845). Pure: bytes in, bytes out.
 */

const CAPTURE = 0x5367674f // "OggS", little endian
const HEADER = 27
const MOST_SEGMENTS = 255
const PACKETS_PER_PAGE = 50
const CONTINUED = 1
const FIRST = 2
const LAST = 4
/** What a page says of its position when no packet ends on it. */
const NO_POSITION = 0xffff_ffff_ffff_ffffn

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value >>> 0
})

function checksum(bytes: Uint8Array): number {
  let crc = 0
  for (let i = 0; i < bytes.length; i++) crc = ((crc << 8) ^ CRC[((crc >>> 24) ^ bytes[i]!) & 255]!) >>> 0
  return crc
}

/** How the channels of a file are coded. Streams up to `coupled` carry two channels, the others one. */
export interface OpusHead {
  channels: number
  /** Samples (48 kHz) at the beginning that are not played. */
  preSkip: number
  streams: number
  coupled: number
  /** For each channel which decoded one it is; 255: silence. */
  mapping: number[]
}

export const MONO = { channels: 1, streams: 1, coupled: 0, mapping: [0] }
/** Left and right as two streams of one channel each, so that neither has to be coded anew. */
export const TWO_VOICES = { channels: 2, streams: 2, coupled: 0, mapping: [0, 1] }

/** Where a file ends that is to be continued. */
export interface Ending {
  serial: number
  /** Number of the last page. */
  sequence: number
  /** Samples (48 kHz) so far, with those not played. */
  position: number
}

/** Makes the pages of one file, as they fill: a page a second. Positions are samples at 48 kHz. */
export class OggWriter {
  readonly #serial: number
  #sequence: number
  #position: number
  #packets: Uint8Array[] = []
  #segments = 0

  /** @param at a number to tell streams apart by, or where the file to continue ends. */
  constructor(at: number | Ending) {
    this.#serial = typeof at === 'number' ? at >>> 0 : at.serial
    this.#sequence = typeof at === 'number' ? 0 : at.sequence + 1
    this.#position = typeof at === 'number' ? 0 : at.position
  }

  /** The beginning of a file. */
  head({ channels, preSkip, streams, coupled, mapping }: OpusHead): Buffer {
    const simple = channels === 1
    const head = Buffer.alloc(simple ? 19 : 21 + channels)
    head.write('OpusHead')
    head[8] = 1
    head[9] = channels
    head.writeUInt16LE(preSkip, 10)
    head.writeUInt32LE(48_000, 12)
    if (!simple) head.set([1, streams, coupled, ...mapping], 18)
    const vendor = 'Ringside'
    const tags = Buffer.alloc(16 + vendor.length)
    tags.write('OpusTags')
    tags.writeUInt32LE(vendor.length, 8)
    tags.write(vendor, 12)
    return Buffer.concat([this.#page([head], 0, FIRST), this.#page([tags], 0, 0)])
  }

  /** @returns the page that this packet completes, if it does. */
  add(packet: Uint8Array, samples: number): Buffer | null {
    const segments = Math.floor(packet.length / 255) + 1
    const full = this.#segments + segments > MOST_SEGMENTS ? this.#flush(0) : null
    this.#packets.push(packet)
    this.#segments += segments
    this.#position += samples
    return full ?? (this.#packets.length === PACKETS_PER_PAGE ? this.#flush(0) : null)
  }

  /** The last page. `position`: where the sound ends, when that is before the end of the last packet. */
  end(position: number = this.#position): Buffer {
    this.#position = position
    return this.#flush(LAST)
  }

  #flush(flags: number): Buffer {
    const page = this.#page(this.#packets, this.#position, flags)
    this.#packets = []
    this.#segments = 0
    return page
  }

  #page(packets: Uint8Array[], position: number, flags: number): Buffer {
    const table: number[] = []
    for (const { length } of packets) {
      for (let rest = length; rest >= 255; rest -= 255) table.push(255)
      table.push(length % 255)
    }
    const header = Buffer.alloc(HEADER + table.length)
    header.writeUInt32LE(CAPTURE, 0)
    header[5] = flags
    header.writeBigUInt64LE(BigInt(position), 6)
    header.writeUInt32LE(this.#serial, 14)
    header.writeUInt32LE(this.#sequence++, 18)
    header[26] = table.length
    header.set(table, HEADER)
    const page = Buffer.concat([header, ...packets])
    page.writeUInt32LE(checksum(page), 22)
    return page
  }
}

export interface OggPage {
  serial: number
  sequence: number
  /** Samples (48 kHz) up to the end of the last packet that ends here; null when none does. */
  position: number | null
  /** Its first piece belongs to the packet that the page before left open. */
  continued: boolean
  /** Its last piece is continued on the next page. */
  open: boolean
  last: boolean
  pieces: Uint8Array[]
  /** Bytes that have been read up to its end. */
  end: number
}

/** Finds the pages in bytes that come in chunks. What is no whole, correct page is passed over. */
export class OggReader {
  #bytes: Buffer = Buffer.alloc(0)
  #passed: number

  /** @param offset where in the file the first chunk stands. */
  constructor(offset = 0) {
    this.#passed = offset
  }

  read(chunk: Uint8Array): Generator<OggPage> {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#bytes, chunk])
    return this.#pages(false)
  }

  /** Pages behind what looked like the beginning of one, now that nothing more comes. */
  finish(): Generator<OggPage> {
    return this.#pages(true)
  }

  *#pages(whole: boolean): Generator<OggPage> {
    for (;;) {
      const start = this.#bytes.indexOf('OggS')
      if (start === -1) return this.#drop(Math.max(0, this.#bytes.length - 3))
      this.#drop(start)
      const page = this.#first()
      if (page === 'unfinished' && !whole) return
      if (page === 'unfinished' || page === 'damaged') this.#drop(4)
      else {
        this.#drop(page.bytes)
        yield { ...page.page, end: this.#passed }
      }
    }
  }

  #drop(bytes: number): void {
    this.#passed += bytes
    this.#bytes = this.#bytes.subarray(bytes)
  }

  #first(): { page: OggPage; bytes: number } | 'unfinished' | 'damaged' {
    const bytes = this.#bytes
    if (bytes.length < HEADER) return 'unfinished'
    const count = bytes[26]!
    if (bytes.length < HEADER + count) return 'unfinished'
    const table = bytes.subarray(HEADER, HEADER + count)
    const begin = HEADER + count
    const length = begin + table.reduce((sum, segment) => sum + segment, 0)
    if (bytes.length < length) return 'unfinished'
    const copy = Buffer.from(bytes.subarray(0, length))
    copy.writeUInt32LE(0, 22)
    if (checksum(copy) !== bytes.readUInt32LE(22)) return 'damaged'

    const pieces: Uint8Array[] = []
    let from = begin
    let to = begin
    for (const segment of table) {
      to += segment
      if (segment === 255) continue
      pieces.push(copy.subarray(from, to))
      from = to
    }
    const open = count > 0 && table[count - 1] === 255
    if (open) pieces.push(copy.subarray(from, to))
    const position = bytes.readBigUInt64LE(6)
    const page = {
      serial: bytes.readUInt32LE(14),
      sequence: bytes.readUInt32LE(18),
      position: position === NO_POSITION ? null : Number(position),
      continued: (bytes[5]! & CONTINUED) !== 0,
      open,
      last: (bytes[5]! & LAST) !== 0,
      pieces,
      end: 0,
    }
    return { page, bytes: length }
  }
}

/** @returns null for what does not begin an Opus file. */
export function readHead(packet: Uint8Array): OpusHead | null {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length)
  if (bytes.length < 19 || bytes.toString('latin1', 0, 8) !== 'OpusHead' || bytes[8]! >> 4 !== 0) return null
  const channels = bytes[9]!
  const preSkip = bytes.readUInt16LE(10)
  if (channels === 0) return null
  if (bytes[18] === 0) {
    if (channels > 2) return null
    return { channels, preSkip, streams: 1, coupled: channels - 1, mapping: [0, 1].slice(0, channels) }
  }
  if (bytes.length < 21 + channels) return null
  const streams = bytes[19]!
  const coupled = bytes[20]!
  if (streams === 0 || coupled > streams) return null
  return { channels, preSkip, streams, coupled, mapping: [...bytes.subarray(21, 21 + channels)] }
}
