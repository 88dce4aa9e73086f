import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import type { FromBrowser } from '../../client/voice/protocol.ts'
import { CUSTOMER } from '../../core/conversation.ts'
import { FakeEngine } from '../../providers/builtin/testing.ts'
import { openEmbedded, type TestDatabase } from '../../test/support/databases.ts'
import { hire, must, type Person } from '../../test/support/people.ts'
import { ADMIN_API_KEY, startTestServer, type TestServer } from '../../test/support/server.ts'
import { type Message, TestPage } from './testing.ts'

const MAIN = '+12025550100'
const CALLER: Extract<FromBrowser, { type: 'call' }> = {
  type: 'call',
  to: MAIN,
  from: '(415) 555-0190',
  name: 'Alice',
  language: null,
}

const pages: TestPage[] = []

let server: TestServer
let database: TestDatabase
let engine: FakeEngine
let mia: Person

const start = async (PORT = '0') => {
  engine = new FakeEngine()
  const open = async () => ({ ...database, close: async () => {} })
  return startTestServer({ PORT }, open, async () => engine)
}

beforeAll(async () => {
  database = await openEmbedded()
  server = await start()
  mia = await hire(server, 'Mia', ['sales'])
})
afterEach(async () => {
  for (const page of pages.splice(0)) {
    await page.close()
  }
  for (const room of engine.rooms.keys()) {
    // Nobody waits for the grace of those who are gone.
    await server.app.voice.account.commands!.hangUp({ providerCallId: room })
  }
  engine.rooms.clear()
  await mia.be('offline')
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const openPage = async (headers: Record<string, string> = {}): Promise<TestPage> => {
  const page = new TestPage(server.url, headers)
  pages.push(page)
  await page.hear('ready')
  return page
}

async function openDesk(person: Person): Promise<TestPage> {
  const { email, password } = person.credentials
  const page = await openPage({ cookie: await server.signIn(email, password) })
  page.say({ type: 'desk' })
  return page
}

interface Calling {
  page: TestPage
  leg: Message<'leg'>
  room: string
}

/** A customer calls, and is connected. */
async function ring(said: Partial<typeof CALLER> = {}): Promise<Calling> {
  const page = await openPage()
  page.say({ ...CALLER, ...said })
  const leg = await page.hear('leg')
  await page.connect(leg.leg)
  return { page, leg, room: leg.leg.split('.')[0]! }
}

const playing = (room: string, leg = CUSTOMER) => engine.rooms.get(room)?.playing.get(leg)
const eventually = <T>(check: () => T | Promise<T>) => expect.poll(check, { interval: 20 })

const callOf = async ({ leg }: Calling): Promise<contract.Call> =>
  (await must(server.api(`/api/calls/${leg.callId}`))).body as contract.Call

/** Through the menu into a queue: 1 Sales, 2 Support. */
async function waitInLine(digits: '1' | '2'): Promise<Calling> {
  const calling = await ring()
  calling.page.say({ type: 'digits', leg: calling.leg.leg, digits })
  await eventually(() => playing(calling.room)?.files.length).toBeGreaterThan(0)
  engine.finishPlaying(calling.room)
  await calling.page.line('waiting')
  // On the way into the line it is said that the call may be recorded, and everything else comes after that.
  await eventually(() => playing(calling.room)?.files.some(file => file.includes('may-be-recorded'))).toBe(true)
  engine.finishPlaying(calling.room)
  await eventually(async () => (await callOf(calling)).consent?.given).toBe(true)
  return calling
}

/** It has been said that the call may be recorded, and it is. */
const isRecorded = (room: string) =>
  eventually(() => [...engine.room(room).recordings.values()]).toMatchObject([{ channels: 'stereo' }])

/** Mia has accepted and is connected. */
async function talk(): Promise<Calling & { desk: TestPage; agent: Message<'leg'> }> {
  const desk = await openDesk(mia)
  await desk.hear('first', ({ first }) => first)
  await mia.be('available')
  const calling = await waitInLine('1')
  await mia.accept()
  const agent = await desk.hear('leg')
  await calling.page.line('ringing')
  await desk.connect(agent.leg)
  await calling.page.line('talking')
  await isRecorded(calling.room)
  return { ...calling, desk, agent }
}

describe('a customer calls from a page', () => {
  test('hears the greeting and the menu, and gets with its keys where they lead', async () => {
    const calling = await ring()
    expect(calling.leg).toMatchObject({ as: 'caller', callId: expect.any(String), ticket: expect.any(String) })
    expect(await calling.page.line('menu')).toMatchObject({ queue: null, agent: null, outcome: null })
    await eventually(() => playing(calling.room)?.files.length).toBe(1)
    const greeting = playing(calling.room)!.files[0]
    engine.finishPlaying(calling.room)
    await eventually(() => playing(calling.room)?.files[0]).not.toBe(greeting)
    calling.page.say({ type: 'digits', leg: calling.leg.leg, digits: '1' })
    expect(await calling.page.line('waiting')).toMatchObject({ queue: 'Sales' })
    expect((await calling.page.hear('line', ({ line }) => line.position !== null)).line.position).toBe(1)
    expect(await callOf(calling)).toMatchObject({
      provider: 'builtin',
      from: '+14155550190',
      to: MAIN,
      status: 'in-progress',
      queue: { name: 'Sales' },
    })
  })

  test.each([
    ['es-MX', 'es-US'],
    ['fr', 'en-US'],
  ])('a device that is set to %s is spoken to in %s', async (language, spoken) => {
    const { leg } = await ring({ language })
    const [call] = await server.app.db.asOwner(sql =>
      sql.query<{ language: string }>(`select flow ->> 'language' as language from calls where id = $1`, [leg.callId]),
    )
    expect(call).toEqual({ language: spoken })
  })

  test('who shows no number is somebody who withholds it', async () => {
    const calling = await ring({ from: 'call me maybe', name: null })
    expect(await callOf(calling)).toMatchObject({ from: null })
  })

  test('hangs up', async () => {
    const calling = await ring()
    calling.page.say({ type: 'hangUp', leg: calling.leg.leg })
    expect(await calling.page.hear('ended')).toMatchObject({ leg: calling.leg.leg, reason: 'hung-up' })
    await eventually(async () => (await callOf(calling)).outcome).toBe('abandoned')
  })

  test('one page has one call at a time', async () => {
    const { page } = await ring()
    page.say(CALLER)
    expect(await page.hear('refused')).toMatchObject({ leg: null, code: 'calling_already' })
  })

  test('would rather be called back', async () => {
    const { items } = (await server.api('/api/queues')).body as { items: contract.Queue[] }
    const support = items.find(({ name }) => name === 'support')!
    const set = (callback: string | null) =>
      must(
        server.api(`/api/queues/${support.id}`, { method: 'PATCH', json: { waitKeys: { voicemail: null, callback } } }),
      )
    await set('2')
    const calling = await waitInLine('2')
    await calling.page.hear('line', ({ line }) => line.canBeCalledBack)
    calling.page.say({ type: 'callMeBack', leg: calling.leg.leg })
    await eventually(async () => ((await server.api('/api/callbacks')).body as { items: [] }).items.length).toBe(1)
    await eventually(() => playing(calling.room)?.times).toBe(1)
    engine.finishPlaying(calling.room)
    await calling.page.hear('ended')
    // The end itself is told at once, what came of the call when that is known.
    expect(await calling.page.line('over')).toMatchObject({ outcome: 'callback' })
    await set(null)
  })

  test('may come from a page of any origin', async () => {
    const page = await openPage({ origin: 'https://shop.example.com' })
    page.say(CALLER)
    await page.hear('leg')
  })
})

describe('an agent talks in its page', () => {
  test('it is told of the leg, both are connected, and the call is in progress and recorded', async () => {
    const { room, agent, page } = await talk()
    expect(agent).toMatchObject({ as: 'agent' })
    expect(engine.room(room).pairs).toHaveLength(2)
    expect(playing(room)).toBeUndefined()
    expect(page.has('ended')).toBe(false)
  })

  test('holds, resumes, and hangs up; the recording is told of', async () => {
    const { room, desk, agent, page, leg } = await talk()
    await must(mia.ask(`/api/calls/${leg.callId}/hold`, 'POST'))
    await page.line('held')
    await eventually(() => playing(room)?.times).toBe(0)
    expect(engine.room(room).pairs).toEqual([])
    await must(mia.ask(`/api/calls/${leg.callId}/resume`, 'POST'))
    await page.line('talking')
    desk.say({ type: 'hangUp', leg: agent.leg })
    expect(await desk.hear('ended')).toMatchObject({ leg: agent.leg, reason: 'hung-up' })
    expect(await page.hear('ended')).toMatchObject({ reason: 'hung-up' })
    const details = () => server.api(`/api/calls/${leg.callId}`)
    await eventually(async () => ((await details()).body as contract.CallDetails).recordings).toMatchObject([
      { kind: 'call', status: 'completed', seconds: 3 },
    ])
    expect((await details()).body).toMatchObject({ outcome: 'answered' })
  })

  test('who has two pages has its legs in the first, and in the other when that one closes', async () => {
    const { desk, agent, room } = await talk()
    const second = await openDesk(mia)
    expect(await second.hear('first')).toMatchObject({ first: false })
    second.say({ type: 'beFirst' })
    expect(await second.hear('leg')).toMatchObject({ leg: agent.leg })
    expect(await desk.hear('ended')).toMatchObject({ leg: agent.leg, reason: 'elsewhere' })
    expect(await desk.hear('first')).toMatchObject({ first: false })
    await second.close()
    expect(await desk.hear('leg')).toMatchObject({ leg: agent.leg })
    await desk.connect(agent.leg)
    expect(engine.room(room).legs.get(agent.leg.slice(room.length + 1))).toBe('connected')
  })

  test('both reload their pages, and go on', async () => {
    const { desk, agent, page, leg, room } = await talk()
    await Promise.all([desk.close(), page.close()])
    const [again, deskAgain] = await Promise.all([openPage(), openDesk(mia)])
    again.say({ type: 'resume', ticket: leg.ticket })
    expect(await again.hear('leg')).toMatchObject({ leg: leg.leg, callId: leg.callId })
    await again.line('talking')
    expect(await deskAgain.hear('leg')).toMatchObject({ leg: agent.leg, as: 'agent' })
    await Promise.all([again.connect(leg.leg), deskAgain.connect(agent.leg)])
    expect(engine.room(room).pairs).toHaveLength(2)
    expect(await callOf({ page: again, leg, room })).toMatchObject({ status: 'in-progress', agent: { name: 'Mia' } })
  })

  test('the media process dies: both connect anew', async () => {
    const { desk, agent, page, leg, room } = await talk()
    engine.crash(room)
    expect(await page.hear('again')).toMatchObject({ leg: leg.leg })
    expect(await desk.hear('again')).toMatchObject({ leg: agent.leg })
    await Promise.all([page.connect(leg.leg), desk.connect(agent.leg)])
    expect(engine.room(room).pairs).toHaveLength(2)
  })

  test('who signs out has no softphone any more', async () => {
    const { email, password } = mia.credentials
    const cookie = await server.signIn(email, password)
    const desk = await openPage({ cookie })
    desk.say({ type: 'desk' })
    await desk.hear('first')
    const closed = new Promise(resolve => desk.socket.once('close', resolve))
    await fetch(`${server.url}/api/auth/sign-out`, { method: 'POST', headers: { cookie } })
    await closed
  })

  test('one of another company is told nothing', async () => {
    const made = await must(
      server.api('/api/workspaces', {
        json: { name: 'Other', adminEmail: 'other@example.com', adminPassword: 'correct horse battery' },
      }),
    )
    expect(made.status).toBe(201)
    const cookie = await server.signIn('other@example.com', 'correct horse battery')
    const other = await openPage({ cookie })
    other.say({ type: 'desk' })
    await other.hear('first')
    const { agent } = await talk()
    other.say({ type: 'resume', ticket: agent.ticket })
    expect(await other.hear('ended')).toMatchObject({ leg: agent.leg, reason: 'elsewhere' })
    expect(other.has('leg')).toBe(false)
  })
})

describe('the server is restarted', () => {
  test('whoever comes back goes on where it was', async () => {
    const { leg, agent } = await talk()
    await server.close()
    server = await start(new URL(server.url).port)
    const again = await openPage()
    again.say({ type: 'resume', ticket: leg.ticket })
    expect(await again.hear('leg')).toMatchObject({ leg: leg.leg, callId: leg.callId })
    const desk = await openDesk(mia)
    expect(await desk.hear('leg')).toMatchObject({ leg: agent.leg, callId: leg.callId })
    await Promise.all([again.connect(leg.leg), desk.connect(agent.leg)])
    await again.line('talking')
    const [room] = leg.leg.split('.')
    expect(engine.room(room!).pairs).toHaveLength(2)
    await isRecorded(room!)
    again.say({ type: 'hangUp', leg: leg.leg })
    await desk.hear('ended')
    await eventually(async () => (await callOf({ page: again, leg, room: room! })).outcome).toBe('answered')
    // What was recorded before, and what was after.
    const details = async () => (await server.api(`/api/calls/${leg.callId}`)).body as contract.CallDetails
    await eventually(async () => (await details()).recordings.map(({ status }) => status)).toEqual([
      'completed',
      'completed',
    ])
  })
})

describe('what is no message', () => {
  test.each([
    ['no JSON', 'hello'],
    ['no object', '7'],
    ['no such type', '{"type":"levitate"}'],
    ['too many keys', JSON.stringify({ type: 'digits', leg: 'x', digits: '1'.repeat(33) })],
    ['keys that are none', JSON.stringify({ type: 'digits', leg: 'x', digits: '1 2' })],
    ['a field too few', JSON.stringify({ type: 'call', to: MAIN })],
  ])('%s is refused, and the page lives on', async (_name, text) => {
    const page = await openPage()
    page.socket.send(text)
    expect(await page.hear('refused')).toMatchObject({ leg: null, code: 'bad_message' })
    page.say({ type: 'ping' })
    await page.hear('pong')
  })

  test('too long a message ends the connection, and nothing else', async () => {
    const page = await openPage()
    const closed = new Promise(resolve => page.socket.once('close', resolve))
    page.socket.send('x'.repeat(64 * 1024 + 1))
    expect(await closed).toBe(1009)
    await openPage()
  })

  test('a leg of somebody else is none of this page', async () => {
    const { leg } = await ring()
    const stranger = await openPage()
    stranger.say({ type: 'hangUp', leg: leg.leg })
    expect(await stranger.hear('ended')).toMatchObject({ leg: leg.leg })
    expect(engine.rooms.get(leg.leg.split('.')[0]!)?.legs.size).toBe(1)
  })

  test('a ticket that is forged, or of a call that is over', async () => {
    const { page, leg } = await ring()
    const stranger = await openPage()
    stranger.say({ type: 'resume', ticket: `${leg.leg}.${'A'.repeat(43)}` })
    expect(await stranger.hear('refused')).toMatchObject({ code: 'bad_ticket' })
    page.say({ type: 'hangUp', leg: leg.leg })
    await page.hear('ended')
    stranger.say({ type: 'resume', ticket: leg.ticket })
    expect(await stranger.hear('ended')).toMatchObject({ leg: leg.leg, reason: 'lost' })
  })

  test('a softphone of somebody who is not signed in, or on a page of another origin', async () => {
    const { email, password } = mia.credentials
    const cookie = await server.signIn(email, password)
    for (const headers of [{}, { cookie, origin: 'https://evil.example.com' }, { 'x-api-key': ADMIN_API_KEY }]) {
      const page = await openPage(headers as Record<string, string>)
      page.say({ type: 'desk' })
      expect(await page.hear('refused')).toMatchObject({ code: 'unauthenticated' })
    }
  })
})

test('audio over the socket goes both ways on a channel of its own', async () => {
  const page = await openPage()
  page.say(CALLER)
  const { leg } = await page.hear('leg')
  page.say({ type: 'frames', leg })
  const { channel } = await page.hear('frames')
  const [room] = leg.split('.')
  engine.send(room!, CUSTOMER, new Uint8Array([1, 2, 3]))
  await eventually(() => page.frames.map(frame => [...frame])).toEqual([[channel, 1, 2, 3]])
  page.socket.send(new Uint8Array([channel, 9, 9]))
  await eventually(() => engine.framesOf(room!, CUSTOMER)).toEqual([[9, 9]])
})

test('whoever tries its network gets a leg that leads nowhere', async () => {
  const page = await openPage()
  page.say({ type: 'try' })
  const { leg } = await page.hear('leg')
  await page.connect(leg)
  page.say({ type: 'hangUp', leg })
  await page.hear('ended')
})

test('a caller whose page dies in the menu is given up after a while', async () => {
  const calling = await ring()
  await calling.page.close()
  await expect.poll(async () => (await callOf(calling)).outcome, { timeout: 20_000, interval: 200 }).toBe('abandoned')
})

test('twenty calls a minute from one address are enough', async () => {
  const page = await openPage()
  for (let tries = 0; tries < 25; tries++) page.say({ type: 'try' })
  expect(await page.hear('refused')).toMatchObject({ code: 'too_many_calls' })
})
