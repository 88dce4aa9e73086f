import type { Conversation } from '../../core/conversation.ts'
import type { VoipCall, VoipParty } from '../../core/voipCall.ts'
import { isOver } from '../../core/voipCall.ts'
import type { Sql, Tx } from '../platform/db.ts'

interface Row {
  id: string
  room_name: string
  provider: VoipCall['provider']
  from_id: string
  to_id: string
  from_party: Omit<VoipParty, 'id'>
  to_party: Omit<VoipParty, 'id'>
  status: VoipCall['status']
  started_at: Date
  answered_at: Date | null
  ended_at: Date | null
  due_at: Date | null
  connections: VoipCall['connections']
  consent: VoipCall['consent']
}

const present = (row: Row): VoipCall => ({
  id: row.id,
  roomName: row.room_name,
  provider: row.provider,
  from: { id: row.from_id, ...row.from_party },
  to: { id: row.to_id, ...row.to_party },
  status: row.status,
  startedAt: row.started_at.toISOString(),
  answeredAt: row.answered_at?.toISOString() ?? null,
  endedAt: row.ended_at?.toISOString() ?? null,
  dueAt: row.due_at?.toISOString() ?? null,
  connections: row.connections,
  consent: row.consent,
})

const asJson = (consent: VoipCall['consent']): string | null => consent && JSON.stringify(consent)

const withoutId = ({ id: _, ...party }: VoipParty): string => JSON.stringify(party)

export async function insertVoipCall(tx: Tx, call: VoipCall): Promise<void> {
  await tx.query(
    `insert into voip_calls (workspace_id, room_name, id, provider, from_id, to_id, from_party, to_party, status,
       started_at, changed_at, due_at, connections, consent)
     values (current_workspace(), $1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9, $9, $10, $11::jsonb,
       $12::jsonb)`,
    [
      call.roomName,
      call.id,
      call.provider,
      call.from.id,
      call.to.id,
      withoutId(call.from),
      withoutId(call.to),
      call.status,
      call.startedAt,
      call.dueAt,
      JSON.stringify(call.connections),
      asJson(call.consent),
    ],
  )
}

/**
 * Puts both on this call, waiting for whoever is about to do the same. Of two calls to one person exactly one gets here.
 *
 * @returns who was on another call and still is.
 */
export async function occupyLines(tx: Tx, call: VoipCall): Promise<string[]> {
  // In one order whoever calls whom: two who call each other must not wait for each other.
  const wanted = [call.from.id, call.to.id].sort()
  const got = await tx.query<{ participant_id: string }>(
    `insert into voip_lines (workspace_id, participant_id, room_name)
     select current_workspace(), wanted.id, $2
     from unnest($1::uuid[]) with ordinality as wanted(id, place) order by place
     on conflict do nothing
     returning participant_id`,
    [wanted, call.roomName],
  )
  return wanted.filter(id => !got.some(row => row.participant_id === id))
}

/**
 * Saves what has become of a call, which must be locked; with its end both lines are free. What has been said of recording
 * the call center has yet to be told of.
 */
export async function saveVoipCall(tx: Tx, call: VoipCall): Promise<void> {
  await tx.query(
    `update voip_calls set status = $2, answered_at = $3, ended_at = $4, due_at = $5, connections = $6::jsonb,
       changed_at = $7, consent = $8::jsonb,
       told_status = case when consent is not distinct from $8::jsonb then told_status end
     where workspace_id = current_workspace() and room_name = $1`,
    [
      call.roomName,
      call.status,
      call.answeredAt,
      call.endedAt,
      call.dueAt,
      JSON.stringify(call.connections),
      tx.now,
      asJson(call.consent),
    ],
  )
  if (!isOver(call)) return
  await tx.query('delete from voip_lines where workspace_id = current_workspace() and room_name = $1', [call.roomName])
}

/** The call, held until the end of the transaction. */
export async function lockVoipCall(tx: Tx, roomName: string): Promise<VoipCall | null> {
  const [row] = await tx.query<Row>(
    'select * from voip_calls where workspace_id = current_workspace() and room_name = $1 for update',
    [roomName],
  )
  return row ? present(row) : null
}

export async function findVoipCall(tx: Tx, roomName: string): Promise<VoipCall | null> {
  const [row] = await tx.query<Row>(
    'select * from voip_calls where workspace_id = current_workspace() and room_name = $1',
    [roomName],
  )
  return row ? present(row) : null
}

