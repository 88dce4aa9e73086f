import pg from 'pg'
import { type Engine, named } from './db.ts'
import type { Log } from './log.ts'

const RECONNECT_MS = 1000

/** A PostgreSQL server (15 or later) that any number of equal processes share. */
export function openOutside(connectionString: string, log: Log, poolSize = 10): Engine {
  const pool = new pg.Pool({
    connectionString,
    max: poolSize,
    connectionTimeoutMillis: 5000,
    // Nothing that a person or a provider waits for may take longer; bulk work runs in slices.
    statement_timeout: 30_000,
    lock_timeout: 5000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'ringside',
  })
  // Without a listener, an idle connection that the server ends would end this process too.
  pool.on('error', error => log.warn({ err: error }, 'an idle database connection was lost'))
  // So would one that is lost while it is in use; there the statement that waits for it fails, and is told why.
  pool.on('connect', client => client.on('error', () => {}))

  /** One connection per channel. */
  const listeners = new Set<pg.Client>()
  let closed = false

  return {
    shared: true,
    async connect() {
      const client = await pool.connect()
      return {
        async query<Row>(text: string, values?: unknown[]) {
          return (await client.query(named(text, values) as string)).rows as Row[]
        },
        release: broken => client.release(broken),
      }
    },
    async listen(channel, onMessage, onReconnect) {
      const open = async () => {
        const client = new pg.Client({ connectionString, application_name: 'ringside listener', keepAlive: true })
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
          listeners.delete(client)
          if (!closed) setTimeout(again, RECONNECT_MS).unref()
        })
        listeners.add(client)
      }
      const again = () => {
        if (closed) return
        open().then(onReconnect, error => {
          log.warn({ err: error }, 'cannot listen to the database; trying again')
          setTimeout(again, RECONNECT_MS).unref()
        })
      }
      await open()
    },
    async close() {
      closed = true
      await Promise.all([...listeners].map(listener => listener.end().catch(() => {})))
      await pool.end()
    },
  }
}
