import type { App } from '../app.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { EnvelopeError } from '../platform/envelope.ts'
import { type Background, createRounds } from '../platform/rounds.ts'
import { keyIdOf, type LastingColumn } from '../platform/sealedColumn.ts'
import { LASTING } from './sealedColumns.ts'

/** Envelopes of one transaction. */
const BATCH = 200
/** Another process that still had the old key first may have sealed with it after we had looked. */
const WATCH_MS = 3600_000

/**
 * Seals what lasts with the operator's current key, so that older ones can be taken away. An envelope says itself under
 * which key it is: whoever is interrupted, or comes second, finds what is left to do.
 */
export function createResealing(app: Pick<App, 'db' | 'envelopes' | 'log'>): Background {
  const { db, envelopes, log } = app
  const { start, stop, idle, signal } = createRounds({
    db,
    log,
    work: resealAll,
    // Row level security: only in a workspace is seen what is sealed there.
    overdue: async () => (envelopes.olderKeyIds.length === 0 ? [] : db.asSystem(listWorkspaces)),
    failed: 'what is sealed with an older key could not be sealed anew; it will be',
    watchMs: WATCH_MS,
  })

  async function resealAll(workspaceId: string): Promise<null> {
    for (const column of LASTING)
      for (const keyId of envelopes.olderKeyIds) await resealThose(workspaceId, column, keyId)
    return null
  }

  async function resealThose(workspaceId: string, column: LastingColumn, keyId: string): Promise<void> {
    let after: string | null = null
    while (!signal.aborted) {
      const from: string | null = after
      after = await db.inWorkspace(workspaceId, tx => resealSome(tx, app, column, keyId, from))
      if (after === null) return
    }
  }

  return { start, stop, idle }
}

export const listWorkspaces = async (sql: Sql): Promise<string[]> =>
  (await sql.query<{ id: string }>('select id from workspaces order by id')).map(({ id }) => id)

/** Up to which row it has come; null: to the last one. */
async function resealSome(
  tx: Tx,
  { envelopes, log }: Pick<App, 'envelopes' | 'log'>,
  column: LastingColumn,
  keyId: string,
  after: string | null,
): Promise<string | null> {
  const { table, column: sealed, row, keyIdColumn } = column
  const rows = await tx.query<{ row: string; sealed: Uint8Array }>(
    `select ${row} as row, ${sealed} as sealed from ${table}
     where workspace_id = current_workspace() and ${keyIdOf(column)} = $1 ${after === null ? '' : `and ${row} > $2`}
     order by ${row} limit ${BATCH} for update`,
    after === null ? [keyId] : [keyId, after],
  )
  for (const { row: id, sealed: old } of rows) {
    try {
      const anew = envelopes.reseal(new Uint8Array(old), column.purpose(tx.workspaceId, id))
      await tx.query(
        `update ${table} set ${sealed} = $2 ${keyIdColumn ? `, ${keyIdColumn} = $3` : ''}
         where workspace_id = current_workspace() and ${row} = $1`,
        keyIdColumn ? [id, anew, envelopes.currentKeyId] : [id, anew],
      )
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      log.error({ err: error, workspaceId: tx.workspaceId, [row]: id }, `an envelope of ${table} cannot be opened`)
    }
  }
  return rows.length < BATCH ? null : rows.at(-1)!.row
}
