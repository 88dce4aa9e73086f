import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const post = async (path: string, body: string | Buffer, type = 'application/json') => {
  const { status, body: answer } = await server.api(path, {
    method: 'POST',
    body: body as string,
    headers: { 'content-type': type },
  })
  return { status, answer: answer as { success: boolean; error?: { code: string; fields?: { path: string }[] } } }
}
const callCount = async (): Promise<number> => {
  const { body } = await server.api('/api/calls?limit=200')
  return (body as { items: unknown[] }).items.length
}

const WEBHOOKS = [
  '/api/webhooks/call/incoming',
  '/api/webhooks/call/status',
  '/api/webhooks/ringcentral',
  '/api/twilio/incoming-call',
  '/api/twilio/call-status',
]
const WRITES = [
  '/api/customer/support-request',
  '/api/admin/customer-service/calls',
  '/api/contacts',
  '/api/users',
  '/api/api-keys',
  '/api/workspaces',
  '/api/numbers',
  '/api/auth/sign-in/email',
]

describe.each([...WEBHOOKS, ...WRITES])('%s', path => {
  const bodies: [string, string, string][] = [
    ['nothing', '', 'application/json'],
    ['half of JSON', '{"CallSid": "CA1"', 'application/json'],
    ['a bare null', 'null', 'application/json'],
    ['a list', '[1, 2]', 'application/json'],
    ['a number', '7', 'application/json'],
    ['a deep nest', '['.repeat(50_000) + ']'.repeat(50_000), 'application/json'],
    [
      'wrong types everywhere',
      JSON.stringify({ CallSid: { a: 1 }, From: [], name: 7, email: false, userEmail: {} }),
      'application/json',
    ],
    ['a poisoned prototype', '{"__proto__": {"admin": true}, "constructor": {"prototype": {}}}', 'application/json'],
    [
      'a hundred thousand fields',
      Array.from({ length: 100_000 }, (_, i) => `a${i}=1`).join('&'),
      'application/x-www-form-urlencoded',
    ],
    [
      'bytes that are no text',
      Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc0]).toString('latin1'),
      'application/x-www-form-urlencoded',
    ],
    ['a type nobody knows', 'hello', 'application/x-unknown'],
  ]
  test.each(bodies)('refuses %s in words, and stores nothing', async (_name, body, type) => {
    const before = await callCount()
    const { status, answer } = await post(path, body, type)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(answer).toMatchObject({
      success: false,
      error: { code: expect.stringMatching(/^[a-z_]+$/), message: expect.any(String) },
    })
    expect(await callCount()).toBe(before)
  })

  test('refuses ten megabytes', async () => {
    const { status, answer } = await post(path, JSON.stringify({ CallSid: 'x'.repeat(10_000_000) }))
    expect([status, answer.error?.code]).toEqual([413, 'too_large'])
  })
})

