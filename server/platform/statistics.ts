import type { Db } from './db.ts'
import type { Log } from './log.ts'

const FIRST_AFTER = 100
const GROWTH = 8
const TABLES = ['calls', 'events', 'webhooks_received', 'support_requests', 'contacts', 'contact_phones']

/**
 * Lets the planner learn early that tables have filled. A statement that was prepared while a table was empty keeps a
 * plan that reads all of it, and row level security makes such plans look cheap; gathering statistics discards them.
 * After 100 events, 800, 6400 and so on; what comes later is the database's own routine.
 */
export function keepStatistics(db: Db, log: Log): void {
  let events = 0
  let due = FIRST_AFTER
  db.onCommitted(committed => {
    events += committed.length
    if (events < due) return
    due *= GROWTH
    gather(db).catch(error => log.warn({ err: error }, 'could not gather statistics'))
  })
}

/** One table at a time: on the embedded database everything else waits while one is read. */
async function gather(db: Db): Promise<void> {
  for (const table of TABLES) {
    await new Promise(resolve => setImmediate(resolve))
    await db.asOwner(sql => sql.query(`analyze ${table}`))
  }
}
