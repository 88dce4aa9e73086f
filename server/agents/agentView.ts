import type { Agent } from '../../client/contract.ts'
import { activity, type Skills, startShift } from '../../core/agent.ts'
import type { Named } from '../../core/call.ts'
import type { Presence, PresenceStatus } from '../../core/presence.ts'
import type { Sql } from '../platform/db.ts'

export interface AgentRow {
  id: string
  name: string
  team: string | null
  queues: Named[]
  skills: Skills
  capacity: number
  phone: string | null
  presence: PresenceStatus
  presence_reason: string | null
  presence_since: Date
  offered: number
  talking: number
  wrap_ups: { callId: string; until: string }[]
}

const AGENTS = `select a.id, u.name, a.team, a.skills, a.capacity, a.phone,
    a.presence, a.presence_reason, a.presence_since,
    coalesce((
      select json_agg(json_build_object('id', q.id, 'name', q.display_name) order by q.name)
      from queue_agents m join queues q on q.workspace_id = m.workspace_id and q.id = m.queue_id
      where m.workspace_id = a.workspace_id and m.agent_id = a.id
    ), '[]') as queues,
    s.offered, s.talking, s.wrap_ups
  from agents a
  join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
  cross join lateral (
    select count(*) filter (where state = 'offered')::int as offered,
      count(*) filter (where state = 'talking')::int as talking,
      coalesce(json_agg(json_build_object(
        'callId', call_id,
        'until', to_char(until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      ) order by until, slot) filter (where state = 'wrap-up'), '[]') as wrap_ups
    from slots where slots.workspace_id = a.workspace_id and slots.agent_id = a.id
  ) s
  where a.workspace_id = current_workspace()`
const BY_NAME = 'order by lower(u.name), a.id'

/** What the outside sees of an agent. */
export function agentView(row: AgentRow): Agent {
  const presence: Presence = { status: row.presence, reason: row.presence_reason }
  const { offered, talking, wrap_ups: wrapUps } = row
  return {
    id: row.id,
    name: row.name,
    team: row.team,
    queues: row.queues,
    skills: row.skills,
    capacity: row.capacity,
    phone: row.phone,
    presence: { ...presence, since: row.presence_since.toISOString() },
    activity: activity({ ...startShift(0), presence, offered, talking, wrapUp: wrapUps.length }),
    wrapUps,
  }
}

/** Everybody who takes calls and may sign in, by name. */
export const listAgentViews = async (sql: Sql): Promise<Agent[]> =>
  (await sql.query<AgentRow>(`${AGENTS} and a.retired_at is null and u.disabled_at is null ${BY_NAME}`)).map(agentView)

/** Everybody who took calls once and takes none any more, by name. */
export const listRetiredViews = async (sql: Sql): Promise<Agent[]> =>
  (await sql.query<AgentRow>(`${AGENTS} and a.retired_at is not null ${BY_NAME}`)).map(agentView)

export async function findAgentView(sql: Sql, agentId: string): Promise<Agent | null> {
  const [row] = await sql.query<AgentRow>(`${AGENTS} and a.retired_at is null and a.id = $1`, [agentId])
  return row ? agentView(row) : null
}
