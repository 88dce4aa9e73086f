import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import type { CenterEvent } from '../core/event.ts'
import type { FlowNode } from '../core/flow.ts'
import { Carrier, type CarrierApi, startCarrierApi } from './support/carrier.ts'
import { onBothDatabases } from './support/databases.ts'
import { elementsIn, textIn } from './support/markup.ts'
import { hire, must, type Person } from './support/people.ts'
import { PUBLIC_URL } from './support/script.ts'
import { startTestServer, type TestServer } from './support/server.ts'

/**
 * Whoever gets hold of a key, a flow or an agent's telephone would have us call numbers that pay their owner. Every trick
 * with such a number, on every way out of the house; what the carrier is asked to dial is what counts.
 */

const ACCOUNT = { sid: 'AC00000000000000000000000000000001', token: 'a1b2c3d4e5f60718293a4b5c6d7e8f90' }
const [LINE, FLOW_LINE] = ['+12025550111', '+12025550112']
const [CUSTOMER, EVA_PHONE] = ['+14155550101', '+14155550161']

/** Where nothing may go, as it would be written by whoever means to be called there. */
const REFUSED: Record<string, string[]> = {
  'premium rate': ['+19005551234', '+12129765555', '+449098790000', '+49900112345', '+4990011234567890'],
  'shared cost': ['+491805123456', '+448451234567'],
  'personal numbers': ['+447012345678', '+15005550006'],
  satellites: [
    '+870773111632',
    '+881612345678',
    '+882161234567',
    '+8835100012345',
    '+979123456789',
    '+878101234567890',
  ],
  'islands behind +1': ['+18765551234', '+18095551234', '+12684601234', '+12844941234', '+18760000000'],
  'countries that share revenue': ['+5351234567', '+252611234567', '+24712345', '+67571234567', '+22412345678'],
  'no number of the country': ['+441111111111'],
  'no telephone number': ['*7219005551234', '411', '11880'],
}
const SPELLINGS: ((e164: string) => string)[] = [
  e164 => e164,
  e164 => e164.replace(/(\d{3})/g, '$1 '),
  e164 => e164.replace('+', '00'),
  e164 => e164.replace('+', '011'),
  e164 => e164.replace('+', ' '),
  e164 => `tel:${e164};ext=5`,
  e164 => `sip:${e164}@example.com`,
  e164 => `${e164},,,1`,
  e164 => `${e164} ext. 12`,
  e164 => `${e164}#1`,
  e164 => `${e164}p1`,
  e164 => `${e164}\u200b`,
  e164 => e164.replace(/\d/g, digit => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)),
  e164 => `Ana <${e164}>`,
]
/** A harmless number in front, another behind it. */
const TAILED = [
  ';ext=19005551234',
  ',,19005551234',
  'x19005551234',
  '#19005551234',
  'p19005551234',
  'w19005551234',
].map(tail => `+14155550123${tail}`)
const CORPUS = Object.values(REFUSED).flatMap(numbers => numbers.flatMap(e164 => SPELLINGS.map(spell => spell(e164))))
const ALLOWED = ['+14155550123', '(415) 555-0123', '+442079460000', '011 49 30 1234567', '+1 800 555 0123']

