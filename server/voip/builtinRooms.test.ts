import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type * as contract from '../../client/contract.ts'
import type { FromBrowser, FromServer } from '../../client/voice/protocol.ts'
import { FakeEngine } from '../../providers/builtin/testing.ts'
import { openEmbedded } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { roomToken } from './tokens.ts'

const SECRET = 'the-secret-of-the-portal-0123456789abcdef'

let server: TestServer
let engine: FakeEngine
const pages: Page[] = []
beforeAll(async () => {
  engine = new FakeEngine()
  server = await startTestServer({ SUPABASE_JWT_SECRET: SECRET }, openEmbedded, async () => engine)
  await server.api('/api/voip/participants', {
    json: {
      supabaseUserId: 'carla',
      type: 'PORTAL_CUSTOMER',
      firstName: 'Carla',
      lastName: 'C',
      email: 'c@example.com',
    },
  })
  // The first admin is an agent whose queues record.
  const { body } = await server.api('/api/users')
  const { id } = (body as { items: contract.User[] }).items[0]!
  await server.api(`/api/users/${id}`, { method: 'PATCH', json: { supabaseUserId: 'ana' } })
})
afterAll(() => server.close())

/** A browser page, as far as the voice socket can tell. */
class Page {
  readonly said: FromServer[] = []
  readonly #socket: WebSocket
  readonly #opened: Promise<unknown>

  constructor(cookie = '') {
    this.#socket = new WebSocket(`${server.url.replace('http', 'ws')}/voice`, {
      headers: { cookie, origin: server.url },
    })
    this.#opened = new Promise(resolve => this.#socket.once('open', resolve))
    this.#socket.on('message', data => void this.said.push(JSON.parse(String(data))))
    pages.push(this)
  }

  async say(message: FromBrowser): Promise<void> {
    await this.#opened
    this.#socket.send(JSON.stringify(message))
  }

  hear = <Type extends FromServer['type']>(type: Type): Promise<Extract<FromServer, { type: Type }>> =>
    expect
      .poll(() => this.said.find(message => message.type === type), { timeout: 5000 })
      .toBeDefined()
      .then(() => this.said.find(message => message.type === type) as Extract<FromServer, { type: Type }>)

  /** Enters with a token and connects, so that media flow. */
  async enter(token: string): Promise<string> {
    await this.say({ type: 'enter', token })
    const { leg } = await this.hear('leg')
    await this.say({ type: 'offer', leg, sdp: 'offer' })
    await this.hear('answer')
    return leg
  }

  close = () => this.#socket.terminate()
}

async function as<Answer>(sub: string, path: string, json?: unknown): Promise<Answer> {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))
  const response = await fetch(server.url + path, {
    ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
    headers: { authorization: `Bearer ${token}`, ...(json !== undefined && { 'content-type': 'application/json' }) },
  })
  return (await response.json()) as Answer
}

let call: { roomName: string; callerToken: string; calleeToken: string }
beforeEach(async () => {
  call = await as('carla', '/api/voip/start-call', { calleeSupabaseId: 'ana', callerName: 'Carla C' })
})
afterEach(async () => {
  for (const page of pages.splice(0)) page.close()
  await as('carla', `/api/voip/calls/${call.roomName}/end`, {})
})
const accept = () => as<{ token: string }>('ana', `/api/voip/calls/${call.roomName}/accept`, {})
const room = () => engine.room(`voip:${call.roomName}`)
/** Who hears whom: `listener < speaker`. */
const heard = () => room().pairs.toSorted()
const untilHeard = (...pairs: string[]) => expect.poll(heard, { timeout: 5000 }).toEqual(pairs.toSorted())
const row = async () => {
  const [found] = await server.app.db.asOwner(sql =>
    sql.query<{ status: string; due_at: Date | null; connections: { side: string; gone: boolean }[] }>(
      'select status, due_at, connections from voip_calls where room_name = $1',
      [call.roomName],
    ),
  )
  return found!
}
const here = async () =>
  (await row()).connections
    .filter(({ gone }) => !gone)
    .map(({ side }) => side)
    .toSorted()
const untilHere = (...sides: string[]) => expect.poll(here, { timeout: 5000 }).toEqual(sides)

