import type { Cause } from '../../core/cause.ts'
import type { CenterEvent } from '../../core/event.ts'
import type { Sql } from './db.ts'

/**
 * One line of the event log. `seq` counts from 1 without gaps per workspace, in the order of commits: the workspace's
 * counter row is locked by the last statement of each transaction, so a reader that has seen `n` has seen all up to `n`.
 */
export interface StoredEvent {
  workspaceId: string
  seq: number
  /** ISO 8601. */
  at: string
  event: CenterEvent
}

/** An event, and who made it happen. */
export interface CausedEvent {
  event: CenterEvent
  cause: Cause
}

export async function appendEvents(
  sql: Sql,
  workspaceId: string,
  at: string,
  caused: CausedEvent[],
): Promise<StoredEvent[]> {
  const events = caused.map(({ event }) => event)
  const rows = await sql.query<{ seq: string }>(
    `with head as (
       update event_heads set seq = seq + $2 where workspace_id = $1 returning seq
     ), appended as (
       insert into events (workspace_id, seq, at, type, call_id, queue_id, agent_id, data, actor, origin)
       select $1, head.seq - $2 + e.n, $3, e.type, e.call_id, e.queue_id, e.agent_id, e.data::json, e.actor::json,
         e.origin::json
       from head, unnest($4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::text[])
         with ordinality as e(type, call_id, queue_id, agent_id, data, actor, origin, n)
       order by e.n
     )
     select seq from head`,
    [
      workspaceId,
      events.length,
      at,
      events.map(event => event.type),
      events.map(event => ('call' in event ? event.call.id : null)),
      events.map(event => ('call' in event ? (event.call.queue?.id ?? null) : null)),
      events.map(event => ('call' in event ? (event.call.agent?.id ?? null) : null)),
      events.map(event => JSON.stringify(event)),
      caused.map(({ cause }) => JSON.stringify(cause.actor)),
      caused.map(({ cause }) => (cause.origin === null ? null : JSON.stringify(cause.origin))),
    ],
  )
  const head = Number(rows[0]?.seq)
  if (!Number.isSafeInteger(head)) throw new Error(`workspace ${workspaceId} has no event counter`)
  return events.map((event, index) => ({ workspaceId, seq: head - events.length + index + 1, at, event }))
}

interface EventRow {
  workspace_id: string
  seq: string
  at: Date
  data: CenterEvent
}

const present = (row: EventRow): StoredEvent => ({
  workspaceId: row.workspace_id,
  seq: Number(row.seq),
  at: row.at.toISOString(),
  event: row.data,
})

/** Events after `since`, oldest first, at most `limit`. */
export async function readEvents(sql: Sql, workspaceId: string, since: number, limit: number): Promise<StoredEvent[]> {
  const rows = await sql.query<EventRow>(
    'select workspace_id, seq, at, data from events where workspace_id = $1 and seq > $2 order by seq limit $3',
    [workspaceId, since, limit],
  )
  return rows.map(present)
}

/** Everything that happened to one call, oldest first. Runs under the workspace's row level security. */
export async function readCallEvents(sql: Sql, callId: string): Promise<StoredEvent[]> {
  const rows = await sql.query<EventRow>(
    `select workspace_id, seq, at, data from events
     where workspace_id = current_workspace() and call_id = $1 order by seq limit 1000`,
    [callId],
  )
  return rows.map(present)
}

export interface EventFilter {
  /** A whole type, or its first word. */
  type?: string | undefined
  since?: string | undefined
  until?: string | undefined
  /** Only what is older than this sequence number. */
  before?: number | undefined
}

/** The log backwards, newest first. Runs under the workspace's row level security. */
export async function listEvents(sql: Sql, filter: EventFilter, limit: number): Promise<StoredEvent[]> {
  const values: unknown[] = []
  const conditions = ['workspace_id = current_workspace()']
  const value = (item: unknown): string => `$${values.push(item)}`
  if (filter.type) {
    const type = value(filter.type)
    conditions.push(`(type = ${type} or split_part(type, '.', 1) = ${type})`)
  }
  if (filter.since) conditions.push(`at >= ${value(filter.since)}`)
  if (filter.until) conditions.push(`at < ${value(filter.until)}`)
  if (filter.before !== undefined) conditions.push(`seq < ${value(filter.before)}`)
  const rows = await sql.query<EventRow>(
    `select workspace_id, seq, at, data from events where ${conditions.join(' and ')} order by seq desc limit ${value(limit)}`,
    values,
  )
  return rows.map(present)
}

/** How far the workspace's log has got, in this transaction's eyes. */
export async function currentSeq(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ seq: string }>('select seq from event_heads where workspace_id = current_workspace()')
  return Number(row?.seq ?? 0)
}

/** The newest sequence number of each of these workspaces. */
export async function readHeads(sql: Sql, workspaceIds: string[]): Promise<Map<string, number>> {
  const rows = await sql.query<{ workspace_id: string; seq: string }>(
    'select workspace_id, seq from event_heads where workspace_id = any($1)',
    [workspaceIds],
  )
  return new Map(rows.map(row => [row.workspace_id, Number(row.seq)]))
}
