import type { App } from '../app.ts'
import type { Tx } from '../platform/db.ts'
import { keyIdOf, type SealedColumn } from '../platform/sealedColumn.ts'
import { countSecrets } from '../platform/secrets.ts'
import { listWorkspaces } from './resealing.ts'
import { LASTING, PASSING } from './sealedColumns.ts'

/** How many envelopes of what are sealed with a key. Only what there is any of. */
export interface KeyUse {
  keyId: string
  sealed: Record<string, number>
}

/** Which keys this installation needs, in all workspaces; the current one first. */
export async function readKeyUse({ db, envelopes }: Pick<App, 'db' | 'envelopes'>): Promise<KeyUse[]> {
  const uses = new Map<string, Record<string, number>>([[envelopes.currentKeyId, {}]])
  const add = (what: string, keyId: string, count: number) => {
    const sealed = uses.get(keyId) ?? {}
    uses.set(keyId, sealed)
    sealed[what] = (sealed[what] ?? 0) + count
  }
  for (const [keyId, count] of await countSecrets(db, envelopes)) add('ownSecrets', keyId, count)
  // Row level security: only in a workspace is seen what is sealed there.
  for (const workspaceId of await db.asSystem(listWorkspaces))
    for (const { what, keyId, count } of await db.inWorkspace(workspaceId, countSealed)) add(what, keyId, count)
  return [...uses].map(([keyId, sealed]) => ({ keyId, sealed }))
}

const counting = (column: SealedColumn, condition = 'true'): string =>
  `select '${column.what}' as what, coalesce(${keyIdOf(column)}, '?') as "keyId", count(*)::int as count from ${column.table}
   where workspace_id = current_workspace() and ${column.column} is not null and ${condition} group by 2`

const COUNTING = [
  ...LASTING.map(column => counting(column)),
  ...PASSING.map(column => counting(column, `${column.until} > now()`)),
].join(' union all ')

const countSealed = (tx: Tx) => tx.query<{ what: string; keyId: string; count: number }>(COUNTING)
