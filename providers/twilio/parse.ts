import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { DialOutcome, InputResult, InputSignal, LegSignal, RecordingSignal, Signal } from '../../core/signal.ts'
import { cleanLine } from '../../core/text.ts'
import { readBody, readCall, readFields, readStep } from '../body.ts'
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

const DIAL_OUTCOMES = new Map<string | null, DialOutcome>([
  ['completed', 'answered'],
  ['answered', 'answered'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['failed', 'failed'],
  ['canceled', 'canceled'],
])

const RECORDING_STATUSES = new Map<string | null, RecordingSignal['status']>([
  ['in-progress', 'in-progress'],
  ['completed', 'completed'],
  ['absent', 'absent'],
])

/** Where Twilio keeps recordings. Whoever plays one sends our credentials along: they may go nowhere else. */
const RECORDING_DOMAINS = ['twilio.com']

/**
 * Reads a voice webhook: a form as Twilio sends it, or JSON with the same names. Every one speaks of one leg, but for
 * those about a recording; one that asks what next also tells what came of the script before.
 * Throws UnreadableWebhook naming `CallSid` when it is missing, and every field of a wrong type.
 */
export function parse(webhook: Webhook, purpose: Purpose): Parsed {
  const fields = readFields(webhook)
  const { signals, place } = readReport(fields, webhook, purpose)
  fields.check()
  return {
    signals,
    // Retries of one webhook carry the same token.
    deliveryKey: readToken(webhook) ?? place,
    wantsDocument: purpose === 'input' || (purpose !== 'recording' && expectsTwiml(webhook)),
  }
}

/** `place` is what a repeat can be known by where it carries no token. */
interface Report {
  signals: Signal[]
  place: string | null
}

function readReport(fields: Fields, webhook: Webhook, purpose: Purpose): Report {
  if (purpose === 'recording') return readRecording(fields)
  const leg = readLeg(fields, webhook, purpose)
  const { providerLegId, order } = leg
  if (purpose !== 'input') {
    // With the status, because conferences count their own sequence for the same leg.
    const place = order === null ? null : `${providerLegId}/${order}/${fields.word('CallStatus') ?? ''}`
    return { signals: [leg], place }
  }
  const input = readInput(fields, webhook, leg.providerCallId)
  const place = input.step === null ? null : `${providerLegId}/step-${input.step}/${input.result.type}`
  return { signals: [leg, input], place }
}

function readLeg(fields: Fields, webhook: Webhook, purpose: Purpose): LegSignal {
  const callSid = readCallSid(fields)
  const parentCallSid = fields.id('ParentCallSid')
  const executes = purpose === 'input' || (purpose === 'incoming' && expectsTwiml(webhook))
  return {
    type: 'leg',
    provider: 'twilio',
    providerCallId: parentCallSid ?? callSid,
    providerLegId: callSid,
    ...readCall(webhook),
    order: fields.order('SequenceNumber'),
    at: fields.time('Timestamp'),
    control: executes ? 'ours' : 'provider',
    extensionId: null,
    ...readStatus(fields),
    ...(parentCallSid === null ? readOpeningLeg(fields, purpose) : DIALLED_LEG),
  }
}

function readInput(fields: Fields, webhook: Webhook, providerCallId: string): InputSignal {
  return {
    type: 'input',
    provider: 'twilio',
    providerCallId,
    ...readCall(webhook),
    step: readStep(webhook),
    key: readToken(webhook),
    result: readResult(fields),
  }
}

/** A dialled number may have been recorded, and a recording may have been ended by a key: what contains comes first. */
function readResult(fields: Fields): InputResult {
  const dialled = fields.word('DialCallStatus')
  if (dialled !== null) return { type: 'dialled', outcome: DIAL_OUTCOMES.get(dialled) ?? 'failed' }
  const recordingId = fields.id('RecordingSid')
  if (recordingId !== null) return readRecorded(fields, recordingId)
  const digits = fields.digits('Digits')
  if (digits !== null) return { type: 'digits', digits }
  const text = fields.text('SpeechResult', 500)
  return text === null ? { type: 'none' } : { type: 'speech', text, confidence: fields.fraction('Confidence') }
}

function readRecorded(fields: Fields, recordingId: string): InputResult {
  const url = fields.urlBelow('RecordingUrl', RECORDING_DOMAINS)
  if (url === null) return { type: 'none' }
  return { type: 'recorded', recordingId, url, seconds: fields.seconds('RecordingDuration') ?? 0 }
}

/** A status that is not known here is no news. */
function readRecording(fields: Fields): Report {
  const recordingId = fields.requiredId('RecordingSid')
  const providerCallId = readCallSid(fields)
  const word = fields.word('RecordingStatus')
  const url = fields.urlBelow('RecordingUrl', RECORDING_DOMAINS)
  const seconds = fields.seconds('RecordingDuration')
  const status = RECORDING_STATUSES.get(word)
  // Where no source is named it may be a message: the flow knows whether it has asked for one.
  const of = (fields.word('RecordingSource') ?? 'recordverb') === 'recordverb' ? 'voicemail' : 'call'
  return {
    signals: status
      ? [{ type: 'recording', provider: 'twilio', providerCallId, recordingId, of, status, url, seconds }]
      : [],
    place: `${recordingId}/${word ?? ''}`,
  }
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

function readStatus(fields: Fields): Pick<LegSignal, 'status' | 'endReason' | 'durationSeconds'> {
  const known = STATUSES.get(fields.word('CallStatus')) ?? { status: null, endReason: null }
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

const readToken = (webhook: Webhook): string | null => cleanLine(webhook.headers['i-twilio-idempotency-token'])
