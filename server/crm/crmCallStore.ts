import type { Call } from '../../core/call.ts'
import type { Sql } from '../platform/db.ts'
import { audible } from '../recordings/recordingStore.ts'

/** What the CRM API tells of a call and the call itself does not hold. */
export interface CrmFacts {
  metadata: Record<string, unknown>
  agent: { id: string; name: string; email: string } | null
  /** The newest that is finished and whose audio is here. */
  recordingId: string | null
  recordingKind: 'call' | 'voicemail' | null
  /** Of the newest that has one. */
  transcript: string | null
}

interface FactsRow {
  id: string
  metadata: Record<string, unknown>
  agent: CrmFacts['agent']
  recording: { id: string; kind: 'call' | 'voicemail' } | null
  transcript: string | null
}

/** By id of the call. */
export async function loadCrmFacts(sql: Sql, calls: Pick<Call, 'id'>[]): Promise<Map<string, CrmFacts>> {
  if (calls.length === 0) return new Map()
  const rows = await sql.query<FactsRow>(
    `select c.id, c.metadata,
       case when a.id is not null then json_build_object('id', a.id, 'name', u.name, 'email', u.email) end as agent,
       (
         select json_build_object('id', r.id, 'kind', r.kind) from recordings r
         where r.workspace_id = c.workspace_id and r.call_id = c.id and ${audible('r')}
         order by r.started_at desc, r.id desc limit 1
       ) as recording,
       (
         select r.transcript_masked from recordings r
         where r.workspace_id = c.workspace_id and r.call_id = c.id and r.transcript_masked is not null
         order by r.started_at desc, r.id desc limit 1
       ) as transcript
     from calls c
     left join agents a on a.workspace_id = c.workspace_id and a.id = c.agent_id
     left join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
     where c.workspace_id = current_workspace() and c.id = any($1::uuid[])`,
    [calls.map(({ id }) => id)],
  )
  return new Map(
    rows.map(({ id, metadata, agent, recording, transcript }) => [
      id,
      { metadata, agent, recordingId: recording?.id ?? null, recordingKind: recording?.kind ?? null, transcript },
    ]),
  )
}

/** The newest call with this id of its provider's, whichever that is; null: there is none. */
export async function findCallIdBySid(sql: Sql, sid: string): Promise<string | null> {
  const [row] = await sql.query<{ id: string }>(
    `select id from calls where provider_call_id = $1 and workspace_id = current_workspace()
     order by started_at desc limit 1`,
    [sid],
  )
  return row?.id ?? null
}
