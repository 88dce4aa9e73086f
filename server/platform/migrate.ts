import { createHash } from 'node:crypto'
import fs from 'node:fs'
import type { Db } from './db.ts'

const DIRECTORY = new URL('./migrations/', import.meta.url)
/** Any number that only Ringside uses: several processes that start at once migrate one after the other. */
const LOCK = 4_746_463

/**
 * Brings the database to the newest schema: the numbered files in `migrations/`, each once, each in a transaction.
 * Throws when a file that has already run was edited since, or when a newer version has been at work on this database: what
 * it has written, this one might misread.
 *
 * @param tell what takes its time, before it is done.
 */
export async function migrate(db: Db, tell: (what: string) => void = () => {}): Promise<void> {
  await db.asOwner(async sql => {
    // Waiting for another process's migration, and a large one itself, may take longer than a request ever may.
    await sql.query('set lock_timeout = 0; set statement_timeout = 0')
    const [free] = await sql.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [LOCK])
    if (!free!.locked) {
      tell('Another process is bringing the database up to date: waiting for it…')
      await sql.query('select pg_advisory_lock($1)', [LOCK])
    }
    try {
      await sql.query(
        'create table if not exists migrations (name text primary key, checksum text not null, ran_at timestamptz not null default now())',
      )
      const done = new Map(
        (await sql.query<{ name: string; checksum: string }>('select name, checksum from migrations')).map(row => [
          row.name,
          row.checksum,
        ]),
      )
      const files = fs.readdirSync(DIRECTORY).filter(file => file.endsWith('.sql'))
      const newer = [...done.keys()].filter(name => !files.includes(name)).sort()
      if (newer.length > 0) {
        throw new Error(
          `a newer version of Ringside has brought this database up to date (${newer.at(-1)}). ` +
            'Start that version, or restore the backup that was made before it.',
        )
      }
      if (files.some(file => !done.has(file))) tell('Bringing the database up to date…')
      for (const file of files.sort()) {
        const text = fs.readFileSync(new URL(file, DIRECTORY), 'utf8')
        const checksum = createHash('sha256').update(text).digest('hex')
        const ran = done.get(file)
        if (ran === checksum) continue
        if (ran !== undefined)
          throw new Error(`Migration ${file} has run here in another version. Migrations are never edited.`)
        await sql.query('begin')
        try {
          await sql.query(text)
          await sql.query('insert into migrations (name, checksum) values ($1, $2)', [file, checksum])
          await sql.query('commit')
        } catch (error) {
          await sql.query('rollback')
          throw error
        }
      }
    } finally {
      await sql.query('select pg_advisory_unlock($1)', [LOCK])
      await sql.query('reset lock_timeout; reset statement_timeout')
    }
  })
}
