import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { addWorkspace } from '../contacts/testing.ts'
import type { Tx } from '../platform/db.ts'
import { advanceClaim, type Claim, claimConnection, saveConnection } from './connectionStore.ts'
import type { ChangesPage, Connector, Cursor } from './connector.ts'
import { pull } from './pull.ts'
import type { SyncRun } from './syncRun.ts'

const NOW = '2026-01-01T00:00:00Z'

onBothDatabases('what has changed in a connected CRM', open => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database?.close())

  /** A list of these pages, then one of what has come since, which is none; gives the places that are asked for. */
  async function pulled(pages: number, cutOffAfter = Number.POSITIVE_INFINITY): Promise<unknown[]> {
    const workspaceId = await addWorkspace(database.db)
    const run = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => database.db.inWorkspace(workspaceId, work)
    const given = { id: newId(), crm: 'salesforce' as const, account: 'acme', tokens: Buffer.from('sealed') }
    const id = await run(tx => saveConnection(tx, given, NOW))
    const asked: unknown[] = []
    const ending = new AbortController()
    const changes = async (_: unknown, cursor: Cursor | null): Promise<ChangesPage> => {
      const page = Number(cursor?.page ?? 0) + 1
      asked.push(page)
      if (asked.length === cutOffAfter) ending.abort()
      return { changes: [], cursor: { page: page < pages ? page : 0 }, more: page < pages }
    }
    const connector = { changes } as unknown as Connector
    const session = { tokens: { expiresAt: null }, save: async () => {} } as unknown as SyncRun['session']
    const once = async (signal: AbortSignal) => {
      const claim = (await run(tx => claimConnection(tx, id, newId(), NOW))) as Claim
      const means = { db: database.db, addresses: [], workspaceId, connector, claim, session, signal }
      await pull(means).finally(() =>
        run(async tx => {
          await advanceClaim(tx, claim, NOW)
          await tx.query('update connections set claim = null, claimed_until = null where id = $1', [id])
        }),
      )
    }
    if (cutOffAfter < pages) await expect(once(ending.signal)).rejects.toThrow(/abort/)
    await once(new AbortController().signal)
    return asked
  }

  test('is read page after page', async () => {
    expect(await pulled(3)).toEqual([1, 2, 3])
  })

  test('is asked for anew after a list that an earlier run has left half read: that shows how it was then', async () => {
    expect(await pulled(3, 2)).toEqual([1, 2, 3, 1, 2, 3])
  })
})
