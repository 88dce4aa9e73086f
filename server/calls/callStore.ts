import type { Call, CallStatus, ContactRef, Named } from '../../core/call.ts'
import type { MatchState } from '../../core/contact.ts'
import type { Leg } from '../../core/leg.ts'
import type { Sql } from '../platform/db.ts'
import { findQueueIds } from '../queues/queueStore.ts'

/** A call as stored: with what only the store and the turn need beside it. */
export interface CallRecord {
  call: Call
  /** The customer's end as contacts are found by; null where nobody can be found. */
  customerKey: string | null
  matchState: MatchState
  requestId: string | null
}

interface CallRow {
  id: string
  provider: string
  provider_call_id: string
  control: Call['control']
  direction: Call['direction']
  from_address: string | null
  to_address: string | null
  customer_key: string | null
  caller_name: string | null
  subject: string | null
  status: CallStatus
  outcome: Call['outcome']
  queue_id: string | null
  queue_name: string | null
  agent_id: string | null
  agent_name: string | null
  contact_id: string | null
  contact_name: string | null
  contact_email: string | null
  match_state: MatchState
  request_id: string | null
  started_at: Date
  answered_at: Date | null
  ended_at: Date | null
  duration_seconds: number | null
  queued_at: Date | null
  taken_at: Date | null
  diverted_to: Call['divertedTo']
  flow: Call['flow']
  conversation: Call['conversation']
  disposition: string | null
  consent: Call['consent']
  legs: Leg[]
}

const COLUMNS = `c.id, c.provider, c.provider_call_id, c.control, c.direction, c.from_address, c.to_address,
  c.customer_key, c.caller_name, c.subject, c.status, c.outcome, c.queue_id, q.display_name as queue_name, c.agent_id,
  u.name as agent_name, c.contact_id, k.name as contact_name, k.email as contact_email, c.match_state,
  c.request_id, c.started_at, c.answered_at, c.ended_at, c.duration_seconds, c.queued_at, c.taken_at, c.diverted_to,
  c.flow, c.conversation, c.disposition, c.consent, c.legs`
const JOINS = `left join queues q on q.workspace_id = c.workspace_id and q.id = c.queue_id
  left join agents a on a.workspace_id = c.workspace_id and a.id = c.agent_id
  left join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
  left join contacts k on k.workspace_id = c.workspace_id and k.id = c.contact_id`
const TABLES = `calls c ${JOINS}`

function present(row: CallRow): CallRecord {
  return {
    call: {
      id: row.id,
      provider: row.provider,
      providerCallId: row.provider_call_id,
      control: row.control,
      direction: row.direction,
      from: row.from_address,
      to: row.to_address,
      callerName: row.caller_name,
      subject: row.subject,
      status: row.status,
      outcome: row.outcome,
      queue: named(row.queue_id, row.queue_name),
      agent: named(row.agent_id, row.agent_name),
      contact:
        row.contact_id === null ? null : { id: row.contact_id, name: row.contact_name ?? '', email: row.contact_email },
      startedAt: row.started_at.toISOString(),
      answeredAt: row.answered_at?.toISOString() ?? null,
      endedAt: row.ended_at?.toISOString() ?? null,
      durationSeconds: row.duration_seconds,
      queuedAt: row.queued_at?.toISOString() ?? null,
      takenAt: row.taken_at?.toISOString() ?? null,
      divertedTo: row.diverted_to,
      flow: row.flow,
      conversation: row.conversation,
      disposition: row.disposition,
      consent: row.consent,
      legs: row.legs,
    },
    customerKey: row.customer_key,
    matchState: row.match_state,
    requestId: row.request_id,
  }
}

const named = (id: string | null, name: string | null): Named | null => (id === null ? null : { id, name: name ?? '' })

export interface CallKey {
  provider: string
  providerCallId: string
}

export const keyOf = (key: CallKey): string => `${key.provider}\n${key.providerCallId}`

