import type { AgentState, Skills } from '../../core/agent.ts'
import type { WorkKind } from '../../core/event.ts'
import type { Explanation } from '../../core/explanation.ts'
import type { OfferOutcome } from '../../core/offer.ts'
import type { PresenceStatus } from '../../core/presence.ts'
import type { Turn } from '../../core/routing.ts'
import type { Sql, Tx } from '../platform/db.ts'

/** The workspace's routing lock, held until the transaction ends. */
export interface Head {
  /** Raised by every turn that changed something: what a process has in memory holds for one version. */
  version: number
  settingsVersion: number
  /** Milliseconds since the epoch. */
  decidedAt: number
  /** Higher than every attempt so far. */
  nextAttempt: number
  dueAt: number | null
}

export async function lockHead(sql: Sql): Promise<Head> {
  // The planner believes that a plan made for exactly these lists is worth planning anew for every batch: it takes many
  // times longer than running the plan that it has. From here on in this transaction it keeps the one.
  const [row] = await sql.query<{
    version: string
    settings_version: string
    decided_at: Date
    next_attempt: number
    due_at: Date | null
  }>(
    `select version, settings_version, decided_at, next_attempt, due_at,
       set_config('plan_cache_mode', 'force_generic_plan', true)
     from routing_heads where workspace_id = current_workspace() for update`,
  )
  if (!row) throw new Error('the workspace is gone')
  return {
    version: Number(row.version),
    settingsVersion: Number(row.settings_version),
    decidedAt: row.decided_at.getTime(),
    nextAttempt: row.next_attempt,
    dueAt: ms(row.due_at),
  }
}

export async function saveHead(sql: Sql, head: Omit<Head, 'settingsVersion'>): Promise<void> {
  await sql.query(
    `update routing_heads set version = $1, decided_at = $2, next_attempt = $3, due_at = $4
     where workspace_id = current_workspace()`,
    [head.version, at(head.decidedAt), head.nextAttempt, at(head.dueAt)],
  )
}

/**
 * No turn is taken until this transaction ends. To be said before rows are locked that turns write as well, agents and
 * queues: turns begin with this lock, and in the other order each would wait for the other.
 */
export async function holdTurns(tx: Tx): Promise<void> {
  await tx.query('select from routing_heads where workspace_id = $1 for update', [tx.workspaceId])
}

/** Says that queues, agents, flows, hours or numbers have changed: every process reads them anew before it decides again. */
export async function bumpSettings(tx: Tx): Promise<void> {
  await tx.query('update routing_heads set settings_version = settings_version + 1 where workspace_id = $1', [
    tx.workspaceId,
  ])
}

/** Workspaces in which something is due before `until`, soonest first. For the alarm clock, as the platform. */
export async function listDue(sql: Sql, until: Date): Promise<string[]> {
  const rows = await sql.query<{ workspace_id: string }>(
    'select workspace_id from routing_heads where due_at <= $1 order by due_at limit 10000',
    [until],
  )
  return rows.map(row => row.workspace_id)
}

// ---------------------------------------------------------------------------------------------------------------
// What the routing holds, as stored. Times are milliseconds since the epoch.
// ---------------------------------------------------------------------------------------------------------------

/** Something that stands in a line or is with an agent. */
export interface Work {
  id: string
  kind: WorkKind
  callId: string
  queueId: string
  requires: Skills
  priority: number
  preferredAgentId: string | null
  enqueuedAt: number
  overflowAt: number | null
}

export interface LiveOffer {
  id: string
  kind: WorkKind
  workId: string
  callId: string
  queueId: string
  agentId: string
  attempt: number
  madeAt: number
  expiresAt: number
  readyPeriod: number
  waitedSeconds: number
  explanation: Explanation | null
}

export interface Slot {
  agentId: string
  slot: number
  state: 'offered' | 'talking' | 'wrap-up'
  kind: WorkKind
  workId: string
  callId: string
  queueId: string
  offerId: string | null
  until: number | null
}

export interface StoredFloor {
  agents: { id: string; state: AgentState }[]
  works: Work[]
  offers: LiveOffer[]
  slots: Slot[]
  /** Who let which work pass, in which ready period, since it has stood in this line: another line is another chance. */
  passes: { workId: string; agentId: string; readyPeriod: number }[]
}

interface AgentRow {
  id: string
  presence: PresenceStatus
  presence_reason: string | null
  ready_since: Date | null
  idle_before_ms: string
  idle_from: Date | null
  calls_taken: number
  away_since: Date | null
  ready_period: number
}

const ms = (date: Date | null): number | null => date?.getTime() ?? null

