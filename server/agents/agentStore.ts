import { v7 as newId } from 'uuid'
import type { Skills } from '../../core/agent.ts'
import type { Tx } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'
import { holdTurns } from '../routing/routingStore.ts'

/** Makes a user an agent, unless it is one; who was one before is the same one again. Returns the agent's id. */
export async function ensureAgent(tx: Tx, userId: string): Promise<string> {
  await tx.query('update agents set retired_at = null where user_id = $1 and retired_at is not null', [userId])
  await tx.query(
    'insert into agents (workspace_id, id, user_id) values ($1, $2, $3) on conflict (workspace_id, user_id) do nothing',
    [tx.workspaceId, newId(), userId],
  )
  const [agent] = await tx.query<{ id: string }>('select id from agents where user_id = $1', [userId])
  return agent!.id
}

/** The agent that this user is, with its queues; null for a user who takes no calls. */
export async function findAgent(tx: Tx, userId: string): Promise<{ id: string; queueIds: string[] } | null> {
  const [agent] = await tx.query<{ id: string; queueIds: string[] }>(
    `select a.id, array(
       select m.queue_id from queue_agents m where m.workspace_id = a.workspace_id and m.agent_id = a.id
     ) as "queueIds"
     from agents a where a.user_id = $1 and a.retired_at is null`,
    [userId],
  )
  return agent ?? null
}

/** From now on this agent takes calls from these queues and no others. It comes last in those that are new to it. */
export async function setQueues(tx: Tx, agentId: string, queueIds: string[]): Promise<void> {
  await tx.query('delete from queue_agents where agent_id = $1 and queue_id <> all($2::uuid[])', [agentId, queueIds])
  await tx.query(
    `insert into queue_agents (workspace_id, queue_id, agent_id, position)
     select $1, queue_id, $2, (
       select coalesce(max(m.position) + 1, 0) from queue_agents m where m.queue_id = wanted.queue_id
     )
     from unnest($3::uuid[]) as wanted(queue_id)
     on conflict do nothing`,
    [tx.workspaceId, agentId, queueIds],
  )
}

/**
 * Makes an agent a user who takes no calls: it has no queue, no telephone and no presence any more, and what it has done
 * stays under its name. From here to the end of the transaction nothing is decided about calls, so that it is given
 * nothing meanwhile. Throws a 409 refusal while it has anything at hand: see `calls/standDown`, which comes first.
 */
export async function retireAgent(tx: Tx, agentId: string): Promise<void> {
  await holdTurns(tx)
  const [occupied] = await tx.query('select from slots where agent_id = $1 limit 1', [agentId])
  if (occupied !== undefined)
    throw conflict('agent_on_call', 'They have just taken something up. Wait until it is over, and try again.')
  await tx.query('delete from queue_agents where agent_id = $1', [agentId])
  await tx.query(
    `update agents set retired_at = now(), phone = null, seen_at = null,
       presence = 'offline', presence_reason = null, presence_since = now()
     where id = $1`,
    [agentId],
  )
}

/** What can be changed of an agent. */
export interface AgentFields {
  skills: Skills
  team: string | null
  capacity: number
  /** E.164. */
  phone: string | null
}

/** Reads an agent who is about to be changed; nobody else changes it until the end of the transaction. */
export async function lockAgent(tx: Tx, id: string): Promise<AgentFields | null> {
  await holdTurns(tx)
  const [fields] = await tx.query<AgentFields>(
    'select skills, team, capacity, phone from agents where id = $1 and retired_at is null for no key update',
    [id],
  )
  return fields ?? null
}

export async function saveAgent(tx: Tx, id: string, { skills, team, capacity, phone }: AgentFields): Promise<void> {
  await tx.query('update agents set skills = $2::jsonb, team = $3, capacity = $4, phone = $5 where id = $1', [
    id,
    JSON.stringify(skills),
    team,
    capacity,
    phone,
  ])
}

/** Agents from whose desks, once open, nothing has been heard since then; none is heard of until the transaction ends. */
export async function lockSilent(tx: Tx, asked: { id: string; since: Date }[]): Promise<Set<string>> {
  if (asked.length === 0) return new Set()
  const rows = await tx.query<{ id: string }>(
    `select a.id from agents a join unnest($1::uuid[], $2::timestamptz[]) as asked(id, since) on asked.id = a.id
     where a.seen_at < asked.since order by a.id for no key update of a`,
    [asked.map(({ id }) => id), asked.map(({ since }) => since)],
  )
  return new Set(rows.map(({ id }) => id))
}

/** The agent's telephone, E.164; null: it has none. */
export async function phoneOf(tx: Tx, id: string): Promise<string | null> {
  const [agent] = await tx.query<{ phone: string | null }>('select phone from agents where id = $1', [id])
  return agent?.phone ?? null
}
