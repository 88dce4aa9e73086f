import fs from 'node:fs'
import twilio from 'twilio/lib/webhooks/webhooks.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RingsideProcess, startProcess, temporaryDirectory } from './support/process.ts'
import { ADMIN, ADMIN_API_KEY } from './support/server.ts'

/** Whatever happens, and however much is to be logged: ids are, people and secrets are not. */
const JWT_SECRET = 'the-secret-of-the-portal-0123456789abcdef'
const TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
let server: RingsideProcess
const directory = temporaryDirectory()
beforeAll(async () => {
  server = await startProcess({
    DATA_DIR: directory,
    ADMIN_API_KEY,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    SUPABASE_JWT_SECRET: JWT_SECRET,
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: TOKEN,
    // Nobody is there: whatever is asked of it fails.
    TWILIO_API_URL: 'http://127.0.0.1:9',
    SPEECH_URL: 'http://127.0.0.1:9',
    SPEECH_KEY: 'speech-key-of-the-operator',
    LOG_LEVEL: 'trace',
  })
})
afterAll(async () => {
  await server?.end()
  fs.rmSync(directory, { recursive: true })
})

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': ADMIN_API_KEY, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: text }),
  })
  const answer = await response.text()
  return { status: response.status, body: answer, cookies: response.headers.getSetCookie() }
}

test('a busy day stands in the log without names, numbers, addresses and secrets', async () => {
  const NOBODY = { 'x-api-key': '' }
  const secrets: string[] = [ADMIN_API_KEY, ADMIN.password, JWT_SECRET, TOKEN, 'speech-key-of-the-operator']

  const signedIn = await ask('/api/auth/sign-in/email', ADMIN, NOBODY)
  const cookie = signedIn.cookies[0]!.split(';')[0]!
  secrets.push(cookie.split('=')[1]!)
  await ask('/api/auth/sign-in/email', { ...ADMIN, password: 'not-the-right-one' }, NOBODY)
  await ask('/api/me', undefined, { ...NOBODY, authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.' })

  const { key } = JSON.parse(
    (await ask('/api/api-keys', { name: 'CRM', permissions: ['calls:read'] }, { ...NOBODY, cookie })).body,
  )
  secrets.push(key)
  const contact = { name: 'Jane Doe', email: 'jane@example.com', phones: ['+14155550190'], externalId: 'jane-1' }
  expect((await ask('/api/contacts', contact)).status).toBe(201)
  // Refused in every way: twice the same id, not JSON, the wrong shape, far too long.
  expect((await ask('/api/contacts', contact)).status).toBe(409)
  await ask('/api/contacts', '{"name": "Jane Doe", "phones": +14155550190}')
  await ask('/api/contacts', { ...contact, phones: 'Jane Doe +14155550190' })
  await ask('/api/contacts', { ...contact, name: 'Jane Doe '.repeat(200_000) })
  await ask('/api/contacts/import', 'name,phone\nJane Doe,"(415) 555-0190', { 'content-type': 'text/csv' })
  await ask('/api/customer/support-request', {
    userEmail: 'jane@example.com',
    subject: 'Jane Doe',
    description: 'Call +14155550190.',
  })
  const hook = { url: 'https://127.0.0.1.nip.invalid/jane', token: 'token-of-the-crm', types: ['contact.created'] }
  secrets.push(JSON.parse((await ask('/api/webhooks', hook)).body).secret, 'token-of-the-crm')
  await ask('/api/contacts', { ...contact, externalId: 'jane-2' })
  await ask('/api/calls', { to: '+14155550190' })
  const call = {
    CallSid: `CA${'1'.repeat(32)}`,
    From: '+14155550190',
    To: '+12025550100',
    CallStatus: 'ringing',
    Direction: 'inbound',
    CallerName: 'Jane Doe',
  }
  const form = (signature: string) =>
    ask('/api/twilio/incoming-call', new URLSearchParams(call).toString(), {
      ...NOBODY,
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature,
    })
  expect((await form('forged')).status).toBe(403)
  const address = `${server.url}/api/twilio/incoming-call`
  expect((await form(twilio.getExpectedTwilioSignature(TOKEN, address, call))).status).toBe(200)
  const { id } = JSON.parse((await ask('/api/calls?status=ringing')).body).items[0]
  expect((await ask(`/api/calls/${id}/transfer`, { number: '+14155550190' })).status).toBe(200)
  await ask('/api/webhooks/call/status', { ...call, CallStatus: 'completed', CallDuration: 'Jane Doe' })
  await ask('/api/contacts?q=Jane%20Doe&phone=%2B14155550190')
  await ask('/api/privacy/previews', { number: '+14155550190' }, { ...NOBODY, cookie })
  // What was due meanwhile is attempted, and fails.
  await new Promise(resolve => setTimeout(resolve, 3000))

  const log = server.output()
  // That there is something to be read at all: Twilio cannot be reached.
  expect(log).toMatch(/twilio did not do what it was asked/)
  for (const secret of secrets) expect(log).not.toContain(secret)
  expect(log).not.toMatch(/jane|doe|5550190|555-0190|not-the-right-one/i)
  await server.end()
  expect(server.output()).not.toMatch(/jane|doe|5550190/i)
})
