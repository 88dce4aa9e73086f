import { randomBytes } from 'node:crypto'
import dns from 'node:dns'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { S3_CREDENTIALS, startS3, type TestS3 } from '../../test/support/s3.ts'
import { readConfig } from '../config.ts'
import { type ByteRange, NotStored, openStorage, type Source, type Storage } from './storage.ts'

let dataDir: string
beforeAll(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-storage-'))
})
afterAll(() => fs.rmSync(dataDir, { recursive: true }))

const objectOf = (bytes: Uint8Array, size = bytes.length): Source => ({
  size,
  async *open() {
    for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000)
  },
})
async function readAll(storage: Storage, key: string, range?: ByteRange): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of await storage.read(key, range)) pieces.push(piece)
  return Buffer.concat(pieces)
}
const BYTES = randomBytes(300_000)

interface Means {
  storage: Storage
  /** Keys of what is there, and no more than that. */
  contents(): string[]
}

/** What every store promises. */
function keepsItsPromises(open: () => Promise<Means>): void {
  let storage: Storage
  let contents: Means['contents']
  beforeAll(async () => {
    ;({ storage, contents } = await open())
  })

  test('what is put there can be read, whole and in parts', async () => {
    await storage.put('a/b-1/c.d_e', objectOf(BYTES))
    expect(contents()).toEqual(['a/b-1/c.d_e'])
    expect((await readAll(storage, 'a/b-1/c.d_e')).equals(BYTES)).toBe(true)
    for (const [first, last] of [
      [0, 0],
      [0, 299_999],
      [65_536, 131_071],
      [299_999, 299_999],
    ] as const) {
      const part = await readAll(storage, 'a/b-1/c.d_e', { first, last })
      expect(part.equals(BYTES.subarray(first, last + 1))).toBe(true)
    }
  })

  test('what is put there again takes the place of the former', async () => {
    await storage.put('twice', objectOf(BYTES))
    await storage.put('twice', objectOf(BYTES.subarray(0, 10)))
    expect((await readAll(storage, 'twice')).equals(BYTES.subarray(0, 10))).toBe(true)
  })

  test('nothing at all can be put there', async () => {
    await storage.put('empty', objectOf(Buffer.alloc(0)))
    expect(await readAll(storage, 'empty')).toHaveLength(0)
  })

  test('what is removed is gone, and may be removed again', async () => {
    await storage.put('gone', objectOf(BYTES))
    await storage.remove('gone')
    await storage.remove('gone')
    await expect(readAll(storage, 'gone')).rejects.toThrow(NotStored)
    await expect(storage.read('never-there', { first: 0, last: 1 })).rejects.toThrow(NotStored)
  })

  test('a part beyond the end is an error', async () => {
    await storage.put('short', objectOf(BYTES.subarray(0, 100)))
    await expect(readAll(storage, 'short', { first: 200, last: 300 })).rejects.toThrow()
  })

  test.each([
    [
      'breaks off',
      {
        size: 300_000,
        async *open() {
          yield BYTES.subarray(0, 1000)
          throw new Error('it broke off')
        },
      },
    ],
    ['is shorter than announced', objectOf(BYTES.subarray(0, 1000), 2000)],
    ['is longer than announced', objectOf(BYTES.subarray(0, 3000), 2000)],
  ])('of what %s, nothing is there', async (_, object) => {
    await expect(storage.put('broken', object)).rejects.toThrow()
    await expect(readAll(storage, 'broken')).rejects.toThrow(NotStored)
  })

  test.each([
    '',
    '/a',
    'a//b',
    '../a',
    'a/../b',
    'a/./b',
    '.a',
    'a b',
    'a\\b',
    'ä',
    'a/',
    'a\0b',
    `${'a'.repeat(501)}`,
  ])('%j is no key', async key => {
    await expect(storage.put(key, objectOf(BYTES))).rejects.toThrow(TypeError)
    await expect(storage.read(key)).rejects.toThrow(TypeError)
    await expect((async () => storage.remove(key))()).rejects.toThrow(TypeError)
  })

  test('many at once do not disturb one another', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `many/${i}`)
    await Promise.all(keys.map((key, i) => storage.put(key, objectOf(BYTES.subarray(i)))))
    const read = await Promise.all(keys.map(key => readAll(storage, key)))
    expect(read.every((bytes, i) => bytes.equals(BYTES.subarray(i)))).toBe(true)
  })
}

