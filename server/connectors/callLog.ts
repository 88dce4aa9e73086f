import { findCall } from '../calls/callStore.ts'
import { listNotes } from '../calls/noteStore.ts'
import type { Tx } from '../platform/db.ts'
import { advanceClaim, callsTouched, findEntry, linksOf, saveEntry } from './connectionStore.ts'
import { type CallEntry, ConnectorError } from './connector.ts'
import { type Refusals, type SyncRun, withTokens } from './syncRun.ts'

/** Calls that have ended are logged there, and again when somebody has noted something about them. */
export async function logCalls(run: SyncRun, refused: Refusals): Promise<void> {
  const { db, workspaceId, claim } = run
  let seq = claim.eventSeq
  for (let more = true; more; ) {
    const touched = await db.inWorkspace(workspaceId, tx => callsTouched(tx, seq, 500))
    for (const callId of touched.callIds) await refused.unlessRefused(() => logCall(run, callId))
    await db.inWorkspace(workspaceId, tx => advanceClaim(tx, claim, tx.now, { eventSeq: touched.seq }))
    seq = touched.seq
    more = touched.more
  }
}

async function logCall(run: SyncRun, callId: string): Promise<void> {
  const { db, workspaceId, claim, connector } = run
  const found = await db.inWorkspace(workspaceId, async tx => {
    const known = await describe(tx, callId, run.addresses[0] ?? '')
    if (known === null) return null
    const [link] = await linksOf(tx, claim.connectionId, [known.contactId])
    if (link === undefined) return null
    const before = await findEntry(tx, claim.connectionId, callId)
    await advanceClaim(tx, claim, tx.now)
    // Written before it is done: whoever finds it so looks there first.
    if (before === undefined) await saveEntry(tx, claim.connectionId, callId, null)
    return { entry: known.entry, remoteId: link.remoteId, before }
  })
  if (found === null) return
  const { entry, remoteId, before } = found
  const known = before === null ? await withTokens(run, tokens => connector.findCall(tokens, callId)) : (before ?? null)
  const entryId = await withTokens(run, tokens => connector.logCall(tokens, entry, remoteId, known)).catch(error => {
    // Somebody there has deleted the contact, or the entry: that is their business.
    if (error instanceof ConnectorError && error.kind === 'gone') return null
    throw error
  })
  if (entryId !== null) await db.inWorkspace(workspaceId, tx => saveEntry(tx, claim.connectionId, callId, entryId))
}

/** The call as it is logged; null while it goes on, and where nobody knows whose it was. */
async function describe(
  tx: Tx,
  callId: string,
  address: string,
): Promise<{ entry: CallEntry; contactId: string } | null> {
  const call = (await findCall(tx, callId))?.call
  if (!call?.contact || call.outcome === null) return null
  const notes = await listNotes(tx, { callId })
  const recordings = await tx.query(
    `select from recordings where workspace_id = current_workspace() and call_id = $1 and status = 'completed' limit 1`,
    [callId],
  )
  const callUrl = `${address}/calls/${callId}`
  const lines = [
    call.outcome,
    call.agent && `Agent: ${call.agent.name}`,
    call.queue && `Queue: ${call.queue.name}`,
    call.disposition,
    ...notes.map(note => `${note.author}: ${note.text}`),
  ]
  const direction = call.direction === 'inbound' ? 'Inbound call' : 'Outbound call'
  return {
    contactId: call.contact.id,
    entry: {
      callId,
      direction: call.direction,
      from: call.from,
      to: call.to,
      startedAt: call.startedAt,
      durationSeconds: call.durationSeconds ?? 0,
      outcome: call.outcome,
      title: [direction, call.subject].filter(Boolean).join(': '),
      lines: lines.flatMap(line => line || []),
      callUrl,
      recordingUrl: recordings.length > 0 ? callUrl : null,
    },
  }
}
