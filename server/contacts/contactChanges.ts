import type { Contact, DeletedContact } from '../../client/contract.ts'
import { ByTime, pageOf, readCursor } from '../platform/cursor.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { COLUMNS, type ContactRow, presentContact } from './contactStore.ts'

/** What has become of a contact: as it is now, or that it is gone. */
export type ContactChange = { contact: Contact } | { deleted: DeletedContact }

interface ChangeRow extends ContactRow {
  at: Date
  place: string
  gone: boolean
  merged_into: string | null
}

/**
 * How far back the next look begins. A transaction writes its own beginning as the time of its change and is seen when
 * it commits; clocks of several processes differ a little, too.
 */
const OVERLAP_MS = 60_000

/**
 * Contacts in the order of their latest change; with `since`, also those that are gone, and nothing older. On the last
 * page `syncedUntil` says from where to ask the next time.
 */
export async function listChanges(
  tx: Tx,
  { since, limit, cursor }: { since: string | null; limit: number; cursor: string | undefined },
): Promise<{ items: ContactChange[]; nextCursor: string | null; syncedUntil: string | null }> {
  const after = readCursor(ByTime, cursor)
  const rows = await selectChanges(tx, since, after, limit + 1)
  const page = pageOf(rows, limit, presentChange, row => [row.at.toISOString(), row.place])
  return {
    ...page,
    syncedUntil: page.nextCursor === null ? new Date(Date.parse(tx.now) - OVERLAP_MS).toISOString() : null,
  }
}

async function selectChanges(
  sql: Sql,
  since: string | null,
  after: [string, string] | null,
  limit: number,
): Promise<ChangeRow[]> {
  const [afterAt, afterId] = after ?? [null, null]
  // Each half reads its own index and no more of it than one page.
  return sql.query<ChangeRow>(
    `with changed as (
       (select id, updated_at as at, false as gone, null::text as external_id, null::uuid as merged_into
        from contacts
        where workspace_id = current_workspace() and updated_at >= coalesce($1::timestamptz, '-infinity')
          and (updated_at, id) > (coalesce($2::timestamptz, '-infinity'),
            coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
        order by updated_at, id limit $4)
       union all
       (select contact_id, deleted_at, true, external_id, merged_into
        from contact_tombstones
        where workspace_id = current_workspace() and $1 is not null and deleted_at >= $1
          and (deleted_at, contact_id) > (coalesce($2::timestamptz, '-infinity'),
            coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
        order by deleted_at, contact_id limit $4)
       order by at, id limit $4
     )
     select changed.id as place, changed.at, changed.gone, changed.merged_into, shown.*,
       coalesce(shown.external_id, changed.external_id) as external_id
     from changed
     left join lateral (
       select ${COLUMNS} from contacts c where c.workspace_id = current_workspace() and c.id = changed.id
     ) shown on not changed.gone
     order by changed.at, changed.id`,
    [since, afterAt, afterId, limit],
  )
}

const presentChange = (row: ChangeRow): ContactChange =>
  row.gone
    ? {
        deleted: {
          id: row.place,
          externalId: row.external_id,
          mergedInto: row.merged_into,
          deletedAt: row.at.toISOString(),
        },
      }
    : { contact: presentContact(row) }
