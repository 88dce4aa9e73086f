import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe } from 'vitest'
import { createDb, type Db } from '../../server/platform/db.ts'
import { openInMemory } from '../../server/platform/embedded.ts'
import { createLog } from '../../server/platform/log.ts'
import { migrate } from '../../server/platform/migrate.ts'
import { openOutside } from '../../server/platform/outside.ts'

/** A fresh, migrated database. `url` is set for one on a server, so that a test can open it from several processes. */
export interface TestDatabase {
  db: Db
  url: string | null
  close(): Promise<void>
}

let template: Promise<Blob> | undefined

async function openEmbedded(): Promise<TestDatabase> {
  template ??= (async () => {
    const engine = await openInMemory()
    await migrate(createDb(engine))
    const dump = await engine.dump()
    await engine.close()
    return dump
  })()
  const db = createDb(await openInMemory(await template))
  return { db, url: null, close: () => db.close() }
}

/** A database of its own on the server at TEST_DATABASE_URL, dropped when closed. */
export async function openOnServer(serverUrl: string): Promise<TestDatabase> {
  const name = `ringside_test_${randomBytes(6).toString('hex')}`
  const owner = new pg.Client({ connectionString: serverUrl })
  await owner.connect()
  await owner.query(`create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const db = createDb(openOutside(url.href, createLog('silent')))
  await migrate(db)
  return {
    db,
    url: url.href,
    async close() {
      await db.close()
      await owner.query(`drop database ${name} with (force)`)
      await owner.end()
    },
  }
}

export const serverUrl = process.env.TEST_DATABASE_URL ?? null

/** Runs the same tests on both engines; without a server, that half says that it was skipped. */
export function onBothDatabases(name: string, tests: (open: () => Promise<TestDatabase>) => void): void {
  describe(`${name} (embedded)`, () => tests(openEmbedded))
  describe.skipIf(serverUrl === null)(
    serverUrl === null ? `${name} (skipped: no PostgreSQL at TEST_DATABASE_URL)` : `${name} (PostgreSQL server)`,
    () => tests(() => openOnServer(serverUrl!)),
  )
}
