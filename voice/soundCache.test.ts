import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { NotOpus } from './opusFile.ts'
import { encodeSound } from './sound.ts'
import { SoundCache } from './soundCache.ts'
import { tone } from './tones.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-sounds-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const write = async (name: string, seconds: number) => {
  await encodeSound(tone([440], seconds), path.join(folder, name))
  return path.join(folder, name)
}

test('a sound is read once, and again when its file has changed', async () => {
  const file = await write('a.opus', 0.2)
  const cache = new SoundCache()
  const [first, second] = await Promise.all([cache.read(file), cache.read(file)])
  expect(second).toBe(first)
  await write('a.opus', 0.4)
  fs.utimesSync(file, 1, 1)
  expect((await cache.read(file)).length).toBeGreaterThan(first.length)
})

test('what cannot be read is tried again the next time', async () => {
  const file = path.join(folder, 'b.opus')
  const cache = new SoundCache()
  await expect(cache.read(file)).rejects.toThrow('ENOENT')
  fs.writeFileSync(file, 'nothing')
  await expect(cache.read(file)).rejects.toThrow(NotOpus)
  await write('b.opus', 0.1)
  expect((await cache.read(file)).length).toBeGreaterThan(0)
})

test('the one that was not asked for the longest is forgotten', async () => {
  const [a, b, c] = [await write('1.opus', 0.5), await write('2.opus', 0.5), await write('3.opus', 0.5)]
  const cache = new SoundCache(2.5 * fs.statSync(a).size)
  const [first, second] = [await cache.read(a), await cache.read(b)]
  await cache.read(a)
  await cache.read(c)
  expect(await cache.read(a)).toBe(first)
  expect(await cache.read(b)).not.toBe(second)
})
