import { randomBytes } from 'node:crypto'
import type { Db } from './db.ts'

const known = new WeakMap<Db, Map<string, Promise<Uint8Array>>>()

/**
 * What this installation signs with under this name: 32 random bytes, made on first use, the same in every process that
 * shares the database.
 */
export function serverSecret(db: Db, name: string): Promise<Uint8Array> {
  const ofDb = known.get(db) ?? new Map<string, Promise<Uint8Array>>()
  known.set(db, ofDb)
  const secret = ofDb.get(name) ?? readSecret(db, name)
  ofDb.set(name, secret)
  // What could not be read is asked for again.
  secret.catch(() => ofDb.delete(name))
  return secret
}

const readSecret = (db: Db, name: string): Promise<Uint8Array> =>
  db.asSystem(async sql => {
    // Of two processes that make it at once, one does: the other waits here, and reads what the first has made.
    await sql.query('insert into server_secrets (name, secret) values ($1, $2) on conflict do nothing', [
      name,
      randomBytes(32),
    ])
    const [row] = await sql.query<{ secret: Uint8Array }>('select secret from server_secrets where name = $1', [name])
    return new Uint8Array(row!.secret)
  })
