import type { Sql, Tx } from '../platform/db.ts'

/** A recording that somebody is taking into the store. */
export interface Claimed {
  id: string
  callId: string
  kind: 'call' | 'voicemail'
  status: 'completed' | 'failed'
  provider: string
  /** Where its provider has it; null: it is a file of ours. */
  url: string | null
  completedAt: Date
  /** This one included. Whoever has another number has lost it to somebody else. */
  attempts: number
  /** What an attempt before this one may have left in the store. */
  storeKey: string | null
  isStored: boolean
}

/** Workspaces in which something is due by `until`. */
export async function listDueWorkspaces(sql: Sql, until: Date): Promise<string[]> {
  const rows = await sql.query<{ workspace_id: string }>(
    'select distinct workspace_id from recordings where store_due <= $1',
    [until],
  )
  return rows.map(({ workspace_id }) => workspace_id)
}

/** What one process can do something about. */
export interface Reach {
  /** Recordings that are files here. */
  here: string[]
  /** Providers whose recordings we can fetch. */
  providers: string[]
}

const REACHABLE = '(id = any($1::text[]) or url is not null and provider = any($2::text[]))'

/** When something is due that this process can do; null: nothing is. */
export async function nextDue(sql: Sql, { here, providers }: Reach): Promise<Date | null> {
  const [row] = await sql.query<{ due: Date | null }>(
    `select min(store_due) as due from recordings where workspace_id = current_workspace() and ${REACHABLE}`,
    [here, providers],
  )
  return row!.due
}

/** Takes the one that has waited longest; nobody else takes it for `leaseMs`. Null: nothing is due. */
export async function claimNext(tx: Tx, { here, providers }: Reach, leaseMs: number): Promise<Claimed | null> {
  const [row] = await tx.query<Claimed>(
    // Materialised, or the planner may look again for each row, and more than one is taken.
    `with due as materialized (
       select id from recordings where workspace_id = current_workspace() and store_due <= $3 and ${REACHABLE}
       order by store_due limit 1 for update skip locked
     )
     update recordings r set store_due = $3::timestamptz + make_interval(secs => $4), store_attempts = store_attempts + 1
     from due where r.workspace_id = current_workspace() and r.id = due.id
     returning r.id, r.call_id as "callId", r.kind, r.status, r.provider, r.url, r.completed_at as "completedAt",
       r.store_attempts as attempts, r.store_key as "storeKey", r.stored_at is not null as "isStored"`,
    [here, providers, tx.now, leaseMs / 1000],
  )
  return row ?? null
}

/**
 * A file that is still here still is to be seen to, whatever the row says: whoever had stored it may have died before
 * removing it.
 *
 * @returns those of which no row tells.
 */
export async function claimLeftovers(tx: Tx, here: string[]): Promise<string[]> {
  if (here.length === 0) return []
  await tx.query(
    `update recordings set store_due = $2
     where workspace_id = current_workspace() and id = any($1::text[]) and store_due is null and status <> 'in-progress'`,
    [here, tx.now],
  )
  const known = await tx.query<{ id: string }>(
    'select id from recordings where workspace_id = current_workspace() and id = any($1::text[])',
    [here],
  )
  const ids = new Set(known.map(({ id }) => id))
  return here.filter(id => !ids.has(id))
}

/** A file that nobody has found within a day is not waited for; its machine takes it up again when it comes back. */
export async function giveUpMissing(tx: Tx, here: string[]): Promise<void> {
  await tx.query(
    `update recordings set store_due = null, store_problem = 'The file is on no machine.'
     where workspace_id = current_workspace() and store_due < $2::timestamptz - interval '1 day' and url is null
       and id <> all($1::text[])`,
    [here, tx.now],
  )
}

const MINE = `workspace_id = current_workspace() and id = $1 and store_attempts = $2`

/** It is still being worked on. */
export async function extendLease(tx: Tx, { id, attempts }: Claimed, leaseMs: number): Promise<void> {
  await tx.query(
    `update recordings set store_due = $3::timestamptz + make_interval(secs => $4) where ${MINE} and store_due is not null`,
    [id, attempts, tx.now, leaseMs / 1000],
  )
}

/** Under which name and key it is going to be stored. False: it has been lost to somebody else, or deleted. */
export async function nameObject(
  tx: Tx,
  { id, attempts }: Claimed,
  object: { storeKey: string; sealedKey: Uint8Array; keyId: string },
): Promise<boolean> {
  const named = await tx.query(
    `update recordings set store_key = $3, sealed_key = $4, key_id = $5 where ${MINE} and stored_at is null returning id`,
    [id, attempts, object.storeKey, object.sealedKey, object.keyId],
  )
  return named.length > 0
}

export interface Stored {
  size: number
  contentType: string
  peaks: number[][] | null
  /** Null: as it was told. */
  seconds: number | null
}

/** The store has it. False: it has been lost to somebody else, or deleted. What was fetched only now is due to be written down. */
export async function markStored(
  tx: Tx,
  { id, attempts }: Claimed,
  { size, contentType, peaks, seconds }: Stored,
): Promise<boolean> {
  const stored = await tx.query(
    `update recordings set stored_at = $3, size = $4, content_type = $5, peaks = coalesce($6::jsonb, peaks),
       seconds = coalesce($7, seconds), store_due = null, store_problem = null,
       transcript_due = case when url is not null and (select transcription_enabled from compliance_settings
         where workspace_id = current_workspace()) then $3 else transcript_due end
     where ${MINE} and stored_at is null returning id`,
    [id, attempts, tx.now, size, contentType, peaks && JSON.stringify(peaks), seconds],
  )
  return stored.length > 0
}

/** There is nothing (more) to be done, because of this problem if there is one. */
export async function endArchiving(tx: Tx, { id, attempts }: Claimed, problem: string | null): Promise<void> {
  await tx.query(`update recordings set store_due = null, store_problem = $3 where ${MINE}`, [id, attempts, problem])
}

/** Gives it back, to be tried again at `due`. */
export async function putOff(tx: Tx, { id, attempts }: Claimed, due: Date, problem: string): Promise<void> {
  await tx.query(`update recordings set store_due = $3, store_problem = $4 where ${MINE}`, [id, attempts, due, problem])
}
