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
 * Of several changes to one recording the last one given holds; what has ended stays so. What has ended is due to be
 * kept; what is complete and ours is due to be written down as well.
 */
export async function keepRecordings(tx: Tx, changes: RecordingChange[]): Promise<void> {
  if (changes.length === 0) return
  const last = [...new Map(changes.map(change => [change.id, change])).values()]
  await tx.query(
    `insert into recordings (workspace_id, id, call_id, kind, provider, status, url, seconds, started_at, completed_at,
       store_due, transcript_due)
     select current_workspace(), n.id, n."callId", n.kind, n.provider, n.status, n.url, n.seconds,
       $2::timestamptz - make_interval(secs => coalesce(n.seconds, 0)),
       case when n.status <> 'in-progress' then $2::timestamptz end,
       case when n.status <> 'in-progress' then $2::timestamptz end,
       case when n.status = 'completed' and n.url is null and s.transcription_enabled then $2::timestamptz end
     from json_to_recordset($1) as n(id text, "callId" uuid, kind text, provider text, status text, url text, seconds int)
     join compliance_settings s on s.workspace_id = current_workspace()
     -- A late report brings back nothing that was deleted.
     where not exists (select from recording_deletions d where d.workspace_id = current_workspace() and d.id = n.id)
     on conflict (workspace_id, id) do update set status = excluded.status, url = excluded.url,
       seconds = excluded.seconds, completed_at = excluded.completed_at, store_due = excluded.store_due,
       transcript_due = excluded.transcript_due
     where recordings.status = 'in-progress'`,
    [JSON.stringify(last), tx.now],
  )
}

interface RecordingRow {
  id: string
  kind: Recording['kind']
  status: Recording['status']
  seconds: number | null
  started_at: Date
  transcript: string | null
  transcript_problem: string | null
  audible: boolean
}

/** Where the audio of a recording of ours is had. */
export const audioUrlOf = (id: string): string => `/api/recordings/${encodeURIComponent(id)}/audio`

/** The recordings of a call, in the order in which they began. */
export async function listRecordings(sql: Sql, callId: string): Promise<Recording[]> {
  const rows = await sql.query<RecordingRow>(
    `select id, kind, status, seconds, started_at, transcript_masked as transcript, transcript_problem, ${audible('r')} as audible
     from recordings r where workspace_id = current_workspace() and call_id = $1 order by started_at, id`,
    [callId],
  )
  return rows.map(({ id, kind, status, seconds, started_at, transcript, transcript_problem, audible }) => ({
    id,
    kind,
    status,
    startedAt: started_at.toISOString(),
    seconds,
    audioUrl: audible ? audioUrlOf(id) : null,
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
  contentType: string
  /** Where the store has it, and in which envelope the key is; null: it is still a file. `size`: bytes of audio. */
  stored: { key: string; sealedKey: Uint8Array; size: number } | null
}

/** Whether a recording can be heard here: one that failed, as far as it got; one with a provider, once it was fetched. */
export const audible = (table: string): string =>
  `(${table}.stored_at is not null or (${table}.status = 'completed' and ${table}.url is null))`

/** Null: there is none, or it cannot be heard here. */
export async function findRecording(sql: Sql, id: string): Promise<FoundRecording | null> {
  const [row] = await sql.query<{
    id: string
    call_id: string
    kind: Recording['kind']
    started_at: Date
    seconds: number | null
    peaks: number[][] | null
    content_type: string
    stored_at: Date | null
    store_key: string
    sealed_key: Uint8Array
    size: string
  }>(
    `select id, call_id, kind, started_at, seconds, peaks, content_type, stored_at, store_key, sealed_key, size
     from recordings r where workspace_id = current_workspace() and id = $1 and ${audible('r')}`,
    [id],
  )
  if (row === undefined) return null
  return {
    id: row.id,
    callId: row.call_id,
    kind: row.kind,
    startedAt: row.started_at.toISOString(),
    seconds: row.seconds ?? 0,
    peaks: row.peaks,
    contentType: row.content_type,
    stored: row.stored_at && { key: row.store_key, sealedKey: new Uint8Array(row.sealed_key), size: Number(row.size) },
  }
}

export async function keepPeaks(sql: Sql, id: string, peaks: number[][]): Promise<void> {
  await sql.query('update recordings set peaks = $2 where workspace_id = current_workspace() and id = $1', [
    id,
    JSON.stringify(peaks),
  ])
}
