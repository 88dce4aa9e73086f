import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { LegSignal } from '../../core/signal.ts'
import { readBody, readFields } from '../body.ts'
import type { Fields } from '../fields.ts'
import type { Parsed, Purpose, Webhook } from '../provider.ts'

const STATUSES = new Map<string | null, { status: LegStatus; endReason: EndReason | null }>([
  ['queued', { status: 'initiated', endReason: null }],
  ['initiated', { status: 'initiated', endReason: null }],
  ['ringing', { status: 'ringing', endReason: null }],
  ['in-progress', { status: 'in-progress', endReason: null }],
  ['completed', { status: 'ended', endReason: 'completed' }],
  ['busy', { status: 'ended', endReason: 'busy' }],
  ['no-answer', { status: 'ended', endReason: 'no-answer' }],
  ['canceled', { status: 'ended', endReason: 'canceled' }],
  ['failed', { status: 'ended', endReason: 'failed' }],
])

const DIRECTIONS = new Map<string | null, 'inbound' | 'outbound'>([
  ['inbound', 'inbound'],
  ['outbound', 'outbound'],
  ['outbound-api', 'outbound'],
  ['outbound-dial', 'outbound'],
  // Seen from the carrier's trunk: what originates there comes in, what terminates there goes out.
  ['trunking-originating', 'inbound'],
  ['trunking-terminating', 'outbound'],
])

/**
 * Reads a voice webhook: a form as Twilio sends it, or JSON with the same names. Every one speaks of one leg.
 * Throws UnreadableWebhook naming `CallSid` when it is missing, and every field of a wrong type.
 */
export function parse(webhook: Webhook, purpose: Purpose): Parsed {
  const fields = readFields(webhook)
  const wantsDocument = expectsTwiml(webhook)
  const callSid = readCallSid(fields)
  const parentCallSid = fields.id('ParentCallSid')
  const callStatus = fields.word('CallStatus')
  const sequence = fields.order('SequenceNumber')
  const leg = {
    type: 'leg',
    provider: 'twilio',
    providerCallId: parentCallSid ?? callSid,
    providerLegId: callSid,
    order: sequence,
    at: fields.time('Timestamp'),
    control: purpose === 'incoming' && wantsDocument ? 'ours' : 'provider',
    extensionId: null,
    ...readStatus(fields, callStatus),
    ...(parentCallSid === null ? readOpeningLeg(fields, purpose) : DIALLED_LEG),
  } satisfies LegSignal
  fields.check()
  return { signals: [leg], deliveryKey: deliveryKey(webhook, callSid, sequence, callStatus), wantsDocument }
}

/** Only Twilio itself sends forms and signatures; a script that posts JSON wants JSON back. */
function expectsTwiml(webhook: Webhook): boolean {
  const { kind } = readBody(webhook)
  return kind === 'form' || kind === 'query' || webhook.headers['x-twilio-signature'] !== undefined
}

/**
 * The signature joins names and values without a separator, so `CallSid=CA…&CallStatus=busy` is signed like
 * `CallSid=CA…CallStatusbusy`. A real id with a name glued to it is somebody's rearrangement of a recorded request.
 */
function readCallSid(fields: Fields): string {
  const callSid = fields.requiredId('CallSid')
  if (/^CA[0-9a-f]{32,}[g-z]/i.test(callSid)) fields.refuse('CallSid', 'Is not an id of a call.')
  return callSid
}

function readStatus(fields: Fields, word: string | null): Pick<LegSignal, 'status' | 'endReason' | 'durationSeconds'> {
  const known = STATUSES.get(word) ?? { status: null, endReason: null }
  const duration = fields.seconds('CallDuration')
  return { ...known, durationSeconds: known.status === 'ended' ? duration : null }
}

type Ends = Pick<LegSignal, 'party' | 'direction' | 'from' | 'to' | 'callerName'>

/** The leg with which the call began: its two ends are those of the call. */
function readOpeningLeg(fields: Fields, purpose: Purpose): Ends {
  const from = fields.address('From')
  const direction = DIRECTIONS.get(fields.word('Direction')) ?? (purpose === 'incoming' ? 'inbound' : null)
  return {
    party: 'customer',
    // A browser that calls reaches us “inbound”, but it is one of our agents calling out.
    direction: from !== null && /^client:/i.test(from) ? 'outbound' : direction,
    from,
    to: fields.address('To'),
    callerName: fields.text('CallerName', 200),
  }
}

/** A leg that was dialled from within a call: its ends are our own numbers and people, not those of the call. */
const DIALLED_LEG: Ends = { party: 'agent', direction: null, from: null, to: null, callerName: null }

/**
 * Retries of one webhook carry the same token. Without it a leg's sequence number serves, together with the status,
 * because conferences count their own sequence for the same leg.
 */
function deliveryKey(webhook: Webhook, callSid: string, sequence: number | null, status: string | null): string | null {
  const token = webhook.headers['i-twilio-idempotency-token']?.slice(0, 200)
  if (token) return token
  return sequence === null ? null : `${callSid}/${sequence}/${status ?? ''}`
}
