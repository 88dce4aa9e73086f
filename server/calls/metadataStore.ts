import type { Sql } from '../platform/db.ts'

/** What an integration keeps with a call, beside all that turns decide on. */
export type Metadata = Record<string, unknown>

export async function keepMetadata(sql: Sql, callId: string, metadata: Metadata): Promise<void> {
  if (Object.keys(metadata).length === 0) return
  await sql.query('update calls set metadata = $2::jsonb where workspace_id = current_workspace() and id = $1', [
    callId,
    JSON.stringify(metadata),
  ])
}

export async function metadataOf(sql: Sql, callId: string): Promise<Metadata> {
  const [row] = await sql.query<{ metadata: Metadata }>(
    'select metadata from calls where workspace_id = current_workspace() and id = $1',
    [callId],
  )
  return row?.metadata ?? {}
}
