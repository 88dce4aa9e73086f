import { EventSource } from 'eventsource'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN, ADMIN_API_KEY, startTestServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

let count = 0
const ring = async (more: Record<string, string> = {}): Promise<string> => {
  const CallSid = `CA${String(++count).padStart(32, '0')}`
  const fields = {
    CallSid,
    From: '+14155550100',
    To: '+12025550199',
    CallStatus: 'ringing',
    Direction: 'inbound',
    ...more,
  }
  const { status } = await server.api('/api/webhooks/call/incoming', { json: fields })
  expect(status).toBe(200)
  return CallSid
}
const callStatus = (CallSid: string, CallStatus: string) =>
  server.api('/api/webhooks/call/status', { json: { CallSid, CallStatus } })
const ringcentral = (sessionId: string, telephonyStatus: string) =>
  server.api('/api/webhooks/ringcentral', {
    json: {
      event: '/restapi/v1.0/account/~/extension/~/presence',
      body: {
        telephonyStatus,
        sessionId,
        from: { phoneNumber: '+14165551234', name: 'Sarah Customer' },
        to: { phoneNumber: '+15879876543' },
        direction: 'Inbound',
      },
    },
  })

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !done(); i++) await new Promise(resolve => setTimeout(resolve, 10))
  expect(done()).toBe(true)
}

type Received = [name: string, payload: Record<string, unknown>][]

/** A client as the documents write it. */
function connect(
  options: Parameters<typeof io>[1] = { auth: { apiKey: ADMIN_API_KEY } },
): Socket & { received: Received } {
  const socket = io(server.url, { forceNew: true, ...options })
  open.push(socket)
  const received: Received = []
  socket.onAny((name, payload) => received.push([name, payload]))
  return Object.assign(socket, { received })
}
const ask = (
  socket: Socket,
  name: string,
  message: unknown = {},
): Promise<{ ok: boolean; error?: string; seq?: number }> => socket.timeout(5000).emitWithAck(name, message)

describe('Socket.IO, as the documents use it', () => {
  test('a new call, its changes, a support request and an assignment reach whoever has joined', async () => {
    const socket = connect()
    expect(await ask(socket, 'join-call-center', { userEmail: ADMIN.email })).toEqual({ ok: true })
    const sid = await ring()
    await callStatus(sid, 'in-progress')
    await server.api('/api/customer/support-request', {
      json: { userEmail: 'a@example.com', subject: 'Help', description: 'Please' },
    })
    await until(() => socket.received.length === 3)
    expect(socket.received.map(([name]) => name)).toEqual(['new-call', 'call-status-updated', 'new-support-request'])
    expect(socket.received[0]![1]).toMatchObject({ call: { providerCallId: sid, status: 'ringing', queue: null } })
    expect(socket.received[1]![1]).toMatchObject({ call: { status: 'in-progress' }, previousStatus: 'ringing' })

    const cookie = await server.signIn()
    const { call } = socket.received[0]![1] as unknown as { call: { id: string } }
    await fetch(`${server.url}/api/calls/${call.id}/take`, { method: 'POST', headers: { cookie } })
    await until(() => socket.received.length === 4)
    expect(socket.received[3]).toMatchObject([
      'call-assigned',
      { call: { id: call.id }, agent: { name: expect.any(String) } },
    ])
  })

  test('the e-mail address grants nothing: without credentials nobody joins, and nobody hears', async () => {
    const socket = connect({})
    const answer = await ask(socket, 'join-call-center', { userEmail: ADMIN.email })
    expect(answer).toEqual({ ok: false, error: expect.stringContaining('Sign in') })
    await ring()
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(socket.received).toEqual([])
  })

  test.each([
    ['a session cookie', async () => ({ extraHeaders: { cookie: await server.signIn() } })],
    ['a key in the header', async () => ({ extraHeaders: { 'x-api-key': ADMIN_API_KEY } })],
  ])('joins with %s', async (_name, credentials) => {
    expect(await ask(connect(await credentials()), 'join-call-center')).toEqual({ ok: true })
  })

  test.each([
    ['a wrong key', { auth: { apiKey: 'wrong' } }],
    ['a wrong token', { auth: { token: 'a.b.c' } }],
    ['a cookie that is no session', { extraHeaders: { cookie: 'ringside_session=nothing' } }],
  ])('refuses %s', async (_name, options) => {
    expect(await ask(connect(options), 'join-call-center')).toMatchObject({ ok: false })
  })

  test('a page of somebody else’s cannot open a socket', async () => {
    const socket = connect({
      reconnection: false,
      extraHeaders: { cookie: await server.signIn(), origin: 'https://evil.example' },
    })
    const failed = new Promise(resolve => socket.on('connect_error', resolve))
    await failed
    expect(socket.connected).toBe(false)
  })

  test('signing out ends the sockets of that user', async () => {
    const cookie = await server.signIn()
    const socket = connect({ reconnection: false, extraHeaders: { cookie } })
    await ask(socket, 'join-call-center')
    await fetch(`${server.url}/api/auth/sign-out`, { method: 'POST', headers: { cookie } })
    await until(() => !socket.connected)
  })

  test('junk does not hurt anybody', async () => {
    const socket = connect()
    for (const message of [null, 7, 'x', [], { since: 'x' }, { since: -1 }, { since: 1e300 }]) {
      expect(await ask(socket, 'join-call-center', message)).toEqual({ ok: true })
    }
    socket.emit('join-call-center') // no message, no acknowledgement
    socket.emit('nothing of ours', { a: 1 })
    await ring()
    await until(() => socket.received.length === 1)
  })
})