/**
 * The calls that a batch of signals speaks of, locked in the order of their keys, so that two batches wait for each other
 * rather than dead-lock. Each key is one look into the index, whatever the planner knows of the table.
 */
export async function lockByProviderIds(sql: Sql, keys: CallKey[]): Promise<CallRecord[]> {
  if (keys.length === 0) return []
  const inOrder = [...keys].sort((a, b) => (a.providerCallId < b.providerCallId ? -1 : 1))
  const rows = await sql.query<CallRow>(
    `select ${COLUMNS} from unnest($1::text[], $2::text[]) as wanted(provider, provider_call_id)
     cross join lateral (
       select * from calls where provider = wanted.provider and provider_call_id = wanted.provider_call_id
         and workspace_id = current_workspace() limit 1 for update
     ) c ${JOINS}`,
    [inOrder.map(key => key.provider), inOrder.map(key => key.providerCallId)],
  )
  return rows.map(present)
}

/** These calls, locked until the transaction ends. */
export async function lockCalls(sql: Sql, ids: string[]): Promise<CallRecord[]> {
  if (ids.length === 0) return []
  const rows = await sql.query<CallRow>(
    `select ${COLUMNS} from ${TABLES} where c.workspace_id = current_workspace() and c.id = any($1::uuid[])
     order by c.id for update of c`,
    [ids],
  )
  return rows.map(present)
}

/** How many calls we have begun within the last sixty minutes. */
export async function countBegun(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ begun: number }>(
    `select count(*)::int as begun from calls where workspace_id = current_workspace()
       and direction = 'outbound' and control = 'ours' and started_at > now() - interval '1 hour'`,
  )
  return row!.begun
}

export async function findCall(sql: Sql, id: string): Promise<CallRecord | null> {
  const rows = await sql.query<CallRow>(
    `select ${COLUMNS} from ${TABLES} where c.workspace_id = current_workspace() and c.id = $1`,
    [id],
  )
  return rows[0] ? present(rows[0]) : null
}

/** These calls as they are, without a lock. */
export async function findCalls(sql: Sql, ids: string[]): Promise<CallRecord[]> {
  if (ids.length === 0) return []
  const rows = await sql.query<CallRow>(
    `select ${COLUMNS} from ${TABLES} where c.workspace_id = current_workspace() and c.id = any($1::uuid[])`,
    [ids],
  )
  return rows.map(present)
}

/**
 * Writes calls as they are after their turns: new ones and changed ones alike. Throws a unique violation of
 * `calls_provider_call_id_key` when another process created the same call meanwhile: the turn must be taken again.
 */
export async function saveCalls(sql: Sql, records: CallRecord[]): Promise<void> {
  if (records.length === 0) return
  await sql.query(
    `insert into calls as old (workspace_id, id, provider, provider_call_id, control, direction, from_address, to_address,
       customer_key, caller_name, subject, status, outcome, queue_id, agent_id, contact_id, match_state, request_id,
       started_at, answered_at, ended_at, duration_seconds, queued_at, taken_at, diverted_to, flow, conversation,
       disposition, consent, legs)
     select current_workspace(), n.id, n.provider, n.provider_call_id, n.control, n.direction, n.from_address, n.to_address,
       n.customer_key, n.caller_name, n.subject, n.status, n.outcome, n.queue_id, n.agent_id, n.contact_id, n.match_state,
       n.request_id, n.started_at, n.answered_at, n.ended_at, n.duration_seconds, n.queued_at, n.taken_at,
       n.diverted_to, n.flow, n.conversation, n.disposition, n.consent, n.legs
     from json_to_recordset($1) as n(id uuid, provider text, provider_call_id text, control text, direction text,
       from_address text, to_address text, customer_key text, caller_name text, subject text, status text, outcome text,
       queue_id uuid, agent_id uuid, contact_id uuid, match_state text, request_id uuid,
       started_at timestamptz, answered_at timestamptz, ended_at timestamptz, duration_seconds int,
       queued_at timestamptz, taken_at timestamptz, diverted_to text, flow jsonb,
         conversation jsonb, disposition text, consent jsonb, legs jsonb)
     on conflict (workspace_id, id) do update set
       provider_call_id = excluded.provider_call_id, control = excluded.control, direction = excluded.direction,
       from_address = excluded.from_address, to_address = excluded.to_address, customer_key = excluded.customer_key, caller_name = excluded.caller_name,
       subject = excluded.subject, status = excluded.status, outcome = excluded.outcome, queue_id = excluded.queue_id,
       agent_id = excluded.agent_id, contact_id = excluded.contact_id, match_state = excluded.match_state,
       request_id = excluded.request_id, started_at = excluded.started_at,
       answered_at = excluded.answered_at, ended_at = excluded.ended_at, duration_seconds = excluded.duration_seconds,
       queued_at = excluded.queued_at, taken_at = excluded.taken_at, diverted_to = excluded.diverted_to,
       flow = excluded.flow, conversation = excluded.conversation,
         disposition = excluded.disposition, consent = excluded.consent, legs = excluded.legs`,
    [JSON.stringify(records.map(toRow))],
  )
}

