import { v7 as newId } from 'uuid'
import type { WebhookAttempt, WebhookDelivery } from '../../client/contract.ts'
import { TEST_TYPE, webhookTypeOf } from '../../core/webhook.ts'
import type { Sql, Tx } from '../platform/db.ts'
import type { Endpoint } from './endpointStore.ts'
import { moveCursor } from './endpointStore.ts'

/** A delivery that somebody has taken on, until its lease ends. */
export interface Claimed {
  id: string
  /** Null: a test. */
  seq: number | null
  type: string
  key: string
  /** Until then it is its taker's, who shows by this time that it still is. Milliseconds since the epoch. */
  until: number
  /** Milliseconds since the epoch; null: this is the first attempt. */
  firstAttemptAt: number | null
}

/** How an attempt went, and what becomes of the delivery. */
export interface Outcome {
  claimed: Claimed
  attempt: WebhookAttempt
  status: WebhookDelivery['status']
  /** When it is attempted next, where it is pending. Milliseconds since the epoch. */
  dueAt: number | null
}

const BATCH = 500
const HISTORY = 50

interface Told {
  seq: string
  type: string
  call_id: string | null
  subject_id: string | null
}

/**
 * Reads on in the event log for an endpoint, which is locked: what it is told of becomes deliveries, and its cursor
 * moves, in one transaction. Returns whether there may be more to be read.
 */
export async function readOn(tx: Tx, endpoint: Endpoint, now: number): Promise<boolean> {
  const upTo = Math.min(endpoint.head, endpoint.cursor + BATCH)
  if (upTo <= endpoint.cursor) return false
  const events = await tx.query<Told>(
    `select seq, type, call_id, coalesce(data -> 'contact' ->> 'id', data -> 'request' ->> 'id') as subject_id
     from events where workspace_id = current_workspace() and seq > $1 and seq <= $2 order by seq`,
    [endpoint.cursor, upTo],
  )
  const made = events.flatMap(({ seq, type: event, call_id, subject_id }) => {
    const type = webhookTypeOf(event)
    if (type === null || !endpoint.types.includes(type)) return []
    return { id: newId(), seq: Number(seq), type, key: call_id ?? subject_id ?? event, callId: call_id }
  })
  if (made.length > 0)
    await tx.query(
      `insert into webhook_deliveries (workspace_id, id, endpoint_id, seq, type, key, call_id, due_at, created_at)
       select current_workspace(), n.id, $1, n.seq, n.type, n.key, n."callId",
         -- Behind one that has failed it waits for the same moment.
         coalesce((select max(d.due_at) from webhook_deliveries d where d.workspace_id = current_workspace()
           and d.endpoint_id = $1 and d.key = n.key and d.status = 'pending'), $2), $2
       from json_to_recordset($3) as n(id uuid, seq bigint, type text, key text, "callId" uuid)`,
      [endpoint.id, new Date(now), JSON.stringify(made)],
    )
  await moveCursor(tx, endpoint.id, upTo)
  return upTo < endpoint.head
}

/** A delivery of nothing but itself, taken on already. */
export async function insertTest(tx: Tx, endpointId: string, now: number, leaseMs: number): Promise<Claimed> {
  const id = newId()
  await tx.query(
    `insert into webhook_deliveries
       (workspace_id, id, endpoint_id, type, key, due_at, claimed_until, created_at)
     values (current_workspace(), $1, $2, $3, $4, $5, $6, $5)`,
    [id, endpointId, TEST_TYPE, id, new Date(now), new Date(now + leaseMs)],
  )
  return { id, seq: null, type: TEST_TYPE, key: id, until: now + leaseMs, firstAttemptAt: null }
}

/**
 * Takes on what is due for an endpoint, which is locked: of each key only the oldest that is pending. Also what somebody
 * had taken on who has not come back with it.
 */
export async function claimDue(
  tx: Tx,
  endpointId: string,
  { limit, now, leaseMs }: { limit: number; now: number; leaseMs: number },
): Promise<Claimed[]> {
  const until = now + leaseMs
  const rows = await tx.query<
    Pick<Claimed, 'id' | 'type' | 'key'> & { seq: string | null; first_attempt_at: Date | null }
  >(
    `with due as (
       select d.id from webhook_deliveries d
       where d.workspace_id = current_workspace() and d.endpoint_id = $1 and d.status = 'pending' and d.due_at <= $2
         and (d.claimed_until is null or d.claimed_until <= $2)
         -- One look into the index for each, however many are pending.
         and d.id = (select o.id from webhook_deliveries o where o.workspace_id = current_workspace()
           and o.endpoint_id = $1 and o.key = d.key and o.status = 'pending' order by o.seq limit 1)
       order by d.due_at, d.seq limit $3
     )
     update webhook_deliveries d set claimed_until = $4
     from due where d.workspace_id = current_workspace() and d.id = due.id
     returning d.id, d.seq, d.type, d.key, d.first_attempt_at`,
    [endpointId, new Date(now), limit, new Date(until)],
  )
  return rows
    .map(({ first_attempt_at, seq, ...row }) => ({
      ...row,
      seq: seq === null ? null : Number(seq),
      until,
      firstAttemptAt: first_attempt_at?.getTime() ?? null,
    }))
    .sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
}