describe('the desk’s stream', () => {
  test('carries the whole card, numbered, and resumes without loss or repeat', async () => {
    const { body: created } = await server.api('/api/contacts', {
      json: { name: 'Sarah Customer', email: 'sarah@example.com', phones: ['(415) 555-0123'] },
    })
    const desk = connect()
    const { seq } = await ask(desk, 'subscribe', { since: null })
    await ring({ From: '+14155550123' })
    await until(() => desk.received.length === 1)
    expect(desk.received[0]).toMatchObject([
      'event',
      {
        seq: seq! + 1,
        type: 'call.arrived',
        call: { contact: { name: 'Sarah Customer' } },
        card: { match: { state: 'matched', candidates: [{ name: 'Sarah Customer', reason: 'exact' }] } },
      },
    ])
    expect(created).toMatchObject({ success: true })

    desk.disconnect()
    const missed = [await ring(), await ring(), await ring()]
    const back = connect()
    await ask(back, 'subscribe', { since: seq! + 1 })
    const next = await ring()
    await until(() => back.received.length === 4)
    expect(back.received.map(([, event]) => event.seq)).toEqual([2, 3, 4, 5].map(n => seq! + n))
    expect(back.received.map(([, event]) => (event.call as { providerCallId: string }).providerCallId)).toEqual([
      ...missed,
      next,
    ])
  })

  test('whoever was away for too long is told to load everything afresh', async () => {
    const desk = connect()
    const { seq } = await ask(desk, 'subscribe', { since: null })
    desk.disconnect()
    const { body: me } = await server.api('/api/calls?limit=1')
    const [{ id }] = (me as { items: [{ id: string }] }).items
    for (let batch = 0; batch < 11; batch++) {
      await Promise.all(
        Array.from({ length: 100 }, () => server.api(`/api/calls/${id}/notes`, { json: { text: 'Again.' } })),
      )
    }
    const back = connect()
    await ask(back, 'subscribe', { since: seq! })
    await until(() => back.received.some(([name]) => name === 'resync'))
    expect(back.received.at(-1)).toEqual(['resync', { seq: seq! + 1100 }])
  })
})

describe('the RingCentral call stream', () => {
  function listen(headers: Record<string, string>): EventSource & { received: Received } {
    const source = new EventSource(`${server.url}/api/ringcentral/call-stream`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
    })
    open.push(source)
    const received: Received = []
    for (const name of ['connected', 'call', 'heartbeat']) {
      source.addEventListener(name, event => received.push([name, JSON.parse(event.data)]))
    }
    return Object.assign(source, { received })
  }

  test('says who is calling as the document writes it, the moment it rings; its end empties the list', async () => {
    const source = listen({ 'x-api-key': ADMIN_API_KEY })
    await until(() => source.received.length === 1)
    expect(source.received[0]).toMatchObject(['connected', { type: 'connected' }])
    await ringcentral('session-1', 'Ringing')
    await until(() => source.received.length === 2)
    expect(source.received[1]).toEqual([
      'call',
      {
        type: 'call',
        call: expect.objectContaining({
          session_id: 'session-1',
          from_number: '+14165551234',
          from_name: 'Sarah Customer',
          to_number: '+15879876543',
          direction: 'Inbound',
          status: 'ringing',
        }),
      },
    ])
    const active = async () =>
      (await server.api('/api/ringcentral/active-calls')).body as { calls: { status: string }[] }
    expect((await active()).calls).toMatchObject([{ status: 'ringing' }])
    await ringcentral('session-1', 'CallConnected')
    expect((await active()).calls).toMatchObject([{ status: 'connected' }])
    await ringcentral('session-1', 'Disconnected')
    expect((await active()).calls).toEqual([])
    await ringcentral('session-2', 'Ringing')
    await until(() => source.received.length === 3)
    await ringcentral('session-2', 'NoCall')
    expect((await active()).calls).toEqual([])
  })

  test('resumes after Last-Event-ID without loss or repeat', async () => {
    const first = listen({ 'x-api-key': ADMIN_API_KEY })
    let lastEventId = ''
    first.addEventListener('call', event => {
      lastEventId = event.lastEventId
    })
    await until(() => first.received.length === 1)
    await ringcentral('session-3', 'Ringing')
    await until(() => lastEventId !== '')
    first.close()
    await ringcentral('session-4', 'Ringing')
    await ringcentral('session-5', 'Ringing')
    const again = listen({ 'x-api-key': ADMIN_API_KEY, 'last-event-id': lastEventId })
    await until(() => again.received.filter(([name]) => name === 'call').length === 2)
    await ringcentral('session-6', 'Ringing')
    await until(() => again.received.filter(([name]) => name === 'call').length === 3)
    const sessions = again.received.slice(1).map(([, data]) => (data.call as { session_id: string }).session_id)
    expect(sessions).toEqual(['session-4', 'session-5', 'session-6'])
  })

  test('is for those who have signed in', async () => {
    const response = await fetch(`${server.url}/api/ringcentral/call-stream`)
    expect([response.status, await response.json()]).toMatchObject([401, { success: false }])
  })
})
