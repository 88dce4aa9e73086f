import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toInt16, UnreadableSound } from './pcm.ts'
import { isWav, readWav, writeWav } from './wav.ts'

interface Made {
  code?: number
  bits: number
  channels?: number
  rate?: number
  data: Uint8Array
  /** Chunks before the data. */
  before?: Uint8Array[]
  extensible?: boolean
  claims?: number
}

const ascii = (text: string) => new TextEncoder().encode(text)
const u16 = (value: number) => new Uint8Array(new Uint16Array([value]).buffer)
const u32 = (value: number) => new Uint8Array(new Uint32Array([value]).buffer)
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const chunk = (tag: string, content: Uint8Array, claims = content.length) =>
  join(ascii(tag), u32(claims), content, new Uint8Array(content.length % 2))

function wav({ code = 1, bits, channels = 1, rate = 16_000, data, before = [], extensible = false, claims }: Made) {
  const width = (bits / 8) * channels
  const format = [u16(extensible ? 0xfffe : code), u16(channels), u32(rate), u32(rate * width), u16(width), u16(bits)]
  const more = extensible ? [u16(22), u16(bits), u32(0), u16(code), new Uint8Array(14)] : []
  const chunks = join(chunk('fmt ', join(...format, ...more)), ...before, chunk('data', data, claims))
  return join(ascii('RIFF'), u32(chunks.length + 4), ascii('WAVE'), chunks)
}
const of = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer)
const read = (made: Made) => [...readWav(wav(made)).samples]

describe('is read', () => {
  test('integers of every width', () => {
    expect(read({ bits: 8, data: Uint8Array.of(0, 64, 128, 192) })).toEqual([-1, -0.5, 0, 0.5])
    expect(read({ bits: 16, data: of(Int16Array.of(-32_768, -16_384, 0, 16_384)) })).toEqual([-1, -0.5, 0, 0.5])
    expect(read({ bits: 24, data: Uint8Array.of(0, 0, 0x80, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0x40) })).toEqual([
      -1, -0.5, 0, 0.5,
    ])
    expect(read({ bits: 32, data: of(Int32Array.of(-(2 ** 31), 0, 2 ** 30)) })).toEqual([-1, 0, 0.5])
  })

  test('floats; what is no number is silence', () => {
    expect(read({ code: 3, bits: 32, data: of(Float32Array.of(-1, 0.5, Number.NaN, Infinity)) })).toEqual([
      -1, 0.5, 0, 0,
    ])
    expect(read({ code: 3, bits: 64, data: of(Float64Array.of(0.25)) })).toEqual([0.25])
  })

  test('several channels, mixed into one', () => {
    expect(read({ bits: 16, channels: 2, data: of(Int16Array.of(16_384, 0, -16_384, 16_384)) })).toEqual([0.25, 0])
  })

  test('the extensible header, other chunks and an odd one before the data', () => {
    const before = [chunk('LIST', ascii('abc')), chunk('fact', u32(2))]
    const made = { bits: 16, rate: 44_100, before, extensible: true, data: of(Int16Array.of(0, 16_384)) }
    expect(readWav(wav(made))).toEqual({ rate: 44_100, samples: Float32Array.of(0, 0.5) })
  })

  test('as far as it goes, when it claims more than is there', () => {
    expect(read({ bits: 16, data: of(Int16Array.of(16_384)), claims: 0xffff_ffff })).toEqual([0.5])
  })
})

describe('is refused with a sentence', () => {
  test.each<[string, Uint8Array, string]>([
    ['what is none', ascii('ID3 not a wave at all'), 'no WAV'],
    ['nothing', new Uint8Array(0), 'no WAV'],
    ['a compressed one', wav({ code: 0x55, bits: 16, data: new Uint8Array(8) }), '16 bits'],
    ['an odd width', wav({ bits: 12, data: new Uint8Array(8) }), '16 bits'],
    ['no channels', wav({ bits: 16, channels: 0, data: new Uint8Array(8) }), 'damaged'],
    ['no rate', wav({ bits: 16, rate: 0, data: new Uint8Array(8) }), 'damaged'],
    ['no data', wav({ bits: 16, data: new Uint8Array(0) }).subarray(0, 36), 'damaged'],
  ])('%s', (_, bytes, sentence) => {
    expect(() => readWav(bytes)).toThrow(UnreadableSound)
    expect(() => readWav(bytes)).toThrow(sentence)
  })

  test('any bytes at all are read or refused', () => {
    const whole = wav({ bits: 16, data: new Uint8Array(40) })
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), fc.nat(whole.length), (changes, cut) => {
        const bytes = whole.slice(0, cut)
        for (const [at, value] of changes) bytes[at] = value
        try {
          expect(readWav(bytes).samples.length).toBeLessThanOrEqual(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableSound)
        }
      }),
    )
  })
})

test('what is written is read as it was', () => {
  const samples = Int16Array.of(-32_768, -1, 0, 1, 12_345, 32_767)
  const bytes = writeWav(samples, 8_000)
  expect(isWav(bytes)).toBe(true)
  expect(readWav(bytes).rate).toBe(8_000)
  expect(toInt16(readWav(bytes).samples.map(sample => (sample * 32_768) / 32_767))).toEqual(
    Int16Array.of(-32_767, -1, 0, 1, 12_345, 32_767),
  )
})