/** Gives back what was taken on and not attempted. */
export async function giveBack(tx: Tx, claimed: Claimed[]): Promise<void> {
  if (claimed.length === 0) return
  await tx.query(
    `update webhook_deliveries d set claimed_until = null from json_to_recordset($1) as c(id uuid, until timestamptz)
     where d.workspace_id = current_workspace() and d.id = c.id and d.claimed_until = c.until`,
    [JSON.stringify(claimed.map(({ id, until }) => ({ id, until: new Date(until) })))],
  )
}

/** Gives back all that a process has taken on that is known to be gone. */
export async function releaseClaims(tx: Tx, endpointId: string): Promise<void> {
  await tx.query(
    `update webhook_deliveries set claimed_until = null
     where workspace_id = current_workspace() and endpoint_id = $1 and status = 'pending' and claimed_until is not null`,
    [endpointId],
  )
}

/**
 * Writes down how attempts went. Those that somebody else has taken on meanwhile, because they took too long, are left
 * to them.
 */
export async function keepOutcomes(tx: Tx, endpointId: string, outcomes: Outcome[], now: number): Promise<void> {
  if (outcomes.length === 0) return
  const rows = outcomes.map(({ claimed, attempt, status, dueAt }) => ({
    id: claimed.id,
    until: new Date(claimed.until),
    again: claimed.firstAttemptAt !== null,
    key: claimed.key,
    status,
    attempt,
    due: new Date(dueAt ?? now).toISOString(),
  }))
  await tx.query(
    `update webhook_deliveries d set status = o.status, claimed_until = null, due_at = o.due, attempts = d.attempts + 1,
       first_attempt_at = coalesce(d.first_attempt_at, (o.attempt ->> 'at')::timestamptz),
       ended_at = case when o.status <> 'pending' then $2::timestamptz end,
       history = case when jsonb_array_length(d.history) < ${HISTORY} then d.history else d.history - 0 end || o.attempt,
       last_status = (o.attempt ->> 'status')::smallint, latency_ms = (o.attempt ->> 'latencyMs')::int,
       last_error = o.attempt ->> 'error'
     from json_to_recordset($1) as o(id uuid, until timestamptz, status text, attempt jsonb, due timestamptz)
     where d.workspace_id = current_workspace() and d.id = o.id and d.claimed_until = o.until and d.status = 'pending'`,
    [JSON.stringify(rows), new Date(now)],
  )
  // What stands behind one that is tried again waits for it, and no longer.
  const delayed = rows.filter(({ status, again }) => status === 'pending' || again)
  if (delayed.length === 0) return
  await tx.query(
    `update webhook_deliveries d set due_at = o.due from json_to_recordset($2) as o(key text, due timestamptz)
     where d.workspace_id = current_workspace() and d.endpoint_id = $1 and d.key = o.key and d.status = 'pending'`,
    [endpointId, JSON.stringify(delayed)],
  )
}

/** When something is due for an endpoint that is not yet; milliseconds since the epoch, null: nothing is. */
export async function nextDue(sql: Sql, endpointId: string, now: number): Promise<number | null> {
  const [row] = await sql.query<{ due_at: Date | null }>(
    `select min(due_at) as due_at from webhook_deliveries
     where workspace_id = current_workspace() and endpoint_id = $1 and status = 'pending' and due_at > $2`,
    [endpointId, new Date(now)],
  )
  return row?.due_at?.getTime() ?? null
}

/** Gives up everything that is pending for an endpoint. It can be replayed. */
export async function failPending(tx: Tx, endpointId: string, why: string): Promise<void> {
  await tx.query(
    `update webhook_deliveries set status = 'failed', ended_at = $2, claimed_until = null, last_error = $3
     where workspace_id = current_workspace() and endpoint_id = $1 and status = 'pending'`,
    [endpointId, tx.now, why],
  )
}

