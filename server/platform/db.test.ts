import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import type { Db } from './db.ts'

async function createWorkspace(db: Db): Promise<string> {
  const id = newId()
  await db.asSystem(async sql => {
    await sql.query('insert into workspaces (id, name) values ($1, $2)', [id, 'Test'])
    await sql.query('insert into event_heads (workspace_id) values ($1)', [id])
  })
  return id
}
const addQueue = (db: Db, workspaceId: string, name: string, into = workspaceId) =>
  db.inWorkspace(workspaceId, tx =>
    tx.query('insert into queues (workspace_id, id, name, display_name) values ($1, $2, $3, $3)', [
      into,
      newId(),
      name,
    ]),
  )
const queues = async (db: Db, workspaceId: string): Promise<string[]> =>
  (await db.inWorkspace(workspaceId, tx => tx.query<{ name: string }>('select name from queues order by name'))).map(
    row => row.name,
  )

onBothDatabases('the database', (open, { shared }) => {
  let database: TestDatabase
  let db: Db
  let [acme, bolt] = ['', '']
  beforeAll(async () => {
    database = await open()
    db = database.db
    ;[acme, bolt] = [await createWorkspace(db), await createWorkspace(db)]
    await addQueue(db, acme, 'acme')
    await addQueue(db, bolt, 'bolt')
  })
  afterAll(() => database.close())

  test('a workspace sees, changes and adds its own rows only, whatever the statement says', async () => {
    expect(await queues(db, acme)).toEqual(['acme'])
    const touched = await db.inWorkspace(acme, tx => tx.query(`update queues set display_name = 'mine' returning name`))
    expect(touched).toEqual([{ name: 'acme' }])
    expect(
      await db.inWorkspace(acme, tx => tx.query('delete from queues where workspace_id = $1 returning 1', [bolt])),
    ).toEqual([])
    await expect(addQueue(db, acme, 'smuggled', bolt)).rejects.toThrow(/row-level security/)
    expect(await queues(db, bolt)).toEqual(['bolt'])
  })

  test('the event log cannot be rewritten, nor its counter made anew', async () => {
    for (const statement of ['update events set seq = 0', 'delete from events', 'delete from event_heads']) {
      await expect(db.inWorkspace(acme, tx => tx.query(statement))).rejects.toThrow(/permission denied/)
    }
  })

  test('the platform itself reads no customer data', async () => {
    for (const table of ['contacts', 'support_requests', 'call_notes', 'webhooks_received']) {
      await expect(db.asSystem(sql => sql.query(`select * from ${table}`))).rejects.toThrow(/permission denied/)
    }
  })

  test('what fails leaves nothing behind, and does not disturb what runs beside it', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `q${String(index).padStart(2, '0')}`)
    const results = await Promise.allSettled(
      names.map((name, index) =>
        db.inWorkspace(acme, async tx => {
          await tx.query('insert into queues (workspace_id, id, name, display_name) values ($1, $2, $3, $3)', [
            acme,
            newId(),
            name,
          ])
          if (index % 3 === 1) throw new Error('changed my mind')
          if (index % 3 === 2) await tx.query('select * from nowhere')
        }),
      ),
    )
    expect(results.map(result => result.status)).toEqual(
      names.map((_, index) => (index % 3 === 0 ? 'fulfilled' : 'rejected')),
    )
    expect(await queues(db, acme)).toEqual(['acme', ...names.filter((_, index) => index % 3 === 0)])
  })

  test('a workspace id that is none never reaches a statement', async () => {
    await expect(db.inWorkspace(`${acme}'; drop table calls --`, tx => tx.query('select 1'))).rejects.toThrow(TypeError)
  })

  if (!shared) return // nobody can cut the embedded database off from its own process
  test('cut connections are told as such, and replaced', async () => {
    const cut = db.inWorkspace(acme, async tx => {
      await tx.query('reset role')
      await tx.query('select pg_terminate_backend(pg_backend_pid())')
    })
    await expect(cut).rejects.toThrow('The database cannot be reached just now.')
    await db.asOwner(sql =>
      sql.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      ),
    )
    for (let i = 0; i < 20; i++) await db.inWorkspace(acme, tx => tx.query('select 1')).catch(() => {})
    expect(await queues(db, bolt)).toEqual(['bolt'])
  })
})
