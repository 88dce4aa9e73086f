import { createHash, createHmac } from 'node:crypto'
import twilio from 'twilio/lib/webhooks/webhooks.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './support/server.ts'

const PUBLIC_URL = 'https://calls.example.com'
const TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const SECRET = 'Qh7vT1xN4pYc8sLw2ZdR6mKb9uJf3gEa'
const RC_TOKEN = 'vt-0123456789abcdef'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    PUBLIC_URL,
    TWILIO_AUTH_TOKEN: TOKEN,
    VONAGE_SIGNATURE_SECRET: SECRET,
    RINGCENTRAL_VERIFICATION_TOKEN: RC_TOKEN,
  })
})
afterAll(() => server.close())

let count = 0
const fields = (more: Record<string, string> = {}) => ({
  CallSid: `CA${String(++count).padStart(32, '0')}`,
  AccountSid: 'AC00000000000000000000000000000001',
  From: '+14155550100',
  To: '+12025550100',
  CallStatus: 'ringing',
  Direction: 'inbound',
  ...more,
})
const send = (path: string, body: string, headers: Record<string, string>) =>
  fetch(server.url + path, { method: 'POST', body, headers })
const form = (path: string, params: Record<string, string>, signature?: string) =>
  send(path, new URLSearchParams(params).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    ...(signature !== undefined && { 'x-twilio-signature': signature }),
  })
/** The provider's own library signs. */
const sign = (path: string, params: Record<string, string>, token = TOKEN) =>
  twilio.getExpectedTwilioSignature(token, PUBLIC_URL + path, params)
const stored = async (providerCallId: string): Promise<boolean> => {
  const { body } = await server.api('/api/calls?limit=200')
  return (body as { items: { providerCallId: string }[] }).items.some(call => call.providerCallId === providerCallId)
}

describe.each(['/api/twilio/incoming-call', '/api/webhooks/call/incoming'])('Twilio at %s', path => {
  test('signed by Twilio’s own library, for the public address, it is taken and answered with a document', async () => {
    const params = fields()
    const response = await form(path, params, sign(path, params))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/xml')])
    expect(await response.text()).toMatch(
      /^<\?xml[^>]*><Response><Say[^>]*>Thank you for calling\.<\/Say><Gather[^>]* action="https:\/\/calls\.example\.com\/api\/twilio\/ivr-input\?step=1"/,
    )
    expect(await stored(params.CallSid)).toBe(true)
  })

  test('a repeat is answered with the very same document', async () => {
    const params = fields()
    const answers = await Promise.all([1, 2, 3].map(() => form(path, params, sign(path, params)).then(r => r.text())))
    expect(new Set(answers).size).toBe(1)
  })

  const forgeries: [string, (params: Record<string, string>) => string | undefined][] = [
    ['without a signature', () => undefined],
    ['with an empty signature', () => ''],
    ['signed with another token', params => sign(path, params, 'another')],
    ['signed for another address', params => sign(`${path}/`, params)],
    [
      'signed for this server’s own address',
      params => twilio.getExpectedTwilioSignature(TOKEN, server.url + path, params),
    ],
    ['signed before a parameter was changed', params => sign(path, { ...params, From: '+19005550100' })],
    ['signed before a parameter was added', ({ CallSid, ...rest }) => sign(path, { ...rest, CallSid: `${CallSid}x` })],
  ]
  test.each(forgeries)('%s, it is refused with 403 and nothing is stored', async (_name, signature) => {
    const params = fields()
    const response = await form(path, params, signature(params))
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { success: false, error: { code: 'bad_signature' } },
    ])
    expect(await stored(params.CallSid)).toBe(false)
  })

  test('as JSON without the hash of its bytes, it is refused', async () => {
    const params = fields()
    const response = await send(path, JSON.stringify(params), {
      'content-type': 'application/json',
      'x-twilio-signature': sign(path, {}),
    })
    expect(response.status).toBe(403)
    expect(await stored(params.CallSid)).toBe(false)
  })
})

describe('Vonage', () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  function token(body: string, claims: object = {}, secret = SECRET): string {
    const payload = {
      iss: 'Vonage',
      iat: Math.floor(Date.now() / 1000),
      jti: `${++count}`,
      payload_hash: createHash('sha256').update(body).digest('hex'),
      ...claims,
    }
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
  const answer = () => {
    const uuid = `aaaaaaaa-bbbb-cccc-dddd-${String(++count).padStart(12, '0')}`
    return {
      id: `CON-${uuid}`,
      body: JSON.stringify({ from: '14155550100', to: '12025550100', uuid, conversation_uuid: `CON-${uuid}` }),
    }
  }
  const post = (body: string, bearer: string) =>
    send('/api/webhooks/call/incoming', body, { 'content-type': 'application/json', authorization: `Bearer ${bearer}` })

  test('signed, it is taken and answered with instructions', async () => {
    const { id, body } = answer()
    const response = await post(body, token(body))
    expect([response.status, await response.json()]).toEqual([
      200,
      [
        expect.objectContaining({ action: 'talk', text: 'Thank you for calling.' }),
        expect.objectContaining({ action: 'talk', bargeIn: true }),
        expect.objectContaining({ action: 'input', eventUrl: [`${PUBLIC_URL}/api/vonage/input?step=1`] }),
      ],
    ])
    expect(await stored(id)).toBe(true)
  })

  test.each<[string, (body: string) => string]>([
    ['with another secret', body => token(body, {}, 'another')],
    ['for other bytes', body => token(`${body} `)],
    ['by somebody else', body => token(body, { iss: 'Mallory' })],
    ['an hour ago', body => token(body, { iat: Math.floor(Date.now() / 1000) - 3600 })],
  ])('signed %s, it is refused with 403 and nothing is stored', async (_name, bearer) => {
    const { id, body } = answer()
    expect((await post(body, bearer(body))).status).toBe(403)
    expect(await stored(id)).toBe(false)
  })
})

describe('RingCentral', () => {
  const event = () => {
    const sessionId = `session-${++count}`
    const body = { telephonyStatus: 'Ringing', sessionId, from: { phoneNumber: '+14165551234' }, direction: 'Inbound' }
    return { sessionId, body: JSON.stringify({ event: '/restapi/v1.0/account/~/extension/~/presence', body }) }
  }
  const post = (body: string, headers: Record<string, string>) =>
    send('/api/webhooks/ringcentral', body, { 'content-type': 'application/json', ...headers })

  test('the handshake is echoed', async () => {
    const response = await post('', { 'validation-token': 'handshake-token' })
    expect([response.status, response.headers.get('validation-token')]).toEqual([200, 'handshake-token'])
  })

  test.each(['verification-token', 'validation-token'])('with the token in %s, it is taken', async header => {
    const { sessionId, body } = event()
    expect((await post(body, { [header]: RC_TOKEN })).status).toBe(200)
    expect(await stored(sessionId)).toBe(true)
  })

  test.each([{}, { 'verification-token': 'another-token-entirely' }])(
    'with %j, it is refused and nothing is stored',
    async headers => {
      const { sessionId, body } = event()
      expect((await post(body, headers)).status).toBe(403)
      expect(await stored(sessionId)).toBe(false)
    },
  )
})

test('a program of one’s own reports calls with its API key', async () => {
  const params = fields()
  const { status, body } = await server.api('/api/webhooks/call/incoming', { json: params })
  expect([status, body]).toMatchObject([200, { success: true, call: { providerCallId: params.CallSid } }])
})