/** Makes failed ones pending again, and delivered ones where one is named. Returns how many. */
export async function replay(
  tx: Tx,
  endpointId: string,
  which: { id: string } | { failedSince: string | null },
): Promise<number> {
  const [condition, value] =
    'id' in which
      ? ["status <> 'pending' and id = $3", which.id]
      : ["status = 'failed' and ($3::timestamptz is null or created_at >= $3)", which.failedSince]
  const rows = await tx.query(
    `update webhook_deliveries set status = 'pending', due_at = $2, ended_at = null, claimed_until = null,
       first_attempt_at = null
     where workspace_id = current_workspace() and endpoint_id = $1 and seq is not null and ${condition} returning id`,
    [endpointId, tx.now, value],
  )
  return rows.length
}

interface DeliveryRow {
  id: string
  endpoint_id: string
  endpoint_name: string
  seq: string | null
  type: string
  call_id: string | null
  status: WebhookDelivery['status']
  attempts: number
  due_at: Date
  last_status: number | null
  latency_ms: number | null
  last_error: string | null
  created_at: Date
  ended_at: Date | null
}

const COLUMNS = `d.id, d.endpoint_id, e.name as endpoint_name, d.seq, d.type, d.call_id, d.status, d.attempts, d.due_at,
  d.last_status, d.latency_ms, d.last_error, d.created_at, d.ended_at`
const TABLES = `webhook_deliveries d
  join webhook_endpoints e on e.workspace_id = d.workspace_id and e.id = d.endpoint_id`

/** The `webhook-id` header of a delivery. */
export const messageIdOf = (id: string): string => `msg_${id.replaceAll('-', '')}`

const present = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  messageId: messageIdOf(row.id),
  webhook: { id: row.endpoint_id, name: row.endpoint_name },
  type: row.type,
  callId: row.call_id,
  status: row.status,
  attempts: row.attempts,
  nextAttemptAt: row.status === 'pending' ? row.due_at.toISOString() : null,
  lastStatus: row.last_status,
  latencyMs: row.latency_ms,
  lastError: row.last_error,
  createdAt: row.created_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
})

export interface DeliveryFilter {
  webhook?: string | undefined
  status?: WebhookDelivery['status'] | undefined
  call?: string | undefined
  type?: string | undefined
  since?: string | undefined
  until?: string | undefined
  q?: string | undefined
  /** Only what is older than this one. */
  before?: string | undefined
}

/** Newest first. */
export async function listDeliveries(sql: Sql, filter: DeliveryFilter, limit: number): Promise<WebhookDelivery[]> {
  const values: unknown[] = []
  const conditions = ['d.workspace_id = current_workspace()']
  const value = (item: unknown): string => `$${values.push(item)}`
  if (filter.webhook) conditions.push(`d.endpoint_id = ${value(filter.webhook)}`)
  if (filter.status) conditions.push(`d.status = ${value(filter.status)}`)
  if (filter.call) conditions.push(`d.call_id = ${value(filter.call)}`)
  if (filter.type) conditions.push(`d.type = ${value(filter.type)}`)
  if (filter.since) conditions.push(`d.created_at >= ${value(filter.since)}`)
  if (filter.until) conditions.push(`d.created_at < ${value(filter.until)}`)
  if (filter.q) {
    const part = value(`%${filter.q.replace(/[\\%_]/g, '\\$&')}%`)
    conditions.push(`(d.last_error ilike ${part} or d.key ilike ${part} or d.id::text ilike ${part})`)
  }
  if (filter.before) conditions.push(`d.id < ${value(filter.before)}`)
  const rows = await sql.query<DeliveryRow>(
    `select ${COLUMNS} from ${TABLES} where ${conditions.join(' and ')} order by d.id desc limit ${value(limit)}`,
    values,
  )
  return rows.map(present)
}

/** One with its attempts, and the event that it tells of; null: there is none. */
export async function findDelivery(
  sql: Sql,
  id: string,
): Promise<{ delivery: WebhookDelivery; seq: number | null; history: WebhookAttempt[] } | null> {
  const [row] = await sql.query<DeliveryRow & { history: WebhookAttempt[] }>(
    `select ${COLUMNS}, d.history from ${TABLES} where d.workspace_id = current_workspace() and d.id = $1`,
    [id],
  )
  if (row === undefined) return null
  return { delivery: present(row), seq: row.seq === null ? null : Number(row.seq), history: row.history }
}

/** Forgets what ended before `until`, some of it at a time. Returns how many. Runs as the platform. */
export async function forgetEnded(sql: Sql, until: Date, limit: number): Promise<number> {
  const rows = await sql.query(
    `delete from webhook_deliveries where (workspace_id, id) in (
       select workspace_id, id from webhook_deliveries where ended_at < $1 order by ended_at limit $2) returning id`,
    [until, limit],
  )
  return rows.length
}
