import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { CUSTOMER, partyOfAgent } from '../../core/conversation.ts'
import { PHONE } from '../../providers/builtin/numberLeg.ts'
import { FakeEngine } from '../../providers/builtin/testing.ts'
import { openEmbedded, type TestDatabase } from '../../test/support/databases.ts'
import { hire, must, type Person } from '../../test/support/people.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { type Message, TestPage } from './testing.ts'

const MAIN = '+12025550100'
const [ALICE, BOB] = ['+14155550190', '+14155550191']

let server: TestServer
let database: TestDatabase
let engine: FakeEngine
let mia: Person
let desk: TestPage
const pages: TestPage[] = []

const start = async (PORT = '0') => {
  engine = new FakeEngine()
  return startTestServer(
    { PORT },
    async () => ({ ...database, close: async () => {} }),
    async () => engine,
  )
}

beforeAll(async () => {
  database = await openEmbedded()
  server = await start()
  mia = await hire(server, 'Mia', ['sales'])
  desk = await openDesk()
})
afterEach(async () => {
  for (const page of pages.splice(0)) await page.close()
  for (const room of engine.rooms.keys()) await server.app.voice.account.commands!.hangUp({ providerCallId: room })
  engine.rooms.clear()
  await eventually(() => mia.activity()).not.toBe('talking')
})
afterAll(async () => {
  await desk?.close()
  await server?.close()
  await database?.close()
})

const eventually = <T>(check: () => T | Promise<T>) => expect.poll(check, { interval: 20 })

async function openDesk(): Promise<TestPage> {
  const { email, password } = mia.credentials
  const page = new TestPage(server.url, { cookie: await server.signIn(email, password) })
  await page.hear('ready')
  page.say({ type: 'desk' })
  await page.hear('first')
  return page
}

async function openPage(): Promise<TestPage> {
  const page = new TestPage(server.url)
  pages.push(page)
  await page.hear('ready')
  return page
}

/** A page that calls. */
async function calling(from: string | null): Promise<{ page: TestPage; leg: Message<'leg'> }> {
  const page = await openPage()
  page.say({ type: 'call', to: MAIN, from, name: 'Alice', language: null })
  const leg = await page.hear('leg')
  await page.connect(leg.leg)
  return { page, leg }
}

/** A page that has called and can be called since. */
async function callable(from: string | null = ALICE): Promise<{ page: TestPage; ticket: string }> {
  const { page, leg } = await calling(from)
  page.say({ type: 'reachable', ticket: leg.ticket })
  page.say({ type: 'hangUp', leg: leg.leg })
  await page.hear('ended')
  return { page, ticket: leg.ticket }
}

interface Placed {
  callId: string
  room: string
}

/** Mia calls this number, and is there. */
async function place(to: string): Promise<Placed> {
  const asked = await must(mia.ask<{ call: contract.Call }>('/api/calls', 'POST', { to }))
  const { leg } = await desk.hear('leg')
  await desk.connect(leg)
  return { callId: asked.body.call.id, room: leg.split('.')[0]! }
}

const callOf = async (id: string) => (await must(server.api(`/api/calls/${id}`))).body as contract.CallDetails
const heardBy = (room: string, leg: string) => engine.rooms.get(room)?.playing.get(leg)?.files ?? []
const pairsOf = (room: string) => engine.rooms.get(room)?.pairs.toSorted() ?? []
const AGENT = () => partyOfAgent(mia.id)

