import { setImmediate as nextTurn } from 'node:timers/promises'
import type { App } from '../app.ts'

/**
 * After so many new contacts, and whenever they have become so many times more, the planner is told: plans made for an
 * empty table read all of it for each line. A server notices in its own time, the embedded engine too late.
 */
const MANY = 200
const GROWN = 4

/** What is to be told how many contacts have been added so far, again and again and at the end. */
export interface Growth {
  grownTo(added: number): Promise<void>
  end(): Promise<void>
}

export function watchGrowth(app: Pick<App, 'db' | 'log'>): Growth {
  let added = 0
  let analyseAt = MANY
  return {
    async grownTo(now) {
      added = now
      if (added < analyseAt) return
      analyseAt = added * GROWN
      await analyse(app)
    },
    async end() {
      if (added >= MANY) await analyse(app)
    },
  }
}

async function analyse({ db, log }: Pick<App, 'db' | 'log'>): Promise<void> {
  try {
    await db.asOwner(async sql => {
      // The embedded engine holds up everything meanwhile: a smaller sample does.
      if (!db.shared) await sql.query('set default_statistics_target = 20')
      await sql.query('analyze contacts')
      await nextTurn()
      await sql.query('analyze contact_phones')
      if (!db.shared) await sql.query('reset default_statistics_target')
    })
  } catch (error) {
    log.warn({ err: error }, 'the tables of contacts could not be analysed')
  }
}
