import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { ByteRange, Source } from './storage.ts'

/**
 * Large things at rest: AES-256-GCM in chunks of 64 KiB, so that any part can be read without the rest of it. This is the
 * STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of a chunk is
 *
 *     prefix (7 random bytes) · number of the chunk (4 bytes, big-endian) · 1 for the last one, else 0
 *
 * so that a chunk that is missing, out of order, from something else or behind which the rest is cut off opens nothing.
 */
export const CHUNK_BYTES = 64 * 1024

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const PREFIX_BYTES = 7
const TAG_BYTES = 16
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES

/** What was kept is not what was put there. */
export class TamperedStream extends Error {}

/** A key, and the prefix of its nonces: for one thing only, which is sealed once. Both are secret, and kept in an envelope. */
export const newStreamKey = (): Uint8Array => randomBytes(KEY_BYTES + PREFIX_BYTES)

/** How many bytes it takes sealed. */
export const sealedSizeOf = (plainSize: number): number => plainSize + TAG_BYTES * chunksIn(plainSize)

/** Nothing at all is one chunk as well: it, too, must not be put in place of something. */
const chunksIn = (plainSize: number): number => Math.max(1, Math.ceil(plainSize / CHUNK_BYTES))

/** The same bytes every time that it is read. */
export const sealed = (plain: Source, key: Uint8Array): Source => ({
  size: sealedSizeOf(plain.size),
  async *open() {
    const chunks = chunksIn(plain.size)
    let size = 0
    let number = 0
    for await (const chunk of chunked(plain.open(), CHUNK_BYTES)) {
      size += chunk.length
      if (size > plain.size) break
      yield seal(chunk, key, number++, chunks)
    }
    if (size !== plain.size) throw new RangeError(`${plain.size} bytes were announced, and others came`)
    if (size === 0) yield seal(Buffer.alloc(0), key, 0, 1)
  },
})

/**
 * A part of what was sealed, in clear. What does not open throws {@link TamperedStream} instead of being passed on.
 *
 * @param read gives a range of the sealed bytes.
 * @param plainSize of the whole.
 * @param range of the plain bytes; it must lie within them.
 */
export async function* opened(
  read: (range: ByteRange) => Promise<AsyncIterable<Uint8Array>>,
  key: Uint8Array,
  plainSize: number,
  { first, last }: ByteRange = { first: 0, last: plainSize - 1 },
): AsyncGenerator<Uint8Array> {
  const chunks = chunksIn(plainSize)
  const from = Math.floor(first / CHUNK_BYTES)
  const to = Math.max(0, Math.floor(last / CHUNK_BYTES))
  const bytes = await read({
    first: from * SEALED_CHUNK_BYTES,
    last: Math.min((to + 1) * SEALED_CHUNK_BYTES, sealedSizeOf(plainSize)) - 1,
  })
  let number = from
  for await (const chunk of chunked(bytes, SEALED_CHUNK_BYTES)) {
    const plain = open(chunk, key, number, chunks)
    const at = number * CHUNK_BYTES
    yield plain.subarray(Math.max(0, first - at), Math.min(plain.length, last + 1 - at))
    number += 1
  }
  if (number !== to + 1) throw new TamperedStream('A part of what was kept is missing.')
}

function nonceOf(key: Uint8Array, number: number, chunks: number): Buffer {
  const nonce = Buffer.alloc(PREFIX_BYTES + 5)
  nonce.set(key.subarray(KEY_BYTES))
  nonce.writeUInt32BE(number, PREFIX_BYTES)
  nonce[PREFIX_BYTES + 4] = number === chunks - 1 ? 1 : 0
  return nonce
}

function seal(plain: Uint8Array, key: Uint8Array, number: number, chunks: number): Buffer {
  const cipher = createCipheriv(ALGORITHM, key.subarray(0, KEY_BYTES), nonceOf(key, number, chunks))
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function open(chunk: Buffer, key: Uint8Array, number: number, chunks: number): Buffer {
  const tagAt = chunk.length - TAG_BYTES
  if (tagAt < 0) throw new TamperedStream('A part of what was kept is missing.')
  const nonce = nonceOf(key, number, chunks)
  const decipher = createDecipheriv(ALGORITHM, key.subarray(0, KEY_BYTES), nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(chunk.subarray(tagAt))
  try {
    return Buffer.concat([decipher.update(chunk.subarray(0, tagAt)), decipher.final()])
  } catch {
    throw new TamperedStream('What was kept is not what was put there.')
  }
}

/** The same bytes in pieces of this size; the last one may be shorter. */
async function* chunked(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const piece of bytes) {
    waiting.push(piece)
    length += piece.length
    if (length < size) continue
    const all = Buffer.concat(waiting)
    const whole = length - (length % size)
    for (let at = 0; at < whole; at += size) yield all.subarray(at, at + size)
    waiting = [all.subarray(whole)]
    length -= whole
  }
  if (length > 0) yield Buffer.concat(waiting)
}
