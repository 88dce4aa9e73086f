import type { Callback } from '../../client/contract.ts'
import type { TakenWork } from '../calls/turnInput.ts'
import type { Sql, Tx } from '../platform/db.ts'

export interface NewCallback {
  id: string
  callId: string
  queueId: string
  number: string
  promisedAt: string
}

export async function promiseCallbacks(tx: Tx, callbacks: NewCallback[]): Promise<void> {
  if (callbacks.length === 0) return
  await tx.query(
    `insert into callbacks (workspace_id, id, call_id, queue_id, number, promised_at)
     select current_workspace(), n.* from json_to_recordset($1) as n(id uuid, "callId" uuid, "queueId" uuid, number text,
       "promisedAt" timestamptz)`,
    [JSON.stringify(callbacks)],
  )
}

/** Agents have accepted these. */
export async function takeUpCallbacks(tx: Tx, taken: TakenWork[]): Promise<void> {
  const callbacks = taken.filter(({ kind }) => kind === 'callback')
  if (callbacks.length === 0) return
  await tx.query(
    `update callbacks c set status = 'in-progress', agent_id = n.agent_id, attempts = c.attempts + 1,
       return_call_id = n.return_call_id
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as n(id, agent_id, return_call_id)
     where c.workspace_id = current_workspace() and c.id = n.id`,
    [
      callbacks.map(({ workId }) => workId),
      callbacks.map(({ agentId }) => agentId),
      callbacks.map(({ returnCallId }) => returnCallId),
    ],
  )
}

/** A promise as its keeping needs it. */
export interface Promised {
  id: string
  /** The call that it was made in. */
  callId: string
  number: string
  status: Callback['status']
  attempts: number
  /** The call that returns it, or has last tried to; null: none, or it is done by hand. */
  returnCallId: string | null
}

/** These, locked until the transaction ends: a person may call one done meanwhile. By id. */
export async function lockCallbacks(tx: Tx, ids: string[]): Promise<Map<string, Promised>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.query<Promised>(
    `select id, call_id as "callId", number, status, attempts, return_call_id as "returnCallId" from callbacks
     where workspace_id = current_workspace() and id = any($1::uuid[]) order by id for update`,
    [ids],
  )
  return new Map(rows.map(row => [row.id, row]))
}

/** What has come of the attempts to return these. Who waits again is nobody's. */
export async function settleCallbacks(tx: Tx, settled: Promised[]): Promise<void> {
  if (settled.length === 0) return
  await tx.query(
    `update callbacks c set status = n.status, return_call_id = n.return_call_id,
       agent_id = case when n.status = 'waiting' then null else c.agent_id end
     from unnest($1::uuid[], $2::text[], $3::uuid[]) as n(id, status, return_call_id)
     where c.workspace_id = current_workspace() and c.id = n.id`,
    [settled.map(({ id }) => id), settled.map(({ status }) => status), settled.map(row => row.returnCallId)],
  )
}

/** Numbers that wait to be called back: nobody is promised a second call. */
export async function listPromised(sql: Sql): Promise<Set<string>> {
  const rows = await sql.query<{ number: string }>(
    `select number from callbacks where workspace_id = current_workspace() and status in ('waiting', 'in-progress')`,
  )
  return new Set(rows.map(row => row.number))
}

const CALLBACKS = `select b.id, json_build_object('id', b.call_id) as call,
    json_build_object('id', q.id, 'name', q.display_name) as queue, b.number,
    case when k.id is not null then json_build_object('id', k.id, 'name', k.name, 'email', k.email) end as contact,
    b.status, case when a.id is not null then json_build_object('id', a.id, 'name', u.name) end as agent,
    b.promised_at, b.attempts
  from callbacks b
  join calls c on c.workspace_id = b.workspace_id and c.id = b.call_id
  join queues q on q.workspace_id = b.workspace_id and q.id = b.queue_id
  left join contacts k on k.workspace_id = c.workspace_id and k.id = c.contact_id
  left join agents a on a.workspace_id = b.workspace_id and a.id = b.agent_id
  left join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
  where b.workspace_id = current_workspace()`

type CallbackRow = Omit<Callback, 'promisedAt'> & { promised_at: Date }

const present = ({ promised_at, ...row }: CallbackRow): Callback => ({ ...row, promisedAt: promised_at.toISOString() })

/** Newest first; with `queueIds`, only what belongs to one of them. */
export async function listCallbacks(
  sql: Sql,
  filter: { status?: Callback['status'] | undefined; queueIds?: string[] | undefined },
  limit: number,
  after: { at: string; id: string } | null,
): Promise<Callback[]> {
  const rows = await sql.query<CallbackRow>(
    `${CALLBACKS} and ($1::text is null or b.status = $1) and ($2::uuid[] is null or b.queue_id = any($2))
       and ($3::timestamptz is null or (b.promised_at, b.id) < ($3, $4::uuid))
     order by b.promised_at desc, b.id desc limit $5`,
    [filter.status ?? null, filter.queueIds ?? null, after?.at ?? null, after?.id ?? null, limit],
  )
  return rows.map(present)
}

/** The promise is kept, or needs no keeping. Null: there is none, or not in these queues. */
export async function finishCallback(
  tx: Tx,
  id: string,
  queueIds: string[] | undefined,
): Promise<{ callback: Callback; changed: boolean } | null> {
  const changed = await tx.query(
    `update callbacks set status = 'done' where workspace_id = current_workspace() and id = $1 and status <> 'done'
       and ($2::uuid[] is null or queue_id = any($2)) returning id`,
    [id, queueIds ?? null],
  )
  const [row] = await tx.query<CallbackRow>(
    `${CALLBACKS} and b.id = $1 and ($2::uuid[] is null or b.queue_id = any($2))`,
    [id, queueIds ?? null],
  )
  return row ? { callback: present(row), changed: changed.length > 0 } : null
}
