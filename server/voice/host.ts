import type { Db } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'

/**
 * Of several processes on one database one carries the calls over the web: a call's audio is in one place. It is whoever
 * holds a lock in the database; when it dies, another one takes it, and goes on with the calls. The others pass pages on
 * to it, and leave it what it is to be asked.
 */
export interface VoiceHost {
  /** Whether it is this process. */
  readonly isHere: boolean
  /** Where the process that carries is, `host:port`; null: there is none, or it is this one. */
  readonly elsewhere: string | null
  /** `take` is called when it is this process from now on, `lose` when it is no longer. Resolves after the first look. */
  start(address: string, take: () => Promise<void>, lose: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

const LOCK = 'voice host'
/** How soon a process that has died is replaced. */
const LOOK_MS = 1000

/** `mayCarry`: whether this process can. */
export function createVoiceHost(db: Db, log: Log, mayCarry: boolean): VoiceHost {
  let release: (() => Promise<void>) | null = null
  let elsewhere: string | null = null
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let stopped = false
  /** Why calls cannot be carried here; null: nothing stands in the way. */
  let problem: string | null = null

  async function look(...[address, take, lose]: Parameters<VoiceHost['start']>): Promise<void> {
    if (release !== null || stopped) return
    const lost = () => {
      release = null
      log.warn({}, 'this process carries calls over the web no longer: its lock in the database was lost')
      looking = looking.then(lose).catch(failed)
    }
    const lock = mayCarry ? await db.lock(LOCK, lost) : null
    if (lock === null) {
      elsewhere = await addressOf(db)
      return
    }
    release = lock
    elsewhere = null
    try {
      await take()
      await announce(db, address)
      problem = null
    } catch (error) {
      release = null
      await lock()
      throw error
    }
  }

  function failed(error: unknown): void {
    // Whoever stops breaks off what has just begun: nothing is tried again, and nothing is wrong.
    if (stopped) return
    // A port that is taken would be told of every second.
    if (String(error) !== problem)
      log.error({ err: error }, 'calls over the web cannot be carried here just now; it is tried again')
    problem = String(error)
  }

  return {
    get isHere() {
      return release !== null
    },
    get elsewhere() {
      return release === null ? elsewhere : null
    },
    async start(...given) {
      const again = () => {
        timer = setTimeout(() => {
          looking = looking.then(() => look(...given)).catch(failed)
          void looking.then(again)
        }, LOOK_MS)
        timer.unref()
        if (stopped) clearTimeout(timer)
      }
      looking = look(...given).catch(failed)
      await looking
      if (mayCarry || db.shared) again()
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await looking
      const held = release
      release = null
      await held?.()
    },
  }
}

const addressOf = (db: Db): Promise<string | null> =>
  db.asSystem(async sql => (await sql.query<{ address: string }>('select address from voice_host'))[0]?.address ?? null)

const announce = (db: Db, address: string): Promise<unknown> =>
  db.asSystem(sql =>
    sql.query(
      `insert into voice_host (address) values ($1)
       on conflict (only_one) do update set address = excluded.address, since = now()`,
      [address],
    ),
  )
