import type { Recording } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
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
  held_at: Date | null
  held_by: Named
  hold_reason: string
}

/** Where the audio of a recording of ours is had. */
export const audioUrlOf = (id: string): string => `/api/recordings/${encodeURIComponent(id)}/audio`

/** Whether a recording can be heard here: one that failed, as far as it got; one with a provider, once it was fetched. */
export const audible = (table: string): string =>
  `(${table}.stored_at is not null or (${table}.status = 'completed' and ${table}.url is null))`

const COLUMNS = `r.id, r.kind, r.status, r.seconds, r.started_at, r.transcript_masked as transcript, r.transcript_problem, r.held_at, r.held_by,
  r.hold_reason, ${audible('r')} as audible`

const present = (row: RecordingRow): Recording => ({
  id: row.id,
  kind: row.kind,
  status: row.status,
  startedAt: row.started_at.toISOString(),
  seconds: row.seconds,
  audioUrl: row.audible ? audioUrlOf(row.id) : null,
  withheld: false,
  hold: row.held_at && { at: row.held_at.toISOString(), by: row.held_by, reason: row.hold_reason },
  transcript: row.transcript,
  transcriptProblem: row.transcript_problem,
})

/** The recordings of a call, in the order in which they began. */
export async function listRecordings(sql: Sql, callId: string): Promise<Recording[]> {
  const rows = await sql.query<RecordingRow>(
    `select ${COLUMNS} from recordings r
     where r.workspace_id = current_workspace() and r.call_id = $1 order by r.started_at, r.id`,
    [callId],
  )
  return rows.map(present)
}

/** Puts a recording under legal hold, or lifts it. Null: there is no such recording. */
export async function setHold(
  tx: Tx,
  id: string,
  hold: { by: Named; reason: string } | null,
): Promise<{ recording: Recording; callId: string; changed: boolean } | null> {
  const [before] = await tx.query<{ held: boolean; callId: string }>(
    `select held_at is not null as held, call_id as "callId" from recordings
     where workspace_id = current_workspace() and id = $1 for no key update`,
    [id],
  )
  if (before === undefined) return null
  const changed = before.held !== (hold !== null)
  if (changed)
    await tx.query(
      `update recordings set held_at = $2, held_by = $3, hold_reason = $4
       where workspace_id = current_workspace() and id = $1`,
      [id, hold && tx.now, hold && JSON.stringify(hold.by), hold?.reason ?? null],
    )
  const [row] = await tx.query<RecordingRow>(
    `select ${COLUMNS} from recordings r where r.workspace_id = current_workspace() and r.id = $1`,
    [id],
  )
  return { recording: present(row!), callId: before.callId, changed }
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