/** The call that this participant is on. */
export async function findCurrent(tx: Tx, participantId: string): Promise<VoipCall | null> {
  const [row] = await tx.query<Row>(
    `select c.* from voip_lines l
     join voip_calls c on c.workspace_id = l.workspace_id and c.room_name = l.room_name
     where l.workspace_id = current_workspace() and l.participant_id = $1`,
    [participantId],
  )
  return row ? present(row) : null
}

/** This participant's calls, newest first. `before`: ISO 8601. */
export async function listHistory(
  tx: Tx,
  participantId: string,
  limit: number,
  before: string | null,
): Promise<VoipCall[]> {
  const own = (column: 'from_id' | 'to_id') =>
    `(select * from voip_calls
      where workspace_id = current_workspace() and ${column} = $1 and ($2::timestamptz is null or started_at < $2)
      order by started_at desc, id desc limit $3)`
  const rows = await tx.query<Row>(
    `select * from (${own('from_id')} union all ${own('to_id')}) as own order by started_at desc, id desc limit $3`,
    [participantId, before, limit],
  )
  return rows.map(present)
}

/** What is overdue in this workspace, and what the call center has not been told of yet. */
export async function listDue(tx: Tx, now: string): Promise<{ due: VoipCall[]; untold: VoipCall[] }> {
  const list = async (condition: string, values: unknown[]): Promise<VoipCall[]> => {
    const rows = await tx.query<Row>(
      `select * from voip_calls where workspace_id = current_workspace() and ${condition} limit 500`,
      values,
    )
    return rows.map(present)
  }
  return { due: await list('due_at <= $1', [now]), untold: await list(UNTOLD, []) }
}

const UNTOLD = 'told_status is distinct from status'

/** The call center knows the call as it is with this status, and with what was said by then. */
export async function noteTold(tx: Tx, { roomName, status, consent }: VoipCall): Promise<void> {
  await tx.query(
    `update voip_calls set told_status = $2
     where workspace_id = current_workspace() and room_name = $1 and status = $2
       and consent is not distinct from $3::jsonb`,
    [roomName, status, asJson(consent)],
  )
}

/** When something is due in this workspace next, milliseconds since the epoch; null: nothing is. */
export async function soonestDue(tx: Tx): Promise<number | null> {
  const [row] = await tx.query<{ due_at: Date | null }>(
    'select min(due_at) as due_at from voip_calls where workspace_id = current_workspace() and due_at is not null',
  )
  return row?.due_at?.getTime() ?? null
}

/** Workspaces in which something has been due, or was left untold, since before `until`. */
export async function workspacesDue(sql: Sql, until: Date): Promise<string[]> {
  const rows = await sql.query<{ workspace_id: string }>(
    `select workspace_id from voip_calls where due_at <= $1
     union select workspace_id from voip_calls where ${UNTOLD} and changed_at <= $1`,
    [until],
  )
  return rows.map(row => row.workspace_id)
}

/** Whose room this is. */
export async function workspaceOfRoom(sql: Sql, roomName: string): Promise<string | null> {
  const [row] = await sql.query<{ workspace_id: string }>('select workspace_id from voip_calls where room_name = $1', [
    roomName,
  ])
  return row?.workspace_id ?? null
}

/** The same call as the call center knows it; null: it has not been told yet. */
export async function findCenterCall(
  tx: Tx,
  roomName: string,
): Promise<{ id: string; conversation: Conversation | null } | null> {
  const [row] = await tx.query<{ id: string; conversation: Conversation | null }>(
    `select c.id, c.conversation from voip_calls v
     join calls c on c.provider = v.provider and c.provider_call_id = v.room_name and c.workspace_id = v.workspace_id
     where v.workspace_id = current_workspace() and v.room_name = $1`,
    [roomName],
  )
  return row ?? null
}

/** Whether one of the two takes calls of a queue whose conversations are recorded. */
export async function isOfRecordedQueue(tx: Tx, { from, to }: Pick<VoipCall, 'from' | 'to'>): Promise<boolean> {
  const rows = await tx.query(
    `select from voip_people p
     join queue_agents m on m.workspace_id = p.workspace_id and m.agent_id = p.agent_id
     join queues q on q.workspace_id = m.workspace_id and q.id = m.queue_id
     where p.supabase_user_id in ($1, $2) and coalesce((q.settings ->> 'recording')::boolean, true)
     limit 1`,
    [from.supabaseUserId, to.supabaseUserId],
  )
  return rows.length > 0
}
