import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { describe } from 'vitest'
import { createDb, type Db } from '../../server/platform/db.ts'
import { openInMemory, openEmbedded as openOnDisk } from '../../server/platform/embedded.ts'
import { createLog } from '../../server/platform/log.ts'
import { migrate } from '../../server/platform/migrate.ts'
import { openOutside } from '../../server/platform/outside.ts'
import { temporaryDirectory } from './process.ts'

/** A fresh, migrated database. `url` is set for one on a server, so that a test can open it from several processes. */
export interface TestDatabase {
  db: Db
  url: string | null
  close(): Promise<void>
}

/** A migrated database as a file, made once per schema: creating one from nothing takes seconds. */
async function template(): Promise<Blob> {
  const file = path.join(os.tmpdir(), `ringside-template-${schemaVersion()}.tar`)
  if (!fs.existsSync(file)) {
    const engine = await openInMemory()
    const db = createDb(engine)
    await migrate(db)
    await db.asOwner(async sql => {
      // What a database could be made from in turn is half of what each would have to load.
      await sql.query('update pg_database set datistemplate = false')
      for (const unused of ['template0', 'template1']) await sql.query(`drop database ${unused}`)
    })
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

/**
 * A server's data directory of its own with a migrated database, for whoever does not ask what a first start is like:
 * making a database is most of one.
 */
export async function dataDirectory(): Promise<string> {
  const template = path.join(os.tmpdir(), `ringside-template-${schemaVersion()}`)
  if (!fs.existsSync(template)) {
    const own = temporaryDirectory()
    const db = createDb(await openOnDisk(path.join(own, 'db'), createLog('silent')))
    await migrate(db)
    await db.close()
    try {
      fs.renameSync(own, template)
    } catch {
      // Another file of tests was here first: all are the same.
      fs.rmSync(own, { recursive: true })
    }
  }
  const directory = temporaryDirectory()
  fs.cpSync(template, directory, { recursive: true })
  return directory
}

/** Any number that only these tests use: of several that want a template at once, one makes it. */
const TEMPLATE_LOCK = 4_746_464

/** The name of a migrated database on the server, made once per schema. */
async function templateOnServer(owner: pg.Client, serverUrl: string): Promise<string> {
  const name = `ringside_template_${schemaVersion()}`
  await owner.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
  try {
    const { rowCount } = await owner.query('select from pg_database where datname = $1 and datistemplate', [name])
    if (rowCount === 0) {
      // Whoever was killed over it has left one that is not marked as finished.
      await owner.query(`drop database if exists ${name} with (force)`)
      await owner.query(`create database ${name}`)
      const db = createDb(openOutside(urlOf(serverUrl, name), createLog('silent')))
      await migrate(db).finally(() => db.close())
      await owner.query(`alter database ${name} is_template true`)
    }
  } finally {
    await owner.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  }
  return name
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** A database of its own on the server at TEST_DATABASE_URL, dropped when closed. */
export async function openOnServer(serverUrl: string): Promise<TestDatabase> {
  const name = `ringside_test_${randomBytes(6).toString('hex')}`
  const owner = new pg.Client({ connectionString: serverUrl })
  await owner.connect()
  await owner.query(`create database ${name} template ${await templateOnServer(owner, serverUrl)}`)
  const url = urlOf(serverUrl, name)
  const db = createDb(openOutside(url, createLog('silent')))
  return {
    db,
    url,
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
