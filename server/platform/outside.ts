import pg from 'pg'
import { type Engine, named } from './db.ts'
import type { Log } from './log.ts'
import { DatabaseUnavailable, reasonOf } from './outage.ts'

const RECONNECT_MS = 1000
/** A server that does not answer by then cannot be reached just now. */
const CONNECT_MS = 5000
const STATEMENT_MS = 30_000
/** The server ends a statement in time by itself, unless it is frozen or the way to it is cut. */
const ANSWER_MS = STATEMENT_MS + 5000
/** How often whoever holds a lock makes sure that it still does. */
const PULSE_MS = 2000

const OLDEST = 15

/** Throws, in words for an operator, when the server of `DATABASE_URL` cannot be used: nobody answers, or it is too old. */
export async function checkServer(engine: Pick<Engine, 'connect'>): Promise<void> {
  const version = await serverVersion(engine).catch(error => {
    throw new Error(`the database of DATABASE_URL cannot be used. ${reasonOf(error)}`, { cause: error })
  })
  if (Number.parseInt(version, 10) < OLDEST)
    throw new Error(`DATABASE_URL leads to PostgreSQL ${version}; Ringside needs ${OLDEST} or later.`)
}

async function serverVersion(engine: Pick<Engine, 'connect'>): Promise<string> {
  const connection = await engine.connect()
  try {
    const [row] = await connection.query<{ server_version: string }>('show server_version')
    return row!.server_version
  } finally {
    connection.release()
  }
}

/** A PostgreSQL server (15 or later) that any number of equal processes share. */
export function openOutside(connectionString: string, log: Log, poolSize = 10): Engine {
  const pool = new pg.Pool({
    connectionString,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    // Nothing that a person or a provider waits for may take longer; bulk work runs in slices.
    statement_timeout: STATEMENT_MS,
    lock_timeout: 5000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'ringside',
  })
  // Without a listener, an idle connection that the server ends would end this process too.
  pool.on('error', error => log.debug({ err: error }, 'an idle database connection was lost'))
  // So would one that is lost while it is in use; there the statement that waits for it fails, and is told why.
  pool.on('connect', client => client.on('error', () => {}))

  /** Connections apart from the pool: those that listen, and those that hold a lock. */
  const own = new Set<pg.Client>()
  let closed = false

  return {
    shared: true,
    async connect(unhurried = false) {
      const client = await pool.connect()
      return {
        async query<Row>(text: string, values?: unknown[]) {
          // Known to pg, and not to its types.
          const patience: object = unhurried ? {} : { query_timeout: ANSWER_MS }
          return (await client.query({ ...named(text, values), ...patience })).rows as Row[]
        },
        release: broken => client.release(broken),
      }
    },
    async listen(channel, onMessage, onReconnect) {
      const open = async () => {
        const client = new pg.Client({
          connectionString,
          connectionTimeoutMillis: CONNECT_MS,
          application_name: 'ringside listener',
          keepAlive: true,
        })
        client.on('notification', message => onMessage(message.payload ?? ''))
        client.on('error', () => {})
        try {
          await client.connect()
          await client.query(`listen ${pg.escapeIdentifier(channel)}`)
        } catch (error) {
          void client.end().catch(() => {})
          throw error
        }
        // Only now: one that never listened ends as well, and whoever opened it tries again already.
        client.on('end', () => {
          own.delete(client)
          if (!closed) setTimeout(again, RECONNECT_MS).unref()
        })
        own.add(client)
      }
      const again = () => {
        if (closed) return
        open().then(onReconnect, error => {
          log.warn({ err: new DatabaseUnavailable(error) }, 'cannot listen to the database; trying again')
          setTimeout(again, RECONNECT_MS).unref()
        })
      }
      await open()
    },
    async lock(name, lost) {
      const client = new pg.Client({
        connectionString,
        connectionTimeoutMillis: CONNECT_MS,
        application_name: 'ringside lock',
        keepAlive: true,
        query_timeout: PULSE_MS,
      })
      let held = true
      let pulse: NodeJS.Timeout | undefined
      client.on('error', () => {})
      const release = async () => {
        held = false
        clearInterval(pulse)
        own.delete(client)
        await client.end().catch(() => {})
      }
      try {
        await client.connect()
        const { rows } = await client.query<{ got: boolean }>(
          'select pg_try_advisory_lock(hashtextextended($1, 0)) as got',
          [name],
        )
        if (!rows[0]!.got) {
          await release()
          return null
        }
      } catch (error) {
        await release()
        throw error
      }
      own.add(client)
      // A connection that hangs has lost the lock as well as one that has ended: the server has given it up, or will.
      const loose = () => {
        if (!held) return
        void release()
        lost()
      }
      client.on('end', loose)
      pulse = setInterval(() => client.query('select 1').catch(loose), PULSE_MS)
      pulse.unref()
      return release
    },
    async close() {
      closed = true
      await Promise.all([...own].map(client => client.end().catch(() => {})))
      await pool.end()
    },
  }
}