describe('text that means harm is text', () => {
  const NASTY = 'Ana\u0000\u0007 <script>alert(1)</script> \ud800 \u202e ]]></Say><Dial>+1900</Dial> \u0085'

  test('in a caller’s name', async () => {
    const { status, body } = await server.api('/api/webhooks/call/incoming', {
      json: {
        CallSid: 'CAnasty',
        From: '+14155550100',
        CallerName: NASTY,
        CallStatus: 'ringing',
        Direction: 'inbound',
      },
    })
    expect(status).toBe(200)
    const { call } = body as { call: { callerName: string } }
    expect(call.callerName).toContain('<script>alert(1)</script>')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must be gone
    expect(call.callerName).not.toMatch(/[\u0000-\u001f\u0080-\u009f]/)
    expect(call.callerName.isWellFormed()).toBe(true)
  })

  test('in a subject, a description and a note', async () => {
    const { status, body } = await server.api('/api/customer/support-request', {
      json: { userEmail: 'a@example.com', subject: NASTY, description: NASTY },
    })
    expect([status, (body as { request: { subject: string } }).request.subject]).toEqual([
      201,
      expect.stringContaining('<script>'),
    ])
  })

  test.each(['0', 'not-a-uuid', "' or 1=1 --", '../../etc/passwd', '%00', '01a1fbaf-12e7-7536-b034-cbea0577675b'])(
    'as the id %j, which nothing has',
    async id => {
      for (const path of [`/api/calls/${encodeURIComponent(id)}`, `/api/contacts/${encodeURIComponent(id)}`]) {
        const { status, body } = await server.api(path)
        expect([status, body]).toMatchObject([404, { success: false, error: { code: 'not_found' } }])
      }
    },
  )

  test.each([
    ['2026-01-05T09:00:00Z', 200],
    ['2026-01-05T09:00:00.123456+00:00', 200],
    ['2026-01-05T11:00:00+02:00', 200],
    ['2026-01-05T09:00:00', 400],
    ['2026-02-30T09:00:00Z', 400],
    ['0000-01-01T00:00:00Z', 400],
    ['0001-01-01T00:00:00+10:00', 200],
    ['9999-12-31T23:00:00-10:00', 200],
    ['yesterday', 400],
  ])('as the time %j', async (since, expected) => {
    const { status } = await server.api(`/api/calls?since=${encodeURIComponent(since)}`)
    expect(status).toBe(expected)
  })

  test('as a time with an offset: it is the same time in UTC', async () => {
    const call = { customerPhone: '+14155550143', direction: 'inbound', startedAt: '2026-01-05T11:00:00+02:00' }
    const { status, body } = await server.api('/api/admin/customer-service/calls', { json: call })
    expect([status, body]).toMatchObject([201, { call: { startedAt: '2026-01-05T09:00:00.000Z' } }])
  })

  test('as null, of what a call by hand leaves open', async () => {
    const open = { contactId: null, subject: null, notes: null, status: null, startedAt: null, durationSeconds: null }
    const log = (call: object) => server.api('/api/admin/customer-service/calls', { json: { ...open, ...call } })
    const { status, body } = await log({ customerPhone: '+14155550143', direction: 'inbound' })
    expect([status, body]).toMatchObject([201, { call: { status: 'completed', subject: null, contact: null } }])
    expect((await log({ customerPhone: null, direction: 'inbound' })).body).toMatchObject({
      error: { fields: [{ path: 'customerPhone', message: 'Give customerPhone or contactId.' }] },
    })
  })

  test('as the contact of a call, which nobody is', async () => {
    const call = { contactId: '01a1fbaf-12e7-7536-b034-cbea0577675b', direction: 'inbound' }
    const { status, body } = await server.api('/api/admin/customer-service/calls', { json: call })
    expect([status, body]).toMatchObject([404, { error: { code: 'not_found' } }])
  })

  test.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'cursor=nonsense',
    'status=unheard-of',
    'since=yesterday',
    'since=0000-01-01T00:00:00Z',
    'queue[]=a',
    'agent=1',
  ])('as the filter %s', async filter => {
    const { status, body } = await server.api(`/api/calls?${filter}`)
    if (filter.startsWith('queue'))
      expect(status).toBe(200) // a parameter that nobody knows is ignored
    else
      expect([status, body]).toMatchObject([
        400,
        { success: false, error: { fields: [{ path: filter.split('=')[0] }] } },
      ])
  })
})

test('leaves out what would be a prototype, and takes the rest', async () => {
  const { status, answer } = await post('/api/contacts', '{"name":"Ada","metadata":{"__proto__":{"a":1},"b":2}}')
  expect([status, answer]).toMatchObject([201, { contact: { name: 'Ada', metadata: { b: 2 } } }])
})

describe('says what it is', () => {
  const sentence = async (path: string, body: string) => {
    const { status, answer } = await post(path, body)
    return [status, (answer.error as { code: string; message: string }).message]
  }
  test('that is missing or wrong', async () => {
    expect(await sentence('/api/contacts', '{}')).toEqual([400, 'name: This has to be given.'])
    expect(await sentence('/api/contacts', '{"name":""}')).toEqual([400, 'name: This must not be empty.'])
  })
  test('that is no JSON', async () => {
    const { status, answer } = await post('/api/contacts', '{"name":"Ada"}', 'text/plain')
    expect([status, answer.error?.code]).toEqual([415, 'unsupported_media_type'])
  })
  test('that is no address', async () => {
    expect(await sentence(`/api/calls/${'x'.repeat(201)}/hold`, '{}')).toEqual([
      400,
      'A part of this address is too long: 200 characters at most.',
    ])
    expect(await sentence('/api/calls/%E0%A4%A/hold', '{}')).toEqual([
      400,
      'This address cannot be read: % has to be followed by a character’s code.',
    ])
  })
})

test('what is not there is a 404 in JSON, also below /api', async () => {
  for (const path of ['/api/nothing', '/functions/v1/nothing', '/api/calls/x/y/z']) {
    const { status, body } = await server.api(path)
    expect([status, body]).toMatchObject([404, { success: false, error: { code: 'not_found' } }])
  }
})
