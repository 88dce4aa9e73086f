import { listHours, lockHours, type StoredHours } from '../hours/hoursStore.ts'
import type { Sql, Tx } from '../platform/db.ts'

/** What departments need to be shown beside their queues. */
export async function loadDepartmentFacts(sql: Sql): Promise<{ hours: Map<string, StoredHours>; timeZone: string }> {
  const [workspace] = await sql.query<{ timeZone: string }>(
    'select time_zone as "timeZone" from workspaces where id = current_workspace()',
  )
  return { hours: new Map((await listHours(sql)).map(hours => [hours.id, hours])), timeZone: workspace!.timeZone }
}

/**
 * The hours that a department has for itself, whether it keeps them or not; until the end of the transaction nobody else
 * changes or deletes them. Whichever else it keeps, others may keep too.
 */
export async function lockOwnHours(tx: Tx, queueId: string): Promise<StoredHours | null> {
  const [row] = await tx.query<{ id: string | null }>('select own_hours_id as id from queues where id = $1', [queueId])
  return row?.id == null ? null : lockHours(tx, row.id)
}

export async function saveOwnHours(tx: Tx, queueId: string, hoursId: string): Promise<void> {
  await tx.query('update queues set own_hours_id = $2 where id = $1', [queueId, hoursId])
}
