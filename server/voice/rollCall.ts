import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../platform/db.ts'

/** Which process carries which calls, asked of all that share the database: only they know, and only while they live. */
export interface RollCall {
  /**
   * The calls that others carry. Null: another process asks at the same time, and is the one to take up those that nobody
   * carries.
   */
  carriedElsewhere(): Promise<Set<string> | null>
}

const CHANNEL = 'ringside_voice'
const PATIENCE_MS = 1000
/** A notification of PostgreSQL holds 8000 bytes. */
const AT_ONCE = 150

/** @param carried what this process carries. */
export async function createRollCall(
  db: Pick<Db, 'shared' | 'listen' | 'notify'>,
  carried: () => string[],
  patienceMs = PATIENCE_MS,
): Promise<RollCall> {
  const me = randomUUID()
  let asking = false
  let yields = false
  let others = new Set<string>()

  async function hear(payload: string): Promise<void> {
    const [what, who = '', rooms = ''] = payload.split(' ')
    if (who === me) return
    if (what === 'here') for (const room of rooms.split(',')) others.add(room)
    if (what !== 'who') return
    if (asking && who < me) yields = true
    const all = carried()
    const answers = asking && me < who ? [`who ${me}`] : []
    for (let at = 0; at < all.length; at += AT_ONCE) answers.push(`here ${me} ${all.slice(at, at + AT_ONCE).join(',')}`)
    if (answers.length > 0) await db.notify(CHANNEL, answers)
  }

  if (db.shared)
    await db.listen(
      CHANNEL,
      payload => void hear(payload).catch(() => {}), // whoever asked takes it that we are gone
      () => {},
    )

  return {
    async carriedElsewhere() {
      if (!db.shared) return new Set()
      others = new Set()
      asking = true
      yields = false
      await db.notify(CHANNEL, [`who ${me}`])
      await sleep(patienceMs)
      asking = false
      return yields ? null : others
    },
  }
}
