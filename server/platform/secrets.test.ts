import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { serverSecret } from './secrets.ts'

onBothDatabases('what the installation signs with', open => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  test('is made once, and is another one for every name', async () => {
    const { db } = database
    const [one, same, other] = await Promise.all([
      serverSecret(db, 'one'),
      serverSecret({ ...db }, 'one'),
      serverSecret(db, 'other'),
    ])
    expect(one).toHaveLength(32)
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })

  test('is nothing that a workspace could read', async () => {
    const reading = database.db.inWorkspace('01a1fbaf-12e7-7536-b034-cbea0577675b', tx =>
      tx.query('select secret from server_secrets'),
    )
    await expect(reading).rejects.toThrow('permission denied')
  })
})
