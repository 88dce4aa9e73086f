import { v7 as newId } from 'uuid'
import type { Named } from '../../core/call.ts'
import { newQueue, type QueueSettings } from '../../core/queue.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'
import { holdTurns } from '../routing/routingStore.ts'

/** A queue as the database has it. */
export interface StoredQueue {
  /** With the agents who may sign in, in their order. */
  settings: QueueSettings
  displayName: string
  /** The same agents with their names. */
  agents: Named[]
  /** A number of ours, E.164, that leads straight to it. */
  number: string | null
  /** How many are in its line just now: nobody speaks with them yet. */
  waiting: number
}

interface QueueRow {
  id: string
  name: string
  display_name: string
  settings: Partial<QueueSettings>
  agents: Named[]
  number: string | null
  waiting: number
}

const QUEUES = `select q.id, q.name, q.display_name, q.settings,
    coalesce((
      select json_agg(json_build_object('id', a.id, 'name', u.name) order by m.position, lower(u.name), a.id)
      from queue_agents m
      join agents a on a.workspace_id = m.workspace_id and a.id = m.agent_id
      join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
      where m.workspace_id = q.workspace_id and m.queue_id = q.id and u.disabled_at is null
    ), '[]') as agents,
    (
      select min(n.e164) from numbers n
      where n.workspace_id = q.workspace_id and n.queue_id = q.id and n.flow_id is null
    ) as number,
    (
      select count(*)::int from queue_entries e
      where e.workspace_id = q.workspace_id and e.queue_id = q.id and not exists (
        select from slots s
        where s.workspace_id = e.workspace_id and s.work_id = e.work_id and s.state = 'talking'
      )
    ) as waiting
  from queues q where q.workspace_id = current_workspace()`

const present = ({
  id,
  name,
  display_name: displayName,
  settings,
  agents,
  number,
  waiting,
}: QueueRow): StoredQueue => ({
  settings: { ...newQueue(id, name), ...settings, agents: agents.map(agent => agent.id) },
  displayName,
  agents,
  number,
  waiting,
})

/** The queues by name. */
export const listQueues = async (sql: Sql): Promise<StoredQueue[]> =>
  (await sql.query<QueueRow>(`${QUEUES} order by q.name`)).map(present)

export async function findQueue(sql: Sql, id: string): Promise<StoredQueue | null> {
  const [row] = await sql.query<QueueRow>(`${QUEUES} and q.id = $1`, [id])
  return row ? present(row) : null
}

/** {@link findQueue}, and until the end of the transaction nobody else changes the queue or adds to its line. */
export async function lockQueue(tx: Tx, id: string): Promise<StoredQueue | null> {
  await holdTurns(tx)
  const locked = await tx.query('select from queues where id = $1 for update', [id])
  return locked.length === 0 ? null : findQueue(tx, id)
}

/** The id of each of these queues, in the same order; null where there is no queue with this id or name. */
export async function findQueueIds(sql: Sql, idsOrNames: string[]): Promise<(string | null)[]> {
  const rows = await sql.query<{ id: string | null }>(
    `select q.id from unnest($1::text[]) with ordinality as meant(text, position)
     left join lateral (
       select id from queues
       where workspace_id = current_workspace() and (name = meant.text or id::text = lower(meant.text))
       order by name = meant.text limit 1
     ) q on true
     order by meant.position`,
    [idsOrNames],
  )
  return rows.map(row => row.id)
}

type QueueToSave = Pick<StoredQueue, 'settings' | 'displayName'>

const row = (tx: Tx, { settings: { id, name, agents: _, ...settings }, displayName }: QueueToSave) => [
  tx.workspaceId,
  id,
  name,
  displayName,
  JSON.stringify(settings),
]

/** Adds a queue, without its agents (see {@link setAgents}). Throws a 409 refusal when the name is taken. */
export async function insertQueue(tx: Tx, queue: QueueToSave): Promise<void> {
  await tx
    .query(
      'insert into queues (workspace_id, id, name, display_name, settings) values ($1, $2, $3, $4, $5::jsonb)',
      row(tx, queue),
    )
    .catch(refuseTaken)
}

