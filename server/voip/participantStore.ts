import { v7 as newId } from 'uuid'
import type { AvailableAgent, Participant as ParticipantView } from '../../client/contract.ts'
import type { ContactRef } from '../../core/call.ts'
import type { ParticipantType } from '../../core/voipCall.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { conflict, invalid } from '../platform/refusal.ts'

/** Somebody who may call and be called: entered by the CRM, or a user of ours with a `supabaseUserId`. */
export interface Participant {
  workspaceId: string
  id: string
  supabaseUserId: string
  type: ParticipantType
  name: string
  phone: string | null
  contact: ContactRef | null
  /** The desk of one who is also an agent. */
  agentId: string | null
  disabled: boolean
}

interface PersonRow {
  workspace_id: string
  id: string
  supabase_user_id: string
  type: ParticipantType
  first_name: string
  last_name: string
  phone: string | null
  contact: ContactRef | null
  agent_id: string | null
  disabled: boolean
}

const present = (row: PersonRow): Participant => ({
  workspaceId: row.workspace_id,
  id: row.id,
  supabaseUserId: row.supabase_user_id,
  type: row.type,
  name: `${row.first_name} ${row.last_name}`.trim(),
  phone: row.phone,
  contact: row.contact,
  agentId: row.agent_id,
  disabled: row.disabled,
})

/** Whose bearer tokens these are, in whatever workspace: the tokens name none. */
export async function findBearer(sql: Sql, supabaseUserId: string): Promise<Participant | null> {
  const [row] = await sql.query<PersonRow>(
    `select p.*, coalesce(p.disabled, false) as disabled, null as contact from voip_people p where p.supabase_user_id = $1`,
    [supabaseUserId],
  )
  return row ? present(row) : null
}

/** Who is meant, in this workspace. */
export async function findParticipant(tx: Tx, supabaseUserId: string): Promise<Participant | null> {
  const [row] = await tx.query<PersonRow>(
    `select p.*, coalesce(p.disabled, false) as disabled,
       case when c.id is not null then json_build_object('id', c.id, 'name', c.name, 'email', c.email) end as contact
     from voip_people p
     left join contacts c on c.workspace_id = p.workspace_id and c.id = p.contact_id
     where p.supabase_user_id = $1`,
    [supabaseUserId],
  )
  return row ? present(row) : null
}

/** Telephone numbers of a participant, as given: its own first, and then those of the contact that it is. */
export async function listNumbers(tx: Tx, participantId: string): Promise<string[]> {
  const rows = await tx.query<{ number: string }>(
    `select p.phone as number, -1 as place from voip_people p where p.id = $1 and p.phone is not null
     union all
     select n.number, n.position from voip_people p
     join contact_phones n on n.workspace_id = p.workspace_id and n.contact_id = p.contact_id
     where p.id = $1
     order by place`,
    [participantId],
  )
  return rows.map(({ number }) => number)
}

/** At a desk somebody may have said that it is not to be called; whoever is offline there can still be in the CRM. */
const REACHABLE = `not coalesce(p.disabled, false)
  and not exists (select from slots s
    where s.workspace_id = p.workspace_id and s.agent_id = p.agent_id and s.state = 'talking' and s.kind = 'call')`
const UNASKED = `not exists (select from agents a
  where a.workspace_id = p.workspace_id and a.id = p.agent_id and a.presence in ('busy', 'break'))`

/** CRM users who can be called now, by name, without whoever asks. */
export function listAvailable(tx: Tx, askedBy: string): Promise<AvailableAgent[]> {
  return tx.query<AvailableAgent>(
    `select p.supabase_user_id as "supabaseUserId", p.first_name as "firstName", p.last_name as "lastName", p.email, p.role
     from voip_people p
     where p.type = 'CRM_USER' and p.id <> $1 and ${REACHABLE} and ${UNASKED}
       and not exists (select from voip_lines l where l.workspace_id = p.workspace_id and l.participant_id = p.id)
     order by lower(p.first_name), lower(p.last_name), p.id
     limit 1000`,
    [askedBy],
  )
}

/** Whether this participant has both hands free, as far as the telephone goes. */
export async function isReachable(tx: Tx, participantId: string): Promise<boolean> {
  const rows = await tx.query(`select from voip_people p where p.id = $1 and ${REACHABLE}`, [participantId])
  return rows.length > 0
}

export interface NewParticipant {
  supabaseUserId: string
  type: ParticipantType
  firstName: string
  lastName: string
  email: string
  role: string | null
  phone: string | null
  contactId: string | null
}

const COLUMNS = `id, supabase_user_id as "supabaseUserId", type, first_name as "firstName", last_name as "lastName", email,
  role, phone`

/** Replaces what is known of a participant; null when there is none with this `supabaseUserId`. */
export async function updateParticipant(tx: Tx, said: NewParticipant): Promise<ParticipantView | null> {
  const [row] = await tx.query<ParticipantView>(
    `update participants set type = $2, first_name = $3, last_name = $4, email = $5, role = $6, phone = $7,
       contact_id = $8, updated_at = now()
     where supabase_user_id = $1
     returning ${COLUMNS}`,
    valuesOf(said),
  )
  return row ?? null
}

/**
 * Adds a participant; a user of ours keeps the id that it has taken part under. Breaks
 * `participants_supabase_user_id_key` when there is one already, in whatever workspace.
 */
export async function insertParticipant(tx: Tx, said: NewParticipant): Promise<ParticipantView> {
  // Not by the view: whoever is being entered there at this moment is no user.
  const [user] = await tx.query<{ id: string }>('select id from users where supabase_user_id = $1', [
    said.supabaseUserId,
  ])
  if (user !== undefined && said.type !== 'CRM_USER') {
    throw invalid([{ path: 'type', message: 'This is a user of Ringside: its type is CRM_USER.' }])
  }
  const [row] = await tx.query<ParticipantView>(
    `insert into participants (workspace_id, id, supabase_user_id, type, first_name, last_name, email, role, phone,
       contact_id)
     values (current_workspace(), $9, $1, $2, $3, $4, $5, $6, $7, $8)
     returning ${COLUMNS}`,
    [...valuesOf(said), user?.id ?? newId()],
  )
  return row!
}

const valuesOf = (said: NewParticipant): unknown[] => [
  said.supabaseUserId,
  said.type,
  said.firstName,
  said.lastName,
  said.email,
  said.role,
  said.phone,
  said.contactId,
]

export const takenElsewhere = () =>
  conflict('supabase_user_id_taken', 'Somebody has this supabaseUserId already, in another workspace.')
