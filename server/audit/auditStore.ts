import type { AuditFilter } from '../../client/contract.ts'
import type { Cause } from '../../core/cause.ts'
import type { Sql } from '../platform/db.ts'
import type { StoredEvent } from '../platform/eventLog.ts'

/** A line of the event log with everything that is known of it. */
export interface AuditRow extends StoredEvent {
  actor: Cause['actor'] | null
  origin: Cause['origin']
  redactedAt: string | null
  /** Hexadecimal. */
  hash: string
}

/** The log backwards, newest first: what the filter lets through of what is older than `before`. */
export async function listAudit(
  sql: Sql,
  filter: AuditFilter,
  before: number | null,
  limit: number,
): Promise<AuditRow[]> {
  const values: unknown[] = []
  const conditions = ['workspace_id = current_workspace()']
  const value = (item: unknown): string => `$${values.push(item)}`
  const { who, kind, type, object, ip, text, since, until } = filter
  if (before !== null) conditions.push(`seq < ${value(before)}`)
  if (since) conditions.push(`at >= ${value(since)}`)
  if (until) conditions.push(`at < ${value(until)}`)
  if (type) conditions.push(`starts_with(type, ${value(type)})`)
  if (kind) conditions.push(`actor->>'kind' = ${value(kind)}`)
  if (who) {
    const wanted = value(who.toLowerCase())
    conditions.push(`(actor->>'id' = ${wanted} or strpos(lower(actor->>'name'), ${wanted}) > 0)`)
  }
  if (ip) conditions.push(`starts_with(origin->>'ip', ${value(ip)})`)
  if (object) conditions.push(`strpos(data::text, ${value(JSON.stringify(object.toLowerCase()))}) > 0`)
  if (text) {
    // As it is written in JSON, where quotes and line breaks are escaped.
    const wanted = value(JSON.stringify(text.toLowerCase()).slice(1, -1))
    conditions.push(`strpos(lower(concat_ws(' ', data, actor, origin)), ${wanted}) > 0`)
  }
  const rows = await sql.query<{
    workspace_id: string
    seq: string
    at: Date
    data: AuditRow['event']
    actor: AuditRow['actor']
    origin: AuditRow['origin']
    redacted_at: Date | null
    hash: string
  }>(
    `select workspace_id, seq, at, data, actor, origin, redacted_at, encode(hash, 'hex') as hash
     from events where ${conditions.join(' and ')} order by seq desc limit ${value(limit)}`,
    values,
  )
  return rows.map(row => ({
    workspaceId: row.workspace_id,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    event: row.data,
    actor: row.actor,
    origin: row.origin,
    redactedAt: row.redacted_at?.toISOString() ?? null,
    hash: row.hash,
  }))
}

export interface Stretch {
  /** How many entries were looked at. */
  entries: number
  redacted: number
  /** The last of them; null when there were none. */
  last: { seq: number; hash: string } | null
  problems: { seq: number; problem: 'missing' | 'changed' }[]
}

/** Checks the entries after `seq`, whose hash is given, at most `limit`, each against the one before it. */
export async function verifyStretch(sql: Sql, seq: number, hash: string, limit: number): Promise<Stretch> {
  const [row] = await sql.query<{
    entries: string
    redacted: string
    last_seq: string | null
    last_hash: string | null
    problems: Stretch['problems'] | null
  }>(
    `with stretch as materialized (
       select e as event, e.seq, e.hash, e.redacted_at,
         lag(e.seq, 1, $1::bigint) over (order by e.seq) as seq_before,
         lag(e.hash, 1, decode($2, 'hex')) over (order by e.seq) as hash_before
       from events e where e.workspace_id = current_workspace() and e.seq > $1::bigint order by e.seq limit $3
     ), checked as (
       select seq, hash, redacted_at, case
         when seq <> seq_before + 1 then 'missing'
         when hash <> event_hash(hash_before, event) then 'changed'
         when redacted_at is null and (event).content_hash <> event_content_hash(event) then 'changed'
       end as problem from stretch
     )
     select count(*) as entries, count(redacted_at) as redacted, max(seq) as last_seq,
       (select encode(hash, 'hex') from checked order by seq desc limit 1) as last_hash,
       (select json_agg(json_build_object('seq', seq, 'problem', problem)) from
         (select seq, problem from checked where problem is not null order by seq limit 100) as wrong) as problems
     from checked`,
    [seq, hash, limit],
  )
  return {
    entries: Number(row!.entries),
    redacted: Number(row!.redacted),
    last: row!.last_seq === null ? null : { seq: Number(row!.last_seq), hash: row!.last_hash! },
    problems: row!.problems ?? [],
  }
}

/** The hash of one entry, hexadecimal; null when it is not there. */
export async function hashOf(sql: Sql, seq: number): Promise<string | null> {
  const [row] = await sql.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from events where workspace_id = current_workspace() and seq = $1`,
    [seq],
  )
  return row?.hash ?? null
}
