import type { Sql, Tx } from '../platform/db.ts'

/** A recording that somebody is writing down. `attempts`: this one included. */
export interface Claimed {
  id: string
  callId: string
  kind: 'call' | 'voicemail'
  completedAt: Date
  attempts: number
}

/**
 * What is older than this is left as it is: an endpoint that is configured one day does not have the past written
 * down. One hour more than anything is tried for.
 */
const RECENT = `completed_at > now() - interval '25 hours'`

/** Workspaces in which something is due by `until`. */
export async function listDueWorkspaces(sql: Sql, until: Date): Promise<string[]> {
  const rows = await sql.query<{ workspace_id: string }>(
    `select distinct workspace_id from recordings where transcript_due <= $1 and ${RECENT}`,
    [until],
  )
  return rows.map(({ workspace_id }) => workspace_id)
}

export async function nextDue(sql: Sql): Promise<Date | null> {
  const [row] = await sql.query<{ due: Date | null }>(
    `select min(transcript_due) as due from recordings where workspace_id = current_workspace() and ${RECENT}`,
  )
  return row!.due
}

/** Takes the one that has waited longest; nobody else takes it for `leaseMs`. Null: nothing is due. */
export async function claimTranscript(tx: Tx, leaseMs: number): Promise<Claimed | null> {
  const [row] = await tx.query<Claimed>(
    // As an expression it is looked for once; joined, the planner may look again for each row, and more than one is taken.
    `with due as materialized (select id from recordings where workspace_id = current_workspace()
       and transcript_due <= $1 and ${RECENT} order by transcript_due limit 1 for update skip locked)
     update recordings r set transcript_due = $1::timestamptz + make_interval(secs => $2),
       transcript_attempts = transcript_attempts + 1
     from due where r.workspace_id = current_workspace() and r.id = due.id
     returning r.id, r.call_id as "callId", r.kind, r.completed_at as "completedAt", r.transcript_attempts as attempts`,
    [tx.now, leaseMs / 1000],
  )
  return row ?? null
}

/** Gives it back, to be tried again at `due`. */
export async function putOffTranscript(tx: Tx, { id, attempts }: Claimed, due: Date): Promise<void> {
  await tx.query(
    `update recordings set transcript_due = $3
     where workspace_id = current_workspace() and id = $1 and transcript_attempts = $2 and transcript_due is not null`,
    [id, attempts, due],
  )
}

/**
 * Ends it: with what was said, or with the problem why that will not be known.
 *
 * @returns false: somebody else has taken it over meanwhile, and this comes too late.
 */
export async function endTranscript(
  tx: Tx,
  { id, attempts }: Claimed,
  { text, problem }: { text: string; problem: null } | { text: null; problem: string },
): Promise<boolean> {
  const ended = await tx.query(
    `update recordings set transcript = $3, transcript_problem = $4, transcribed_at = $5, transcript_due = null
     where workspace_id = current_workspace() and id = $1 and transcript_attempts = $2 and transcript_due is not null
     returning id`,
    [id, attempts, text, problem, tx.now],
  )
  if (ended.length === 0) return false
  if (text !== null)
    await tx.query(
      'update voicemails set transcript = $2 where workspace_id = current_workspace() and recording_id = $1',
      [id, text],
    )
  return true
}
