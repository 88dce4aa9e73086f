import { doubtedBy, revokedBy } from '../../core/audience.ts'
import type { App } from '../app.ts'
import { onOwnBehalf } from './cause.ts'
import { Refusal } from './refusal.ts'

/** No connection is believed for longer than this without a look: not every change is told as an event. */
const RECHECK_MS = 5 * 60_000
/** How soon it is tried again when nobody could say whether the credentials hold. */
const AGAIN_MS = 10_000
/** Our clock and the database's may differ: what should have ended by ours is asked for again no sooner. */
const SOONEST_MS = 250

export interface OpenConnection {
  workspaceId: string
  /** Whose it is (`personOf` of core/audience.ts). */
  person: string
  /**
   * Checks anew what it was let in with. When that will end; null: at no known time. Throws a 401 or 403 refusal when it
   * has ended.
   */
  check(): Promise<Date | null>
  end(): void
}

/**
 * Connections that stay open end with the credentials that they were let in by: at once when an event says so
 * (core/audience.ts), by the clock when their time is up, and after minutes in any case that nobody tells of.
 */
export interface OpenConnections {
  /** Returns what is to be called when the connection has closed by itself. */
  watch(connection: OpenConnection): () => void
}

export function createOpenConnections({ feed, log }: Pick<App, 'feed' | 'log'>): OpenConnections {
  const watched = new Set<OpenConnection & { look(): void }>()

  feed.onEvent(({ workspaceId, event }) => {
    const [revoked, doubted] = [revokedBy(event), doubtedBy(event)]
    if (revoked === null && doubted === null) return
    for (const connection of watched) {
      if (connection.workspaceId !== workspaceId) continue
      if (connection.person === revoked) connection.end()
      else if (connection.person === doubted) connection.look()
    }
  })

  return {
    watch(connection) {
      let timer: NodeJS.Timeout | undefined
      const lookIn = (ms: number) => {
        if (!watched.has(entry)) return
        clearTimeout(timer)
        timer = setTimeout(entry.look, ms)
        timer.unref()
      }
      const entry = { ...connection, look: () => void onOwnBehalf(look) }
      async function look(): Promise<void> {
        try {
          const until = await connection.check()
          const left = until === null ? RECHECK_MS : until.getTime() - Date.now()
          lookIn(Math.min(RECHECK_MS, Math.max(SOONEST_MS, left)))
        } catch (error) {
          if (error instanceof Refusal && (error.status === 401 || error.status === 403)) return connection.end()
          log.warn({ err: error }, 'whether a connection may stay open could not be looked up; it will be')
          lookIn(AGAIN_MS)
        }
      }
      watched.add(entry)
      // What it was let in with may have ended while it was being let in, before there was anything to end.
      entry.look()
      return () => {
        watched.delete(entry)
        clearTimeout(timer)
      }
    },
  }
}
