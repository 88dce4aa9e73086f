import type { Sql, Tx } from '../platform/db.ts'

/** What has become of a recording, as far as it has been told. */
export interface RecordingChange {
  id: string
  callId: string
  kind: 'call' | 'voicemail'
  provider: string
  status: 'in-progress' | 'completed' | 'failed'
  /** Null: it is a file of ours. */
  url: string | null
  seconds: number | null
}

/** Which of these have been told of, and how far they had got. */
export async function listKnown(sql: Sql, ids: string[]): Promise<Map<string, RecordingChange['status']>> {
  if (ids.length === 0) return new Map()
  const rows = await sql.query<{ id: string; status: RecordingChange['status'] }>(
    'select id, status from recordings where workspace_id = current_workspace() and id = any($1::text[])',
    [ids],
  )
  return new Map(rows.map(({ id, status }) => [id, status]))
}

/** Of several changes to one recording the last one given holds; what has ended stays so. */
export async function keepRecordings(tx: Tx, changes: RecordingChange[]): Promise<void> {
  if (changes.length === 0) return
  const last = [...new Map(changes.map(change => [change.id, change])).values()]
  await tx.query(
    `insert into recordings (workspace_id, id, call_id, kind, provider, status, url, seconds, started_at, completed_at)
     select current_workspace(), n.id, n."callId", n.kind, n.provider, n.status, n.url, n.seconds,
       $2::timestamptz - make_interval(secs => coalesce(n.seconds, 0)),
       case when n.status <> 'in-progress' then $2::timestamptz end
     from json_to_recordset($1) as n(id text, "callId" uuid, kind text, provider text, status text, url text, seconds int)
     on conflict (workspace_id, id) do update set status = excluded.status, url = excluded.url,
       seconds = excluded.seconds, completed_at = excluded.completed_at
     where recordings.status = 'in-progress'`,
    [JSON.stringify(last), tx.now],
  )
}
