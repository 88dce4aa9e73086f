import type { Call } from '../../core/call.ts'
import { agentIn, CUSTOMER } from '../../core/conversation.ts'
import { PHONE } from '../../providers/builtin/numberLeg.ts'
import { endingOf } from '../../voice/opusFile.ts'
import { listCalls } from '../calls/callStore.ts'
import type { Db } from '../platform/db.ts'
import { listRecordings } from '../recordings/recordingStore.ts'

/** A call that lived when the server was stopped, and what it needs to go on. */
export interface Orphan {
  workspaceId: string
  call: Call
  /** Who was in it, the side that opened it first, and how often each had come in. */
  sides: { leg: string; entry: number }[]
  /** Of which the end was not told: nobody could. */
  recordings: { id: string; milliseconds: number }[]
}

const MAX_CALLS = 1000
const SAMPLES_PER_MILLISECOND = 48

/** All calls of our own exchange that live as far as the database knows. Whether another process carries them it does not. */
export async function findOrphans(
  db: Db,
  provider: string,
  fileOf: (workspaceId: string, recordingId: string) => string,
): Promise<Orphan[]> {
  const workspaces = await db.asSystem(sql =>
    sql.query<{ workspace_id: string }>('select distinct workspace_id from calls where provider = $1', [provider]),
  )
  const orphans: Orphan[] = []
  for (const { workspace_id: workspaceId } of workspaces) {
    const found = await db.inWorkspace(workspaceId, async tx => {
      const records = await listCalls(tx, { provider, onlyLive: true }, MAX_CALLS)
      // Calls between two people are carried otherwise, and one that we have not begun to dial has nobody in it.
      const ours = records.filter(({ call }) => call.control === 'ours' && call.legs.length > 0)
      return Promise.all(ours.map(async ({ call }) => ({ call, known: await listRecordings(tx, call.id) })))
    })
    for (const { call, known } of found) {
      const unfinished = known.filter(({ status }) => status === 'in-progress')
      const recordings = unfinished.map(async ({ id }) => ({
        id,
        milliseconds: await lengthOf(fileOf(workspaceId, id)),
      }))
      orphans.push({ workspaceId, call, sides: sidesOf(call), recordings: await Promise.all(recordings) })
    }
  }
  return orphans
}

/** Sides are named as `providers/builtin` reports them: `<call>/<leg>/<entry>`, the opening one by the call. */
function sidesOf({ providerCallId, direction, conversation, legs }: Call): Orphan['sides'] {
  const agent = conversation === null ? null : agentIn(conversation)
  const opener = direction === 'inbound' ? CUSTOMER : (agent?.id ?? CUSTOMER)
  const others = legs
    .filter(({ providerLegId, status }) => providerLegId !== providerCallId && status !== 'ended')
    .map(({ providerLegId, status }) => {
      const [, leg = '', entry = '1'] = providerLegId.split('/')
      return { leg, entry: Number(entry), status }
    })
    // A page that was only ringing rings anew when the script that led to it is played again.
    .filter(({ leg, status }) => (leg !== CUSTOMER && leg !== PHONE) || status === 'in-progress')
    .map(({ leg, entry }) => ({ leg, entry }))
  return [{ leg: opener, entry: 1 }, ...others]
}

/** Milliseconds; 0 for a file that is not there, or holds nothing. */
async function lengthOf(file: string): Promise<number> {
  const ending = await endingOf(file).catch(() => null)
  return Math.floor((ending?.position ?? 0) / SAMPLES_PER_MILLISECOND)
}
