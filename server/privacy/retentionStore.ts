import type { Named } from '../../core/call.ts'
import { cutoffs, type RetentionRules } from '../../core/retention.ts'
import type { Sql, Tx } from '../platform/db.ts'

/** What the rules take, given that it is `at`. */
export interface TooOld {
  recordings: number
  seconds: number
  /** ISO 8601; null: there is nothing. */
  oldest: string | null
  byQueue: { queue: Named | null; recordings: number; seconds: number }[]
  /** As old, and under legal hold: they stay. */
  held: number
}

/** Of `r`, a recording, and `c`, its call, as of `$1`: cut-offs by queue, `null` for the others. */
const TOO_OLD = `r.workspace_id = current_workspace() and r.status <> 'in-progress'
  and r.completed_at < coalesce(($1::jsonb ->> c.queue_id::text)::timestamptz, ($1::jsonb ->> 'others')::timestamptz)`
const OF_CALL = 'join calls c on c.workspace_id = r.workspace_id and c.id = r.call_id'

const asTable = (rules: RetentionRules, at: Date): string =>
  JSON.stringify(
    Object.fromEntries(cutoffs(rules, at.getTime()).map(({ queueId, before }) => [queueId ?? 'others', before])),
  )

export async function previewRetention(sql: Sql, rules: RetentionRules, at: Date): Promise<TooOld> {
  const rows = await sql.query<{
    queue_id: string | null
    name: string | null
    recordings: number
    seconds: number
    oldest: Date | null
    held: number
  }>(
    `select q.id as queue_id, q.display_name as name, count(*) filter (where r.held_at is null)::int as recordings,
       coalesce(sum(r.seconds) filter (where r.held_at is null), 0)::int as seconds,
       min(r.started_at) filter (where r.held_at is null) as oldest, count(r.held_at)::int as held
     from recordings r ${OF_CALL} left join queues q on q.workspace_id = c.workspace_id and q.id = c.queue_id
     where ${TOO_OLD} group by q.id, q.display_name order by recordings desc, name`,
    [asTable(rules, at)],
  )
  const sum = (of: 'recordings' | 'seconds' | 'held') => rows.reduce((total, row) => total + row[of], 0)
  const oldest = rows.flatMap(row => row.oldest ?? []).sort((a, b) => a.getTime() - b.getTime())[0]
  return {
    recordings: sum('recordings'),
    seconds: sum('seconds'),
    oldest: oldest?.toISOString() ?? null,
    byQueue: rows
      .filter(({ recordings }) => recordings > 0)
      .map(({ queue_id, name, recordings, seconds }) => ({
        queue: queue_id === null ? null : { id: queue_id, name: name ?? '' },
        recordings,
        seconds,
      })),
    held: sum('held'),
  }
}

/** The oldest of what the rules take, at most `limit`. */
export async function listTooOld(sql: Sql, rules: RetentionRules, at: Date, limit: number): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select r.id from recordings r ${OF_CALL} where ${TOO_OLD} and r.held_at is null order by r.completed_at limit $2`,
    [asTable(rules, at), limit],
  )
  return rows.map(({ id }) => id)
}

/** Conversations that were recorded although the customer has said no: a provider cannot be stopped in the middle. */
export async function listWithoutConsent(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select r.id from recordings r ${OF_CALL}
     where r.workspace_id = current_workspace() and r.kind = 'call' and r.status <> 'in-progress' and r.held_at is null
       and c.consent ->> 'given' = 'false' limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/** Workspaces in which recordings are to be looked through by `until`. */
export async function listDueRetentions(sql: Sql, until: Date): Promise<string[]> {
  const rows = await sql.query<{ workspace_id: string }>(
    'select workspace_id from compliance_settings where retention_due <= $1 order by retention_due',
    [until],
  )
  return rows.map(({ workspace_id }) => workspace_id)
}

/** Takes it on until `next`. False: somebody else has, or it is not due. */
export async function claimRetention(tx: Tx, next: Date): Promise<boolean> {
  const rows = await tx.query(
    `update compliance_settings set retention_due = $2 where workspace_id = current_workspace() and retention_due <= $1
     returning 1`,
    [tx.now, next],
  )
  return rows.length > 0
}

export async function setRetentionDue(tx: Tx, due: Date): Promise<void> {
  await tx.query('update compliance_settings set retention_due = $1 where workspace_id = current_workspace()', [due])
}

export async function nextRetention(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ due: Date }>(
    'select retention_due as due from compliance_settings where workspace_id = current_workspace()',
  )
  return row!.due
}
