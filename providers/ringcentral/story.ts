import type { Caller, Delivery, Story } from '../conformance.ts'
import type { Webhook } from '../provider.ts'
import { ringcentral } from './ringcentral.ts'
import type { RingCentralCredentials } from './verify.ts'

const TOKEN = 'vt-0123456789abcdef'
const SESSION = 's-00000000000000000000000000abc100'
const NOW = Date.UTC(2026, 0, 1)

/** An event as RingCentral posts it. */
export function eventPost(event: string, body: unknown, envelope: object = {}): Webhook {
  return {
    method: 'POST',
    urls: ['https://calls.example.com/api/webhooks/ringcentral'],
    headers: { 'content-type': 'application/json; charset=UTF-8', 'verification-token': TOKEN },
    body: Buffer.from(JSON.stringify({ event, timestamp: new Date(NOW).toISOString(), ...envelope, body })),
    receivedAt: NOW,
  }
}

/** Somebody from outside calls extension 101, which answers. The sequence counts both parties’ events. */
function call({ number, name }: Caller): Delivery[] {
  const ends = { to: { phoneNumber: '+18885550199' }, from: { phoneNumber: number, name } }
  const caller = { ...ends, id: `${SESSION}-1`, direction: 'Outbound' }
  const agent = { ...ends, id: `${SESSION}-2`, direction: 'Inbound', extensionId: '400100200008' }
  const session = (party: object, code: string, sequence: number, second: number): Delivery => ({
    purpose: 'status',
    webhook: eventPost(
      '/restapi/v1.0/account/400100100008/telephony/sessions',
      {
        sequence,
        sessionId: '400000000256',
        telephonySessionId: SESSION,
        eventTime: new Date(NOW + second * 1000).toISOString(),
        parties: [{ ...party, status: { code, rcc: false }, missedCall: false }],
      },
      { uuid: `uuid-${sequence}` },
    ),
  })
  return [
    session(caller, 'Setup', 2, 0),
    session(agent, 'Setup', 3, 1),
    session(agent, 'Proceeding', 4, 2),
    session(agent, 'Answered', 5, 8),
    session(caller, 'Answered', 6, 9),
    session(agent, 'Disconnected', 7, 38),
    session(caller, 'Disconnected', 8, 39),
  ]
}

export const story: Omit<Story<RingCentralCredentials>, 'strangers'> = {
  provider: ringcentral,
  credentials: { verificationTokens: [TOKEN] },
  otherCredentials: { verificationTokens: ['another-token'] },
  call,
  unknownStatus: {
    purpose: 'status',
    webhook: eventPost('/restapi/v1.0/account/~/telephony/sessions', {
      telephonySessionId: SESSION,
      sequence: 9,
      eventTime: new Date(NOW + 20_000).toISOString(),
      parties: [
        { id: `${SESSION}-2`, extensionId: '400100200008', direction: 'Inbound', status: { code: 'Levitating' } },
      ],
    }),
  },
  bare: {
    purpose: 'status',
    webhook: eventPost('/restapi/v1.0/account/~/extension/~/presence', { sessionId: 's-1' }, { timestamp: undefined }),
  },
  input: null,
  forge: webhook => ({ ...webhook, headers: { ...webhook.headers, 'verification-token': `${TOKEN}0` } }),
  strip: webhook => ({ ...webhook, headers: { ...webhook.headers, 'verification-token': undefined } }),
  skips: { instructions: 'RingCentral takes no instructions: it routes its calls itself' },
}
