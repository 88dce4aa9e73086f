import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { DialOutcome, InputResult, LegSignal, Signal } from '../../core/signal.ts'
import { cleanLine } from '../../core/text.ts'
import { readFields, readStep } from '../body.ts'
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

/** What the end of a dialled leg is to the caller who waits for it. */
const DIAL_OUTCOMES: Record<EndReason, DialOutcome> = {
  completed: 'answered',
  hangup: 'answered',
  busy: 'busy',
  'no-answer': 'no-answer',
  canceled: 'canceled',
  rejected: 'failed',
  failed: 'failed',
}

/** Each marks a report that is not about how far a leg has got: a recording, a transcript, keys pressed, a transfer. */
const OTHER_NEWS = ['recording_url', 'transcription_url', 'dtmf', 'speech', 'conversation_uuid_from', 'payload']

/** Where Vonage keeps recordings. Whoever plays one sends our credentials along: they may go nowhere else. */
const RECORDING_DOMAINS = ['nexmo.com', 'vonage.com']

/**
 * Reads an answer webhook (JSON or the query of a GET), an event webhook, or what an action of a script reports. Events
 * that say nothing about a leg's status give no signals. Throws UnreadableWebhook naming `uuid` when there is no id,
 * and every field of a wrong type.
 */
export function parse(webhook: Webhook, purpose: Purpose): Parsed {
  const fields = readFields(webhook)
  const signals = readSignals(fields, webhook, purpose)
  const deliveryKey = readDeliveryId(webhook) ?? placeOf(fields, signals)
  fields.check()
  // Only what is asked in an input may be answered: a dialled leg tells of every step on the same address.
  const wantsDocument = purpose === 'incoming' || signals.some(({ type }) => type === 'input')
  return { signals, deliveryKey, wantsDocument }
}

function readSignals(fields: Fields, webhook: Webhook, purpose: Purpose): Signal[] {
  if (purpose === 'recording') return readRecording(fields)
  if (purpose === 'input') return readInput(fields, webhook)
  const otherNews = OTHER_NEWS.some(name => fields.has(name))
  const aboutLeg = (fields.word('status') !== null || purpose === 'incoming') && !otherNews
  return aboutLeg ? [readLeg(fields, purpose)] : []
}

/** Keys or words of the caller, progress of the leg that a script dials, or the bare question what next. */
function readInput(fields: Fields, webhook: Webhook): Signal[] {
  const legs = fields.has('uuid') ? [readLeg(fields, 'input')] : []
  const result = readResult(fields, legs[0])
  if (result === null) return legs
  const providerCallId = legs[0]?.providerCallId ?? fields.requiredId('conversation_uuid')
  const key = readDeliveryId(webhook)
  return [...legs, { type: 'input', provider: 'vonage', providerCallId, step: readStep(webhook), key, result }]
}

/** Null while the leg that is dialled has not ended. */
function readResult(fields: Fields, leg: LegSignal | undefined): InputResult | null {
  if (fields.has('status')) {
    const ended = leg?.endReason ?? null
    return ended === null ? null : { type: 'dialled', outcome: DIAL_OUTCOMES[ended] }
  }
  const digits = fields.object('dtmf')?.digits('digits') ?? null
  if (digits !== null) return { type: 'digits', digits }
  // The best guess comes first.
  const [heard] = fields.object('speech')?.list('results') ?? []
  const text = heard?.text('text', 500) ?? null
  return text === null ? { type: 'none' } : { type: 'speech', text, confidence: heard!.fraction('confidence') }
}

/** A recording is reported once, when it is there. */
function readRecording(fields: Fields): Signal[] {
  if (!fields.has('recording_url')) return []
  const start = fields.time('start_time')
  const end = fields.time('end_time')
  return [
    {
      type: 'recording',
      provider: 'vonage',
      providerCallId: fields.requiredId('conversation_uuid'),
      recordingId: fields.requiredId('recording_uuid'),
      of: 'voicemail',
      status: 'completed',
      url: fields.urlBelow('recording_url', RECORDING_DOMAINS),
      seconds: start && end ? Math.max(0, Math.round((Date.parse(end) - Date.parse(start)) / 1000)) : null,
    },
  ]
}

function readLeg(fields: Fields, purpose: Purpose): LegSignal {
  const word = fields.word('status')
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
    control: purpose === 'incoming' || purpose === 'input' ? 'ours' : 'provider',
    extensionId: null,
  }
}

type Ends = Pick<LegSignal, 'party' | 'direction' | 'from' | 'to' | 'callerName'>

function readEnds(fields: Fields, purpose: Purpose): Ends {
  const user = fields.text('from_user')
  const from = fields.address('from')
  const to = fields.address('to')
  const direction = fields.word('direction') ?? (purpose === 'incoming' ? 'inbound' : null)
  // Dialled from within a call, by a script or to somebody who is not a telephone number: to one of our people.
  const isDialled = (purpose === 'input' && fields.has('status')) || (to !== null && !isNumber(to))
  if (direction === 'outbound' && isDialled) {
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

function readDeliveryId(webhook: Webhook): string | null {
  const { jti } = readToken(webhook)?.claims ?? {}
  return typeof jti === 'string' ? cleanLine(jti) : null
}

/** What a repeat can be known by where it carries no id. */
function placeOf(fields: Fields, signals: Signal[]): string | null {
  const told = signals.at(-1)
  if (told?.type === 'recording') return told.recordingId
  if (told?.type === 'input') {
    return told.step === null ? null : `${told.providerCallId}/step-${told.step}/${told.result.type}`
  }
  const uuid = fields.id('uuid')
  const status = fields.word('status')
  const timestamp = fields.text('timestamp')
  return uuid !== null && status !== null && timestamp !== null ? `${uuid}/${status}/${timestamp}` : null
}
