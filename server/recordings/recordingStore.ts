import type { Recording } from '../../client/contract.ts'
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

/**
 * Of several changes to one recording the last one given holds; what has ended stays so. What is complete and ours is due
 * to be written down.
 */
export async function keepRecordings(tx: Tx, changes: RecordingChange[]): Promise<void> {
  if (changes.length === 0) return
  const last = [...new Map(changes.map(change => [change.id, change])).values()]
  await tx.query(
    `insert into recordings (workspace_id, id, call_id, kind, provider, status, url, seconds, started_at, completed_at,
       transcript_due)
     select current_workspace(), n.id, n."callId", n.kind, n.provider, n.status, n.url, n.seconds,
       $2::timestamptz - make_interval(secs => coalesce(n.seconds, 0)),
       case when n.status <> 'in-progress' then $2::timestamptz end,
       case when n.status = 'completed' and n.url is null then $2::timestamptz end
     from json_to_recordset($1) as n(id text, "callId" uuid, kind text, provider text, status text, url text, seconds int)
     on conflict (workspace_id, id) do update set status = excluded.status, url = excluded.url,
       seconds = excluded.seconds, completed_at = excluded.completed_at, transcript_due = excluded.transcript_due
     where recordings.status = 'in-progress'`,
    [JSON.stringify(last), tx.now],
  )
}

interface RecordingRow {
  id: string
  call_id: string
  kind: Recording['kind']
  status: Recording['status']
  url: string | null
  seconds: number | null
  started_at: Date
  transcript: string | null
  transcript_problem: string | null
}

/** Where the audio of a recording of ours is had. */
export const audioUrlOf = (id: string): string => `/api/recordings/${encodeURIComponent(id)}/audio`

const COLUMNS = 'id, call_id, kind, status, url, seconds, started_at, transcript, transcript_problem'

/** The recordings of a call, in the order in which they began. */
export async function listRecordings(sql: Sql, callId: string): Promise<Recording[]> {
  const rows = await sql.query<RecordingRow>(
    `select ${COLUMNS} from recordings where workspace_id = current_workspace() and call_id = $1 order by started_at, id`,
    [callId],
  )
  return rows.map(({ id, kind, status, url, seconds, started_at, transcript, transcript_problem }) => ({
    id,
    kind,
    status,
    startedAt: started_at.toISOString(),
    seconds,
    audioUrl: status === 'completed' && url === null ? audioUrlOf(id) : null,
    transcript,
    transcriptProblem: transcript_problem,
  }))
}

/** A recording that can be heard here. */
export interface FoundRecording {
  id: string
  callId: string
  kind: Recording['kind']
  /** ISO 8601. */
  startedAt: string
  seconds: number
  peaks: number[][] | null
}

/** A finished recording whose audio is a file of ours; null: there is none. */
export async function findRecording(sql: Sql, id: string): Promise<FoundRecording | null> {
  const [row] = await sql.query<RecordingRow & { peaks: number[][] | null }>(
    `select ${COLUMNS}, peaks from recordings
     where workspace_id = current_workspace() and id = $1 and status = 'completed' and url is null`,
    [id],
  )
  if (row === undefined) return null
  const { call_id, kind, started_at, seconds, peaks } = row
  return { id: row.id, callId: call_id, kind, startedAt: started_at.toISOString(), seconds: seconds ?? 0, peaks }
}

export async function keepPeaks(sql: Sql, id: string, peaks: number[][]): Promise<void> {
  await sql.query('update recordings set peaks = $2 where workspace_id = current_workspace() and id = $1', [
    id,
    JSON.stringify(peaks),
  ])
}
