import { randomBytes } from 'node:crypto'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { createEnvelopes, type Envelopes } from '../platform/envelope.ts'
import { createLog } from '../platform/log.ts'
import type { Background } from '../platform/rounds.ts'
import { RECORDING_KEYS } from '../recordings/recordingAudio.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { readKeyUse } from './keyUse.ts'
import { createResealing } from './resealing.ts'

const keyOf = (id: string) => ({ id, key: randomBytes(32) })

onBothDatabases('the keys of recordings', open => {
  let database: TestDatabase
  let workspaces: { id: string; callId: string }[]
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    await database.db.asOwner(sql => sql.query('delete from recordings'))
    workspaces = []
    for (let i = 0; i < 2; i++) {
      const starter = { name: 'Test', adminEmail: `${newId()}@example.com`, passwordHash: null, supportNumbers: [] }
      const { id } = (await database.db.asSystem(sql => furnishWorkspace(sql, starter))).workspace
      const callId = newId()
      await database.db.inWorkspace(id, tx =>
        tx.query(
          `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
           values ($1, $2, 'builtin', $3, 'ours', 'inbound', 'in-progress', 'withheld', now())`,
          [id, callId, newId()],
        ),
      )
      workspaces.push({ id, callId })
    }
  })

  /** As many recordings of each workspace, sealed with this. */
  async function keep(envelopes: Envelopes, count: number): Promise<Map<string, Buffer>> {
    const keys = new Map<string, Buffer>()
    for (const { id: workspaceId, callId } of workspaces) {
      const rows = Array.from({ length: count }, () => {
        const id = newId()
        const key = randomBytes(39)
        keys.set(id, key)
        return { id, sealed: Buffer.from(envelopes.seal(key, RECORDING_KEYS.purpose(workspaceId, id))) }
      })
      await database.db.inWorkspace(workspaceId, tx =>
        tx.query(
          `insert into recordings (workspace_id, id, call_id, kind, provider, status, completed_at, store_key, sealed_key,
             key_id, stored_at, size)
           select current_workspace(), n.id, $1, 'call', 'builtin', 'completed', now(), n.id, n.sealed, $2, now(), 1
           from unnest($3::text[], $4::bytea[]) as n(id, sealed)`,
          [callId, envelopes.currentKeyId, rows.map(({ id }) => id), rows.map(({ sealed }) => sealed)],
        ),
      )
    }
    return keys
  }
  const count = async () =>
    (await readKeyUse({ db: database.db, envelopes: createEnvelopes([keyOf('none')]) }))
      .flatMap(({ keyId, sealed: { recordings } }) => (recordings ? { keyId, recordings } : []))
      .toSorted((a, b) => a.keyId.localeCompare(b.keyId))
  const begin = async (envelopes: Envelopes): Promise<Background> => {
    const resealing = createResealing({ db: database.db, envelopes, log: createLog('silent') })
    await resealing.start()
    return resealing
  }
  async function reseal(envelopes: Envelopes): Promise<void> {
    const resealing = await begin(envelopes)
    await resealing.idle()
    resealing.stop()
  }
  async function opened(envelopes: Envelopes): Promise<Map<string, Buffer>> {
    const keys = new Map<string, Buffer>()
    for (const { id: workspaceId } of workspaces) {
      const rows = await database.db.inWorkspace(workspaceId, tx =>
        tx.query<{ id: string; sealed_key: Uint8Array }>('select id, sealed_key from recordings'),
      )
      for (const { id, sealed_key } of rows)
        keys.set(id, Buffer.from(envelopes.open(new Uint8Array(sealed_key), RECORDING_KEYS.purpose(workspaceId, id))))
    }
    return keys
  }

  test('are sealed with the new one, in all workspaces; then the old one is not needed any more', async () => {
    const [old, next] = [keyOf('old'), keyOf('next')]
    const keys = await keep(createEnvelopes([old]), 450)
    expect(await count()).toEqual([{ keyId: 'old', recordings: 900 }])
    await reseal(createEnvelopes([next, old]))
    expect(await count()).toEqual([{ keyId: 'next', recordings: 900 }])
    expect(await opened(createEnvelopes([next]))).toEqual(keys)
  })

  test('go on where they were when it was interrupted', async () => {
    const [old, next] = [keyOf('old'), keyOf('next')]
    const keys = await keep(createEnvelopes([old]), 450)
    const both = createEnvelopes([next, old])
    let sealed = 0
    const interrupted: Envelopes = {
      ...both,
      reseal(...given) {
        if (++sealed === 300) resealing.stop()
        return both.reseal(...given)
      },
    }
    const resealing = await begin(interrupted)
    await resealing.idle()
    expect(await count()).toEqual([
      { keyId: 'next', recordings: 400 },
      { keyId: 'old', recordings: 500 },
    ])
    expect(await opened(both)).toEqual(keys)
    await reseal(both)
    expect(await opened(createEnvelopes([next]))).toEqual(keys)
  })

  test('one that cannot be opened keeps no other from it', async () => {
    const [old, lost, next] = [keyOf('old'), keyOf('lost'), keyOf('next')]
    await keep(createEnvelopes([lost]), 1)
    await keep(createEnvelopes([old]), 3)
    await reseal(createEnvelopes([next, old]))
    expect(await count()).toEqual([
      { keyId: 'lost', recordings: 2 },
      { keyId: 'next', recordings: 6 },
    ])
  })

  test('two processes at once seal each once, and neither waits for the other for ever', async () => {
    const [old, next] = [keyOf('old'), keyOf('next')]
    const keys = await keep(createEnvelopes([old]), 450)
    const both = createEnvelopes([next, old])
    await Promise.all([reseal(both), reseal(both)])
    expect(await count()).toEqual([{ keyId: 'next', recordings: 900 }])
    expect(await opened(createEnvelopes([next]))).toEqual(keys)
  })
})
