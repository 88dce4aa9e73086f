import type { RosterSignal } from '../../core/signal.ts'
import type { Sql } from '../platform/db.ts'

interface RosterRow {
  provider: string
  extension_id: string
  place: string | null
  at: Date | null
  provider_call_ids: string[]
}

const IS_NEWER = 'coalesce(excluded.place, 0) >= coalesce(old.place, 0)'

/**
 * Remembers the newest list of live calls per extension, and returns for each extension that is spoken of the newest one
 * there is: the one handed in, or the one that came before it although it is newer.
 */
export async function newestRosters(sql: Sql, rosters: RosterSignal[]): Promise<RosterSignal[]> {
  const latest = new Map<string, RosterSignal>()
  for (const roster of rosters) {
    const key = `${roster.provider}\n${roster.extensionId}`
    const known = latest.get(key)
    if (!known || (roster.order ?? 0) >= (known.order ?? 0)) latest.set(key, roster)
  }
  const newest: RosterSignal[] = []
  // Almost always one: a delivery speaks of one extension.
  for (const roster of [...latest.values()].sort((a, b) => (a.extensionId < b.extensionId ? -1 : 1))) {
    const [row] = await sql.query<RosterRow>(
      `insert into rosters as old (workspace_id, provider, extension_id, place, at, provider_call_ids)
       values (current_workspace(), $1, $2, $3, $4, $5)
       on conflict (workspace_id, provider, extension_id) do update set
         place = greatest(old.place, excluded.place),
         at = case when ${IS_NEWER} then excluded.at else old.at end,
         provider_call_ids = case when ${IS_NEWER} then excluded.provider_call_ids else old.provider_call_ids end
       returning provider, extension_id, place, at, provider_call_ids`,
      [roster.provider, roster.extensionId, roster.order, roster.at, roster.providerCallIds],
    )
    if (row) newest.push(present(row))
  }
  return newest
}

const present = (row: RosterRow): RosterSignal => ({
  type: 'roster',
  provider: row.provider,
  extensionId: row.extension_id,
  order: row.place === null ? null : Number(row.place),
  at: row.at?.toISOString() ?? null,
  providerCallIds: row.provider_call_ids,
})
