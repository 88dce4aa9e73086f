import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import type { CenterEvent } from '../core/event.ts'
import { Carrier, type CarrierApi, type PhoneCall, type Repeats, startCarrierApi } from './support/carrier.ts'
import { onBothDatabases, type TestDatabase } from './support/databases.ts'
import { hire, must, type Person } from './support/people.ts'
import { dial, hangUp, PUBLIC_URL, say, script } from './support/script.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const ACCOUNT = { sid: 'AC00000000000000000000000000000001', token: 'a1b2c3d4e5f60718293a4b5c6d7e8f90' }
const LINE = '+12025550111'
const [ANA, BEN] = ['+14155550101', '+14155550102']
const [EVA_PHONE, IDA_PHONE, LIV_PHONE] = ['+14155550161', '+14155550162', '+14155550163']

onBothDatabases('a promised callback', open => {
  let server: TestServer
  let carrier: Carrier
  let api: CarrierApi
  let database: TestDatabase
  let eva: Person
  let ida: Person
  let liv: Person
  let tom: Person
  let people: Person[]

  beforeAll(async () => {
    api = await startCarrierApi(() => carrier, ACCOUNT)
    server = await startTestServer(
      {
        PUBLIC_URL,
        TWILIO_ACCOUNT_SID: ACCOUNT.sid,
        TWILIO_AUTH_TOKEN: ACCOUNT.token,
        TWILIO_API_URL: api.url,
      },
      async () => (database = await open()),
    )
    await must(server.api('/api/numbers', { json: { number: LINE, queue: 'sales' } }))
    const { items } = (await must(server.api('/api/queues'))).body as { items: contract.Queue[] }
    const { id } = items.find(({ name }) => name === 'sales')!
    const settings = { waitKeys: { voicemail: null, callback: '2' } }
    await must(server.api(`/api/queues/${id}`, { method: 'PATCH', json: settings }))
    await must(server.api('/api/contacts', { json: { name: 'Ana López', phones: [ANA] } }))
    eva = await hire(server, 'Eva', ['sales'], { phone: EVA_PHONE })
    ida = await hire(server, 'Ida', ['sales'], { phone: IDA_PHONE })
    liv = await hire(server, 'Liv', ['sales'], { phone: LIV_PHONE })
    tom = await hire(server, 'Tom', ['sales'])
    people = [eva, ida, liv, tom]
  })
  afterAll(async () => {
    await server?.close()
    await api?.close()
  })
  beforeEach(() => {
    carrier = new Carrier({ url: server.url, publicUrl: PUBLIC_URL, authToken: ACCOUNT.token })
    api.dials.length = 0
  })
  afterEach(async () => {
    await carrier.hangUpAll()
    for (const { id } of await listed()) await must(tom.ask(`/api/callbacks/${id}/done`, 'POST'))
    for (const person of people) await person.be('offline')
    api.failures = 0
  })

  const listed = async () => (await must(tom.ask<{ items: contract.Callback[] }>('/api/callbacks'))).body.items
  const promiseOf = async (id: string) => (await listed()).find(callback => callback.id === id)!
  const calls = async () => (await must(server.api('/api/calls?limit=200'))).body as { items: contract.Call[] }
  const storedOf = async ({ sid }: PhoneCall) => {
    const found = (await calls()).items.filter(({ providerCallId }) => providerCallId === sid)
    expect(found).toHaveLength(1)
    return found[0]!
  }
  const told = async (id: string) => {
    const { items } = (await must(server.api('/api/activity?limit=200'))).body as { items: CenterEvent[] }
    return items
      .filter(event => 'callbackId' in event && event.callbackId === id)
      .map(event => (event.type === 'callback.failed' ? `${event.type}: ${event.reason}` : event.type))
      .reverse()
  }

  /** A caller leaves the line for the promise to be called back. */
  async function promise(from = ANA): Promise<string> {
    const caller = await carrier.dial(from, LINE)
    await caller.press('2')
    await caller.press('1')
    expect(caller.live).toBe(false)
    const [newest] = await listed()
    expect(newest).toMatchObject({ number: from, status: 'waiting' })
    return newest!.id
  }

  /** What rings at the agent who has accepted. */
  async function acceptedBy(person: Person): Promise<PhoneCall> {
    const before = api.dials.length
    await person.accept()
    await expect.poll(() => api.dials).toHaveLength(before + 1)
    return carrier.calls.at(-1)!
  }

  describe.each<Repeats>(['once', 'twice', 'twice at once'])('with every webhook %s', repeats => {
    beforeEach(() => {
      carrier.repeats = repeats
    })

    test('is kept by ringing the agent first, who is then led to the customer', async () => {
      const id = await promise()
      const later = await carrier.dial(BEN, LINE)
      await eva.be('available')
      expect(await eva.offers()).toMatchObject([{ kind: 'callback', workId: id }])
      const returning = await acceptedBy(eva)
      expect(api.dials).toMatchObject([{ To: EVA_PHONE, From: LINE, Timeout: '30' }])
      expect(await promiseOf(id)).toMatchObject({ status: 'in-progress', agent: { name: 'Eva' }, attempts: 1 })

      await returning.takeUp()
      expect(returning.document).toEqual(script(dial(1, ANA, LINE, 45)))
      expect(await storedOf(returning)).toMatchObject({
        ...{ direction: 'outbound', from: LINE, to: ANA, status: 'in-progress', answeredAt: null },
        ...{ agent: { name: 'Eva' }, contact: { name: 'Ana López' }, queue: { name: 'Sales' } },
      })
      await returning.answerDial()
      expect((await storedOf(returning)).answeredAt).not.toBeNull()
      expect(await eva.offers()).toEqual([])

      await returning.endDial(42)
      expect(returning.live).toBe(false)
      expect(await storedOf(returning)).toMatchObject({
        ...{ direction: 'outbound', from: LINE, to: ANA, status: 'completed', outcome: 'answered' },
        durationSeconds: 42,
      })
      expect(await promiseOf(id)).toMatchObject({ status: 'done' })
      expect(await told(id)).toEqual(['callback.promised', 'callback.taken_up', 'callback.done'])
      expect(api.strays).toEqual([])
      await expect
        .poll(() => eva.offers(), { timeout: 15_000 })
        .toMatchObject([{ call: { providerCallId: later.sid } }])
      await returning.resend()
      expect(api.dials).toHaveLength(1)
      expect(await told(id)).toHaveLength(3)
    })

    test('goes back to its place when the agent does not take up the telephone', async () => {
      const id = await promise()
      await carrier.dial(BEN, LINE)
      await eva.be('available')
      const returning = await acceptedBy(eva)
      await ida.be('available')
      await ida.be('busy')
      await returning.notTaken('no-answer')
      expect(await eva.presence()).toBe('busy (unreachable)')
      expect(await promiseOf(id)).toMatchObject({ status: 'waiting', agent: null, attempts: 1 })
      expect(await storedOf(returning)).toMatchObject({ status: 'failed', outcome: 'no-answer', answeredAt: null })

      await liv.be('available')
      expect(await liv.offers()).toMatchObject([{ kind: 'callback', workId: id }])
      await returning.resend()
      const second = await acceptedBy(liv)
      expect(api.dials[1]).toMatchObject({ To: LIV_PHONE })
      expect(await promiseOf(id)).toMatchObject({ status: 'in-progress', agent: { name: 'Liv' }, attempts: 2 })
      await second.takeUp()
      await second.answerDial()
      await second.endDial()
      expect(await promiseOf(id)).toMatchObject({ status: 'done', agent: { name: 'Liv' } })
    })

    test('whose customer is not reached waits for a person to decide, and the agent is free', async () => {
      const id = await promise()
      await eva.be('available')
      const returning = await acceptedBy(eva)
      await returning.takeUp()
      await returning.failDial('busy')
      expect(returning.document).toEqual(script(say('The customer could not be reached.'), hangUp()))
      expect(await storedOf(returning)).toMatchObject({ status: 'failed', outcome: 'busy', answeredAt: null })
      expect(await promiseOf(id)).toMatchObject({ status: 'failed', agent: { name: 'Eva' } })
      expect(await told(id)).toEqual([
        ...['callback.promised', 'callback.taken_up', 'callback.failed: customer-unreachable'],
      ])
      expect(await eva.activity()).not.toBe('talking')
      expect(await promise()).not.toBe(id)
    })
  })

  test('of an agent who hangs up before the customer answers waits for a person', async () => {
    const id = await promise()
    await eva.be('available')
    const returning = await acceptedBy(eva)
    await returning.takeUp()
    await returning.ringDial()
    await returning.hangUp()
    expect(await storedOf(returning)).toMatchObject({ status: 'failed', outcome: 'canceled' })
    expect(await promiseOf(id)).toMatchObject({ status: 'failed' })
  })

  test('is done also where the end is told before the beginning', async () => {
    const id = await promise()
    await eva.be('available')
    const returning = await acceptedBy(eva)
    carrier.hold()
    await returning.takeUp()
    await returning.answerDial()
    await returning.endDial()
    await carrier.release('backwards')
    expect(await storedOf(returning)).toMatchObject({ status: 'completed', outcome: 'answered', to: ANA })
    expect(await promiseOf(id)).toMatchObject({ status: 'done' })
    expect((await told(id)).at(-1)).toBe('callback.done')
  })

  test('waits for a person after three agents who could not be reached', async () => {
    const id = await promise()
    for (const person of [eva, ida, liv]) {
      await person.be('available')
      await (await acceptedBy(person)).notTaken('no-answer')
    }
    expect(await promiseOf(id)).toMatchObject({ status: 'failed', attempts: 3 })
    expect((await told(id)).at(-1)).toBe('callback.failed: too-many-attempts')
    await tom.be('available')
    expect(await tom.offers()).toEqual([])
  })

  test('stands in line again when the provider does not dial, and is not dialled twice', async () => {
    const id = await promise()
    await eva.be('available')
    api.failures = 1
    await eva.accept()
    await expect.poll(() => promiseOf(id)).toMatchObject({ status: 'waiting', agent: null })
    expect(await told(id)).toEqual(['callback.promised', 'callback.taken_up', 'callback.failed: agent-unreachable'])
    expect(api.dials).toEqual([])
    expect(carrier.calls).toHaveLength(1)
  })

  test('is made by hand by an agent without a telephone', async () => {
    const id = await promise()
    await tom.be('available')
    await tom.accept()
    expect(await promiseOf(id)).toMatchObject({ status: 'in-progress', agent: { name: 'Tom' } })
    await must(tom.ask(`/api/callbacks/${id}/done`, 'POST'))
    expect(await promiseOf(id)).toMatchObject({ status: 'done' })
    expect(api.dials).toEqual([])
  })

  test('that a person has just called done is not kept once more by whom it still rings at', async () => {
    const id = await promise()
    await eva.be('available')
    expect(await eva.offers()).toHaveLength(1)
    const [workspace] = await database.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces'))
    await database.db.inWorkspace(workspace!.id, tx =>
      tx.query(`update callbacks set status = 'done' where id = $1`, [id]),
    )
    await eva.accept()
    expect([await promiseOf(id), await eva.activity()]).toMatchObject([{ status: 'done', attempts: 0 }, 'ready'])
    expect(await told(id)).toEqual(['callback.promised'])
    expect(api.dials).toEqual([])
  })

  test('that a person calls done meanwhile stays so', async () => {
    const id = await promise()
    await eva.be('available')
    const returning = await acceptedBy(eva)
    await must(eva.ask(`/api/callbacks/${id}/done`, 'POST'))
    await returning.notTaken('no-answer')
    expect(await promiseOf(id)).toMatchObject({ status: 'done' })
    expect(await told(id)).toEqual(['callback.promised', 'callback.taken_up', 'callback.done'])
  })

  test('is returned to its customer: the call cannot be sent elsewhere, and ends when the agent says so', async () => {
    await promise()
    await eva.be('available')
    const returning = await acceptedBy(eva)
    await returning.takeUp()
    await returning.answerDial()
    const { id, queue } = await storedOf(returning)
    const sent = await eva.ask(`/api/calls/${id}/transfer`, 'POST', { queue: queue!.id })
    expect(sent).toMatchObject({ status: 409, body: { error: { code: 'not_controllable' } } })
    await must(eva.ask(`/api/calls/${id}/hang-up`, 'POST'))
    await expect.poll(() => returning.live).toBe(false)
    expect(returning.document).toEqual(script(hangUp()))
  })

  test('is not dialled by whoever finds what another process had left, and who takes up late is let go', async () => {
    const promised = await promise()
    await eva.be('available')
    const returning = await acceptedBy(eva)
    const { items } = await calls()
    const { id } = items.find(({ direction }) => direction === 'outbound')!
    const rows = await database.db.asSystem(sql =>
      sql.query<{ workspace_id: string }>('select workspace_id from routing_heads'),
    )
    await database.db.inWorkspace(rows[0]!.workspace_id, tx =>
      tx.query(
        `insert into provider_commands (workspace_id, id, call_id, provider, command, due_at)
         values (current_workspace(), $1, $2, 'twilio', $3, now() - interval '1 minute')`,
        [randomUUID(), id, { type: 'dial', to: EVA_PHONE, from: LINE, ringSeconds: 30 }],
      ),
    )
    await expect.poll(() => promiseOf(promised), { timeout: 15_000 }).toMatchObject({ status: 'waiting' })
    expect(api.dials).toHaveLength(1)
    await returning.takeUp()
    expect(returning.document).toEqual(script(hangUp()))
    expect(await promiseOf(promised)).toMatchObject({ status: 'waiting', attempts: 1 })
  })
})
