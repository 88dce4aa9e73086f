import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { FakeEngine } from '../../providers/builtin/testing.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { hire, must, type Person } from '../../test/support/people.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { type Message, TestPage } from '../voice/testing.ts'

/** An id of nothing. */
const NOBODY = '01900000-0000-7000-8000-000000000000'
const SUPERVISOR = { email: 'sue@example.com', password: 'correct horse battery' }

interface Answer {
  status: number
  body: {
    success: boolean
    call_id: string
    call_sid: string
    action: string
    status: string
    supervisor: { id: string; full_name: string } | null
    error: { code: string; message: string; fields?: { path: string }[] }
  }
}

onBothDatabases('what a CRM asks of a call', open => {
  let server: TestServer
  let engine: FakeEngine
  let ann: Person
  let sue: string
  const pages: TestPage[] = []
  beforeAll(async () => {
    engine = new FakeEngine()
    server = await startTestServer({}, open, async () => engine)
    ann = await hire(server, 'Ann', ['sales'], { phone: '+1 415 555 0161' })
    const { body } = await must(server.api('/api/users', { json: { ...SUPERVISOR, name: 'Sue', role: 'supervisor' } }))
    sue = (body as { user: { id: string } }).user.id
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close()
  })
  afterAll(() => server?.close())

  const act = (json: object, headers = {}): Promise<Answer> =>
    server.api('/functions/v1/api-calls-admin-action', { json, headers })
  const refusalOf = async (json: object) => {
    const { status, body } = await act(json)
    return [status, body.error.code]
  }
  const eventsOf = async (callId: string) =>
    ((await must(server.api(`/api/calls/${callId}`))).body as contract.CallDetails).events

  const openPage = async (headers: Record<string, string> = {}) => {
    const page = new TestPage(server.url, headers)
    pages.push(page)
    await page.hear('ready')
    return page
  }
  async function openDesk({ email, password }: { email: string; password: string }): Promise<TestPage> {
    const page = await openPage({ cookie: await server.signIn(email, password) })
    page.say({ type: 'desk' })
    await page.hear('first')
    return page
  }
  /** A customer calls from a page, and Ann, who takes it by hand, speaks with it. */
  async function talk(): Promise<{ customer: TestPage; leg: Message<'leg'>; sid: string }> {
    const customer = await openPage()
    const to = '+12025550100'
    customer.say({ type: 'call', to, from: '(415) 555-0190', name: 'Carla', language: null })
    const leg = await customer.hear('leg')
    await customer.connect(leg.leg)
    const desk = await openDesk(ann.credentials)
    await must(ann.ask(`/api/calls/${leg.callId}/take`, 'POST'))
    await desk.connect((await desk.hear('leg')).leg)
    await customer.line('talking')
    const { providerCallId } = (await must(server.api(`/api/calls/${leg.callId}`))).body as contract.Call
    return { customer, leg, sid: providerCallId }
  }
  /** Their page is on record a moment after it has opened. */
  const whenOpen = async (json: object) => {
    await expect.poll(async () => (await act(json)).status).toBe(200)
    return act(json)
  }

  describe('has a supervisor in it', () => {
    test('in an open page: unheard, in the agent’s ear, and with everybody; the log says who', async () => {
      const { leg, sid } = await talk()
      const page = await openDesk(SUPERVISOR)
      const { status, body } = await whenOpen({ call_sid: sid, action: 'monitor', supervisor_id: sue })
      expect([status, body]).toEqual([
        200,
        {
          success: true,
          call_id: leg.callId,
          call_sid: sid,
          action: 'monitor',
          status: 'in-progress',
          supervisor: { id: sue, full_name: 'Sue' },
        },
      ])
      await page.connect((await page.hear('leg', ({ as }) => as === 'supervisor')).leg)
      for (const action of ['whisper', 'barge'])
        expect((await act({ call_id: leg.callId, action, supervisor_id: SUPERVISOR.email })).status).toBe(200)
      const supervision = (await eventsOf(leg.callId)).filter(({ type }) => type.startsWith('supervision.'))
      expect(supervision).toMatchObject([
        { type: 'supervision.started', listening: 'monitor', by: { id: sue, name: 'Sue' } },
        { type: 'supervision.changed', listening: 'whisper' },
        { type: 'supervision.changed', listening: 'barge' },
      ])
      expect((await act({ call_sid: sid, action: 'disconnect' })).status).toBe(200)
      const { body: details } = await must(server.api(`/functions/v1/api-calls-details?call_id=${leg.callId}`))
      const { legs } = (details as { call: contract.CrmCallDetails }).call
      expect(legs.map(({ party }) => party)).toEqual(['customer', 'agent', 'supervisor'])
    })

    test('not where no page of theirs is open: it says what to do', async () => {
      const { sid } = await talk()
      const asked = { call_sid: sid, action: 'monitor', supervisor_id: sue }
      await expect.poll(() => refusalOf(asked)).toEqual([409, 'softphone_closed'])
      expect((await act(asked)).body.error.message).toContain('Sue has no page of Ringside open')
      await openDesk(SUPERVISOR)
      await whenOpen(asked)
      for (const page of pages.splice(2)) await page.close()
      await expect.poll(() => refusalOf({ ...asked, action: 'barge' })).toEqual([409, 'softphone_closed'])
      expect((await act({ call_sid: sid, action: 'disconnect' })).status).toBe(200)
    })

    test('not somebody who may not listen, or is not there', async () => {
      const { sid } = await talk()
      for (const supervisor_id of [ann.credentials.email, ann.id, '(415) 555-0161']) {
        const { status, body } = await act({ call_sid: sid, action: 'monitor', supervisor_id })
        expect([status, body.error.fields?.map(({ path }) => path)]).toEqual([400, ['supervisor_id']])
      }
      for (const supervisor_id of [NOBODY, 'nobody@example.com', '+14155550169', '+1234567890'])
        expect(await refusalOf({ call_sid: sid, action: 'monitor', supervisor_id })).toEqual([404, 'not_found'])
      expect((await act({ call_sid: sid, action: 'disconnect' })).status).toBe(200)
    })

    test('not where nobody speaks yet, nor when it is over', async () => {
      const customer = await openPage()
      customer.say({ type: 'call', to: '+12025550100', from: null, name: null, language: null })
      const { callId, leg } = await customer.hear('leg')
      const asked = { call_id: callId, action: 'monitor', supervisor_id: sue }
      expect(await refusalOf(asked)).toEqual([409, 'not_talking'])
      customer.say({ type: 'hangUp', leg })
      await expect.poll(() => refusalOf(asked)).toEqual([409, 'call_over'])
    })
  })

  describe('on another telephone system', () => {
    const report = async (sid: string) => {
      const json = { CallSid: sid, From: '+1234567890', To: '+0987654321', CallStatus: 'ringing', Direction: 'inbound' }
      return ((await must(server.api('/api/webhooks/call/incoming', { json }))).body as { call: contract.Call }).call
    }

    test('nobody can be listened to: it says where', async () => {
      const { id } = await report('CAxxxx')
      const { status, body } = await act({ call_sid: 'CAxxxx', action: 'monitor', supervisor_id: '+1234567890' })
      expect([status, body.error.code]).toEqual([409, 'not_controllable'])
      expect(body.error.message).toContain('twilio')
      expect(await refusalOf({ call_id: id, action: 'disconnect' })).toEqual([409, 'not_controllable'])
    })

    test('it is ended where it does what we say, in the name of the key', async () => {
      const caller = { CallSid: 'CA88', From: '+14155550142', To: '+12025550100', CallStatus: 'ringing' }
      const body = new URLSearchParams({ ...caller, Direction: 'inbound' })
      await fetch(`${server.url}/api/twilio/incoming-call`, { method: 'POST', body })
      const ended = await act({ call_sid: 'CA88', action: 'disconnect', supervisor_id: '+1234567890' })
      expect(ended).toMatchObject({ status: 200, body: { action: 'disconnect', supervisor: null } })
      expect((await eventsOf(ended.body.call_id)).at(-1)).toMatchObject({
        type: 'call.hung_up',
        by: { name: 'Operator' },
      })
    })
  })

  test.each<[string, object, string]>([
    ['no call', { action: 'monitor', supervisor_id: 'x' }, 'call_sid'],
    ['two calls', { call_sid: 'CA1', call_id: NOBODY, action: 'disconnect' }, 'call_sid'],
    ['an act that is none', { call_sid: 'CA1', action: 'listen', supervisor_id: 'x' }, 'action'],
    ['nobody to listen', { call_sid: 'CA1', action: 'whisper' }, 'supervisor_id'],
  ])('is refused with %s', async (_, json, path) => {
    const { status, body } = await act(json)
    expect([status, body.error.fields?.map(field => field.path)]).toEqual([400, [path]])
  })

  test('is for keys that may, and for calls that are there', async () => {
    expect(await refusalOf({ call_sid: 'CA0', action: 'disconnect' })).toEqual([404, 'not_found'])
    expect(await refusalOf({ call_id: NOBODY, action: 'disconnect' })).toEqual([404, 'not_found'])
    const made = await must(server.api('/api/api-keys', { json: { name: 'CRM', permissions: ['calls:read'] } }))
    const headers = { 'x-api-key': (made.body as { key: string }).key }
    expect((await act({ call_sid: 'CA0', action: 'disconnect' }, headers)).status).toBe(403)
  })

  test('needs no other permission than to supervise', async () => {
    const made = await must(server.api('/api/api-keys', { json: { name: 'CRM', permissions: ['calls:supervise'] } }))
    const headers = { 'x-api-key': (made.body as { key: string }).key }
    const caller = { CallSid: 'CA89', From: '+14155550142', To: '+12025550100', CallStatus: 'ringing' }
    const body = new URLSearchParams({ ...caller, Direction: 'inbound' })
    await fetch(`${server.url}/api/twilio/incoming-call`, { method: 'POST', body })
    expect(await act({ call_sid: 'CA89', action: 'disconnect' }, headers)).toMatchObject({ status: 200 })
  })
})
