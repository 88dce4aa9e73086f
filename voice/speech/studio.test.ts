import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { holdMusicPcm } from '../holdMusic.ts'
import { decodeFile } from '../opusFile.ts'
import { encodeSound, readSound } from '../sound.ts'
import { tone } from '../tones.ts'
import { HOLD_MUSIC } from './bundled.ts'
import { UnreadableSound } from './pcm.ts'
import { createStudio, type Studio } from './studio.ts'
import { readWav, writeWav } from './wav.ts'

let studio: Studio
let folder: string
beforeAll(() => {
  studio = createStudio()
})
afterAll(() => studio.stop())
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-studio-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true }))

const at = (name: string) => path.join(folder, name)
const put = (name: string, bytes: Uint8Array) => {
  fs.writeFileSync(at(name), bytes)
  return at(name)
}
const heard = async (file: string) => {
  const parts: Int16Array[] = []
  for await (const [mono] of decodeFile(file)) parts.push(mono!)
  return Int16Array.from(parts.flatMap(part => [...part]))
}
/** The frequency that a sound goes up and down with, in Hz. */
const pitch = (samples: Int16Array, rate = 48_000) => {
  const inner = samples.subarray(samples.length >> 2, (3 * samples.length) >> 2)
  let crossings = 0
  for (let i = 1; i < inner.length; i++) if (inner[i - 1]! < 0 && inner[i]! >= 0) crossings++
  return (crossings * rate) / inner.length
}
const loudest = (samples: Int16Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

describe('speech', () => {
  test('is a sound that the engine plays, as long as its words are', async () => {
    const short = await studio.speak('Hello.', at('short.opus'))
    const long = await studio.speak('Please leave a message after the tone.', at('long.opus'))
    expect(short.seconds).toBeGreaterThan(0.3)
    expect(long.seconds).toBeGreaterThan(short.seconds + 1)
    expect(await readSound(at('long.opus'))).toHaveLength(Math.ceil((long.seconds * 48_000 + 312) / 960))
    expect(loudest(await heard(at('long.opus')))).toBeGreaterThan(8_000)
    expect(fs.readdirSync(folder).toSorted()).toEqual(['long.opus', 'short.opus'])
  })

  test('is the same each time, also of several at once', async () => {
    const [one, two] = await Promise.all([
      studio.speak('Thank you for calling.', at('1.opus')),
      studio.speak('Thank you for calling.', at('2.opus')),
    ])
    expect(one).toEqual(two)
    expect(await readSound(at('1.opus'))).toEqual(await readSound(at('2.opus')))
  })

  test('leaves out the accents of other languages, and takes nothing for an option', async () => {
    const plain = await studio.speak('Senor, que tal?', at('plain.opus'))
    expect(await studio.speak('Señor, ¿qué tal?', at('accents.opus'))).toEqual(plain)
    expect((await studio.speak('-o /tmp/other.wav', at('option.opus'))).seconds).toBeGreaterThan(0.5)
  })

  test.each(['', '  ', '…', '日本語', '¿?'])('is not made of “%s”', async text => {
    await expect(studio.speak(text, at('none.opus'))).rejects.toThrow('nothing to say')
    expect(fs.readdirSync(folder)).toEqual([])
  })
})

describe('a supplied sound becomes one that the engine plays', () => {
  const becomes440Hz = async (source: string, seconds: number) => {
    const made = await studio.convert(source, at('made.opus'))
    expect(made.seconds).toBeCloseTo(seconds, 1)
    const samples = await heard(at('made.opus'))
    expect(samples.length / 48_000).toBeCloseTo(made.seconds, 3)
    expect(pitch(samples)).toBeCloseTo(440, -1)
    expect(loudest(samples)).toBeGreaterThan(3_000)
  }

  test('from WAV of another rate', async () => {
    const samples = Int16Array.from({ length: 44_100 }, (_, i) => 9_000 * Math.sin((2 * Math.PI * 440 * i) / 44_100))
    await becomes440Hz(put('a.wav', writeWav(samples, 44_100)), 1)
  })

  test('from Opus in Ogg', async () => {
    await encodeSound(tone([440], 1), at('a.ogg'))
    await becomes440Hz(at('a.ogg'), 1)
  })

  test('from what a browser has recorded', async () => {
    await becomes440Hz(new URL('./fixtures/chromium-440hz.webm', import.meta.url).pathname, 1.44)
  })

  test.each<[string, Uint8Array, string]>([
    ['an MP3', Buffer.from('ID3 and what follows'), 'use WAV'],
    ['nothing at all', new Uint8Array(0), 'use WAV'],
    ['no samples', writeWav(new Int16Array(0), 8_000), 'empty'],
    ['more than ten minutes', writeWav(new Int16Array(4_001 * 600), 4_000), '10 minutes'],
  ])('but not %s', async (_, bytes, sentence) => {
    const refusal = expect(studio.convert(put('source', bytes), at('made.opus'))).rejects
    await refusal.toThrow(UnreadableSound)
    await expect(studio.convert(at('source'), at('made.opus'))).rejects.toThrow(sentence)
    expect(fs.readdirSync(folder)).toEqual(['source'])
  })
})

test('a sound as telephones carry it', async () => {
  await encodeSound(tone([440], 0.5), at('a.opus'))
  expect((await studio.toTelephone(at('a.opus'), at('a.wav'))).seconds).toBeCloseTo(0.5, 2)
  const { rate, samples } = readWav(fs.readFileSync(at('a.wav')))
  expect(rate).toBe(8_000)
  expect(
    pitch(
      Int16Array.from(samples, sample => sample * 32_767),
      8_000,
    ),
  ).toBeCloseTo(440, -1)
})

test('a recording is drawn as loud as it is', async () => {
  const file = at('drawn.opus')
  await encodeSound(
    Int16Array.from(tone([440], 1), sample => sample),
    file,
  )
  const { channels } = await studio.draw(file, 10)
  expect(channels.map(({ length }) => length)).toEqual([10])
  expect(Math.min(...channels[0]!.slice(1, 9))).toBeGreaterThan(20)
  await expect(studio.draw(at('nothing.opus'), 10)).rejects.toThrow()
})

test('the hold music that comes along is as composed', async () => {
  // The codec is ahead by a few milliseconds, which takes a packet more.
  expect((await readSound(HOLD_MUSIC)).length).toBe(holdMusicPcm().length / 960 + 1)
  expect((await studio.toTelephone(HOLD_MUSIC, at('music.wav'))).seconds).toBeCloseTo(32, 1)
})
