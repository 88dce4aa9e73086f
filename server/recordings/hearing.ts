import type { Named } from '../../core/call.ts'
import { told } from '../../core/call.ts'
import { findCall } from '../calls/callStore.ts'
import type { Sql, Tx } from '../platform/db.ts'

/** A player asks for a sound in parts: what one listener asks for within this time is one listening. */
const LISTENING_MINUTES = 10

/**
 * Tells the log that somebody listens, once per listening.
 *
 * @param listener who it is, as a key: the same for every part that they ask for.
 * @param by as the log names them; null: whoever had a link.
 */
export async function noteHearing(
  tx: Tx,
  recording: { id: string; callId: string },
  listener: string,
  by: Named | null,
): Promise<void> {
  await tx.query(
    `delete from recording_hearings where workspace_id = current_workspace() and recording_id = $1
       and since <= $2::timestamptz - make_interval(mins => $3)`,
    [recording.id, tx.now, LISTENING_MINUTES],
  )
  const begun = await tx.query(
    `insert into recording_hearings (workspace_id, recording_id, listener, since)
     values (current_workspace(), $1, $2, $3) on conflict do nothing returning since`,
    [recording.id, listener, tx.now],
  )
  if (begun.length === 0) return
  const record = await findCall(tx, recording.callId)
  tx.emit({ type: 'recording.heard', recordingId: recording.id, call: told(record!.call), by })
}

/** Who has listened, the last one first; null: there is no such recording. */
export async function listHearings(sql: Sql, recordingId: string): Promise<{ at: string; by: Named | null }[] | null> {
  const [recording] = await sql.query<{ callId: string }>(
    'select call_id as "callId" from recordings where workspace_id = current_workspace() and id = $1',
    [recordingId],
  )
  if (recording === undefined) return null
  const rows = await sql.query<{ at: Date; by: Named | null }>(
    `select at, data->'by' as by from events
     where workspace_id = current_workspace() and call_id = $1 and type = 'recording.heard'
       and data->>'recordingId' = $2 order by seq desc limit 100`,
    [recording.callId, recordingId],
  )
  return rows.map(({ at, by }) => ({ at: at.toISOString(), by: by && { id: by.id, name: by.name } }))
}