test('both hear each other from when it is answered, and are recorded each in a channel', async () => {
  const carla = new Page()
  const leg = await carla.enter(call.callerToken)
  expect((await carla.hear('leg')).as).toBe('participant')
  await untilHere('from')
  expect(heard()).toEqual([])
  const ana = new Page()
  await ana.enter((await accept()).token)
  await untilHere('from', 'to')
  await untilHeard('from < to', 'to < from')
  await expect.poll(() => room().recordings.size, { timeout: 5000 }).toBe(1)
  const [recording] = [...room().recordings.values()]
  expect(recording).toMatchObject({ channels: 'stereo', lanes: { left: ['to'], right: ['from'] } })
  await as('ana', `/api/voip/calls/${call.roomName}/end`, {})
  expect(await carla.hear('ended')).toEqual({ type: 'ended', leg, reason: 'hung-up' })
  await ana.hear('ended')
  expect(room().legs.size).toBe(0)
  await expect
    .poll(async () => {
      const { body } = await server.api(`/api/calls/${(await carla.hear('leg')).callId}`)
      return (body as contract.CallDetails).recordings
    })
    .toMatchObject([{ id: recording!.id, status: 'completed', seconds: 3 }])
})

test('who is there before the other has answered is not heard until then', async () => {
  await new Page().enter(call.callerToken)
  await new Page().enter(call.calleeToken)
  await untilHere('from', 'to')
  expect(heard()).toEqual([])
  await accept()
  await untilHeard('from < to', 'to < from')
})

test('who loses the network is waited for, and comes back', async () => {
  const carla = new Page()
  await carla.enter(call.callerToken)
  await new Page().enter((await accept()).token)
  await untilHere('from', 'to')
  carla.close()
  await untilHere('to')
  const left = ((await row()).due_at!.getTime() - Date.now()) / 1000
  expect(left).toBeGreaterThan(10)
  expect(left).toBeLessThanOrEqual(15)
  await new Page().enter(call.callerToken)
  await untilHere('from', 'to')
  expect(((await row()).due_at!.getTime() - Date.now()) / 1000).toBeGreaterThan(60)
})

test('who enters from another page speaks there, and here no longer', async () => {
  const first = new Page()
  const leg = await first.enter(call.callerToken)
  await new Page().enter(call.callerToken)
  expect(await first.hear('ended')).toEqual({ type: 'ended', leg, reason: 'elsewhere' })
  await untilHere('from')
})

test('when a media process dies, both connect anew', async () => {
  const carla = new Page()
  const leg = await carla.enter(call.callerToken)
  await untilHere('from')
  engine.crash(`voip:${call.roomName}`)
  expect(await carla.hear('again')).toEqual({ type: 'again', leg })
  await untilHere()
  await carla.say({ type: 'offer', leg, sdp: 'offer' })
  await untilHere('from')
})