export async function loadFloor(sql: Sql): Promise<StoredFloor> {
  const agents = await sql.query<AgentRow>(
    `select id, presence, presence_reason, ready_since, idle_before_ms, idle_from, calls_taken, away_since, ready_period
     from agents where workspace_id = current_workspace() and retired_at is null order by id`,
  )
  const works = await sql.query<
    Omit<Work, 'enqueuedAt' | 'overflowAt'> & { enqueued_at: Date; overflow_at: Date | null }
  >(
    `select work_id as id, kind, call_id as "callId", queue_id as "queueId", requires, priority,
       preferred_agent_id as "preferredAgentId", enqueued_at, overflow_at
     from queue_entries where workspace_id = current_workspace() order by enqueued_at, created_at, work_id`,
  )
  const offers = await sql.query<Omit<LiveOffer, 'madeAt' | 'expiresAt'> & { made_at: Date; expires_at: Date }>(
    `select o.id, o.kind, o.work_id as "workId", o.call_id as "callId", o.queue_id as "queueId",
       o.agent_id as "agentId", o.attempt, o.made_at, o.expires_at, o.ready_period as "readyPeriod",
       o.waited_seconds as "waitedSeconds", o.explanation
     from slots s join offers o on o.workspace_id = s.workspace_id and o.id = s.offer_id
     where s.workspace_id = current_workspace() order by o.made_at, o.attempt, o.id`,
  )
  const slots = await sql.query<Omit<Slot, 'until'> & { until: Date | null }>(
    `select agent_id as "agentId", slot, state, kind, work_id as "workId", call_id as "callId", queue_id as "queueId",
       offer_id as "offerId", until
     from slots where workspace_id = current_workspace()`,
  )
  const passes = await sql.query<StoredFloor['passes'][number]>(
    `select o.work_id as "workId", o.agent_id as "agentId", max(o.ready_period) as "readyPeriod"
     from queue_entries e join offers o on o.workspace_id = e.workspace_id and o.work_id = e.work_id
       and o.queue_id = e.queue_id and o.made_at >= e.enqueued_at
     where e.workspace_id = current_workspace() and o.outcome in ('rejected', 'timed-out', 'failed')
     group by o.work_id, o.agent_id`,
  )
  return {
    agents: agents.map(row => ({
      id: row.id,
      state: {
        presence: { status: row.presence, reason: row.presence_reason },
        ...countSlots(slots.filter(slot => slot.agentId === row.id)),
        readySince: ms(row.ready_since),
        idleBefore: Number(row.idle_before_ms),
        idleFrom: ms(row.idle_from),
        callsTaken: row.calls_taken,
        awaySince: ms(row.away_since),
        readyPeriod: row.ready_period,
      },
    })),
    works: works.map(({ enqueued_at, overflow_at, ...work }) => ({
      ...work,
      enqueuedAt: enqueued_at.getTime(),
      overflowAt: ms(overflow_at),
    })),
    offers: offers.map(({ made_at, expires_at, ...offer }) => ({
      ...offer,
      madeAt: made_at.getTime(),
      expiresAt: expires_at.getTime(),
    })),
    slots: slots.map(slot => ({ ...slot, until: ms(slot.until) })),
    passes,
  }
}

const countSlots = (slots: { state: Slot['state'] }[]): Pick<AgentState, 'offered' | 'talking' | 'wrapUp'> => ({
  offered: slots.filter(slot => slot.state === 'offered').length,
  talking: slots.filter(slot => slot.state === 'talking').length,
  wrapUp: slots.filter(slot => slot.state === 'wrap-up').length,
})

/** What one turn changed of the routing. */
export interface FloorChanges {
  now: number
  works: Work[]
  /** Ids of work that is in no line and with nobody any more. */
  worksGone: string[]
  agents: { id: string; state: AgentState }[]
  /** All slots of those agents. */
  slots: Slot[]
  offersMade: LiveOffer[]
  offersEnded: { id: string; outcome: OfferOutcome; endedAt: number; readyPeriod: number }[]
  queues: { id: string; turn: Turn | null; handleSeconds: number | null }[]
}

const at = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

/**
 * Writes the changes, in the order that the constraints ask for: what ends goes before what begins, so that an
 * invariant that breaks is an error here and never a row.
 */
