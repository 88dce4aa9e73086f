import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
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

/** A migrated database as a file, made once per schema: creating one from nothing takes seconds. */
async function template(): Promise<Blob> {
  const file = path.join(os.tmpdir(), `ringside-test-${schemaVersion()}.tar`)
  if (!fs.existsSync(file)) {
    const engine = await openInMemory()
    await migrate(createDb(engine))
    const made = Buffer.from(await (await engine.dump()).arrayBuffer())
    await engine.close()
    // Several test files may get here at once: each writes its own, the last rename wins, all are the same.
    const own = `${file}.${process.pid}`
    fs.writeFileSync(own, made)
    fs.renameSync(own, file)
  }
  return new Blob([fs.readFileSync(file)])
}

function schemaVersion(): string {
  const folder = new URL('../../server/platform/migrations/', import.meta.url)
  const hash = createHash('sha256')
  for (const file of fs.readdirSync(folder).sort()) hash.update(fs.readFileSync(new URL(file, folder)))
  return hash.digest('hex').slice(0, 16)
}

export async function openEmbedded(): Promise<TestDatabase> {
  const db = createDb(await openInMemory(await template()))
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

/**
 * Runs the same tests on both engines; without a server, that half says that it was skipped. `shared` tells whether
 * several processes may use the database.
 */
export function onBothDatabases(
  name: string,
  tests: (open: () => Promise<TestDatabase>, engine: { shared: boolean }) => void,
): void {
  describe(`${name} (embedded)`, () => tests(openEmbedded, { shared: false }))
  describe.skipIf(serverUrl === null)(
    serverUrl === null ? `${name} (skipped: no PostgreSQL at TEST_DATABASE_URL)` : `${name} (PostgreSQL server)`,
    () => tests(() => openOnServer(serverUrl!), { shared: true }),
  )
}
