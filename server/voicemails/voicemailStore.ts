import type { Voicemail } from '../../client/contract.ts'
import type { TakenWork } from '../calls/turnInput.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { audible, audioUrlOf } from '../recordings/recordingStore.ts'

export interface NewVoicemail {
  id: string
  callId: string
  queueId: string
  recordingId: string
  url: string
  seconds: number
  leftAt: string
}

export async function keepVoicemails(tx: Tx, voicemails: NewVoicemail[]): Promise<void> {
  if (voicemails.length === 0) return
  await tx.query(
    `insert into voicemails (workspace_id, id, call_id, queue_id, recording_id, recording_url, seconds, left_at)
     select current_workspace(), n.* from json_to_recordset($1) as n(id uuid, "callId" uuid, "queueId" uuid,
       "recordingId" text, url text, seconds int, "leftAt" timestamptz)`,
    [JSON.stringify(voicemails)],
  )
}

/** Agents have accepted these. */
export async function takeUpVoicemails(tx: Tx, taken: TakenWork[]): Promise<void> {
  const voicemails = taken.filter(({ kind }) => kind === 'voicemail')
  if (voicemails.length === 0) return
  await tx.query(
    `update voicemails v set status = 'in-progress', agent_id = n.agent_id
     from unnest($1::uuid[], $2::uuid[]) as n(id, agent_id)
     where v.workspace_id = current_workspace() and v.id = n.id`,
    [voicemails.map(({ workId }) => workId), voicemails.map(({ agentId }) => agentId)],
  )
}

/** Whoever had these has them no more: they are new again. */
export async function putBackVoicemails(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(
    `update voicemails set status = 'new', agent_id = null
     where workspace_id = current_workspace() and id = any($1::uuid[]) and status = 'in-progress'`,
    [ids],
  )
}

const VOICEMAILS = `select v.id, json_build_object('id', v.call_id) as call,
    json_build_object('id', q.id, 'name', q.display_name) as queue, c.from_address as "from",
    case when k.id is not null then json_build_object('id', k.id, 'name', k.name, 'email', k.email) end as contact,
    v.seconds, v.left_at, v.status,
    case when a.id is not null then json_build_object('id', a.id, 'name', u.name) end as agent, v.transcript_masked as transcript,
    r.id as "recordingId"
  from voicemails v
  join calls c on c.workspace_id = v.workspace_id and c.id = v.call_id
  join queues q on q.workspace_id = v.workspace_id and q.id = v.queue_id
  left join contacts k on k.workspace_id = c.workspace_id and k.id = c.contact_id
  left join agents a on a.workspace_id = v.workspace_id and a.id = v.agent_id
  left join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
  left join recordings r on r.workspace_id = v.workspace_id and r.id = v.recording_id and ${audible('r')}
  where v.workspace_id = current_workspace()`

type VoicemailRow = Omit<Voicemail, 'leftAt' | 'audioUrl'> & { left_at: Date }

const present = ({ left_at, ...row }: VoicemailRow): Voicemail => ({
  ...row,
  leftAt: left_at.toISOString(),
  audioUrl: row.recordingId === null ? null : audioUrlOf(row.recordingId),
})

/** Newest first; with `queueIds`, only what belongs to one of them. */
export async function listVoicemails(
  sql: Sql,
  filter: { status?: Voicemail['status'] | undefined; queueIds?: string[] | undefined },
  limit: number,
  after: { at: string; id: string } | null,
): Promise<Voicemail[]> {
  const rows = await sql.query<VoicemailRow>(
    `${VOICEMAILS} and ($1::text is null or v.status = $1) and ($2::uuid[] is null or v.queue_id = any($2))
       and ($3::timestamptz is null or (v.left_at, v.id) < ($3, $4::uuid))
     order by v.left_at desc, v.id desc limit $5`,
    [filter.status ?? null, filter.queueIds ?? null, after?.at ?? null, after?.id ?? null, limit],
  )
  return rows.map(present)
}

/** It has been dealt with. Null: there is none, or not in these queues. `changed` is false for one that was done. */
export async function finishVoicemail(
  tx: Tx,
  id: string,
  queueIds: string[] | undefined,
): Promise<{ voicemail: Voicemail; changed: boolean } | null> {
  const changed = await tx.query(
    `update voicemails set status = 'done' where workspace_id = current_workspace() and id = $1 and status <> 'done'
       and ($2::uuid[] is null or queue_id = any($2)) returning id`,
    [id, queueIds ?? null],
  )
  const [row] = await tx.query<VoicemailRow>(
    `${VOICEMAILS} and v.id = $1 and ($2::uuid[] is null or v.queue_id = any($2))`,
    [id, queueIds ?? null],
  )
  return row ? { voicemail: present(row), changed: changed.length > 0 } : null
}