function toRow({ call, customerKey, matchState, requestId }: CallRecord): Record<string, unknown> {
  return {
    id: call.id,
    provider: call.provider,
    provider_call_id: call.providerCallId,
    control: call.control,
    direction: call.direction,
    from_address: call.from,
    to_address: call.to,
    customer_key: customerKey,
    caller_name: call.callerName,
    subject: call.subject,
    status: call.status,
    outcome: call.outcome,
    queue_id: call.queue?.id,
    agent_id: call.agent?.id,
    contact_id: call.contact?.id,
    match_state: matchState,
    request_id: requestId,
    started_at: call.startedAt,
    answered_at: call.answeredAt,
    ended_at: call.endedAt,
    duration_seconds: call.durationSeconds,
    queued_at: call.queuedAt,
    taken_at: call.takenAt,
    diverted_to: call.divertedTo,
    flow: call.flow,
    conversation: call.conversation,
    disposition: call.disposition,
    consent: call.consent,
    legs: call.legs,
  }
}

export interface CallFilter {
  status?: CallStatus | undefined
  direction?: Call['direction'] | undefined
  /** Id or name. */
  queue?: string | undefined
  agentId?: string | undefined
  contactId?: string | undefined
  from?: string | undefined
  to?: string | undefined
  since?: string | undefined
  until?: string | undefined
  /** Any part of a number, a name or a subject. */
  text?: string | undefined
  /** Only what an agent may see: own calls, those of these queues, and those that are nobody's yet. */
  visibleTo?: { agentId: string | null; queueIds: string[] } | undefined
  onlyLive?: boolean
  provider?: string
}

/** A place in the list of calls, newest first: everything after it is older. */
export interface CallCursor {
  startedAt: string
  id: string
}

/** No index serves any part of any word: a text that is in no call would otherwise be looked for in all there ever were. */
const LOOKED_THROUGH = 50_000

/**
 * Calls that pass the filter, newest first. Conditions that are not asked for are not in the statement at all, and it is
 * planned anew for what is: a number that has called once and one that everybody calls want different indexes.
 *
 * @param lookedThrough of those that pass all else, only so many are looked through for the text, the newest.
 */
