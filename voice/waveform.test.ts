import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { OggWriter, TWO_VOICES } from './ogg.ts'
import { delimited, FRAME_SAMPLES, SILENCE } from './opusPacket.ts'
import { encodePackets, encodeSound } from './sound.ts'
import { silence, tone } from './tones.ts'
import { peaksOf } from './waveform.ts'
import { NotWav } from './wavFile.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-waveform-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const file = (name: string) => path.join(folder, name)

test('a picture shows where a sound is loud', async () => {
  await encodeSound(Int16Array.from([...silence(1), ...tone([440], 1, 0.5), ...silence(2)]), file('sound.opus'))
  const { milliseconds, channels } = await peaksOf(file('sound.opus'), 8)
  expect(milliseconds).toBe(4000)
  const [first, second, third, fourth, ...rest] = channels[0]!
  expect([first, second! < 60]).toEqual([0, true])
  expect(Math.min(third!, fourth!)).toBeGreaterThan(115)
  expect(Math.max(...rest.slice(1))).toBeLessThan(3)
})

test('each channel has its own', async () => {
  const { packets } = await encodePackets(tone([440], 1, 0.5))
  const writer = new OggWriter(1)
  const pages = [writer.head({ ...TWO_VOICES, preSkip: 0 })]
  for (let i = 0; i < 100; i++) {
    const [left, right] = i < 50 ? [packets[i]!, SILENCE] : [SILENCE, packets[i - 50]!]
    pages.push(...[writer.add(Buffer.concat([delimited(left), right]), FRAME_SAMPLES)].filter(page => page !== null))
  }
  fs.writeFileSync(file('call.opus'), Buffer.concat([...pages, writer.end()]))
  const { milliseconds, channels } = await peaksOf(file('call.opus'), 4)
  expect(milliseconds).toBe(2000)
  const loud = channels.map(peaks => [...peaks].map(peak => peak > 100))
  expect(loud[0]!.slice(0, 2)).toEqual([true, true])
  expect(loud[0]![3]).toBe(false)
  expect(loud[1]).toEqual([false, false, true, true])
})

test('a file with nothing in it has no channels', async () => {
  const writer = new OggWriter(1)
  fs.writeFileSync(file('empty.opus'), Buffer.concat([writer.head({ ...TWO_VOICES, preSkip: 0 }), writer.end()]))
  expect(await peaksOf(file('empty.opus'), 4)).toEqual({ milliseconds: 0, channels: [] })
})

test('a WAV file is drawn as well, whatever stands before its samples', async () => {
  const channels = [
    [...silence(1), ...tone([440], 1, 0.5)],
    [...tone([440], 1, 0.5), ...silence(1)],
  ].map(samples => samples.filter((_, i) => i % 6 === 0))
  const frames = channels[0]!.length
  const note = Buffer.concat([Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')])
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(2, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(frames * 4, 40)
  const samples = Buffer.alloc(frames * 4)
  for (let i = 0; i < frames; i++)
    for (const [channel, values] of channels.entries()) samples.writeInt16LE(values[i]!, i * 4 + channel * 2)
  fs.writeFileSync(file('call.wav'), Buffer.concat([head.subarray(0, 36), note, head.subarray(36), samples]))
  const drawn = await peaksOf(file('call.wav'), 4)
  expect(drawn.milliseconds).toBe(2000)
  const loud = drawn.channels.map(peaks => [...peaks].map(peak => peak > 60))
  expect(loud).toEqual([
    [false, false, true, true],
    [true, true, false, false],
  ])
})

test('a WAV file that is cut off is drawn up to there; one of another kind is not', async () => {
  const whole = fs.readFileSync(file('call.wav'))
  fs.writeFileSync(file('cut.wav'), whole.subarray(0, whole.length - 32_001))
  expect((await peaksOf(file('cut.wav'), 4)).milliseconds).toBe(1000)
  fs.writeFileSync(file('other.wav'), Buffer.concat([whole.subarray(0, 34), Buffer.of(8, 0), whole.subarray(36)]))
  await expect(peaksOf(file('other.wav'), 4)).rejects.toThrow(NotWav)
})
