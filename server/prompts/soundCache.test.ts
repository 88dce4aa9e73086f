import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSoundCache, type SoundCache } from './soundCache.ts'

const DAY = 24 * 3600_000
let folder: string
let cache: SoundCache
beforeEach(() => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-cache-')), 'prompts')
  cache = createSoundCache(folder)
})
afterEach(() => fs.rmSync(path.dirname(folder), { recursive: true }))

const writing = (content = 'sound') => vi.fn(async (file: string) => fs.writeFileSync(file, content))
const age = (file: string, ms: number) => {
  const then = new Date(Date.now() - ms)
  fs.utimesSync(file, then, then)
}
const read = (file: string) => fs.readFileSync(file, 'utf8')

test('is made once for one key, also for several who ask at once', async () => {
  const make = writing()
  const [one, two] = await Promise.all([cache.fileFor(['en', 'Hello'], make), cache.fileFor(['en', 'Hello'], make)])
  expect(one).toBe(two)
  expect(read(one)).toBe('sound')
  expect(await createSoundCache(folder).fileFor(['en', 'Hello'], make)).toBe(one)
  expect(make).toHaveBeenCalledTimes(1)
  expect(path.basename(one)).toMatch(/^[0-9a-f]{64}\.opus$/)
})

test('keys are told apart by all their parts', async () => {
  const keys = [['a', 'b'], ['ab'], ['a', 'b', ''], ['b', 'a']]
  const files = await Promise.all(keys.map(key => cache.fileFor(key, writing())))
  expect(new Set(files).size).toBe(keys.length)
})

test('what failed is tried again by the next who asks', async () => {
  const failing = vi.fn(async () => {
    throw new Error('no voice')
  })
  await expect(cache.fileFor(['a'], failing)).rejects.toThrow('no voice')
  expect(read(await cache.fileFor(['a'], writing()))).toBe('sound')
})

describe('what has an age', () => {
  test('is made anew behind the scenes when it is too old', async () => {
    const file = await cache.freshFileFor(['a'], 1000, writing('old'))
    expect(read(await cache.freshFileFor(['a'], 1000, writing('new')))).toBe('old')
    age(file, 2000)
    expect(await cache.freshFileFor(['a'], 1000, writing('new'))).toBe(file)
    await expect.poll(() => read(file)).toBe('new')
  })

  test('stays as it is, for as long again, when it cannot be had anew', async () => {
    const file = await cache.freshFileFor(['a'], 1000, writing('old'))
    age(file, 2000)
    const failing = vi.fn(async () => {
      throw new Error('gone')
    })
    await cache.freshFileFor(['a'], 1000, failing)
    await expect.poll(() => Date.now() - fs.statSync(file).mtimeMs).toBeLessThan(1000)
    await cache.freshFileFor(['a'], 1000, failing)
    expect(failing).toHaveBeenCalledTimes(1)
    expect(read(file)).toBe('old')
  })
})

test('what nobody has asked for in a month is deleted, and what was never finished; other files stay', async () => {
  const [used, unused] = [await cache.fileFor(['used'], writing()), await cache.fileFor(['unused'], writing())]
  const others = ['music.opus', 'x.opus.1-1.part', 'y.opus.1-2.part'].map(name => path.join(folder, name))
  for (const file of others) fs.writeFileSync(file, '')
  fs.mkdirSync(path.join(folder, 'uploaded'))
  for (const file of [used, unused, others[0]!, others[1]!]) age(file, 40 * DAY)
  await cache.fileFor(['used'], writing())
  expect(fs.statSync(used).mtimeMs).toBeLessThan(Date.now() - 39 * DAY)

  await createSoundCache(folder).fileFor(['another'], writing())
  const left = fs.readdirSync(folder)
  expect(left).toHaveLength(5)
  expect(left).toEqual(expect.arrayContaining([path.basename(used), 'music.opus', 'y.opus.1-2.part', 'uploaded']))
})
