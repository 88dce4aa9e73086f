import { createHash, createHmac } from 'node:crypto'
import type { Caller, Delivery, Story } from '../conformance.ts'
import type { Webhook } from '../provider.ts'
import { livekit } from './livekit.ts'
import type { LiveKitCredentials } from './verify.ts'

const CREDENTIALS: LiveKitCredentials = {
  apiKey: 'APItestkey1234',
  apiSecret: 'livekit-test-secret-0123456789abcdef0123',
}
const NOW = Date.UTC(2026, 0, 1)
const ROOM = { sid: 'RM_abc', name: 'support-1' }

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A webhook as LiveKit posts it, signed for its very bytes. */
export function roomPost(content: object, { apiKey, apiSecret } = CREDENTIALS, now = NOW): Webhook {
  const body = Buffer.from(JSON.stringify(content))
  const sha256 = createHash('sha256').update(body).digest('base64')
  const signed = `${part({ alg: 'HS256' })}.${part({ sha256, iss: apiKey, exp: now / 1000 + 300, nbf: now / 1000 })}`
  const signature = createHmac('sha256', apiSecret).update(signed).digest('base64url')
  return {
    method: 'POST',
    urls: ['https://calls.example.com/api/webhooks/livekit'],
    headers: { 'content-type': 'application/webhook+json', authorization: `${signed}.${signature}` },
    body,
    receivedAt: now,
  }
}

/** A telephone is led into a room by SIP, where somebody joins it. */
function call({ number, name }: Caller): Delivery[] {
  const agent = {
    sid: 'PA_agent',
    identity: 'agent:jane',
    name: 'Jane',
    kind: 'STANDARD',
    attributes: { party: 'agent' },
  }
  const phone = (callStatus: string) => ({
    sid: 'PA_phone',
    identity: 'sip_1',
    name,
    kind: 'SIP',
    attributes: { 'sip.phoneNumber': number, 'sip.trunkPhoneNumber': '+18005551212', 'sip.callStatus': callStatus },
  })
  const news = (event: string, second: number, content: object): Delivery => ({
    purpose: 'status',
    webhook: roomPost({ event, id: `EV_${second}`, createdAt: String(NOW / 1000 + second), room: ROOM, ...content }),
  })
  return [
    news('room_started', 0, {}),
    news('participant_joined', 1, { participant: phone('ringing') }),
    news('participant_joined', 8, { participant: agent }),
    news('track_published', 9, { participant: agent, track: { sid: 'TR_1' } }),
    news('participant_left', 38, { participant: { ...phone('hangup'), disconnectReason: 'CLIENT_INITIATED' } }),
    news('participant_left', 39, { participant: { ...agent, disconnectReason: 'CLIENT_INITIATED' } }),
    news('room_finished', 60, {}),
  ]
}

export const story: Omit<Story<LiveKitCredentials>, 'strangers'> = {
  provider: livekit,
  credentials: CREDENTIALS,
  otherCredentials: { apiKey: 'APIother', apiSecret: 'another-secret-0123456789abcdef01234567' },
  call,
  unknownStatus: {
    purpose: 'status',
    webhook: roomPost({ event: 'participant_levitated', id: 'EV_x', room: ROOM, participant: { sid: 'PA_phone' } }),
  },
  bare: {
    purpose: 'status',
    webhook: roomPost({
      event: 'participant_joined',
      id: 'EV_y',
      room: { name: 'bare' },
      participant: { sid: 'PA_1' },
    }),
  },
  input: null,
  forge: webhook => ({ ...webhook, body: Buffer.from(`${Buffer.from(webhook.body)} `) }),
  strip: webhook => ({ ...webhook, headers: { ...webhook.headers, authorization: undefined } }),
  skips: {
    instructions: 'LiveKit takes no instructions: it carries audio, and who is there is its people’s own doing',
  },
}
