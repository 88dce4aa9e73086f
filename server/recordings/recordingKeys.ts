import type { App } from '../app.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { EnvelopeError } from '../platform/envelope.ts'
import { keyPurpose } from './recordingAudio.ts'

const BATCH = 200

/** With which of the operator's keys the keys of how many recordings are sealed. */
export const countByKey = (sql: Sql): Promise<{ keyId: string; recordings: number }[]> =>
  sql.query(
    `select key_id as "keyId", count(*)::int as recordings from recordings
     where key_id is not null group by key_id order by key_id`,
  )

/**
 * Seals the keys of all recordings with the operator's current key; the audio stays as it is. What is interrupted goes on
 * where it was: a recording says itself with which key it is sealed.
 */
export async function resealRecordings(
  { db, envelopes, log }: Pick<App, 'db' | 'envelopes' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const workspaces = await db.asSystem(sql =>
    sql.query<{ id: string }>('select distinct workspace_id as id from recordings where key_id <> $1', [
      envelopes.currentKeyId,
    ]),
  )
  for (const { id: workspaceId } of workspaces) {
    let after: string | null = ''
    while (after !== null && !signal.aborted) {
      const from: string = after
      after = await db.inWorkspace(workspaceId, tx => resealSome(tx, { envelopes, log }, from))
    }
  }
}

/** Up to which recording it has come; null: to the last one. */
async function resealSome(
  tx: Tx,
  { envelopes, log }: Pick<App, 'envelopes' | 'log'>,
  after: string,
): Promise<string | null> {
  const rows = await tx.query<{ id: string; sealedKey: Uint8Array }>(
    `select id, sealed_key as "sealedKey" from recordings
     where workspace_id = current_workspace() and key_id <> $1 and id > $2 order by id limit $3 for update`,
    [envelopes.currentKeyId, after, BATCH],
  )
  for (const { id, sealedKey } of rows) {
    try {
      const resealed = envelopes.reseal(new Uint8Array(sealedKey), keyPurpose(tx.workspaceId, id))
      await tx.query(
        'update recordings set sealed_key = $2, key_id = $3 where workspace_id = current_workspace() and id = $1',
        [id, resealed, envelopes.currentKeyId],
      )
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      log.error({ err: error, recordingId: id }, 'the key of a recording cannot be opened')
    }
  }
  return rows.length < BATCH ? null : rows.at(-1)!.id
}
