import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { LegSignal } from '../../core/signal.ts'
import { cleanLine } from '../../core/text.ts'
import { readFields } from '../body.ts'
import type { Fields } from '../fields.ts'
import type { Parsed, Purpose, Webhook } from '../provider.ts'
import { readToken } from './token.ts'

const STATUSES = new Map<string | null, { status: LegStatus; endReason: EndReason | null }>([
  ['started', { status: 'initiated', endReason: null }],
  ['ringing', { status: 'ringing', endReason: null }],
  ['answered', { status: 'in-progress', endReason: null }],
  // Who or what has answered.
  ['human', { status: 'in-progress', endReason: null }],
  ['machine', { status: 'in-progress', endReason: null }],
  ['completed', { status: 'ended', endReason: 'completed' }],
  ['disconnected', { status: 'ended', endReason: 'hangup' }],
  ['busy', { status: 'ended', endReason: 'busy' }],
  ['timeout', { status: 'ended', endReason: 'no-answer' }],
  ['unanswered', { status: 'ended', endReason: 'no-answer' }],
  ['cancelled', { status: 'ended', endReason: 'canceled' }],
  ['rejected', { status: 'ended', endReason: 'rejected' }],
  ['failed', { status: 'ended', endReason: 'failed' }],
])

/** Each marks a report that is not about how far a leg has got: a recording, a transcript, keys pressed, a transfer. */
const OTHER_NEWS = ['recording_url', 'transcription_url', 'dtmf', 'speech', 'conversation_uuid_from', 'payload']

/**
 * Reads an answer webhook (JSON or the query of a GET) or an event webhook. Events that say nothing about a leg's
 * status give no signals. Throws UnreadableWebhook naming `uuid` when there is no id, and every field of a wrong type.
 */
export function parse(webhook: Webhook, purpose: Purpose): Parsed {
  const fields = readFields(webhook)
  const wantsDocument = purpose === 'incoming'
  const word = fields.word('status')
  const aboutLeg = (word !== null || wantsDocument) && !OTHER_NEWS.some(name => fields.has(name))
  const signals = aboutLeg ? [readLeg(fields, word, purpose)] : []
  const deliveryKey = readDeliveryKey(webhook, fields, word)
  fields.check()
  return { signals, deliveryKey, wantsDocument }
}

function readLeg(fields: Fields, word: string | null, purpose: Purpose): LegSignal {
  const at = fields.time('timestamp') ?? fields.time('end_time')
  const callId = fields.id('conversation_uuid')
  const legId = fields.id('uuid') ?? fields.id('call_uuid') ?? callId
  if (legId === null) fields.refuse('uuid', 'Is required.')
  // The question what to do with a call is the news that it rings.
  const known = STATUSES.get(word ?? (purpose === 'incoming' ? 'ringing' : null)) ?? { status: null, endReason: null }
  const duration = fields.seconds('duration')
  return {
    type: 'leg',
    provider: 'vonage',
    providerCallId: callId ?? legId ?? '',
    providerLegId: legId ?? '',
    ...known,
    // There is no sequence: the clock orders, and where it ties the further status wins anyway.
    order: at === null ? null : Date.parse(at),
    at,
    durationSeconds: known.status === 'ended' ? duration : null,
    ...readEnds(fields, purpose),
    control: purpose === 'incoming' ? 'ours' : 'provider',
    extensionId: null,
  }
}

type Ends = Pick<LegSignal, 'party' | 'direction' | 'from' | 'to' | 'callerName'>

function readEnds(fields: Fields, purpose: Purpose): Ends {
  const user = fields.text('from_user')
  const from = fields.address('from')
  const to = fields.address('to')
  const direction = fields.word('direction') ?? (purpose === 'incoming' ? 'inbound' : null)
  // A leg dialled to somebody who is not a telephone number goes to one of our people, from within a call.
  if (direction === 'outbound' && to !== null && !isNumber(to)) {
    return { party: 'agent', direction: null, from: null, to: null, callerName: null }
  }
  return {
    party: 'customer',
    // Somebody in a browser who calls reaches us “inbound”, but it is one of our agents calling out.
    direction: direction === 'outbound' || user !== null ? 'outbound' : direction === 'inbound' ? 'inbound' : null,
    from: withPlus(from) ?? user,
    to: withPlus(to),
    callerName: null,
  }
}

const isNumber = (address: string): boolean => /^\+?\d+$/.test(address)

/** Vonage writes international numbers without their plus sign. */
const withPlus = (address: string | null): string | null =>
  address !== null && /^\d{7,15}$/.test(address) ? `+${address}` : address

function readDeliveryKey(webhook: Webhook, fields: Fields, status: string | null): string | null {
  const { jti } = readToken(webhook)?.claims ?? {}
  if (typeof jti === 'string' && jti !== '') return cleanLine(jti)
  const uuid = fields.id('uuid')
  const timestamp = fields.text('timestamp')
  return uuid !== null && status !== null && timestamp !== null ? `${uuid}/${status}/${timestamp}` : null
}
