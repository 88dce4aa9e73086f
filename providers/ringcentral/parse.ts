import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { LegSignal, Signal } from '../../core/signal.ts'
import { readFields } from '../body.ts'
import type { Fields } from '../fields.ts'
import type { Parsed, Webhook } from '../provider.ts'
import { parseSession } from './session.ts'
import { handshake } from './verify.ts'

type Progress = { status: LegStatus | null; endReason: EndReason | null }

const STATUSES = new Map<string | null, Progress>([
  ['ringing', { status: 'ringing', endReason: null }],
  ['callconnected', { status: 'in-progress', endReason: null }],
  ['onhold', { status: 'in-progress', endReason: null }],
  ['parkedcall', { status: 'in-progress', endReason: null }],
  ['nocall', { status: 'ended', endReason: 'hangup' }],
  ['disconnected', { status: 'ended', endReason: 'hangup' }],
])
const UNKNOWN: Progress = { status: null, endReason: null }

/**
 * Reads an event notification: presence of an extension with its live calls, the flat body of one call that setup
 * guides show, or a telephony session. Other kinds of events give no signals. Throws UnreadableWebhook with every
 * field that is missing or of a wrong type.
 */
export function parse(webhook: Webhook): Parsed {
  if (handshake(webhook) !== null) {
    return { signals: [], deliveryKey: null, wantsDocument: false }
  }
  const envelope = readFields(webhook)
  const event = envelope.text('event', 1000) ?? ''
  const deliveryKey = envelope.id('uuid')
  const timestamp = envelope.time('timestamp')
  const body = envelope.object('body')
  if (body === null && !envelope.has('body')) envelope.refuse('body', 'Is required.')
  const signals = body === null ? [] : parseEvent(event, body, timestamp)
  if (signals.length === 0 && event === '') envelope.refuse('event', 'Is required.')
  envelope.check()
  return { signals, deliveryKey, wantsDocument: false }
}

/** By the shape of the body first: filters are spelled in several ways and come back resolved in several more. */
function parseEvent(event: string, body: Fields, at: string | null): Signal[] {
  const path = event.split('?', 1)[0]!
  if (body.has('parties') || path.endsWith('/telephony/sessions')) return parseSession(body, at)
  if (body.has('activeCalls')) return parsePresence(path, body, at)
  const isPresence = body.has('telephonyStatus') || /\/extension\/[^/]+\/presence$/.test(path)
  const isOfCall = ['sessionId', 'from', 'to'].some(name => body.has(name))
  // Presence without its calls, as accounts report it, tells nothing of any call; nor does the news that there is none.
  if (!isPresence || (!isOfCall && (body.has('extensionId') || body.word('telephonyStatus') === 'nocall'))) return []
  return [parseCall(path, body, at, body.order('sequence'))]
}

function parsePresence(path: string, body: Fields, at: string | null): Signal[] {
  const extensionId = readExtension(path, body)
  // The sequence counts this extension's presence, not the call: sessions of the same call count otherwise. Among the
  // legs it orders nothing, among the lists of live calls it does.
  const legs = (body.list('activeCalls') ?? []).map(call => ({ ...parseCall(path, call, at, null), extensionId }))
  if (extensionId === null) return legs
  const providerCallIds = legs.filter(leg => leg.status !== 'ended').map(leg => leg.providerCallId)
  const order = body.order('sequence')
  return [...legs, { type: 'roster', provider: 'ringcentral', extensionId, providerCallIds, order, at }]
}

/** One call on one extension: an entry of `activeCalls`, or the flat body itself. */
function parseCall(path: string, call: Fields, at: string | null, order: number | null): LegSignal {
  const callId = call.id('telephonySessionId') ?? call.requiredId('sessionId')
  const word = call.word('direction')
  const direction = word === 'inbound' || word === 'outbound' ? word : null
  const from = readEnd(call, 'from')
  const to = readEnd(call, 'to')
  return {
    type: 'leg',
    provider: 'ringcentral',
    providerCallId: callId,
    providerLegId: call.id('partyId') ?? callId,
    party: 'agent',
    ...(STATUSES.get(call.word('telephonyStatus')) ?? UNKNOWN),
    order,
    at,
    durationSeconds: null,
    direction,
    from: from.address,
    to: to.address,
    // Of a call that goes out we are the caller.
    callerName: direction === 'outbound' ? null : from.name,
    control: 'provider',
    extensionId: readExtension(path, call),
  }
}

/** `{ phoneNumber, name }`, or the number as text with the name in a field beside it. */
function readEnd(call: Fields, name: 'from' | 'to'): { address: string | null; name: string | null } {
  const beside = call.text(`${name}Name`, 200)
  if (!call.has(name) || call.isText(name)) return { address: call.address(name), name: beside }
  const end = call.object(name)
  return { address: end?.address('phoneNumber') ?? null, name: end?.text('name', 200) ?? beside }
}

/** From the body, else from the event's path where the extension stands in it by number. */
function readExtension(path: string, body: Fields): string | null {
  return body.numberedId('extensionId') ?? /\/extension\/(\d+)\//.exec(path)?.[1] ?? null
}
