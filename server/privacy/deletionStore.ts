import type { Named } from '../../core/call.ts'
import { told } from '../../core/call.ts'
import type { DeletionReason } from '../../core/event.ts'
import { findCalls } from '../calls/callStore.ts'
import type { Sql, Tx } from '../platform/db.ts'

/** Why recordings are deleted, and who says so; null: the center itself. */
export interface Grounds {
  reason: DeletionReason
  note: string | null
  by: Named | null
}

/** A recording whose audio is still somewhere. */
export interface Deletion {
  id: string
  provider: string
  url: string | null
  storeKey: string | null
  /** This one included. Whoever has another number has lost it to somebody else. */
  attempts: number
}

/**
 * From now on nobody hears or reads them: their rows are gone, with what was said and the key of the audio. The audio
 * itself is removed by whoever finds it due. What is under legal hold or still being recorded stays.
 *
 * @returns those that are gone.
 */
export async function deleteRecordings(
  tx: Tx,
  ids: string[],
  grounds: Grounds,
): Promise<{ id: string; seconds: number }[]> {
  if (ids.length === 0) return []
  const gone = await tx.query<{ id: string; call_id: string; seconds: number | null }>(
    `with gone as (
       delete from recordings where workspace_id = current_workspace() and id = any($1::text[]) and held_at is null
         and status <> 'in-progress'
       returning workspace_id, id, call_id, provider, url, store_key, seconds
     ), kept as (
       insert into recording_deletions (workspace_id, id, call_id, provider, url, store_key, reason, due_at, deleted_at)
       select workspace_id, id, call_id, provider, url, store_key, $2, $3, $3 from gone
       on conflict (workspace_id, id) do nothing
     )
     select id, call_id, seconds from gone`,
    [ids, grounds.reason, tx.now],
  )
  await tx.query('delete from voicemails where workspace_id = current_workspace() and recording_id = any($1::text[])', [
    gone.map(({ id }) => id),
  ])
  const records = await findCalls(tx, [...new Set(gone.map(({ call_id }) => call_id))])
  const calls = new Map(records.map(({ call }) => [call.id, told(call)]))
  for (const { id, call_id } of gone) {
    const call = calls.get(call_id)
    if (call !== undefined) tx.emit({ type: 'recording.deleted', recordingId: id, call, ...grounds })
  }
  return gone.map(({ id, seconds }) => ({ id, seconds: seconds ?? 0 }))
}

/** Messages among these recordings that still stand in a line, or are with somebody. */
export async function listOpenMessages(sql: Sql, recordingIds: string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select v.id from voicemails v where v.workspace_id = current_workspace() and v.recording_id = any($1::text[])
       and (exists (select from queue_entries e where e.workspace_id = v.workspace_id and e.work_id = v.id)
         or exists (select from slots s where s.workspace_id = v.workspace_id and s.work_id = v.id))`,
    [recordingIds],
  )
  return rows.map(({ id }) => id)
}

/** Workspaces in which audio is to be removed by `until`. */
export async function listDueDeletions(sql: Sql, until: Date): Promise<string[]> {
  const rows = await sql.query<{ workspace_id: string }>(
    'select distinct workspace_id from recording_deletions where due_at <= $1',
    [until],
  )
  return rows.map(({ workspace_id }) => workspace_id)
}

export async function nextDeletion(sql: Sql): Promise<Date | null> {
  const [row] = await sql.query<{ due: Date | null }>(
    'select min(due_at) as due from recording_deletions where workspace_id = current_workspace()',
  )
  return row!.due
}

/** Takes the one that has waited longest; nobody else takes it for `leaseMs`. Null: nothing is due. */
export async function claimDeletion(tx: Tx, leaseMs: number): Promise<Deletion | null> {
  const [row] = await tx.query<Deletion>(
    `with due as materialized (select id from recording_deletions where workspace_id = current_workspace()
       and due_at <= $1 order by due_at limit 1 for update skip locked)
     update recording_deletions d set due_at = $1::timestamptz + make_interval(secs => $2), attempts = least(attempts + 1, 10000)
     from due where d.workspace_id = current_workspace() and d.id = due.id
     returning d.id, d.provider, d.url, d.store_key as "storeKey", d.attempts`,
    [tx.now, leaseMs / 1000],
  )
  return row ?? null
}

/** It is gone everywhere, or `problem` says why not yet. */
export async function endDeletion(tx: Tx, { id, attempts }: Deletion, next: { due: Date; problem: string } | null) {
  await tx.query(
    `update recording_deletions set due_at = $3, problem = $4, url = case when $3::timestamptz is null then null else url end
     where workspace_id = current_workspace() and id = $1 and attempts = $2 and due_at is not null`,
    [id, attempts, next?.due ?? null, next?.problem ?? null],
  )
}

/** What could not be removed yet, and why: oldest first. */
export async function listUndeleted(sql: Sql): Promise<{ provider: string; problem: string; recordings: number }[]> {
  return sql.query(
    `select provider, problem, count(*)::int as recordings from recording_deletions
     where workspace_id = current_workspace() and due_at is not null and problem is not null
     group by provider, problem order by min(deleted_at) limit 20`,
  )
}