onBothDatabases('numbers that cost whoever calls them', open => {
  let server: TestServer
  let carrier: Carrier
  let api: CarrierApi
  let eva: Person
  let queueId: string
  let flowId: string

  beforeAll(async () => {
    api = await startCarrierApi(() => carrier, ACCOUNT)
    server = await startTestServer(
      {
        PUBLIC_URL,
        TWILIO_ACCOUNT_SID: ACCOUNT.sid,
        TWILIO_AUTH_TOKEN: ACCOUNT.token,
        TWILIO_API_URL: api.url,
      },
      open,
    )
    await must(server.api('/api/numbers', { json: { number: LINE, queue: 'sales' } }))
    const { items } = (await must(server.api('/api/queues'))).body as { items: contract.Queue[] }
    queueId = items.find(({ name }) => name === 'sales')!.id
    eva = await hire(server, 'Eva', ['sales'], { phone: EVA_PHONE })
    const { flow } = (await must(server.api('/api/flows', { json: { name: 'Out' } }))).body as { flow: contract.Flow }
    flowId = flow.id
    await publish(CUSTOMER)
    await must(server.api('/api/numbers', { json: { number: FLOW_LINE, flow: 'Out' } }))
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
    await put({ kinds: [], countries: usual, callsPerHour: 1000 })
    await eva.be('offline')
  })

  let usual: string[] = []
  beforeAll(async () => {
    usual = ((await must(server.api('/api/settings/dialling'))).body as contract.DiallingSettings).countries
  })
  const put = (json: object) => must(server.api('/api/settings/dialling', { method: 'PUT', json }))
  /** Everywhere, for what must be set before it can be forbidden. */
  const ANYWHERE = {
    countries: ['JM', ...['US', 'CA', 'GB', 'DE']],
    kinds: ['premium-rate', 'shared-cost', 'personal', 'global', 'pager'],
  }
  const flowTo = (number: string) => ({
    start: 'out',
    language: 'en-US',
    nodes: {
      out: { type: 'ring', target: { type: 'number', number }, ringSeconds: 20, unanswered: 'bye' } satisfies FlowNode,
      bye: { type: 'hangUp', prompt: { text: { 'en-US': 'Nobody there.' } } } satisfies FlowNode,
    },
  })
  async function publish(number: string): Promise<{ status: number; body: never }> {
    const saved = await server.api(`/api/flows/${flowId}`, { method: 'PATCH', json: { definition: flowTo(number) } })
    if (saved.status !== 200) return saved
    return server.api(`/api/flows/${flowId}/publish`, { method: 'POST', json: {} })
  }
  /** What the carrier's script asks it to dial. */
  const led = (call: { document: Parameters<typeof elementsIn>[0] }) =>
    elementsIn(call.document)
      .filter(({ name }) => name === 'Dial')
      .flatMap(elementsIn)
      .map(textIn)
  const told = async () => {
    const { items } = (await must(server.api('/api/activity?type=call.barred'))).body as { items: CenterEvent[] }
    return items.map(event => (event.type === 'call.barred' ? [event.number, event.barred] : []))
  }

  test('are asked for by nobody with success: who calls, sends a call, or says where it is to be reached', async () => {
    const talking = await carrier.dial(CUSTOMER, LINE)
    const { items } = (await must(server.api('/api/calls'))).body as { items: contract.Call[] }
    const { id } = items.find(({ providerCallId }) => providerCallId === talking.sid)!
    const waiting = talking.document
    for (const number of CORPUS) {
      const asked = await Promise.all([
        eva.ask('/api/calls', 'POST', { to: number }),
        server.api(`/api/calls/${id}/transfer`, { json: { number } }),
        eva.ask('/api/agents/me', 'PATCH', { phone: number }),
        server.api(`/api/agents/${eva.id}`, { method: 'PATCH', json: { phone: number } }),
        server.api(`/api/queues/${queueId}`, { method: 'PATCH', json: { overflow: { type: 'number', number } } }),
        server.api(`/api/queues/${queueId}`, { method: 'PATCH', json: { afterHours: { type: 'number', number } } }),
      ])
      expect([number, ...asked.map(({ status }) => status)]).toEqual([number, 400, 400, 400, 400, 400, 400])
    }
    expect(api.dials).toEqual([])
    expect(talking.document).toEqual(waiting)
  }, 120_000)

  test('are published in no flow', async () => {
    for (const number of [...Object.values(REFUSED).flat(), ...TAILED]) {
      const { status } = await publish(number)
      expect([number, status]).toEqual([number, 409])
    }
  })

  test('with another number behind are that in front, or nothing', async () => {
    await eva.be('available')
    for (const number of TAILED) {
      const { status } = await eva.ask('/api/agents/me', 'PATCH', { phone: number })
      const { body } = await must(eva.ask<contract.Agent>('/api/agents/me'))
      expect([number, [200, 400].includes(status)]).toEqual([number, true])
      expect(['+14155550123', EVA_PHONE]).toContain(body.phone)
    }
    await must(eva.ask('/api/agents/me', 'PATCH', { phone: EVA_PHONE }))
  })

  test('say how they can be allowed, and are, once somebody has', async () => {
    await eva.be('available')
    const call = () =>
      eva.ask<{ error: { code: string; message: string } }>('/api/calls', 'POST', { to: '876 555 1234' })
    const refused = await call()
    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'call_barred',
          message: 'Calls to Jamaica are not allowed. An admin can allow them under Settings → Where calls may go.',
        },
      },
    })
    await put({ countries: [...usual, 'JM'] })
    expect((await call()).status).toBe(201)
    await expect.poll(() => api.dials).toMatchObject([{ To: EVA_PHONE }])
    const agent = carrier.calls.at(-1)!
    await agent.takeUp()
    expect(led(agent)).toEqual(['+18765551234'])
  })

  test.each(ALLOWED)('%s is none of them', async number => {
    await publish(number)
    const caller = await carrier.dial(CUSTOMER, FLOW_LINE)
    expect(led(caller)).toHaveLength(1)
    expect(led(caller)[0]).toMatch(/^\+(14155550123|442079460000|49301234567|18005550123)$/)
  })

  test('and others, one after the other, only so many within an hour', async () => {
    await eva.be('available')
    const { items } = (await must(server.api('/api/calls?direction=outbound'))).body as { items: contract.Call[] }
    await put({ callsPerHour: items.length + 1 })
    const call = async () => {
      const { status, body } = await eva.ask<{ error?: { code: string; message: string } }>('/api/calls', 'POST', {
        to: CUSTOMER,
      })
      await carrier.hangUpAll()
      return [status, body.error?.code]
    }
    expect([await call(), await call()]).toEqual([
      [201, undefined],
      [409, 'call_barred'],
    ])
    expect(api.dials).toHaveLength(1)
    await put({ callsPerHour: 1000 })
    expect(await call()).toEqual([201, undefined])
  })

  describe('that were allowed when they were set and are so no longer', () => {
    const JAMAICA = '+18765551234'

    test('are not led to by a flow, whose caller goes on as if nobody had answered', async () => {
      await put(ANYWHERE)
      await must(publish('00 1 (876) 555-1234'.replace('00 ', '+')))
      const allowed = await carrier.dial(CUSTOMER, FLOW_LINE)
      expect(led(allowed)).toEqual([JAMAICA])
      await put({ countries: usual, kinds: [] })
      const caller = await carrier.dial(CUSTOMER, FLOW_LINE)
      expect(led(caller)).toEqual([])
      expect(caller.heard.at(-1)).toBe('Nobody there.')
      expect((await told())[0]).toEqual(['+1 (876) 555-1234', { because: 'country', country: 'JM' }])
      await publish(CUSTOMER)
    })

    test('are not overflowed to: the caller leaves a message', async () => {
      await put(ANYWHERE)
      const overflow = { type: 'number', number: JAMAICA }
      await must(
        server.api(`/api/queues/${queueId}`, { method: 'PATCH', json: { afterHours: overflow, enabled: false } }),
      )
      await put({ countries: usual, kinds: [] })
      const caller = await carrier.dial(CUSTOMER, LINE)
      expect(led(caller)).toEqual([])
      expect(caller.waitsFor).toBe('Record')
      const usualAgain = { afterHours: { type: 'voicemail' }, enabled: true }
      await must(server.api(`/api/queues/${queueId}`, { method: 'PATCH', json: usualAgain }))
    })

    test('are no telephone at which an agent is reached: neither for a caller, nor for a call of its own', async () => {
      await put(ANYWHERE)
      await must(eva.ask('/api/agents/me', 'PATCH', { phone: JAMAICA }))
      await put({ countries: usual, kinds: [] })
      await eva.be('available')
      const own = await eva.ask<{ error: { code: string } }>('/api/calls', 'POST', { to: CUSTOMER })
      expect(own).toMatchObject({ status: 409, body: { error: { code: 'call_barred' } } })
      const caller = await carrier.dial(CUSTOMER, LINE)
      await eva.accept()
      if (caller.waitsFor === 'Redirect') await caller.listen()
      expect(led(caller)).toEqual([])
      expect(await eva.presence()).toBe('busy (unreachable)')
      expect(api.dials).toEqual([])
      await must(eva.ask('/api/agents/me', 'PATCH', { phone: EVA_PHONE }))
    })

    test('are not called back, and nobody there is promised that', async () => {
      const keys = { waitKeys: { voicemail: null, callback: '2' } }
      await must(server.api(`/api/queues/${queueId}`, { method: 'PATCH', json: keys }))
      const unpromised = await carrier.dial(JAMAICA, LINE)
      expect(unpromised.waitsFor).not.toBe('Gather')
      await unpromised.hangUp()
      await put(ANYWHERE)
      const caller = await carrier.dial(JAMAICA, LINE)
      await caller.press('2')
      await caller.press('1')
      await put({ countries: usual, kinds: [] })
      await eva.be('available')
      await eva.accept()
      await expect.poll(async () => (await told())[0]).toEqual([JAMAICA, { because: 'country', country: 'JM' }])
      expect(api.dials).toEqual([])
      const { items } = (await must(eva.ask<{ items: contract.Callback[] }>('/api/callbacks'))).body
      expect(items).toMatchObject([{ number: JAMAICA, status: 'in-progress', agent: { name: 'Eva' } }])
      await must(eva.ask(`/api/callbacks/${items[0]!.id}/done`, 'POST'))
    })
  })
})