export async function listCalls(
  sql: Sql,
  filter: CallFilter,
  limit: number,
  after: CallCursor | null = null,
  lookedThrough = LOOKED_THROUGH,
): Promise<CallRecord[]> {
  const values: unknown[] = []
  const conditions = ['c.workspace_id = current_workspace()']
  const value = (item: unknown): string => `$${values.push(item)}`
  if (filter.status) conditions.push(`c.status = ${value(filter.status)}`)
  if (filter.direction) conditions.push(`c.direction = ${value(filter.direction)}`)
  if (filter.provider) conditions.push(`c.provider = ${value(filter.provider)}`)
  if (filter.onlyLive) conditions.push(`c.status in ('initiated', 'ringing', 'in-progress')`)
  if (filter.queue) {
    const [queueId = null] = await findQueueIds(sql, [filter.queue])
    if (queueId === null) return []
    conditions.push(`c.queue_id = ${value(queueId)}`)
  }
  if (filter.agentId) conditions.push(`c.agent_id = ${value(filter.agentId)}`)
  if (filter.contactId) conditions.push(`c.contact_id = ${value(filter.contactId)}`)
  if (filter.from) conditions.push(`c.from_address = ${value(filter.from)}`)
  if (filter.to) conditions.push(`c.to_address = ${value(filter.to)}`)
  if (filter.since) conditions.push(`c.started_at >= ${value(filter.since)}`)
  if (filter.until) conditions.push(`c.started_at < ${value(filter.until)}`)
  if (after)
    conditions.push(`(c.started_at, c.id) < (${value(after.startedAt)}::timestamptz, ${value(after.id)}::uuid)`)
  await sql.query("select set_config('plan_cache_mode', 'force_custom_plan', true)")
  if (filter.text) {
    const [oldest] = await sql.query<{ started_at: Date }>(
      `select c.started_at from calls c where ${conditions.join(' and ')}
       order by c.started_at desc, c.id desc offset ${value(lookedThrough - 1)} limit 1`,
      values,
    )
    values.pop()
    if (oldest) conditions.push(`c.started_at >= ${value(oldest.started_at)}`)
    conditions.push(containing(filter.text, value))
  }
  if (filter.visibleTo) {
    const { agentId, queueIds } = filter.visibleTo
    const [agent, queues] = [value(agentId), value(queueIds)]
    conditions.push(
      filter.text
        ? `(c.agent_id = ${agent}::uuid or c.queue_id = any(${queues}::uuid[]) or (c.agent_id is null and c.queue_id is null))`
        : `c.id in (${visible(conditions.join(' and '), agent, queues, value(limit))})`,
    )
  }
  const rows = await sql.query<CallRow>(
    `select ${COLUMNS} from ${TABLES} where ${conditions.join(' and ')}
     order by c.started_at desc, c.id desc limit ${value(limit)}`,
    values,
  )
  return rows.map(present)
}

function containing(text: string, value: (item: unknown) => string): string {
  const pattern = value(`%${text.replace(/[\\%_]/g, '\\$&')}%`)
  const digits = text.replace(/\D/g, '')
  const columns = ['c.caller_name', 'c.subject', 'k.name', 'k.email', 'c.from_address', 'c.to_address']
  const parts = columns.map(column => `${column} ilike ${pattern}`)
  // “(415) 555” is written otherwise than it is stored.
  if (digits.length >= 3) {
    const number = value(`%${digits}%`)
    parts.push(`c.from_address like ${number}`, `c.to_address like ${number}`)
  }
  return `(${parts.join(' or ')})`
}

/**
 * The newest calls that an agent may see, of those that pass: the newest of the agent's own, of each queue's and of
 * nobody's, each from its index, have the newest of all among them.
 */
function visible(passing: string, agent: string, queues: string, limit: string): string {
  const newest = (of: string) =>
    `select c.id, c.started_at from calls c where ${passing} and ${of} order by c.started_at desc, c.id desc limit ${limit}`
  return `select id from (
      (${newest(`c.agent_id = ${agent}::uuid`)})
      union
      select of_queue.* from unnest(${queues}::uuid[]) as q(id) cross join lateral (${newest('c.queue_id = q.id')}) of_queue
      union
      (${newest('c.agent_id is null and c.queue_id is null')})
    ) as seen order by started_at desc, id desc limit ${limit}`
}

/** The contact as calls show it; null when there is none with this id in the workspace. */
export async function findContactRef(sql: Sql, id: string): Promise<ContactRef | null> {
  const rows = await sql.query<ContactRef>(
    'select id, name, email from contacts where workspace_id = current_workspace() and id = $1',
    [id],
  )
  return rows[0] ?? null
}