export async function saveFloor(sql: Sql, changes: FloorChanges): Promise<void> {
  if (changes.agents.length > 0) {
    await sql.query('delete from slots where workspace_id = current_workspace() and agent_id = any($1::uuid[])', [
      changes.agents.map(({ id }) => id),
    ])
    await sql.query(
      `update agents a set presence = n.presence, presence_reason = n.presence_reason, ready_since = n.ready_since,
         presence_since = case when a.presence = n.presence and a.presence_reason is not distinct from n.presence_reason
           then a.presence_since else $2::timestamptz end,
         idle_before_ms = n.idle_before_ms, idle_from = n.idle_from, calls_taken = n.calls_taken,
         away_since = n.away_since, ready_period = n.ready_period
       from json_to_recordset($1) as n(id uuid, presence text, presence_reason text, ready_since timestamptz,
         idle_before_ms bigint, idle_from timestamptz, calls_taken int, away_since timestamptz, ready_period int)
       where a.workspace_id = current_workspace() and a.id = n.id`,
      [JSON.stringify(changes.agents.map(toAgentRow)), at(changes.now)],
    )
  }
  if (changes.worksGone.length > 0)
    await sql.query(
      'delete from queue_entries where workspace_id = current_workspace() and work_id = any($1::uuid[])',
      [changes.worksGone],
    )
  if (changes.works.length > 0)
    await sql.query(
      `insert into queue_entries as old (workspace_id, work_id, kind, call_id, queue_id, requires, priority,
         preferred_agent_id, enqueued_at, overflow_at)
       select current_workspace(), n.* from json_to_recordset($1) as n(work_id uuid, kind text, call_id uuid,
         queue_id uuid, requires jsonb, priority smallint, preferred_agent_id uuid, enqueued_at timestamptz,
         overflow_at timestamptz)
       on conflict (workspace_id, work_id) do update set queue_id = excluded.queue_id, requires = excluded.requires,
         priority = excluded.priority, preferred_agent_id = excluded.preferred_agent_id,
         enqueued_at = excluded.enqueued_at, overflow_at = excluded.overflow_at`,
      [
        JSON.stringify(
          changes.works.map(work => ({
            work_id: work.id,
            kind: work.kind,
            call_id: work.callId,
            queue_id: work.queueId,
            requires: work.requires,
            priority: work.priority,
            preferred_agent_id: work.preferredAgentId,
            enqueued_at: at(work.enqueuedAt),
            overflow_at: at(work.overflowAt),
          })),
        ),
      ],
    )
  const { offersMade } = changes
  const made = new Set(offersMade.map(offer => offer.id))
  const before = changes.offersEnded.filter(({ id }) => !made.has(id))
  if (before.length > 0) {
    const ended = await sql.query(
      `update offers o set outcome = n.outcome, ended_at = n.ended_at, ready_period = n.ready_period
       from json_to_recordset($1) as n(id uuid, outcome text, ended_at timestamptz, ready_period int)
       where o.workspace_id = current_workspace() and o.id = n.id and o.outcome is null returning o.id`,
      [
        JSON.stringify(
          before.map(({ id, outcome, endedAt, readyPeriod }) => ({
            id,
            outcome,
            ended_at: at(endedAt),
            ready_period: readyPeriod,
          })),
        ),
      ],
    )
    if (ended.length !== before.length) throw new Error('an offer was to end a second time')
  }
  if (offersMade.length > 0) {
    // One that came and went within this turn is written once, as it ended.
    const ends = new Map(changes.offersEnded.map(end => [end.id, end]))
    await sql.query(
      `insert into offers (workspace_id, id, kind, work_id, call_id, queue_id, agent_id, attempt, made_at, expires_at,
         ready_period, waited_seconds, explanation, outcome, ended_at)
       select current_workspace(), n.* from json_to_recordset($1) as n(id uuid, kind text, work_id uuid, call_id uuid,
         queue_id uuid, agent_id uuid, attempt int, made_at timestamptz, expires_at timestamptz, ready_period int,
         waited_seconds int, explanation jsonb, outcome text, ended_at timestamptz)`,
      [
        JSON.stringify(
          offersMade.map(offer => ({
            id: offer.id,
            kind: offer.kind,
            work_id: offer.workId,
            call_id: offer.callId,
            queue_id: offer.queueId,
            agent_id: offer.agentId,
            attempt: offer.attempt,
            made_at: at(offer.madeAt),
            expires_at: at(offer.expiresAt),
            ready_period: ends.get(offer.id)?.readyPeriod ?? offer.readyPeriod,
            waited_seconds: offer.waitedSeconds,
            explanation: offer.explanation,
            outcome: ends.get(offer.id)?.outcome ?? null,
            ended_at: at(ends.get(offer.id)?.endedAt ?? null),
          })),
        ),
      ],
    )
  }
  if (changes.slots.length > 0)
    await sql.query(
      `insert into slots (workspace_id, agent_id, slot, state, kind, work_id, call_id, queue_id, offer_id, until)
       select current_workspace(), n.* from json_to_recordset($1) as n(agent_id uuid, slot smallint, state text, kind text,
         work_id uuid, call_id uuid, queue_id uuid, offer_id uuid, until timestamptz)`,
      [
        JSON.stringify(
          changes.slots.map(slot => ({
            agent_id: slot.agentId,
            slot: slot.slot,
            state: slot.state,
            kind: slot.kind,
            work_id: slot.workId,
            call_id: slot.callId,
            queue_id: slot.queueId,
            offer_id: slot.offerId,
            until: at(slot.until),
          })),
        ),
      ],
    )
  if (changes.queues.length > 0)
    await sql.query(
      `update queues q set turn = n.turn, handle_seconds = n.handle_seconds
       from json_to_recordset($1) as n(id uuid, turn jsonb, handle_seconds real)
       where q.workspace_id = current_workspace() and q.id = n.id`,
      [
        JSON.stringify(
          changes.queues.map(({ id, turn, handleSeconds }) => ({ id, turn, handle_seconds: handleSeconds })),
        ),
      ],
    )
}

const toAgentRow = ({ id, state }: FloorChanges['agents'][number]) => ({
  id,
  presence: state.presence.status,
  presence_reason: state.presence.reason,
  ready_since: at(state.readySince),
  idle_before_ms: Math.round(state.idleBefore),
  idle_from: at(state.idleFrom),
  calls_taken: state.callsTaken,
  away_since: at(state.awaySince),
  ready_period: state.readyPeriod,
})
