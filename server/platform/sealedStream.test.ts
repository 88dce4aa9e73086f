import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_BYTES, newStreamKey, opened, sealed, sealedSizeOf, TamperedStream } from './sealedStream.ts'
import type { ByteRange, Source } from './storage.ts'

const TAG = 16
const SEALED_CHUNK = CHUNK_BYTES + TAG

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
/** Delivered in pieces of this size. */
const sourceOf = (bytes: Uint8Array, piece = 10_000): Source => ({
  size: bytes.length,
  async *open() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
  },
})
const readFrom =
  (bytes: Uint8Array, piece?: number) =>
  async ({ first, last }: ByteRange) =>
    sourceOf(bytes.subarray(first, last + 1), piece).open()
const open = (kept: Uint8Array, key: Uint8Array, size: number, range?: ByteRange, piece?: number) =>
  joined(opened(readFrom(kept, piece), key, size, range))

test.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_000])(
  '%i bytes come back as they were, and take as many as was said',
  async size => {
    const plain = randomBytes(size)
    const key = newStreamKey()
    const object = sealed(sourceOf(plain), key)
    const kept = await joined(object.open())
    expect([kept.length, object.size]).toEqual([sealedSizeOf(size), sealedSizeOf(size)])
    expect(kept.includes(plain.subarray(0, 100)) && size > 1).toBe(false)
    expect((await open(kept, key, size)).equals(plain)).toBe(true)
    // Read a second time, it is the same: what is counted first is what is sent then.
    expect((await joined(object.open())).equals(kept)).toBe(true)
  },
)

test('any part, in pieces of any size, is what it was', async () => {
  const size = 3 * CHUNK_BYTES + 1234
  const plain = randomBytes(size)
  const key = newStreamKey()
  const kept = await joined(sealed(sourceOf(plain), key).open())
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.nat(size - 1), fc.nat(size - 1)),
      fc.integer({ min: 1000, max: 100_000 }),
      async ([a, b], piece) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)]
        const part = await open(kept, key, size, { first, last }, piece)
        expect(part.equals(plain.subarray(first, last + 1))).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

test('no more is read for a part than the chunks it lies in', async () => {
  const size = 10 * CHUNK_BYTES
  const key = newStreamKey()
  const kept = await joined(sealed(sourceOf(randomBytes(size)), key).open())
  const asked: ByteRange[] = []
  const read = (range: ByteRange) => {
    asked.push(range)
    return readFrom(kept)(range)
  }
  await joined(opened(read, key, size, { first: 3 * CHUNK_BYTES + 5, last: 4 * CHUNK_BYTES }))
  expect(asked).toEqual([{ first: 3 * SEALED_CHUNK, last: 5 * SEALED_CHUNK - 1 }])
})

test('two are never sealed alike', async () => {
  const plain = randomBytes(1000)
  const [one, other] = await Promise.all(
    [newStreamKey(), newStreamKey()].map(key => joined(sealed(sourceOf(plain), key).open())),
  )
  expect(one!.equals(other!)).toBe(false)
})

test.each([
  [1000, 999],
  [1000, 1001],
  [1000, 1000 + CHUNK_BYTES],
  [3 * CHUNK_BYTES, CHUNK_BYTES],
  [0, 1],
  [1, 0],
])('%i bytes where %i were announced are not sealed', async (size, announced) => {
  const object = sealed({ ...sourceOf(randomBytes(size)), size: announced }, newStreamKey())
  await expect(joined(object.open())).rejects.toThrow(RangeError)
})

test('the chunks that nothing was done to still open', async () => {
  const size = 3 * CHUNK_BYTES
  const plain = randomBytes(size)
  const key = newStreamKey()
  const kept = await joined(sealed(sourceOf(plain), key).open())
  kept[kept.length - 1]! ^= 1
  expect((await open(kept, key, size, { first: 0, last: 99 })).equals(plain.subarray(0, 100))).toBe(true)
  await expect(open(kept, key, size)).rejects.toThrow(TamperedStream)
})

const piece = (kept: Buffer, number: number) => kept.subarray(number * SEALED_CHUNK, (number + 1) * SEALED_CHUNK)
test.each<[string, number, (kept: Buffer) => Uint8Array, number?]>([
  [
    'a bit was changed',
    200_000,
    kept => Buffer.concat([kept.subarray(0, 5), Buffer.of(kept[5]! ^ 4), kept.subarray(6)]),
  ],
  ['the end was cut off, in the middle of a chunk', 200_000, kept => kept.subarray(0, -20)],
  ['the last chunk was cut off', 200_000, kept => kept.subarray(0, 3 * SEALED_CHUNK)],
  ['the end was cut off, and the size with it', 200_000, kept => kept.subarray(0, SEALED_CHUNK), CHUNK_BYTES],
  [
    'two chunks were exchanged',
    3 * CHUNK_BYTES,
    kept => Buffer.concat([piece(kept, 1), piece(kept, 0), kept.subarray(2 * SEALED_CHUNK)]),
  ],
  [
    'a chunk is there twice',
    3 * CHUNK_BYTES,
    kept => Buffer.concat([piece(kept, 0), piece(kept, 0), kept.subarray(2 * SEALED_CHUNK)]),
  ],
  ['nothing is left', 1000, () => Buffer.alloc(0)],
  ['nothing at all took its place', 1000, () => Buffer.alloc(0), 0],
])('it is noticed when %s', async (_, size, harm, saidSize = size) => {
  const key = newStreamKey()
  const kept = await joined(sealed(sourceOf(randomBytes(size)), key).open())
  await expect(open(Buffer.from(harm(kept)), key, saidSize)).rejects.toThrow(TamperedStream)
})

test('another key opens nothing', async () => {
  const kept = await joined(sealed(sourceOf(randomBytes(1000)), newStreamKey()).open())
  await expect(open(kept, newStreamKey(), 1000)).rejects.toThrow(TamperedStream)
})
