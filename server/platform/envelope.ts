import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Db } from './db.ts'
import { databaseKey, sealSecrets } from './secrets.ts'

/**
 * Small secrets at rest, each in an envelope: AES-256-GCM under a key that the operator keeps out of the database.
 *
 *     version (1 byte, 1) · length of the key id (1 byte) · key id (ASCII) · nonce (12 bytes) · ciphertext · tag (16 bytes)
 *
 * The purpose is authenticated with it, and stored nowhere: it says whose secret this is and what for
 * (`totp <workspace id> <user id>`), so that an envelope which somebody moves to another row opens nothing there.
 */
export interface Envelopes {
  seal(plain: Uint8Array, purpose: string): Uint8Array
  /** Throws an {@link EnvelopeError} when it was sealed for something else, under a key that is not here, or tampered with. */
  open(sealed: Uint8Array, purpose: string): Uint8Array
  /** The same secret under the current key; the very same bytes when it is under it already. Throws like `open`. */
  reseal(sealed: Uint8Array, purpose: string): Uint8Array
  /** Under which key `seal` seals. */
  readonly currentKeyId: string
  /** Under which others `open` opens. */
  readonly olderKeyIds: string[]
  /** Under which key this was sealed. Throws an {@link EnvelopeError} for what is no envelope. */
  keyIdOf(sealed: Uint8Array): string
}

/** An envelope that does not open. The message names the key's id and nothing of what is inside. */
export class EnvelopeError extends Error {}

/** A key of 32 bytes and the name that envelopes carry of it. */
export interface EnvelopeKey {
  id: string
  key: Uint8Array
}

const ALGORITHM = 'aes-256-gcm'
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The id of the key that is in the database itself. */
export const DATABASE_KEY_ID = 'database'

/**
 * The envelopes of this installation: sealed with the first of `ENCRYPTION_KEYS`, opened by all. The key in the
 * database seals where none is configured, and goes on opening what it has sealed before one was. Throws an
 * {@link EnvelopeError} when a key is missing that this installation needs to sign anything.
 */
export async function openEnvelopes(config: Pick<Config, 'encryptionKeys'>, db: Db): Promise<Envelopes> {
  const inDatabase = { id: DATABASE_KEY_ID, key: await databaseKey(db) }
  const envelopes = createEnvelopes([...config.encryptionKeys, inDatabase])
  await sealSecrets(db, envelopes)
  return envelopes
}

/** @param keys the first seals, all open. Their ids are ASCII, 1 to 32 characters, each another one. */
export function createEnvelopes(keys: EnvelopeKey[]): Envelopes {
  const [current] = keys
  if (current === undefined) throw new TypeError('envelopes need a key')
  const byId = new Map(keys.map(({ id, key }) => [id, key]))

  function keyOf(id: string): Uint8Array {
    const key = byId.get(id)
    if (key) return key
    throw new EnvelopeError(`This secret was sealed with the key “${id}”, which is not among ENCRYPTION_KEYS.`)
  }

  function seal(plain: Uint8Array, purpose: string): Uint8Array {
    const id = Buffer.from(current!.id, 'ascii')
    const head = Buffer.concat([Buffer.of(VERSION, id.length), id])
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, current!.key, nonce)
    cipher.setAAD(boundTo(head, purpose))
    return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }

  function open(sealed: Uint8Array, purpose: string): Uint8Array {
    const { head, keyId, nonce, ciphertext, tag } = partsOf(sealed)
    const decipher = createDecipheriv(ALGORITHM, keyOf(keyId), nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(boundTo(head, purpose))
    decipher.setAuthTag(tag)
    try {
      return Buffer.concat([decipher.update(ciphertext), decipher.final()])
    } catch {
      throw new EnvelopeError(
        `This secret, sealed with the key “${keyId}”, is not what it was, or not for this purpose.`,
      )
    }
  }

  const keyIdOf = (sealed: Uint8Array) => partsOf(sealed).keyId
  return {
    seal,
    open,
    reseal: (sealed, purpose) => (keyIdOf(sealed) === current.id ? sealed : seal(open(sealed, purpose), purpose)),
    currentKeyId: current.id,
    olderKeyIds: keys.slice(1).map(({ id }) => id),
    keyIdOf,
  }
}

/** The head tells its own length, so nothing of the purpose can pass for a part of it. */
const boundTo = (head: Uint8Array, purpose: string): Buffer => Buffer.concat([head, Buffer.from(purpose, 'utf8')])

function partsOf(sealed: Uint8Array) {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const [version, idLength] = bytes
  const nonceAt = 2 + (idLength ?? 0)
  const tagAt = bytes.length - TAG_BYTES
  if (version !== VERSION || !idLength || tagAt < nonceAt + NONCE_BYTES) throw new EnvelopeError('This is no envelope.')
  return {
    head: bytes.subarray(0, nonceAt),
    keyId: bytes.toString('ascii', 2, nonceAt),
    nonce: bytes.subarray(nonceAt, nonceAt + NONCE_BYTES),
    ciphertext: bytes.subarray(nonceAt + NONCE_BYTES, tagAt),
    tag: bytes.subarray(tagAt),
  }
}
