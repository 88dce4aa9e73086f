import type { Contact } from '../../client/contract.ts'
import type { CallState, Named } from '../../core/call.ts'
import type { CenterEvent } from '../../core/event.ts'
import type { SupportRequest } from '../../core/request.ts'
import { TEST_TYPE } from '../../core/webhook.ts'
import { findContact } from '../contacts/contactStore.ts'
import { type CrmFacts, loadCrmFacts } from '../crm/crmCallStore.ts'
import { customerView } from '../crm/customerView.ts'
import type { Tx } from '../platform/db.ts'
import { findRecording } from '../recordings/recordingStore.ts'

/** What an endpoint is told, but for the address of the recording: that is made anew for each attempt. */
export interface Message {
  payload: Record<string, unknown> & { event: string }
  callId: string | null
  recordingId: string | null
}

/** What is told of the world beside the event itself. */
export interface Facts {
  business: Named
  /** Null where the call is not there any more. */
  call: Pick<CrmFacts, 'metadata' | 'recordingId' | 'transcript'> | null
  /** Null where the contact is not there any more. */
  contact: Contact | null
  /** By which other systems know who is gone. */
  externalIdOf(contactId: string): string | null
}

type CallTelling = Extract<CenterEvent, { call: CallState }>

/** Null for what endpoints are not told. */
export function messageOf(type: string, event: CenterEvent, at: string, facts: Facts): Message | null {
  const frame = (more: object, callId: string | null = null, recordingId: string | null = null): Message => ({
    payload: { event: type, ...more, business: facts.business, timestamp: at },
    callId,
    recordingId,
  })
  const gone = ({ id, name }: Named) => ({ id, external_id: facts.externalIdOf(id), name })
  const ofCall = ({ call }: CallTelling, more: object = {}, recordingId = facts.call?.recordingId ?? null): Message =>
    frame({ call: callView(call, facts), ...more }, call.id, recordingId)
  switch (event.type) {
    case 'call.arrived':
    case 'call.status_changed':
    case 'call.logged':
    case 'call.assigned':
      return ofCall(event)
    case 'call.disposed':
      return ofCall(event, { disposition: event.call.disposition })
    case 'recording.completed':
      return ofCall(event, {
        recording: { id: event.recordingId, kind: event.of, duration_seconds: event.seconds },
      })
    case 'recording.transcribed':
      return ofCall(event, { recording: { id: event.recordingId, kind: event.of } })
    case 'voicemail.left':
      return ofCall(event, { voicemail: { id: event.voicemailId, duration_seconds: event.seconds } })
    case 'callback.promised':
      return ofCall(event, { callback: { id: event.callbackId, number: event.number } })
    case 'contact.created':
    case 'contact.updated':
      return frame({ contact: facts.contact === null ? event.contact : customerView(facts.contact) })
    case 'contact.deleted':
      return frame({ contact: gone(event.contact) })
    case 'contact.merged':
      return frame({
        contact: facts.contact === null ? event.contact : customerView(facts.contact),
        merged_from: gone(event.from),
      })
    case 'contact.imported':
      return frame({ imported: event.imported, rejected: event.rejected })
    case 'request.created':
    case 'request.updated':
      return frame({ request: requestView(event.request) })
    default:
      return null
  }
}

/** Word for word as CRM systems have it documented. */
const callView = (call: CallState, facts: Facts) => ({
  id: call.id,
  call_sid: call.providerCallId,
  status: call.status,
  direction: call.direction,
  from_number: call.from,
  to_number: call.to,
  caller_name: call.callerName ?? call.contact?.name ?? null,
  duration_seconds: call.durationSeconds,
  started_at: call.startedAt,
  ended_at: call.endedAt,
  recording_url: null as string | null,
  transcript: facts.call?.transcript ?? null,
  agent: call.agent && { id: call.agent.id, name: call.agent.name },
  metadata: facts.call?.metadata ?? {},
})

