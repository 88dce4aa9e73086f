import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createDb, type Db } from '../server/platform/db.ts'
import { openEmbedded } from '../server/platform/embedded.ts'
import { createLog } from '../server/platform/log.ts'
import { migrate } from '../server/platform/migrate.ts'
import { openOutside } from '../server/platform/outside.ts'
import { benchAnswer } from './answer.ts'
import { benchCalls } from './calls.ts'
import { benchIntake } from './intake.ts'
import { benchLimiter } from './limiter.ts'
import { benchMatch } from './match.ts'
import { benchOffers } from './offers.ts'
import { benchPopup } from './popup.ts'
import { benchRouting } from './routing.ts'
import { benchSimulation } from './simulation.ts'
import { API_KEY, start, TOKEN } from './support.ts'
import { benchVoice } from './voice.ts'
import { benchWebhooks } from './webhooks.ts'

/**
 * Every figure in one run on one machine, beside what it is compared with:
 *   npm run bench [routing] [simulation] [popup] [intake] [match] [offers] [calls] [limiter] [webhooks] [voice] [answer]
 * On the embedded database, and on an empty one at BENCH_DATABASE_URL if that is set. How many calls are listed among:
 * BENCH_CALLS.
 */
const wanted = new Set(process.argv.slice(2))
const wants = (part: string): boolean => wanted.size === 0 || wanted.has(part)
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-bench-'))
const serverUrl = process.env.BENCH_DATABASE_URL
const needsDatabase = ['popup', 'intake', 'match', 'offers', 'calls', 'limiter', 'webhooks'].some(wants)
const databases = needsDatabase ? (serverUrl ? ['embedded', 'server'] : ['embedded']) : []
const ADMIN = { ADMIN_EMAIL: 'bench@example.com', ADMIN_PASSWORD: 'bench bench bench', ADMIN_API_KEY: API_KEY }

console.log(`${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${process.version}\n`)
if (wants('routing')) benchRouting()
if (wants('simulation')) benchSimulation()
if (wants('voice')) await benchVoice()
if (wants('answer')) await benchAnswer()
try {
  for (const database of databases) {
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
    const open = async (name: string): Promise<Db> => {
      const log = createLog('silent')
      const engine =
        serverUrl && database === 'server'
          ? openOutside(serverUrl, log)
          : await openEmbedded(path.join(directory, name), log)
      const db = createDb(engine)
      await migrate(db)
      return db
    }
    if (wants('match')) {
      const db = await open('match')
      await benchMatch(title, db)
      await db.close()
    }
    if (wants('calls')) {
      const db = await open('calls')
      // On the embedded engine everything, indexes too, is made by the one thread of this process.
      await benchCalls(title, db, Number(process.env.BENCH_CALLS ?? (db.shared ? 5_000_000 : 200_000)))
      await db.close()
    }
    if (wants('limiter')) {
      const db = await open('limiter')
      await benchLimiter(title, db)
      await db.close()
    }
    if (wants('webhooks')) {
      const db = await open('webhooks')
      const receiver = await start('bench/webhookReceiver.ts', {})
      await benchWebhooks(title, db, receiver)
      await receiver.end()
      await db.close()
    }
    if (wants('offers')) {
      const db = await open('offers')
      // The embedded database is one process's alone.
      const others = db.shared ? [await open('offers')] : []
      await benchOffers(title, [db, ...others])
      for (const each of [db, ...others]) await each.close()
    }
  }
} finally {
  fs.rmSync(directory, { recursive: true, force: true })
}
