import type { RoutingStep } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import type { OfferState } from '../../core/event.ts'
import type { Explanation } from '../../core/explanation.ts'
import type { OfferOutcome } from '../../core/offer.ts'
import type { Sql } from '../platform/db.ts'

interface OfferRow {
  id: string
  kind: OfferState['kind']
  work_id: string
  call_id: string
  queue_id: string
  queue_name: string | null
  agent_id: string
  agent_name: string
  attempt: number
  made_at: Date
  expires_at: Date
  waited_seconds: number
  ended_at: Date | null
  outcome: OfferOutcome | null
  explanation: Explanation | null
}

const OFFERS = `select o.id, o.kind, o.work_id, o.call_id, o.queue_id, q.display_name as queue_name, o.agent_id,
    u.name as agent_name, o.attempt, o.made_at, o.expires_at, o.waited_seconds, o.ended_at, o.outcome, o.explanation
  from offers o
  join agents a on a.workspace_id = o.workspace_id and a.id = o.agent_id
  join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
  left join queues q on q.workspace_id = o.workspace_id and q.id = o.queue_id
  where o.workspace_id = current_workspace()`

const stateOf = (row: OfferRow): OfferState => ({
  id: row.id,
  kind: row.kind,
  workId: row.work_id,
  callId: row.call_id,
  queue: { id: row.queue_id, name: row.queue_name ?? '' },
  agent: { id: row.agent_id, name: row.agent_name },
  attempt: row.attempt,
  madeAt: row.made_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  waitedSeconds: row.waited_seconds,
})

/** What rings at this agent just now, first made first. */
export async function listLiveOffers(
  sql: Sql,
  agentId: string,
): Promise<(OfferState & { explanation: Explanation | null })[]> {
  const rows = await sql.query<OfferRow>(
    `${OFFERS} and o.agent_id = $1 and o.outcome is null order by o.made_at, o.id`,
    [agentId],
  )
  return rows.map(row => ({ ...stateOf(row), explanation: row.explanation }))
}

/** An offer that was once made to this agent, however it ended. */
export async function wasOffered(sql: Sql, id: string, agentId: string): Promise<boolean> {
  const rows = await sql.query(
    'select 1 from offers where workspace_id = current_workspace() and id = $1 and agent_id = $2',
    [id, agentId],
  )
  return rows.length > 0
}

/** Every offer of a call, and of the work that came of it, in order. */
export async function listRoutingSteps(sql: Sql, callId: string): Promise<RoutingStep[]> {
  const rows = await sql.query<OfferRow>(`${OFFERS} and o.call_id = $1 order by o.made_at, o.id limit 1000`, [callId])
  const named = await agentNames(sql)
  return rows.map(row => ({
    ...stateOf(row),
    endedAt: row.ended_at?.toISOString() ?? null,
    outcome: row.outcome,
    strategy: row.explanation?.strategy ?? 'longest-idle',
    requires: { ...row.explanation?.requires },
    ...askedAmong(row.explanation, named),
  }))
}

/** The people that an explanation names by id. */
export const peopleOf = (explanation: Explanation | null, named: (id: string) => Named) => ({
  eligible: (explanation?.eligible ?? []).map(named),
  hindered: (explanation?.hindered ?? []).map(({ agentId, hindrances }) => ({ agent: named(agentId), hindrances })),
})

/** {@link peopleOf} an offer: whoever is asked could be. */
function askedAmong(explanation: Explanation | null, named: (id: string) => Named) {
  const { eligible, hindered } = peopleOf(explanation, named)
  const offeredTo = (explanation?.offeredTo ?? []).map(named)
  return { offeredTo, eligible: [...offeredTo, ...eligible], hindered }
}

export async function agentNames(sql: Sql): Promise<(id: string) => Named> {
  const rows = await sql.query<Named>(
    `select a.id, u.name from agents a join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
     where a.workspace_id = current_workspace()`,
  )
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return id => ({ id, name: names.get(id) ?? '' })
}
