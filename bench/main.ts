import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createDb } from '../server/platform/db.ts'
import { openEmbedded } from '../server/platform/embedded.ts'
import { createLog } from '../server/platform/log.ts'
import { migrate } from '../server/platform/migrate.ts'
import { openOutside } from '../server/platform/outside.ts'
import { benchIntake } from './intake.ts'
import { benchMatch } from './match.ts'
import { benchPopup } from './popup.ts'
import { API_KEY, start, TOKEN } from './support.ts'

/**
 * Every figure in one run on one machine, beside what it is compared with:
 *   npm run bench [popup] [intake] [match]
 * On the embedded database, and on an empty one at BENCH_DATABASE_URL if that is set.
 */
const wanted = new Set(process.argv.slice(2))
const wants = (part: string): boolean => wanted.size === 0 || wanted.has(part)
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-bench-'))
const serverUrl = process.env.BENCH_DATABASE_URL
const ADMIN = { ADMIN_EMAIL: 'bench@example.com', ADMIN_PASSWORD: 'bench bench bench', ADMIN_API_KEY: API_KEY }

console.log(`${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${process.version}\n`)
try {
  for (const database of serverUrl ? ['embedded', 'server'] : ['embedded']) {
    const outside = database === 'server' ? { DATABASE_URL: serverUrl! } : {}
    const own = (name: string) => ({ ...outside, DATA_DIR: path.join(directory, name) })
    const title = database === 'server' ? 'on a PostgreSQL server' : 'on the embedded database'
    console.log(`— Ringside ${title}\n`)
    if (wants('popup') || wants('intake')) {
      const ours = await start('server/main.ts', { ...ADMIN, TWILIO_AUTH_TOKEN: TOKEN, ...own('ours') })
      const echo = await start('bench/bareServer.ts', { MODE: 'echo' })
      if (wants('popup')) await benchPopup(ours, echo)
      if (wants('intake')) {
        const insert = await start('bench/bareServer.ts', { MODE: 'insert', ...own('bare') })
        await benchIntake([
          { name: 'bare: verify and echo', server: echo },
          { name: 'bare: and one insert each', server: insert },
          { name: 'Ringside', server: ours },
        ])
        await insert.end()
      }
      await Promise.all([ours.end(), echo.end()])
    }
    if (wants('match')) {
      const engine =
        serverUrl && database === 'server'
          ? openOutside(serverUrl, createLog('silent'))
          : await openEmbedded(path.join(directory, 'match'), createLog('silent'))
      const db = createDb(engine)
      await migrate(db)
      await benchMatch(title, db)
      await db.close()
    }
  }
} finally {
  fs.rmSync(directory, { recursive: true, force: true })
}
