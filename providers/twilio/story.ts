import { createHash } from 'node:crypto'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import type { DialOutcome, InputResult } from '../../core/signal.ts'
import type { Delivery, Story } from '../conformance.ts'
import type { Webhook } from '../provider.ts'
import { twilio } from './twilio.ts'
import type { TwilioCredentials } from './verify.ts'

const TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const URL = 'https://calls.example.com/api/webhooks/call/incoming'
const CALL = 'CA00000000000000000000000000000009'
const AGENT_LEG = 'CA0000000000000000000000000000000f'

/** A form post as Twilio sends it, signed by Twilio's own library. */
export function formPost(fields: Record<string, string>, url = URL, token = TOKEN): Webhook {
  const body = new URLSearchParams(fields).toString()
  // What the sender signs is what arrives: a lone surrogate is not part of UTF-8.
  const sent = Object.fromEntries(new URLSearchParams(body))
  return {
    method: 'POST',
    urls: [url],
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': getExpectedTwilioSignature(token, url, sent),
    },
    body: Buffer.from(body),
    receivedAt: Date.UTC(2026, 0, 1),
  }
}

/** A call that an agent's telephone takes. Twilio counts the reports of each leg from 0. */
function call({ number, name }: { number: string; name: string }): Delivery[] {
  const ends = { AccountSid: 'AC00000000000000000000000000000001', From: number, To: '+18005551212' }
  const incoming = { ...ends, CallSid: CALL, Direction: 'inbound', CallerName: name }
  const status = (fields: Record<string, string>, second: number, sequence: number): Delivery => ({
    purpose: 'status',
    webhook: formPost({ ...fields, Timestamp: rfc2822(second), SequenceNumber: String(sequence) }),
  })
  const agent = { ...ends, CallSid: AGENT_LEG, ParentCallSid: CALL, Direction: 'outbound-dial', To: 'client:jane' }
  return [
    { purpose: 'incoming', webhook: formPost({ ...incoming, CallStatus: 'ringing' }) },
    status({ ...agent, CallStatus: 'initiated' }, 1, 0),
    status({ ...agent, CallStatus: 'ringing' }, 2, 1),
    status({ ...agent, CallStatus: 'in-progress' }, 8, 2),
    status({ ...incoming, CallStatus: 'in-progress' }, 9, 0),
    status({ ...agent, CallStatus: 'completed', CallDuration: '30' }, 38, 3),
    status({ ...incoming, CallStatus: 'completed', CallDuration: '37' }, 39, 1),
  ]
}

const DIAL_STATUSES: Record<DialOutcome, string> = {
  answered: 'completed',
  busy: 'busy',
  'no-answer': 'no-answer',
  failed: 'failed',
  canceled: 'canceled',
}

/** What Twilio posts to an `action` address, or to that of a redirect. */
function input(result: InputResult, url: string): Webhook {
  const ends = { AccountSid: 'AC00000000000000000000000000000001', From: '+14155550100', To: '+18005551212' }
  const caller = { ...ends, CallSid: CALL, Direction: 'inbound', CallStatus: 'in-progress' }
  const [address = ''] = url.split('#')
  const webhook = formPost({ ...caller, ...resultFields(result) }, address)
  const token = createHash('sha256').update(address).update(webhook.body).digest('hex')
  return { ...webhook, headers: { ...webhook.headers, 'i-twilio-idempotency-token': token } }
}

function resultFields(result: InputResult): Record<string, string> {
  switch (result.type) {
    case 'none':
      return { Digits: '' }
    case 'digits':
      return { Digits: result.digits, msg: 'Gather End', FinishedOnKey: '' }
    case 'speech': {
      const confidence = result.confidence === null ? {} : { Confidence: String(result.confidence) }
      return { SpeechResult: result.text, Language: 'en-US', ...confidence }
    }
    case 'dialled':
      return { DialCallStatus: DIAL_STATUSES[result.outcome], DialCallSid: AGENT_LEG, DialBridged: 'false' }
    case 'recorded':
      return {
        RecordingUrl: result.url,
        RecordingSid: result.recordingId,
        RecordingDuration: String(result.seconds),
        Digits: 'hangup',
      }
    default:
      return result satisfies never
  }
}

const rfc2822 = (second: number): string => `Thu, 01 Jan 2026 00:00:${String(second).padStart(2, '0')} +0000`

export const story: Omit<Story<TwilioCredentials>, 'strangers'> = {
  provider: twilio,
  credentials: { authTokens: [TOKEN] },
  otherCredentials: { authTokens: ['0f8e7d6c5b4a39281706f5e4d3c2b1a0'] },
  call,
  unknownStatus: {
    purpose: 'status',
    webhook: formPost({ CallSid: CALL, CallStatus: 'levitating', Timestamp: rfc2822(30), SequenceNumber: '7' }),
  },
  bare: { purpose: 'incoming', webhook: formPost({ CallSid: 'CA123' }) },
  input,
  forge: webhook => ({ ...webhook, body: Buffer.concat([webhook.body, Buffer.from('&Forged=1')]) }),
  strip: webhook => ({ ...webhook, headers: { ...webhook.headers, 'x-twilio-signature': undefined } }),
  skips: {},
}
