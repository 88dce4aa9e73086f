import { UnreadableSound } from './pcm.ts'

// Elements of Matroska, by their ids (https://www.matroska.org/technical/elements.html)
const EBML = 0x1a45dfa3
const SEGMENT = 0x18538067
const CLUSTER = 0x1f43b675
const TRACKS = 0x1654ae6b
const TRACK_ENTRY = 0xae
const TRACK_NUMBER = 0xd7
const CODEC_ID = 0x86
const BLOCK_GROUP = 0xa0
const BLOCK = 0xa1
const SIMPLE_BLOCK = 0xa3

/** Whose content is read on as if it stood by itself: so it does not matter that recorders leave out their sizes. */
const CONTAINERS: ReadonlySet<number> = new Set([SEGMENT, CLUSTER, TRACKS, TRACK_ENTRY, BLOCK_GROUP])
const LACING = 0x06

export const isWebm = (bytes: Uint8Array): boolean => readId(bytes, 0)?.value === EBML

/**
 * The Opus packets of the first audio track of a WebM file, as browsers record it. A last packet that was cut off is
 * left out. Throws {@link UnreadableSound} for anything else.
 */
export function readWebm(bytes: Uint8Array): Uint8Array[] {
  if (!isWebm(bytes)) throw new UnreadableSound('This is no WebM file.')
  const packets: Uint8Array[] = []
  let track: number | null = null
  let opus: number | null = null
  for (const { id, content } of elementsOf(bytes)) {
    if (id === TRACK_NUMBER) track = content.reduce((number, byte) => number * 256 + byte, 0)
    if (id === CODEC_ID && new TextDecoder().decode(content) === 'A_OPUS') opus ??= track
    if (id !== SIMPLE_BLOCK && id !== BLOCK) continue
    const number = readSize(content, 0)
    if (number === null || number.value !== opus) continue
    // The track's number, two bytes of time, one of flags, the packet.
    const flags = content[number.end + 2]
    if (flags === undefined) continue
    if ((flags & LACING) !== 0) throw new UnreadableSound('This kind of WebM file is not read here.')
    packets.push(content.subarray(number.end + 3))
  }
  if (opus === null) throw new UnreadableSound('There is no Opus sound in this WebM file.')
  return packets
}

function* elementsOf(bytes: Uint8Array): Generator<{ id: number; content: Uint8Array }> {
  for (let at = 0; at < bytes.length; ) {
    const id = readId(bytes, at)
    const size = id && readSize(bytes, id.end)
    if (!id || !size) return
    if (CONTAINERS.has(id.value)) {
      yield { id: id.value, content: bytes.subarray(0, 0) }
      at = size.end
      continue
    }
    const end = size.end + size.value
    if (end > bytes.length) return
    yield { id: id.value, content: bytes.subarray(size.end, end) }
    at = end
  }
}

interface Read {
  value: number
  /** Where it ends. */
  end: number
}

/** Ids keep the bit that tells their length, sizes do not. */
const readId = (bytes: Uint8Array, at: number): Read | null => readNumber(bytes, at, 4, true)
const readSize = (bytes: Uint8Array, at: number): Read | null => readNumber(bytes, at, 8, false)

/** A number that begins with as many zero bits as bytes follow the first. Null where none can be. */
function readNumber(bytes: Uint8Array, at: number, most: number, keepMarker: boolean): Read | null {
  const first = bytes[at] ?? 0
  const length = Math.clz32(first) - 23
  if (length > most || at + length > bytes.length) return null
  let value = keepMarker ? first : first & (0xff >> length)
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i]!
  return { value, end: at + length }
}
