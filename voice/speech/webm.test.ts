import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { framesOf } from '../opusPacket.ts'
import { UnreadableSound } from './pcm.ts'
import { isWebm, readWebm } from './webm.ts'

/** One and a half seconds of 440 Hz as Chromium’s MediaRecorder writes it: in pieces, without sizes. */
const recorded = fs.readFileSync(new URL('./fixtures/chromium-440hz.webm', import.meta.url))

const bytes = (...values: (number | number[] | Uint8Array)[]) =>
  Uint8Array.from(
    values.flatMap(value => [...[value].flat()].flatMap(each => (typeof each === 'number' ? [each] : [...each]))),
  )
const UNKNOWN = 0xff
const element = (id: number[], ...content: Uint8Array[]) => {
  const body = Buffer.concat(content)
  return bytes(id, 0x40 | (body.length >> 8), body.length & 255, body)
}
const HEADER = element([0x1a, 0x45, 0xdf, 0xa3])
const open = (id: number[], ...content: Uint8Array[]) => bytes(id, UNKNOWN, Buffer.concat(content))
const track = (number: number, codec: string) =>
  element([0xae], element([0xd7], bytes(number)), element([0x86], Buffer.from(codec)))
const block = (number: number, flags: number, ...packet: number[]) =>
  element([0xa3], bytes(0x80 | number, 0, 0, flags, packet))
const SEGMENT = [0x18, 0x53, 0x80, 0x67]
const TRACKS = [0x16, 0x54, 0xae, 0x6b]
const CLUSTER = [0x1f, 0x43, 0xb6, 0x75]
const file = (tracks: Uint8Array[], ...clusters: Uint8Array[]) =>
  bytes(HEADER, open(SEGMENT, element(TRACKS, ...tracks), ...clusters))

describe('is read', () => {
  test('as browsers record it', () => {
    expect(isWebm(recorded)).toBe(true)
    const lengths = readWebm(recorded).map(packet => {
      const frames = framesOf(packet)!
      return frames.packets.length * frames.samples
    })
    const seconds = lengths.reduce((sum, samples) => sum + samples, 0) / 48_000
    expect(seconds).toBeGreaterThan(1.2)
    expect(seconds).toBeLessThan(1.8)
  })

  test('the Opus track alone, in simple blocks and in groups, whatever has no size', () => {
    const tracks = [track(1, 'V_VP8'), track(2, 'A_OPUS')]
    const grouped = element([0xa0], element([0xa1], bytes(0x82, 0, 20, 0, 3)), element([0x9b], bytes(1)))
    const made = file(tracks, open(CLUSTER, block(1, 0, 9), block(2, 0x80, 1, 2)), open(CLUSTER, grouped))
    expect(readWebm(made).map(packet => [...packet])).toEqual([[1, 2], [3]])
  })

  test('up to where it was cut off', () => {
    const made = file([track(1, 'A_OPUS')], open(CLUSTER, block(1, 0, 1, 2), block(1, 0, 3, 4)))
    expect(readWebm(made.subarray(0, -1)).map(packet => [...packet])).toEqual([[1, 2]])
  })
})

describe('is refused with a sentence', () => {
  test.each<[string, Uint8Array, string]>([
    ['what is none', Buffer.from('OggS and so on'), 'no WebM'],
    ['nothing', new Uint8Array(0), 'no WebM'],
    ['another codec', file([track(1, 'A_VORBIS')], open(CLUSTER, block(1, 0, 1))), 'no Opus'],
    ['laced blocks', file([track(1, 'A_OPUS')], open(CLUSTER, block(1, 0x02, 1))), 'not read here'],
  ])('%s', (_, made, sentence) => {
    expect(() => readWebm(made)).toThrow(UnreadableSound)
    expect(() => readWebm(made)).toThrow(sentence)
  })

  test('any bytes at all are read or refused', () => {
    const change = fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(recorded.length), (changes, cut) => {
        const damaged = Uint8Array.from(recorded.subarray(0, cut))
        for (const [at, value] of changes) damaged[at] = value
        try {
          const total = readWebm(damaged).reduce((sum, packet) => sum + packet.length, 0)
          expect(total).toBeLessThanOrEqual(damaged.length)
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableSound)
        }
      }),
    )
  })
})
