import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { OggWriter, TWO_VOICES } from './ogg.ts'
import { delimited, FRAME_SAMPLES, SILENCE } from './opusPacket.ts'
import { encodePackets, encodeSound } from './sound.ts'
import { silence, tone } from './tones.ts'
import { peaksOf } from './waveform.ts'

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