describe('somebody who leads', () => {
  const sue = { email: 'sue@example.com', password: 'correct horse battery' }
  let cookie: string
  /** As the engine names its leg. */
  let leg: string
  beforeAll(async () => {
    const { body } = await server.api('/api/users', { json: { ...sue, name: 'Sue', role: 'supervisor', queues: [] } })
    leg = `supervisor:${(body as { user: contract.User }).user.id}`
    cookie = await server.signIn(sue.email, sue.password)
  })

  /** What she asks of the call. */
  async function ask(callId: string, what: string, json: unknown = {}) {
    const response = await fetch(`${server.url}/api/calls/${callId}/${what}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify(json),
    })
    return { status: response.status, body: (await response.json()) as { error?: { code: string } } }
  }
  const listen = (callId: string, listening: string | null) => ask(callId, 'supervise', { listening })
  const eventsOf = async (callId: string) =>
    ((await server.api(`/api/calls/${callId}`)).body as contract.CallDetails).events.map(({ type }) => type)

  async function talking() {
    const [carla, ana] = [new Page(), new Page()]
    await carla.enter(call.callerToken)
    await ana.enter((await accept()).token)
    await untilHere('from', 'to')
    const { callId } = await carla.hear('leg')
    return { carla, ana, callId }
  }
  async function openDesk(): Promise<Page> {
    const desk = new Page(cookie)
    await desk.say({ type: 'desk' })
    await desk.hear('first')
    return desk
  }
  const connect = async (desk: Page) => {
    const given = await desk.hear('leg')
    await desk.say({ type: 'offer', leg: given.leg, sdp: 'offer' })
    await desk.hear('answer')
    return given
  }
  const TWO = ['from < to', 'to < from']

  test('listens unheard, speaks to the user alone, then to both, as her own softphone is asked to', async () => {
    const { callId } = await talking()
    const desk = await openDesk()
    expect((await listen(callId, 'monitor')).status).toBe(200)
    expect(await connect(desk)).toMatchObject({ as: 'supervisor', callId })
    const both = [`${leg} < from`, `${leg} < to`]
    await untilHeard(...TWO, ...both)
    await listen(callId, 'whisper')
    await untilHeard(...TWO, ...both, `to < ${leg}`)
    await expect.poll(() => [...room().recordings.values()][0]?.lanes).toEqual({ left: ['to'], right: ['from'] })
    await listen(callId, 'barge')
    await untilHeard(...TWO, ...both, `to < ${leg}`, `from < ${leg}`)
    // What the customer hears is recorded.
    await expect.poll(() => [...room().recordings.values()][0]?.lanes).toEqual({ left: ['to', leg], right: ['from'] })
    await listen(callId, null)
    await untilHeard(...TWO)
    expect((await desk.hear('ended')).reason).toBe('hung-up')
    expect([...room().legs.keys()].toSorted()).toEqual(['from', 'to'])
    expect((await eventsOf(callId)).filter(type => type.startsWith('supervision.'))).toEqual([
      'supervision.started',
      'supervision.changed',
      'supervision.changed',
      'supervision.ended',
    ])
  })

  test('hangs up her softphone, and listens no more', async () => {
    const { callId } = await talking()
    const desk = await openDesk()
    await listen(callId, 'monitor')
    const given = await connect(desk)
    await desk.say({ type: 'hangUp', leg: given.leg })
    await untilHeard(...TWO)
    expect((await eventsOf(callId)).at(-1)).toBe('supervision.ended')
  })

  test('goes on from another page of hers', async () => {
    const { callId } = await talking()
    const desk = await openDesk()
    await listen(callId, 'monitor')
    await connect(desk)
    desk.close()
    await connect(await openDesk())
    expect([...room().legs]).toContainEqual([leg, 'connected'])
    await listen(callId, null)
  })

  test('is let in as soon as the call has audio', async () => {
    await accept()
    const { body } = await server.api('/api/calls')
    const { items } = body as { items: contract.Call[] }
    const callId = items.find(({ providerCallId }) => providerCallId === call.roomName)!.id
    await listen(callId, 'monitor')
    const desk = await openDesk()
    await new Page().enter(call.callerToken)
    expect(await connect(desk)).toMatchObject({ as: 'supervisor', callId })
    await untilHeard(...TWO, `${leg} < from`, `${leg} < to`)
  })

  test('ends the call', async () => {
    const { carla, ana, callId } = await talking()
    expect((await ask(callId, 'hang-up')).status).toBe(200)
    expect((await carla.hear('ended')).reason).toBe('hung-up')
    await ana.hear('ended')
    await expect.poll(async () => (await row()).status).toBe('COMPLETED')
    expect(await eventsOf(callId)).toContain('call.hung_up')
    expect((await listen(callId, 'monitor')).body.error?.code).toBe('call_over')
  })

  test.each([
    ['hold', {}],
    ['record', {}],
    ['transfer', { number: '+14155550142' }],
  ])('is told that %s is done elsewhere', async (what, json) => {
    const { callId } = await talking()
    expect((await ask(callId, what, json)).body.error?.code).toBe('not_controllable')
  })
})

test.each([
  ['no token', async () => 'nonsense', 'bad_token'],
  ['one of nobody in this call', () => token('01a1fbaf-12e7-7536-b034-cbea0577675b'), 'call_over'],
  [
    'one of a call that is over',
    async () => {
      await as('ana', `/api/voip/calls/${call.roomName}/decline`, {})
      return call.calleeToken
    },
    'call_over',
  ],
])('nobody gets in with %s', async (_, tokenOf, code) => {
  const page = new Page()
  await page.say({ type: 'enter', token: await tokenOf() })
  expect(await page.hear('refused')).toMatchObject({ leg: null, code })
})

const token = (participantId: string) =>
  server.app.directory
    .workspaceOf([])
    .then(workspaceId => roomToken(server.app, { workspaceId, roomName: call.roomName, participantId }))