const filesBelow = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))

describe('a folder', () => {
  keepsItsPromises(async () => ({
    storage: openStorage(readConfig({ DATA_DIR: dataDir })),
    contents: () => filesBelow(path.join(dataDir, 'store', 'objects')),
  }))

  test('is given up what somebody who died has left unfinished, a day later', async () => {
    const unfinished = path.join(dataDir, 'store', 'unfinished')
    expect(filesBelow(unfinished)).toEqual([])
    fs.writeFileSync(path.join(unfinished, 'new'), '')
    fs.writeFileSync(path.join(unfinished, 'old'), '')
    const yesterday = Date.now() / 1000 - 25 * 3600
    fs.utimesSync(path.join(unfinished, 'old'), yesterday, yesterday)
    await openStorage(readConfig({ DATA_DIR: dataDir })).put('one', objectOf(BYTES))
    expect(filesBelow(unfinished)).toEqual(['new'])
  })

  test('is for nobody else on this machine', () => {
    const file = path.join(dataDir, 'store', 'objects', 'one')
    expect(fs.statSync(file).mode & 0o077).toBe(0)
  })
})

describe.each([
  ['with the bucket in the path', true],
  ['with the bucket in the name of the host', false],
])('S3, %s', (_, pathStyle) => {
  let s3: TestS3
  // Names below localhost are of this machine, but not every machine's resolver knows it.
  const lookup = dns.lookup
  beforeAll(() => {
    vi.spyOn(dns, 'lookup').mockImplementation(((name: string, options: object, done: () => void) =>
      lookup(name.replace(/^.*\.localhost$/, 'localhost'), options, done)) as typeof lookup)
  })
  afterEach(() => {
    s3.interfere = () => {}
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await s3?.close()
  })

  keepsItsPromises(async () => {
    s3 = await startS3(pathStyle)
    return {
      storage: openStorage(readConfig(s3.env)),
      contents: () => [...s3.objects.keys()].map(key => key.replace('ringside-test/', '')),
    }
  })

  const storageWith = (env: Record<string, string>) => openStorage(readConfig({ ...s3.env, ...env }))

  test('what the store says against it is told', async () => {
    const wrong = storageWith({ S3_SECRET_ACCESS_KEY: 'something else' })
    await expect(wrong.put('a', objectOf(BYTES))).rejects.toThrow('403 for a (SignatureDoesNotMatch: No.)')
    await expect(wrong.read('a')).rejects.toThrow('403')
    await expect(wrong.remove('a')).rejects.toThrow('403')
    await expect(storageWith({ S3_REGION: 'us-east-1' }).read('a')).rejects.toThrow('SignatureDoesNotMatch')
    // A bucket that is not there is not the same as an object that is not there.
    await expect(storageWith({ S3_BUCKET: 'another-one' }).remove('a')).rejects.toThrow('NoSuchBucket')
  })

  test('a refusal is heard in the middle of a large object', async () => {
    const wrong = storageWith({ S3_SECRET_ACCESS_KEY: 'something else' })
    await expect(wrong.put('a', objectOf(randomBytes(20_000_000)))).rejects.toThrow('SignatureDoesNotMatch')
  })

  test('what changes between being counted and being sent is refused by the store', async () => {
    let reading = 0
    const changing: Source = {
      size: 10,
      async *open() {
        yield Buffer.alloc(10, reading++)
      },
    }
    await expect(storageWith({}).put('changing', changing)).rejects.toThrow('XAmzContentSHA256Mismatch')
  })

  test('a broken connection is an error, not an end', async () => {
    s3.interfere = () => {
      throw new Error('the line is cut')
    }
    const storage = storageWith({})
    await expect(storage.put('cut', objectOf(BYTES))).rejects.toThrow()
    await expect(readAll(storage, 'cut')).rejects.toThrow(/hang up|ECONNRESET/)
  })
})

test('the credentials are in no error', async () => {
  const storage = openStorage(
    readConfig({
      S3_ENDPOINT: 'http://127.0.0.1:1',
      S3_BUCKET: 'b',
      S3_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    }),
  )
  const error = await storage.read('a').catch(error => error)
  expect(JSON.stringify({ ...error, message: error.message })).not.toContain(S3_CREDENTIALS.secretAccessKey)
})
