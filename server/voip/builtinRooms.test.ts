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
  for (const [supabaseUserId, firstName] of [
    ['carla', 'Carla'],
    ['cora', 'Cora'],
  ])
    await server.api('/api/voip/participants', {
      json: {
        supabaseUserId,
        type: 'PORTAL_CUSTOMER',
        firstName,
        lastName: 'C',
        email: `${supabaseUserId}@example.com`,
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

interface Shown {
  recording: contract.VoipRecording | null
}
let call: { roomName: string; callerToken: string; calleeToken: string } & Shown
beforeEach(async () => {
  call = await as('carla', '/api/voip/start-call', { calleeSupabaseId: 'ana', callerName: 'Carla C' })
})
afterEach(async () => {
  for (const page of pages.splice(0)) page.close()
  await as('ana', `/api/voip/calls/${call.roomName}/end`, {})
})
const accept = () => as<{ token: string } & Shown>('ana', `/api/voip/calls/${call.roomName}/accept`, {})
const pageSays = (who: string, choice: contract.RecordingChoice, language = 'en-US') =>
  as<Shown & { error?: { code: string } }>(who, `/api/voip/calls/${call.roomName}/recording`, { choice, language })
const room = () => engine.room(`voip:${call.roomName}`)
/** Who hears whom: `listener < speaker`. */
const heard = () => room().pairs.toSorted()
const untilHeard = (...pairs: string[]) => expect.poll(heard).toEqual(pairs.toSorted())
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
const untilHere = (...sides: string[]) => expect.poll(here).toEqual(sides)

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
  expect(room().recordings.size).toBe(0)
  await pageSays('carla', 'shown')
  await expect.poll(() => room().recordings.size).toBe(1)
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
    await pageSays('carla', 'shown')
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

describe('before it is recorded', () => {
  const rules = (settings: object) => server.api('/api/settings/calls', { method: 'PUT', json: settings })
  afterEach(() =>
    rules({ consent_mode: 'announce', consent_opt_out_key: null, consent_announcement: null, recording_enabled: true }),
  )

  /** Cora and Ana talk, under these rules. */
  async function talk(settings: object) {
    await as('ana', `/api/voip/calls/${call.roomName}/end`, {})
    expect((await rules(settings)).status).toBe(200)
    call = await as('cora', '/api/voip/start-call', { calleeSupabaseId: 'ana' })
    const [cora, ana] = [new Page(), new Page()]
    await cora.enter(call.callerToken)
    const accepted = await accept()
    await ana.enter(accepted.token)
    await untilHeard('from < to', 'to < from')
    const { callId } = await cora.hear('leg')
    const details = async () => (await server.api(`/api/calls/${callId}`)).body as contract.CallDetails
    return { accepted, callId, details }
  }
  const isRecorded = () => room().recordings.size === 1
  /** What would begin to record has had the time to. */
  const quiet = () => new Promise(resolve => setTimeout(resolve, 150))
  const playing = () => room().playing.get('from')?.files ?? []

  test('the customer’s page shows it, and it is said', async () => {
    const { accepted, details } = await talk({ consent_mode: 'announce' })
    const words = { 'en-US': 'This call may be recorded.', 'es-ES': 'Esta llamada puede ser grabada.' }
    expect(call.recording).toEqual({ mode: 'announce', yours: true, words, said: null, choices: ['shown'] })
    expect(accepted.recording).toEqual({ mode: 'announce', yours: false, words, said: null, choices: [] })
    // A page that knows nothing of it says nothing.
    await quiet()
    expect([isRecorded(), playing(), (await details()).consent]).toEqual([false, [], null])
    expect((await pageSays('cora', 'shown', 'es-ES')).recording).toMatchObject({ said: 'shown', choices: [] })
    await expect.poll(isRecorded).toBe(true)
    await expect.poll(playing).toEqual([expect.stringMatching(/\.opus$/)])
    expect(await details()).toMatchObject({
      consent: {
        how: 'announced',
        given: true,
        policy: 'default',
        version: expect.any(Number),
        heard: words['es-ES'],
        language: 'es-ES',
        answer: null,
        at: expect.any(String),
      },
      conversation: { recording: 'on' },
    })
    // Said once is enough, also to a page that comes back.
    engine.finishPlaying(`voip:${call.roomName}`, 'from')
    await new Page().enter(call.callerToken)
    await untilHere('from', 'to')
    expect(playing()).toEqual([])
  })

  test('in the words of the workspace', async () => {
    await talk({ consent_mode: 'announce', consent_announcement: { de: 'Wir zeichnen auf.' } })
    expect(call.recording!.words).toEqual({ de: 'Wir zeichnen auf.' })
    expect((await pageSays('cora', 'shown')).error?.code).toBe('not_offered')
    await pageSays('cora', 'shown', 'de')
    await expect.poll(isRecorded).toBe(true)
  })

  test('who is asked and says yes is recorded, until it says no', async () => {
    const { details, callId } = await talk({ consent_mode: 'ask' })
    expect(call.recording).toMatchObject({ mode: 'ask', said: null, choices: ['allow', 'decline'] })
    expect((await pageSays('cora', 'shown')).error?.code).toBe('not_offered')
    await quiet()
    expect(isRecorded()).toBe(false)
    await pageSays('cora', 'allow')
    await expect.poll(isRecorded).toBe(true)
    expect((await details()).consent).toMatchObject({ how: 'asked', given: true, answer: 'allow' })
    expect(playing()).toEqual([])
    expect((await pageSays('cora', 'decline')).recording).toMatchObject({ said: 'decline', choices: [] })
    await expect.poll(isRecorded).toBe(false)
    expect((await details()).consent).toMatchObject({ how: 'asked', given: false, answer: 'decline' })
    expect((await pageSays('cora', 'allow')).recording).toMatchObject({ said: 'decline' })
    await quiet()
    expect(isRecorded()).toBe(false)
    // What was recorded until then is kept no longer than it takes to delete it.
    await expect
      .poll(async () => (await details()).events.map(({ type }) => type), { timeout: 5000 })
      .toContain('recording.deleted')
    const crm = await server.api(`/functions/v1/api-calls-details?call_id=${callId}`)
    expect((crm.body as { call: { recording_consent: unknown } }).call.recording_consent).toMatchObject({
      given: false,
    })
  })

  test('who is told and does not want it is not, where there is a way out', async () => {
    await talk({ consent_mode: 'announce', consent_opt_out_key: '9' })
    expect(call.recording!.choices).toEqual(['shown', 'decline'])
    await pageSays('cora', 'decline')
    await pageSays('cora', 'shown')
    await quiet()
    expect([isRecorded(), playing()]).toEqual([false, []])
  })

  test('an agent who hears a no stops it', async () => {
    const { callId } = await talk({ consent_mode: 'announce' })
    await pageSays('cora', 'shown')
    await expect.poll(isRecorded).toBe(true)
    const cookie = await server.signIn()
    const note = async (given: boolean) => {
      const response = await fetch(`${server.url}/api/calls/${callId}/consent`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ given }),
      })
      return [response.status, ((await response.json()) as { error?: { code: string } }).error?.code]
    }
    expect(await note(true)).toEqual([409, 'not_controllable'])
    expect(await note(false)).toEqual([200, undefined])
    await expect.poll(isRecorded).toBe(false)
  })

  test('nobody has to know where nothing is recorded, or where nobody has to', async () => {
    await talk({ consent_mode: 'none' })
    expect(call.recording).toBeNull()
    await expect.poll(isRecorded).toBe(true)
    await talk({ consent_mode: 'announce', recording_enabled: false })
    expect(call.recording).toBeNull()
    expect((await pageSays('cora', 'shown')).error?.code).toBe('not_recorded')
    await quiet()
    expect(isRecorded()).toBe(false)
  })

  test('nobody answers for the customer', async () => {
    await talk({ consent_mode: 'ask' })
    expect((await pageSays('ana', 'allow')).error?.code).toBe('forbidden')
    await quiet()
    expect(isRecorded()).toBe(false)
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
