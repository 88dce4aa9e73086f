import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { DialOutcome, InputResult, LegSignal, RecordingSignal, Signal } from '../../core/signal.ts'
import { readCall, readFields, readStep } from '../body.ts'
import type { Fields } from '../fields.ts'
import type { Parsed, Purpose, Webhook } from '../provider.ts'

/** How far each is along: a leg is never told to be less far than it was. */
const STATUSES = new Map<string | null, { status: LegStatus; order: number }>([
  ['initiated', { status: 'initiated', order: 0 }],
  ['ringing', { status: 'ringing', order: 1 }],
  ['in-progress', { status: 'in-progress', order: 2 }],
  ['ended', { status: 'ended', order: 3 }],
])

const PARTIES: readonly (string | null)[] = ['customer', 'agent', 'supervisor'] satisfies LegSignal['party'][]

const END_REASONS: readonly (string | null)[] = [
  'completed',
  'hangup',
  'busy',
  'no-answer',
  'canceled',
  'rejected',
  'failed',
] satisfies EndReason[]

const DIAL_OUTCOMES: readonly (string | null)[] = [
  'answered',
  'busy',
  'no-answer',
  'failed',
  'canceled',
] satisfies DialOutcome[]

const RECORDING_STATUSES: readonly (string | null)[] = [
  'in-progress',
  'completed',
  'absent',
] satisfies RecordingSignal['status'][]

/**
 * Reads a report (`report.ts`). Throws UnreadableWebhook naming `call` when it is missing, and every field of a wrong
 * type. News of a kind that is not known here gives no signal.
 */
export function parse(webhook: Webhook, purpose: Purpose): Parsed {
  const fields = readFields(webhook)
  const providerCallId = fields.requiredId('call')
  const key = fields.id('id')
  const context = { webhook, providerCallId, key, at: fields.time('at') }
  const signals = (fields.list('news') ?? []).flatMap(news => readNews(news, context))
  fields.check()
  return { signals, deliveryKey: key, wantsDocument: purpose === 'incoming' || purpose === 'input' }
}

interface Context {
  webhook: Webhook
  providerCallId: string
  key: string | null
  at: string | null
}

function readNews(news: Fields, context: Context): Signal[] {
  const { webhook, providerCallId, key } = context
  const of = { provider: 'builtin', providerCallId }
  switch (news.word('type')) {
    case 'leg':
      return [readLeg(news, context)]
    case 'input': {
      const result = news.object('result')
      const known = { ...of, ...readCall(webhook), step: readStep(webhook), key }
      return [{ type: 'input', ...known, result: result ? readResult(result) : NONE }]
    }
    case 'recording': {
      const recordingId = news.requiredId('recordingId')
      const status = oneOf<RecordingSignal['status']>(news.word('status'), RECORDING_STATUSES)
      const [url, seconds] = [news.text('url', MAX_URL), news.seconds('seconds')]
      if (status === null) return []
      const kind = news.word('of') === 'voicemail' ? 'voicemail' : 'call'
      return [{ type: 'recording', ...of, of: kind, recordingId, status, url, seconds }]
    }
    default:
      return []
  }
}

function readLeg(news: Fields, { webhook, providerCallId, at }: Context): LegSignal {
  const call = news.object('call')
  const known = STATUSES.get(news.word('status')) ?? { status: null, order: null }
  const endReason = oneOf<EndReason>(news.word('endReason'), END_REASONS)
  return {
    type: 'leg',
    provider: 'builtin',
    providerCallId,
    providerLegId: news.requiredId('leg'),
    party: oneOf<LegSignal['party']>(news.word('party'), PARTIES) ?? 'customer',
    ...known,
    endReason: known.status === 'ended' ? endReason : null,
    at,
    durationSeconds: null,
    ...readCall(webhook),
    direction: call === null ? null : call.word('direction') === 'outbound' ? 'outbound' : 'inbound',
    from: call?.address('from') ?? null,
    to: call?.address('to') ?? null,
    callerName: call?.text('name', 200) ?? null,
    language: call?.text('language', MAX_LANGUAGE) ?? null,
    control: 'ours',
    extensionId: null,
  }
}

const MAX_URL = 2000
const MAX_LANGUAGE = 35
const NONE: InputResult = { type: 'none' }

function readResult(result: Fields): InputResult {
  switch (result.word('type')) {
    case 'digits': {
      const digits = result.digits('digits')
      return digits === null ? NONE : { type: 'digits', digits }
    }
    case 'speech': {
      const text = result.text('text', 500)
      return text === null ? NONE : { type: 'speech', text, confidence: result.fraction('confidence') }
    }
    case 'dialled':
      return { type: 'dialled', outcome: oneOf<DialOutcome>(result.word('outcome'), DIAL_OUTCOMES) ?? 'failed' }
    case 'recorded': {
      const [recordingId, url] = [result.id('recordingId'), result.text('url', MAX_URL)]
      if (recordingId === null || url === null) return NONE
      return { type: 'recorded', recordingId, url, seconds: result.seconds('seconds') ?? 0 }
    }
    default:
      return NONE
  }
}

const oneOf = <Word extends string>(word: string | null, known: readonly (string | null)[]): Word | null =>
  known.includes(word) ? (word as Word) : null