describe('a page that has called', () => {
  test('is called at the number that it gave, and answers', async () => {
    const { page } = await callable()
    const { callId, room } = await place(ALICE)
    const { ring, ...said } = await page.hear('incoming')
    expect(said).toEqual({ type: 'incoming', from: MAIN, name: expect.any(String) })
    await eventually(() => heardBy(room, AGENT())).toEqual([expect.stringContaining('ringback')])
    page.say({ type: 'answer', ring })
    expect(await page.hear('leg')).toMatchObject({ leg: ring, callId, as: 'caller' })
    await page.connect(ring)
    expect(await page.line('talking')).toMatchObject({ agent: 'Mia' })
    await eventually(() => pairsOf(room)).toEqual([`${AGENT()} < ${CUSTOMER}`, `${CUSTOMER} < ${AGENT()}`])
    expect(heardBy(room, AGENT())).toEqual([])
    await eventually(async () => (await callOf(callId)).status).toBe('in-progress')
    page.say({ type: 'hangUp', leg: ring })
    await eventually(async () => (await callOf(callId)).outcome).toBe('answered')
    await desk.hear('ended')
  })

  test('would not answer: the agent is told that the customer could not be reached', async () => {
    const { page } = await callable()
    const { callId, room } = await place(ALICE)
    const { ring } = await page.hear('incoming')
    page.say({ type: 'decline', ring })
    await page.hear('incomingOver')
    await eventually(() => heardBy(room, AGENT())).toEqual([expect.not.stringContaining('ringback')])
    expect(await callOf(callId)).toMatchObject({ answeredAt: null })
  })

  test('all pages of a number ring, that of another number does not; one has the call', async () => {
    const [first, second, other] = [await callable(), await callable(), await callable(BOB)]
    await place(ALICE)
    const { ring } = await first.page.hear('incoming')
    await second.page.hear('incoming')
    second.page.say({ type: 'answer', ring })
    await second.page.hear('leg')
    await first.page.hear('incomingOver')
    first.page.say({ type: 'answer', ring })
    await first.page.hear('incomingOver')
    expect([first.page.has('leg'), second.page.has('incomingOver'), other.page.has('incoming')]).toEqual([
      ...[false, false, false],
    ])
  })

  test('of somebody else cannot answer or decline', async () => {
    const [{ page }, stranger] = [await callable(), await callable(BOB)]
    await place(ALICE)
    const { ring } = await page.hear('incoming')
    for (const type of ['answer', 'decline'] as const) {
      stranger.page.say({ type, ring })
      await stranger.page.hear('incomingOver')
    }
    page.say({ type: 'answer', ring })
    await page.hear('leg')
  })

  test('is loaded anew while it rings, and rings on', async () => {
    const { page, ticket } = await callable()
    await place(ALICE)
    await page.hear('incoming')
    await page.close()
    const again = await openPage()
    again.say({ type: 'reachable', ticket })
    again.say({ type: 'answer', ring: (await again.hear('incoming')).ring })
    await again.hear('leg')
  })

  test('is loaded anew while it talks, and goes on', async () => {
    const { page } = await callable()
    const { room } = await place(ALICE)
    page.say({ type: 'answer', ring: (await page.hear('incoming')).ring })
    const { ticket, leg } = await page.hear('leg')
    await page.connect(leg)
    await page.close()
    const again = await openPage()
    again.say({ type: 'resume', ticket })
    expect(await again.hear('leg')).toMatchObject({ leg, as: 'caller' })
    await again.connect(leg)
    expect(await again.line('talking')).toMatchObject({ agent: 'Mia' })
    expect(engine.rooms.get(room)?.legs.get(CUSTOMER)).toBe('connected')
  })

  test('is on a call: it is busy', async () => {
    const { page, leg } = await calling(ALICE)
    page.say({ type: 'reachable', ticket: leg.ticket })
    const { room } = await place(ALICE)
    await eventually(() => heardBy(room, AGENT())).toEqual([expect.not.stringContaining('ringback')])
    expect(page.has('incoming')).toBe(false)
  })

  test.each<[string, () => Promise<TestPage>]>([
    ['has given no number', async () => (await callable(null)).page],
    [
      'has closed',
      async () => {
        const { page } = await callable()
        await page.close()
        return page
      },
    ],
    [
      'only says that it has called',
      async () => {
        const { ticket } = await callable(BOB)
        const page = await openPage()
        page.say({ type: 'reachable', ticket: ticket.replace(/.$/, last => (last === 'A' ? 'B' : 'A')) })
        return page
      },
    ],
  ])('%s: nobody is there', async (_why, open) => {
    const page = await open()
    const { room } = await place(ALICE)
    await eventually(() => heardBy(room, AGENT())).toEqual([expect.not.stringContaining('ringback')])
    expect(page.has('incoming')).toBe(false)
  })
})

test('a caller is sent on to the number of a page: the two hear each other', async () => {
  const { page } = await callable(BOB)
  const caller = await calling(ALICE)
  const room = caller.leg.leg.split('.')[0]!
  await must(server.api(`/api/calls/${caller.leg.callId}/transfer`, { json: { number: BOB } }))
  page.say({ type: 'answer', ring: (await page.hear('incoming')).ring })
  const { leg } = await page.hear('leg')
  await page.connect(leg)
  expect(await page.line('talking')).toMatchObject({ agent: 'Alice' })
  await eventually(() => pairsOf(room)).toEqual([`${CUSTOMER} < ${PHONE}`, `${PHONE} < ${CUSTOMER}`])
  await caller.page.line('talking')
  page.say({ type: 'hangUp', leg })
  await caller.page.hear('ended')
})

test('the server is restarted while it rings: the page rings again once the agent is back', async () => {
  const { ticket } = await callable()
  const { callId } = await place(ALICE)
  const { port } = new URL(server.url)
  await server.close()
  server = await start(port)
  const page = await openPage()
  page.say({ type: 'reachable', ticket })
  desk = await openDesk()
  const { leg } = await desk.hear('leg')
  await desk.connect(leg)
  page.say({ type: 'answer', ring: (await page.hear('incoming')).ring })
  await page.connect((await page.hear('leg')).leg)
  await eventually(async () => (await callOf(callId)).status).toBe('in-progress')
})
