import { randomBytes } from 'node:crypto'
import type { Db, Sql } from './db.ts'
import { DATABASE_KEY_ID, type Envelopes } from './envelope.ts'

const known = new WeakMap<Db, Map<string, Promise<Uint8Array>>>()

/**
 * What this installation signs with under this name: 32 random bytes, made on first use, the same in every process that
 * shares the database. In an envelope as soon as the operator has a key of their own: whoever has a copy of the database
 * alone can then sign nothing.
 */
export function serverSecret({ db, envelopes }: { db: Db; envelopes: Envelopes }, name: string): Promise<Uint8Array> {
  return remembered(db, name, sql => readSealed(sql, envelopes, name))
}

/** The key of envelopes where the operator has none: beside what it seals, so it keeps nothing from whoever has it all. */
export const databaseKey = (db: Db): Promise<Uint8Array> =>
  remembered(db, DATABASE_KEY_ID, async sql => new Uint8Array((await readRow(sql, DATABASE_KEY_ID)).secret))

/**
 * Seals all of these secrets with the current key, as they are few. Throws an `EnvelopeError` when one is sealed with a
 * key that is not here: better at the start than at every sign-in.
 */
export async function sealSecrets(db: Db, envelopes: Envelopes): Promise<void> {
  const names = await db.asSystem(sql =>
    sql.query<{ name: string }>('select name from server_secrets where name <> $1 order by name', [DATABASE_KEY_ID]),
  )
  for (const { name } of names) await db.asSystem(sql => readSealed(sql, envelopes, name))
}

/** Under which keys they are sealed, and how many under each. */
export async function countSecrets(db: Db, envelopes: Envelopes): Promise<Map<string, number>> {
  const sealed = await db.asSystem(sql =>
    sql.query<{ secret: Uint8Array }>('select secret from server_secrets where sealed'),
  )
  const counts = new Map<string, number>()
  for (const { secret } of sealed) {
    const keyId = envelopes.keyIdOf(secret)
    counts.set(keyId, (counts.get(keyId) ?? 0) + 1)
  }
  return counts
}

const purposeOf = (name: string): string => `server secret ${name}`

function remembered(db: Db, name: string, read: (sql: Sql) => Promise<Uint8Array>): Promise<Uint8Array> {
  const ofDb = known.get(db) ?? new Map<string, Promise<Uint8Array>>()
  known.set(db, ofDb)
  const secret = ofDb.get(name) ?? db.asSystem(read)
  ofDb.set(name, secret)
  // What could not be read is asked for again.
  secret.catch(() => ofDb.delete(name))
  return secret
}

async function readSealed(sql: Sql, envelopes: Envelopes, name: string): Promise<Uint8Array> {
  const { secret, sealed } = await readRow(sql, name)
  const purpose = purposeOf(name)
  const plain = sealed ? envelopes.open(secret, purpose) : secret
  const isCurrent = sealed
    ? envelopes.keyIdOf(secret) === envelopes.currentKeyId
    : envelopes.currentKeyId === DATABASE_KEY_ID
  if (!isCurrent) {
    await sql.query('update server_secrets set secret = $2, sealed = true where name = $1', [
      name,
      envelopes.seal(plain, purpose),
    ])
  }
  return new Uint8Array(plain)
}

async function readRow(sql: Sql, name: string): Promise<{ secret: Uint8Array; sealed: boolean }> {
  // Of two processes that make it at once, one does: the other waits here, and reads what the first has made.
  await sql.query('insert into server_secrets (name, secret) values ($1, $2) on conflict do nothing', [
    name,
    randomBytes(32),
  ])
  // Held until the end of the transaction: of two processes that seal it at once, the second finds it sealed.
  const [row] = await sql.query<{ secret: Uint8Array; sealed: boolean }>(
    'select secret, sealed from server_secrets where name = $1 for update',
    [name],
  )
  return row!
}
