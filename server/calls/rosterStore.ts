import type { RosterSignal } from '../../core/signal.ts'
import type { Sql } from '../platform/db.ts'

/** Calls that an extension has no more. */
export interface Departure {
  provider: string
  extensionId: string
  providerCallIds: string[]
  at: string | null
}

interface RosterRow {
  place: string | null
  at: Date | null
  provider_call_ids: string[]
}

/**
 * Remembers each extension's newest list of live calls, and tells which calls have left: those of the list before, and
 * those of the lists handed in, that the newest does not name. A list that is older than one already seen is not
 * believed, but what it names has left as well.
 */
export async function recordRosters(sql: Sql, rosters: RosterSignal[]): Promise<Departure[]> {
  const departures: Departure[] = []
  for (const roster of rosters) {
    const [before] = await sql.query<RosterRow>(
      `select place, at, provider_call_ids from rosters
       where workspace_id = current_workspace() and provider = $1 and extension_id = $2 for update`,
      [roster.provider, roster.extensionId],
    )
    const stale = before !== undefined && Number(before.place ?? 0) > (roster.order ?? 0)
    const newest = stale ? before.provider_call_ids : roster.providerCallIds
    const left = new Set([...(before?.provider_call_ids ?? []), ...roster.providerCallIds])
    for (const id of newest) left.delete(id)
    if (left.size > 0) {
      const at = stale ? (before.at?.toISOString() ?? null) : roster.at
      departures.push({ provider: roster.provider, extensionId: roster.extensionId, providerCallIds: [...left], at })
    }
    if (stale) continue
    await sql.query(
      `insert into rosters (workspace_id, provider, extension_id, place, at, provider_call_ids)
       values (current_workspace(), $1, $2, $3, $4, $5)
       on conflict (workspace_id, provider, extension_id) do update set
         place = excluded.place, at = excluded.at, provider_call_ids = excluded.provider_call_ids`,
      [roster.provider, roster.extensionId, roster.order, roster.at, roster.providerCallIds],
    )
  }
  return departures
}