const requestView = (request: SupportRequest) => ({
  id: request.id,
  user_id: request.userId,
  user_email: request.userEmail,
  subject: request.subject,
  description: request.description,
  priority: request.priority,
  phone_number: request.phoneNumber,
  status: request.status,
  contact: request.contact,
  agent: request.agent,
  created_at: request.createdAt,
  updated_at: request.updatedAt,
})

/** The payload as it is sent, or shown. */
export const withRecording = ({ payload }: Message, url: string | null): Message['payload'] =>
  url === null ? payload : { ...payload, call: { ...(payload.call as object), recording_url: url } }

/** The messages of deliveries, as the world is now; null where the event is not there any more. */
export async function loadMessages(
  tx: Tx,
  deliveries: readonly { type: string; seq: number | null }[],
): Promise<(Message | null)[]> {
  if (deliveries.length === 0) return []
  const [business] = await tx.query<Named>('select id, name from workspaces where id = current_workspace()')
  const events = await loadEvents(
    tx,
    deliveries.flatMap(({ seq }) => seq ?? []),
  )
  const told = [...events.values()].map(({ event }) => event)
  const calls = await loadCrmFacts(tx, [
    ...new Map(told.flatMap(event => ('call' in event ? [[event.call.id, event.call] as const] : []))).values(),
  ])
  const contacts = new Map<string, Contact | null>()
  for (const event of told)
    if ('contact' in event && !contacts.has(event.contact.id))
      contacts.set(event.contact.id, await findContact(tx, event.contact.id))
  const externalIds = await loadExternalIdsOfGone(
    tx,
    told.flatMap(event =>
      event.type === 'contact.deleted' ? event.contact.id : event.type === 'contact.merged' ? event.from.id : [],
    ),
  )
  const messages: (Message | null)[] = []
  for (const { type, seq } of deliveries) {
    const stored = seq === null ? null : events.get(seq)
    if (seq === null) {
      const payload = { event: TEST_TYPE, business: business!, timestamp: tx.now }
      messages.push({ payload, callId: null, recordingId: null })
    } else if (stored === undefined) messages.push(null)
    else messages.push(await tell(stored!.event, type, stored!.at))
  }
  return messages

  async function tell(event: CenterEvent, type: string, at: string): Promise<Message | null> {
    const call = ('call' in event && calls.get(event.call.id)) || null
    const contact = ('contact' in event && contacts.get(event.contact.id)) || null
    const own = 'recordingId' in event ? await findRecording(tx, event.recordingId) : null
    const facts = own === null ? call : call && { ...call, recordingId: own.id }
    try {
      const externalIdOf = (id: string) => externalIds.get(id) ?? null
      return messageOf(type, event, at, { business: business!, call: facts, contact, externalIdOf })
    } catch {
      // An erasure may have left anything of it.
      return null
    }
  }
}

async function loadExternalIdsOfGone(tx: Tx, contactIds: string[]): Promise<Map<string, string | null>> {
  if (contactIds.length === 0) return new Map()
  const rows = await tx.query<{ contact_id: string; external_id: string | null }>(
    `select contact_id, external_id from contact_tombstones
     where workspace_id = current_workspace() and contact_id = any($1::uuid[])`,
    [contactIds],
  )
  return new Map(rows.map(({ contact_id, external_id }) => [contact_id, external_id]))
}

async function loadEvents(tx: Tx, seqs: number[]): Promise<Map<number, { event: CenterEvent; at: string }>> {
  if (seqs.length === 0) return new Map()
  const rows = await tx.query<{ seq: string; at: Date; data: CenterEvent }>(
    'select seq, at, data from events where workspace_id = current_workspace() and seq = any($1::bigint[])',
    [seqs],
  )
  return new Map(rows.map(({ seq, at, data }) => [Number(seq), { event: data, at: at.toISOString() }]))
}
