import type { CallFilter } from '../calls/callStore.ts'
import type { Sql } from '../platform/db.ts'

export interface Found {
  id: string
  kind: 'call' | 'voicemail'
  /** ISO 8601. */
  startedAt: string
  seconds: number | null
  callId: string
  /** Masked. */
  transcript: string
}

export interface Wanted {
  /** As core/excerpt.ts reads them: at least one. */
  words: string[]
  since: string | undefined
  until: string | undefined
  visibleTo: CallFilter['visibleTo']
}

/** A place in what is found, newest first: everything after it is older. */
export interface FoundCursor {
  startedAt: string
  id: string
}

/** Recordings in which all of these words were said, newest first. */
export async function findSaid(
  sql: Sql,
  { words, since, until, visibleTo }: Wanted,
  limit: number,
  after: FoundCursor | null,
): Promise<Found[]> {
  const rows = await sql.query<{
    id: string
    kind: Found['kind']
    started_at: Date
    seconds: number | null
    call_id: string
    transcript: string
  }>(
    `select r.id, r.kind, r.started_at, r.seconds, r.call_id, r.transcript_masked as transcript
     from recordings_saying($1, $2, $3, $4, $5, $6, $7, $8, $9) as said(id)
     join recordings r on r.workspace_id = current_workspace() and r.id = said.id
     order by r.started_at desc, r.id desc`,
    [
      words,
      since ?? null,
      until ?? null,
      after?.startedAt ?? null,
      after?.id ?? null,
      visibleTo === undefined,
      visibleTo?.agentId ?? null,
      visibleTo?.queueIds ?? [],
      limit,
    ],
  )
  return rows.map(({ id, kind, started_at, seconds, call_id, transcript }) => ({
    id,
    kind,
    startedAt: started_at.toISOString(),
    seconds,
    callId: call_id,
    transcript,
  }))
}
