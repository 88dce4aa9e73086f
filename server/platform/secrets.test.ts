import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { openEnvelopes } from './envelope.ts'
import { serverSecret } from './secrets.ts'

onBothDatabases('what the installation signs with', open => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  /** Another process on the same database. */
  const processWith = async (...ids: string[]) => {
    const db = { ...database.db }
    return { db, envelopes: await openEnvelopes({ encryptionKeys: ids.map(id => ({ id, key: keys.get(id)! })) }, db) }
  }
  const keys = new Map(['old', 'new'].map(id => [id, randomBytes(32)]))
  const stored = async (name: string) => {
    const rows = await database.db.asSystem(sql =>
      sql.query<{ secret: Uint8Array; sealed: boolean }>('select secret, sealed from server_secrets where name = $1', [
        name,
      ]),
    )
    return rows[0]!
  }

  test('is made once, and is another one for every name', async () => {
    const [one, same, other] = await Promise.all([
      serverSecret(await processWith(), 'one'),
      serverSecret(await processWith(), 'one'),
      serverSecret(await processWith(), 'other'),
    ])
    expect(one).toHaveLength(32)
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })

  test('is sealed on first use once there is a key of the operator’s, and sealed anew when that changes', async () => {
    const plain = await serverSecret(await processWith(), 'kept')
    expect((await stored('kept')).sealed).toBe(false)

    const both = await Promise.all([
      serverSecret(await processWith('old'), 'kept'),
      serverSecret(await processWith('old'), 'kept'),
    ])
    expect(both).toEqual([plain, plain])
    const sealed = await stored('kept')
    expect(sealed.sealed).toBe(true)
    expect(Buffer.from(sealed.secret).includes(Buffer.from(plain))).toBe(false)

    expect(await serverSecret(await processWith('new', 'old'), 'kept')).toEqual(plain)
    expect(await serverSecret(await processWith('new'), 'kept')).toEqual(plain)
    // Said at the start, not at the first sign-in.
    await expect(processWith('old')).rejects.toThrow('sealed with the key “new”')
  })

  test('is nothing that a workspace could read', async () => {
    const reading = database.db.inWorkspace('01a1fbaf-12e7-7536-b034-cbea0577675b', tx =>
      tx.query('select secret from server_secrets'),
    )
    await expect(reading).rejects.toThrow('permission denied')
  })
})
