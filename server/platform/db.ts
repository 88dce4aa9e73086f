import type { Cause } from '../../core/cause.ts'
import type { CenterEvent } from '../../core/event.ts'
import { currentCause, onOwnBehalf } from './cause.ts'
import { appendEvents, type CausedEvent, type StoredEvent } from './eventLog.ts'
import { createLog, type Log } from './log.ts'
import { createOutage, DatabaseUnavailable, hasFallenSilent, isConnectionLoss, takesNoWrites } from './outage.ts'

/** Rows of one statement. Parameterised statements are prepared once per connection under a name of their own. */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
}

/** A transaction inside one workspace: row level security shows and takes nothing else. */
export interface Tx extends Sql {
  readonly workspaceId: string
  /** The time of this transaction, ISO 8601: one clock reading for everything it writes. */
  readonly now: string
  /** Appends to the event log, as the last statement before commit: the doing of whoever this runs on behalf of. */
  emit(...events: CenterEvent[]): void
  /** {@link emit} for what somebody else has caused. */
  emitFor(cause: Cause, event: CenterEvent): void
}

/**
 * The database: embedded or outside, the same SQL. Never wait for anything but the database inside a transaction: the
 * embedded engine has one session.
 */
export interface Db {
  /** Runs `work` in a transaction under the workspace's row level security. Deadlocks are tried again, so `work` may run twice. */
  inWorkspace<T>(workspaceId: string, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs `work` in a transaction as the platform itself: finds the workspace of a number, a session, a key. */
  asSystem<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Runs `work` outside any transaction as the owner of the tables: migrations, maintenance. */
  asOwner<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Called after each commit with the events it wrote, in this process. */
  onCommitted(listener: (events: StoredEvent[]) => void): void
  /** Whether other processes may share this database. */
  readonly shared: boolean
  listen(channel: string, onMessage: (payload: string) => void, onReconnect: () => void): Promise<void>
  notify(channel: string, payloads: string[]): Promise<void>
  /**
   * Holds a lock that one process at a time can have, for as long as it lives; null: another one has it. Resolves with what
   * gives it back. `lost`: the database has taken it away.
   */
  lock(name: string, lost: () => void): Promise<(() => Promise<void>) | null>
  close(): Promise<void>
}

/** The little that the two engines have to provide. */
export interface Engine {
  readonly shared: boolean
  /** `unhurried`: statements may take as long as they need; others are given up when the server no longer answers. */
  connect(unhurried?: boolean): Promise<Connection>
  listen: Db['listen']
  lock: Db['lock']
  close(): Promise<void>
}

export interface Connection extends Sql {
  /** Gives the connection back; a broken one is not used again. */
  release(broken?: boolean): void
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
export const isUuid = (text: unknown): text is string => typeof text === 'string' && UUID.test(text)

const MAX_TRIES = 5

export function createDb(engine: Engine, log: Log = createLog('silent')): Db {
  const listeners: ((events: StoredEvent[]) => void)[] = []
  const outage = createOutage(log)

  function unavailable(error: unknown): never {
    outage.failed(error)
    throw new DatabaseUnavailable(error)
  }

  async function transaction<T>(begin: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const connection = await engine.connect().catch(unavailable)
      let broken = false
      try {
        // One round trip: several statements without parameters.
        await connection.query(begin)
        const result = await work(connection)
        await connection.query('commit')
        outage.over()
        return result
      } catch (error) {
        broken =
          hasFallenSilent(error) ||
          !(await connection.query('rollback').then(
            () => true,
            () => false,
          )) ||
          // The next connection may lead to the server that has taken over.
          takesNoWrites(error)
        if (broken || isConnectionLoss(error)) unavailable(error)
        if (!isTransient(error) || attempt === MAX_TRIES) throw error
      } finally {
        connection.release(broken)
      }
      await new Promise(resolve => setTimeout(resolve, Math.random() * 10 * 2 ** attempt))
    }
  }

  /** Outside any transaction. */
  async function alone<T>(work: (connection: Connection) => Promise<T>, unhurried = false): Promise<T> {
    const connection = await engine.connect(unhurried).catch(unavailable)
    let broken = false
    try {
      return await work(connection)
    } catch (error) {
      broken = isConnectionLoss(error)
      if (broken) unavailable(error)
      throw error
    } finally {
      connection.release(broken)
    }
  }

  return {
    shared: engine.shared,
    async inWorkspace(workspaceId, work) {
      if (!isUuid(workspaceId)) throw new TypeError('a workspace id is a UUID')
      let events: StoredEvent[] = []
      const result = await transaction(
        `begin; set local role ringside_workspace; set local ringside.workspace = '${workspaceId}'`,
        async connection => {
          const emitted: CausedEvent[] = []
          const now = new Date().toISOString()
          const done = await work({
            workspaceId,
            now,
            query: connection.query,
            emit: (...events) => void emitted.push(...events.map(event => ({ event, cause: currentCause() }))),
            emitFor: (cause, event) => void emitted.push({ event, cause }),
          })
          events = emitted.length > 0 ? await appendEvents(connection, workspaceId, now, emitted) : []
          return done
        },
      )
      // Whoever follows the log does what it does on its own behalf.
      if (events.length > 0) {
        onOwnBehalf(() => {
          for (const listener of listeners) listener(events)
        })
      }
      return result
    },
    asSystem: work => transaction('begin; set local role ringside_system', work),
    asOwner: work => alone(work, true),
    onCommitted: listener => void listeners.push(listener),
    listen: (...given) => engine.listen(...given).catch(unavailable),
    lock: (...given) => engine.lock(...given).catch(unavailable),
    async notify(channel, payloads) {
      await alone(connection =>
        connection.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [channel, payloads]),
      )
    },
    close: () => engine.close(),
  }
}

const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? ''

/** Serialisation failure or deadlock: the same work may well succeed now. */
const isTransient = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/** Whether the database is there, and takes no writes: a standby, or a server that has been told to be. */
export async function isReadOnly(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ setting: string }>(`select current_setting('transaction_read_only') as setting`)
  return row!.setting === 'on'
}

/** Whether the statement broke the named unique index. */
export const violates = (error: unknown, constraint: string): boolean =>
  codeOf(error) === '23505' && (error as { constraint?: string }).constraint === constraint

const names = new Map<string, string>()

/** Named statements are parsed and planned once per connection: about twice as fast on both engines. */
export function named(
  text: string,
  values: unknown[] | undefined,
): { name?: string; text: string; values?: unknown[] } {
  if (values === undefined || values.length === 0) return { text }
  // A text built from many optional conditions has many forms: beyond this many, the rest is not worth remembering.
  if (names.size >= 500 && !names.has(text)) return { text, values }
  const name = names.get(text) ?? `s${names.size}`
  names.set(text, name)
  return { name, text, values }
}
