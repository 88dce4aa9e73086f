import { type Pcm, UnreadableSound } from './pcm.ts'

const FORMATS = { 1: 'integer', 3: 'float' } as const
/** The format is told by the first two bytes of a GUID further on. */
const EXTENSIBLE = 0xfffe
const RATES = { least: 4_000, most: 192_000 }

const tag = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))

export const isWav = (bytes: Uint8Array): boolean => tag(bytes, 0) === 'RIFF' && tag(bytes, 8) === 'WAVE'

/**
 * Reads a WAV file: integers of 8 to 32 bits or floats, any number of channels, which are mixed into one.
 * Throws {@link UnreadableSound} for anything else.
 */
export function readWav(bytes: Uint8Array): Pcm {
  if (!isWav(bytes)) throw new UnreadableSound('This is no WAV file.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks = chunksOf(bytes, view)
  const format = chunks.get('fmt ')
  const data = chunks.get('data')
  if (format === undefined || format.size < 16 || data === undefined)
    throw new UnreadableSound('This WAV file is damaged.')
  const u16 = (at: number) => view.getUint16(format.at + at, true)
  const code = u16(0) === EXTENSIBLE && format.size >= 26 ? u16(24) : u16(0)
  const [channels, rate, bits] = [u16(2), view.getUint32(format.at + 4, true), u16(14)]
  const read = readerOf(view, code, bits)
  if (read === null) throw new UnreadableSound('This kind of WAV file is not read here: save it as PCM, 16 bits.')
  if (channels === 0 || rate < RATES.least || rate > RATES.most) throw new UnreadableSound('This WAV file is damaged.')
  const width = bits / 8
  const samples = new Float32Array(Math.floor(data.size / (width * channels)))
  for (let i = 0; i < samples.length; i++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++) sum += read(data.at + (i * channels + channel) * width)
    // A float may be anything at all, and one that is no number would silence the whole file once it is filtered.
    const sample = sum / channels
    samples[i] = Number.isFinite(sample) ? sample : 0
  }
  return { rate, samples }
}

/** Every chunk by its tag, the first of each. One that claims more than is there has what is there. */
function chunksOf(bytes: Uint8Array, view: DataView): Map<string, { at: number; size: number }> {
  const chunks = new Map<string, { at: number; size: number }>()
  for (let at = 12; at + 8 <= bytes.length; ) {
    const claimed = view.getUint32(at + 4, true)
    const size = Math.min(claimed, bytes.length - at - 8)
    const name = tag(bytes, at)
    if (!chunks.has(name)) chunks.set(name, { at: at + 8, size })
    at += 8 + claimed + (claimed % 2)
  }
  return chunks
}

function readerOf(view: DataView, code: number, bits: number): ((at: number) => number) | null {
  const kind = FORMATS[code as keyof typeof FORMATS]
  switch (`${kind} ${bits}`) {
    case 'integer 8':
      return at => (view.getUint8(at) - 128) / 128
    case 'integer 16':
      return at => view.getInt16(at, true) / 2 ** 15
    case 'integer 24':
      return at => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23
    case 'integer 32':
      return at => view.getInt32(at, true) / 2 ** 31
    case 'float 32':
      return at => view.getFloat32(at, true)
    case 'float 64':
      return at => view.getFloat64(at, true)
    default:
      return null
  }
}

/** A WAV file of one channel, 16 bits. */
export function writeWav(samples: Int16Array, rate: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 2)
  const view = new DataView(bytes.buffer)
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at)
  text(0, 'RIFF')
  view.setUint32(4, 36 + samples.length * 2, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, rate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, samples.length * 2, true)
  samples.forEach((sample, i) => void view.setInt16(44 + i * 2, sample, true))
  return bytes
}
