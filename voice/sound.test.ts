import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { decodeFile, endingOf, NotOpus } from './opusFile.ts'
import { encodeSound, readSound } from './sound.ts'
import { silence, tone } from './tones.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-sound-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const file = (name: string) => path.join(folder, name)

async function decode(name: string): Promise<Int16Array> {
  const parts: number[] = []
  for await (const [samples] of decodeFile(file(name))) parts.push(...samples!)
  return Int16Array.from(parts)
}

const loudness = (samples: Int16Array) =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length)

test('a sound that is written comes back as long as it was, at its place and as loud', async () => {
  const pcm = Int16Array.from([...silence(0.25), ...tone([440], 0.5), ...silence(0.2503)])
  await encodeSound(pcm, file('tone.opus'))
  const heard = await decode('tone.opus')
  expect(heard.length).toBe(pcm.length)
  expect(loudness(heard.subarray(0, 11_000))).toBeLessThan(30)
  expect(loudness(heard.subarray(14_000, 34_000)) / loudness(pcm.subarray(14_000, 34_000))).toBeCloseTo(1, 1)
  expect(loudness(heard.subarray(38_000))).toBeLessThan(30)
  expect((await readSound(file('tone.opus'))).length).toBe(Math.ceil((pcm.length + 312) / 960))
})

test('what is no sound is refused', async () => {
  fs.writeFileSync(file('noise.opus'), Buffer.alloc(5000, 'OggS'))
  await expect(readSound(file('noise.opus'))).rejects.toThrow(NotOpus)
  fs.writeFileSync(file('empty.opus'), '')
  await expect(readSound(file('empty.opus'))).rejects.toThrow(NotOpus)
  expect(await endingOf(file('empty.opus'))).toBeNull()
  await expect(readSound(file('absent.opus'))).rejects.toThrow('ENOENT')
})
