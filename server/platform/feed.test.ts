import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { createDb, type Db } from './db.ts'
import type { StoredEvent } from './eventLog.ts'
import { createFeed, type Feed } from './feed.ts'
import { createLog } from './log.ts'
import { openOutside } from './outside.ts'

const log = createLog('silent')

async function createWorkspace(db: Db): Promise<string> {
  const id = newId()
  await db.asSystem(async sql => {
    await sql.query('insert into workspaces (id, name) values ($1, $2)', [id, 'Test'])
    await sql.query('insert into event_heads (workspace_id) values ($1)', [id])
  })
  return id
}

const happen = (db: Db, workspaceId: string, count = 1): Promise<void> =>
  db.inWorkspace(workspaceId, async tx => {
    const workspace = { id: workspaceId, name: 'Test' }
    tx.emit(...Array.from({ length: count }, () => ({ type: 'workspace.created' as const, workspace })))
  })

/** Follows a workspace and keeps what it is told. */
async function follow(feed: Feed, workspaceId: string, since: number | null): Promise<number[]> {
  const seen: number[] = []
  let live = false
  feed.onEvent((stored: StoredEvent) => {
    if (live && stored.workspaceId === workspaceId) seen.push(stored.seq)
  })
  await feed.catchUp(
    workspaceId,
    since,
    stored => void seen.push(stored.seq),
    () => {
      live = true
    },
  )
  return seen
}

const upTo = (count: number, from = 1): number[] => Array.from({ length: count - from + 1 }, (_, index) => from + index)
async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !done(); i++) await new Promise(resolve => setTimeout(resolve, 10))
}

onBothDatabases('the feed', (open, { shared }) => {
  let database: TestDatabase
  let feed: Feed
  beforeAll(async () => {
    database = await open()
    feed = createFeed(database.db, log)
    await feed.start()
  })
  afterAll(async () => {
    feed.stop()
    await database.close()
  })

  test('numbers events without gaps, however many transactions write at once', async () => {
    const workspaceId = await createWorkspace(database.db)
    const seen = await follow(feed, workspaceId, null)
    await Promise.all(Array.from({ length: 40 }, (_, index) => happen(database.db, workspaceId, 1 + (index % 3))))
    await until(() => seen.length === 79)
    expect(seen).toEqual(upTo(79))
  })

  test('whoever joins in the middle of things gets all since then, once, in order', async () => {
    const workspaceId = await createWorkspace(database.db)
    await happen(database.db, workspaceId, 30)
    const writing = Promise.all(Array.from({ length: 30 }, () => happen(database.db, workspaceId)))
    const followers = await Promise.all([0, 10, 29, 30].map(since => follow(feed, workspaceId, since)))
    await writing
    await until(() => followers.every(seen => seen.at(-1) === 60))
    expect(followers).toEqual([upTo(60), upTo(60, 11), upTo(60, 30), upTo(60, 31)])
  })

  test('a transaction that fails tells nothing and leaves no gap', async () => {
    const workspaceId = await createWorkspace(database.db)
    const seen = await follow(feed, workspaceId, null)
    await database.db
      .inWorkspace(workspaceId, async tx => {
        tx.emit({ type: 'workspace.created', workspace: { id: workspaceId, name: 'Test' } })
        throw new Error('changed my mind')
      })
      .catch(() => {})
    await happen(database.db, workspaceId)
    await until(() => seen.length > 0)
    expect(seen).toEqual([1])
  })

  if (!shared) return // the embedded database has one process only
  test('another process’s events come too, in the same order', async () => {
    const workspaceId = await createWorkspace(database.db)
    const otherDb = createDb(openOutside(database.url!, log))
    const other = createFeed(otherDb, log)
    await other.start()
    const here = await follow(feed, workspaceId, null)
    const there = await follow(other, workspaceId, null)
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => happen(index % 2 === 0 ? database.db : otherDb, workspaceId)),
    )
    await until(() => here.length === 40 && there.length === 40)
    expect([here, there]).toEqual([upTo(40), upTo(40)])
    other.stop()
    await otherDb.close()
  })
  test('who comes from a process that was ahead hears nothing twice', async () => {
    const workspaceId = await createWorkspace(database.db)
    await follow(feed, workspaceId, null)
    // Nobody announces what this one commits: it has no feed.
    const ahead = createDb(openOutside(database.url!, log))
    await happen(ahead, workspaceId, 3)
    const here = await follow(feed, workspaceId, 3)
    await happen(database.db, workspaceId)
    await until(() => here.length > 0)
    expect(here).toEqual([4])
    await ahead.close()
  })
})
