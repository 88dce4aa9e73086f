import { createHash, createHmac } from 'node:crypto'
import type { DialOutcome, InputResult } from '../../core/signal.ts'
import type { Caller, Delivery, Story } from '../conformance.ts'
import type { Webhook } from '../provider.ts'
import type { VonageCredentials } from './verify.ts'
import { vonage } from './vonage.ts'

const SECRET = 'Qh7vT1xN4pYc8sLw2ZdR6mKb9uJf3gEa'
const CONVERSATION = 'CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab'
const CALLER_LEG = 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab'
const AGENT_LEG = 'aaaaaaaa-bbbb-cccc-dddd-0123456789ac'
const DIALLED_LEG = 'aaaaaaaa-bbbb-cccc-dddd-0123456789ad'
const NOW = Date.UTC(2026, 0, 1)

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT as Vonage makes it: HS256 over header and claims. */
export function bearer(claims: object, secret = SECRET, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const signed = `${part(header)}.${part(claims)}`
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** A JSON post with the signature of its body. The delivery id follows from the content. */
export function jsonPost(content: object, url = 'https://calls.example.com/api/webhooks/call/incoming'): Webhook {
  const body = Buffer.from(JSON.stringify(content))
  const hash = createHash('sha256').update(body).digest('hex')
  const claims = { iat: NOW / 1000, jti: `jti-${hash.slice(0, 16)}`, iss: 'Vonage', payload_hash: hash }
  return {
    method: 'POST',
    urls: [url],
    headers: { 'content-type': 'application/json', authorization: bearer(claims) },
    body,
    receivedAt: NOW,
  }
}

/** A call that an agent's browser takes. */
function call({ number }: Caller): Delivery[] {
  const ends = { from: number.replace(/^\+/, ''), to: '18005551212' }
  const caller = { ...ends, uuid: CALLER_LEG, conversation_uuid: CONVERSATION, direction: 'inbound' }
  const agent = { ...ends, to: 'jane', uuid: AGENT_LEG, conversation_uuid: CONVERSATION, direction: 'outbound' }
  const event = (content: object, status: string, second: number): Delivery => ({
    purpose: 'status',
    webhook: jsonPost({ ...content, status, timestamp: new Date(NOW + second * 1000).toISOString() }),
  })
  return [
    { purpose: 'incoming', webhook: jsonPost({ ...ends, uuid: CALLER_LEG, conversation_uuid: CONVERSATION }) },
    event(caller, 'ringing', 0),
    event(agent, 'ringing', 1),
    event(agent, 'answered', 8),
    event(caller, 'answered', 9),
    event({ ...agent, duration: '30' }, 'completed', 38),
    event({ ...caller, duration: '37' }, 'completed', 39),
  ]
}

const DIAL_STATUSES: Record<DialOutcome, string> = {
  answered: 'completed',
  busy: 'busy',
  'no-answer': 'timeout',
  failed: 'failed',
  canceled: 'cancelled',
}

/** What Vonage posts to the `eventUrl` of an action. */
function input(result: InputResult, url: string): Webhook {
  const about = { conversation_uuid: CONVERSATION, timestamp: new Date(NOW + 20_000).toISOString() }
  const caller = { ...about, uuid: CALLER_LEG, from: '14155550100', to: '18005551212' }
  const nothing = { digits: null, timed_out: false }
  switch (result.type) {
    case 'none':
      return jsonPost({ ...about, payload: { ask: 'next' } }, url)
    case 'digits':
      return jsonPost({ ...caller, dtmf: { digits: result.digits, timed_out: false }, speech: { results: [] } }, url)
    case 'speech': {
      const confidence = result.confidence === null ? undefined : String(result.confidence)
      return jsonPost({ ...caller, dtmf: nothing, speech: { results: [{ text: result.text, confidence }] } }, url)
    }
    case 'dialled': {
      const dialled = { ...about, uuid: DIALLED_LEG, from: '18005551212', to: '14155550199', direction: 'outbound' }
      return jsonPost({ ...dialled, status: DIAL_STATUSES[result.outcome] }, url)
    }
    case 'recorded':
      throw new Error('Vonage reports no recording here.')
    default:
      return result satisfies never
  }
}

export const story: Omit<Story<VonageCredentials>, 'strangers'> = {
  provider: vonage,
  credentials: { signatureSecrets: [SECRET] },
  otherCredentials: { signatureSecrets: ['another-secret'] },
  call,
  unknownStatus: {
    purpose: 'status',
    webhook: jsonPost({ uuid: CALLER_LEG, conversation_uuid: CONVERSATION, status: 'levitating' }),
  },
  bare: { purpose: 'incoming', webhook: jsonPost({ conversation_uuid: CONVERSATION }) },
  input,
  forge: webhook => ({ ...webhook, body: Buffer.concat([webhook.body, Buffer.from(' ')]) }),
  strip: webhook => ({ ...webhook, headers: { ...webhook.headers, authorization: undefined } }),
  skips: {
    callerName: 'Vonage sends numbers, not names',
    recordedInput: 'Vonage reports a recording only to its own address, which takes no instructions',
  },
}