/** Changes a queue, but not its agents (see {@link setAgents}). Throws a 409 refusal when the name is taken. */
export async function saveQueue(tx: Tx, queue: QueueToSave): Promise<void> {
  await tx
    .query(
      'update queues set name = $3, display_name = $4, settings = $5::jsonb where workspace_id = $1 and id = $2',
      row(tx, queue),
    )
    .catch(refuseTaken)
}

function refuseTaken(error: unknown): never {
  throw violates(error, 'queues_name_key') ? conflict('name_taken', 'There is a queue of this name already.') : error
}

/**
 * From now on these agents take the queue's calls, in this order. Those who may not sign in at present stay where they
 * are: nobody who reorders the list sees them.
 *
 * @returns the users who have come or gone.
 */
export async function setAgents(tx: Tx, queueId: string, agentIds: readonly string[]): Promise<Named[]> {
  const gone = await tx.query<Named>(
    `delete from queue_agents m using agents a, users u
     where m.queue_id = $1 and m.agent_id <> all($2::uuid[])
       and a.workspace_id = m.workspace_id and a.id = m.agent_id
       and u.workspace_id = a.workspace_id and u.id = a.user_id and u.disabled_at is null
     returning u.id, u.name`,
    [queueId, agentIds],
  )
  const come = await tx.query<Named>(
    `with put as (
       insert into queue_agents (workspace_id, queue_id, agent_id, position)
       select $1, $2, agent_id, position - 1 from unnest($3::uuid[]) with ordinality as list(agent_id, position)
       on conflict (workspace_id, queue_id, agent_id) do update set position = excluded.position
       returning agent_id
     )
     select u.id, u.name from put
     join agents a on a.id = put.agent_id join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
     where not exists (select from queue_agents m where m.queue_id = $2 and m.agent_id = put.agent_id)`,
    [tx.workspaceId, queueId, agentIds],
  )
  return [...gone, ...come]
}

/** What stands in the way of deleting a queue, in words such as `2 calls`; empty when nothing does. */
export async function queueUses(tx: Tx, { settings: { id, name } }: StoredQueue): Promise<string[]> {
  const [counts] = await tx.query<{ calls: number; voicemails: number; callbacks: number }>(
    `select (select count(distinct call_id)::int from queue_entries
         where queue_id = $1 and kind in ('call', 'consultation')) as calls,
       (select count(*)::int from voicemails where queue_id = $1) as voicemails,
       (select count(*)::int from callbacks where queue_id = $1) as callbacks`,
    [id],
  )
  const users = await tx.query<{ what: string }>(
    `select 'the number ' || label as what, 1 as place from numbers where queue_id = $1::uuid
     union all
     select 'the flow ' || f.name, 2 from flows f
     left join flow_versions v on v.flow_id = f.id and v.version = f.published_version
     where exists (
       select from jsonb_path_query(jsonb_build_array(f.draft, v.definition), '$[*].nodes.*.queue') as used
       where lower(used #>> '{}') in ($1::uuid::text, $2)
     )
     union all
     select 'the queue ' || display_name, 3 from queues
     where id <> $1::uuid
       and $1::uuid::text in (settings #>> '{overflow,queueId}', settings #>> '{afterHours,queueId}')
     order by place, what`,
    [id, name],
  )
  return [
    ...amount(counts!.calls, 'call'),
    ...amount(counts!.voicemails, 'voicemail'),
    ...amount(counts!.callbacks, 'callback'),
    ...users.map(user => user.what),
  ]
}

const amount = (count: number, noun: string): string[] =>
  count === 0 ? [] : [count === 1 ? `1 ${noun}` : `${count} ${noun}s`]

export async function deleteQueue(tx: Tx, id: string): Promise<void> {
  await tx.query('delete from queues where id = $1', [id])
}

/** Adds queues as they are for a start, and returns their ids in the same order. */
export async function insertQueues(tx: Tx, queues: { name: string; displayName: string }[]): Promise<string[]> {
  const made = queues.map(({ name, displayName }) => ({ settings: usualQueue(newId(), name), displayName }))
  for (const queue of made) await insertQueue(tx, queue)
  return made.map(queue => queue.settings.id)
}

/** The settings of a queue whose admin has not said anything else: nobody waits for ever. */
export const usualQueue = (id: string, name: string): QueueSettings => ({
  ...newQueue(id, name),
  maxWaitMs: 30 * 60_000,
})
