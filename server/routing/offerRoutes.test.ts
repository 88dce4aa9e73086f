import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import type { PhoneCall } from '../../test/support/carrier.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import type { Person } from '../../test/support/people.ts'
import { NOBODY, openSalesLine, type SalesLine } from '../../test/support/salesLine.ts'
import { createWorkspace } from '../workspaces/workspace.ts'

const ANA = '+14155550101'

type Refused = { error: { code: string } }
type Accepted = { offer: contract.Offer; call: contract.Call }
type Routing = ReturnType<typeof contract.getRouting.answer.parse>

onBothDatabases('offers', open => {
  let line: SalesLine
  let mia: Person
  let noa: Person
  let hugo: Person
  beforeAll(async () => {
    line = await openSalesLine(open)
    ;({ mia, noa, hugo } = line)
    await line.server.api('/api/contacts', { json: { name: 'Ana López', phones: [ANA] } })
  })
  afterAll(() => line?.close())
  afterEach(async () => {
    await line.quiet()
    await line.setSales({ strategy: 'longest-idle' })
  })

  const accept = (person: Person, id: string) => person.ask<Accepted & Refused>(`/api/offers/${id}/accept`, 'POST')
  const decline = (person: Person, id: string) => person.ask<Accepted & Refused>(`/api/offers/${id}/decline`, 'POST')
  const only = async (person: Person) => {
    const offers = await person.offers()
    expect(offers).toHaveLength(1)
    return offers[0]!
  }
  const routingOf = async (callId: string): Promise<Routing> =>
    contract.getRouting.answer.parse((await line.server.api(`/api/calls/${callId}/routing`)).body)

  // The first of all: once people have talked here, these short talks are what the estimate is made of.
  test('for whom somebody is asked waits no time, whoever is behind does, and both are told so', async () => {
    await mia.be('available')
    const first = await line.ring()
    const waitOf = async (caller: PhoneCall) =>
      (await routingOf((await line.callOf(caller)).id)).waiting!.estimatedWaitSeconds
    expect(await waitOf(first)).toBe(0)
    expect(first.heard).toEqual(expect.arrayContaining(['You are next in line.', 'The wait is less than a minute.']))
    const second = await line.ring('+14155550102')
    expect(await waitOf(second)).toBeGreaterThan(0)
    expect(second.heard.join()).toContain('The wait is about')
  })

  describe('what rings at me', () => {
    test('has the whole card, and why it is me', async () => {
      await mia.be('available')
      await line.ring()
      const offer = await only(mia)
      expect(contract.LiveOffer.parse(offer)).toMatchObject({
        kind: 'call',
        queue: { name: 'Sales' },
        agent: { id: mia.id, name: 'Mia' },
        waitedSeconds: 0,
        call: { from: ANA, status: 'ringing', agent: null, contact: { name: 'Ana López' } },
        card: { match: { state: 'matched', candidates: [{ name: 'Ana López' }] }, openRequests: [] },
        explanation: { strategy: 'longest-idle', offeredTo: [mia.id], eligible: [] },
      })
      expect(offer.workId).toBe(offer.call.id)
      expect(Date.parse(offer.expiresAt) - Date.parse(offer.madeAt)).toBe(20_000)
      // What was called before is on the card as well, and what rings is not.
      expect(offer.card.lastCalls.map(({ id }) => id)).not.toContain(offer.call.id)
    })

    test('is what was told with the event', async () => {
      await mia.be('available')
      await line.ring()
      const { id, card, explanation } = await only(mia)
      const told = (await line.activity()).find(event => event.type === 'offer.made' && event.offer.id === id)
      expect(told).toMatchObject({ card, explanation })
    })

    test('is nobody else’s', async () => {
      await mia.be('available')
      await line.ring()
      expect(await noa.offers()).toEqual([])
    })
  })

  describe('accepting', () => {
    test('takes the call', async () => {
      await mia.be('available')
      const caller = await line.ring()
      const { id } = await only(mia)
      const { status, body } = await accept(mia, id)
      expect(status).toBe(200)
      expect(contract.acceptOffer.answer.parse(body)).toMatchObject({
        offer: { id, agent: { id: mia.id, name: 'Mia' }, queue: { name: 'Sales' } },
        call: { agent: { id: mia.id }, providerCallId: caller.sid },
      })
      expect(await mia.offers()).toEqual([])
      const { body: me } = await mia.ask<contract.Agent>('/api/agents/me')
      expect(me.activity).toBe('talking')
    })

    test('of two at the same instant, one has it and the other is told so', async () => {
      await line.setSales({ strategy: 'ring-all' })
      await mia.be('available')
      await noa.be('available')
      await line.ring()
      const [one, two] = [await only(mia), await only(noa)]
      expect(one.attempt).toBe(two.attempt)
      const answers = await Promise.all([accept(mia, one.id), accept(noa, two.id)])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      expect(answers.find(({ status }) => status === 409)!.body.error.code).toBe('offer_gone')
      expect(await Promise.all([mia.offers(), noa.offers()])).toEqual([[], []])
    })

    test.each<[string, (caller: PhoneCall, id: string) => Promise<unknown>]>([
      ['it was accepted before', (_caller, id) => accept(mia, id)],
      ['it was declined before', (_caller, id) => decline(mia, id)],
      ['the agent has gone', () => mia.be('break')],
      ['the caller has hung up', caller => caller.hangUp()],
    ])('is too late when %s', async (_why, happens) => {
      await mia.be('available')
      const caller = await line.ring()
      const { id } = await only(mia)
      await happens(caller, id)
      for (const answer of [accept, decline]) {
        const { status, body } = await answer(mia, id)
        expect([status, body.error.code]).toEqual([409, 'offer_gone'])
      }
    })
  })

  test('declining leaves it to the next, and to nobody where there is none', async () => {
    await line.setSales({ strategy: 'in-order' })
    await mia.be('available')
    await noa.be('available')
    const caller = await line.ring()
    const first = await only(mia)
    const { status, body } = await decline(mia, first.id)
    expect([status, body.offer.id]).toEqual([200, first.id])
    expect(await mia.offers()).toEqual([])
    const second = await only(noa)
    expect(second.workId).toBe(first.workId)
    expect(second.attempt).toBeGreaterThan(first.attempt)
    await decline(noa, second.id)
    expect([await mia.offers(), await noa.offers()]).toEqual([[], []])
    expect((await line.callOf(caller)).agent).toBeNull()
  })

  describe('what is not mine does not exist', () => {
    test.each(['accept', 'decline'])('to %s', async verb => {
      await mia.be('available')
      await line.ring()
      const { id } = await only(mia)
      const other = await createWorkspace(line.server.app.db, {
        ...{ name: 'Other', adminEmail: `${verb}@other.example`, adminPassword: 'correct horse battery' },
        supportNumbers: [],
      })
      expect(other.workspace.name).toBe('Other')
      const cookie = await line.server.signIn(`${verb}@other.example`)
      const stranger = await fetch(`${line.server.url}/api/offers/${id}/${verb}`, {
        method: 'POST',
        headers: { cookie },
      })
      const answers = [
        { status: stranger.status, body: await stranger.json() },
        await noa.ask(`/api/offers/${id}/${verb}`, 'POST'),
        await mia.ask(`/api/offers/${NOBODY}/${verb}`, 'POST'),
      ]
      for (const answer of answers) expect(answer).toEqual({ status: 404, body: answers[0]!.body })
      expect((await only(mia)).id).toBe(id)
    })

    test('and who takes no calls is told so', async () => {
      for (const path of ['/api/offers', `/api/offers/${NOBODY}/accept`]) {
        const method = path === '/api/offers' ? 'GET' : 'POST'
        expect((await line.server.api(path, { method })).status).toBe(403)
      }
    })
  })

  describe('why it went where it went', () => {
    test('while it waits: its place, and what stands in the way of each agent', async () => {
      await noa.be('break')
      const caller = await line.ring()
      const { id } = await line.callOf(caller)
      const { offers, waiting } = await routingOf(id)
      expect(offers).toEqual([])
      expect(waiting).toMatchObject({ queue: { name: 'Sales' }, position: 1, estimatedWaitSeconds: null, eligible: [] })
      expect(Date.parse(waiting!.since)).toBeLessThanOrEqual(Date.now())
      expect(waiting!.hindered).toHaveLength(3) // the admin takes calls as well
      expect(waiting!.hindered).toEqual(
        expect.arrayContaining([
          {
            agent: { id: mia.id, name: 'Mia' },
            hindrances: [{ type: 'presence', presence: { status: 'offline', reason: null } }],
          },
          {
            agent: { id: noa.id, name: 'Noa' },
            hindrances: [{ type: 'presence', presence: { status: 'break', reason: null } }],
          },
        ]),
      )
    })

    test('in line behind another: twice the wait, and nobody has a hand free', async () => {
      await mia.be('available')
      await line.ring()
      await mia.accept()
      const behind = await line.ring('+14155550102')
      const { waiting } = await routingOf((await line.callOf(behind)).id)
      expect(waiting).toMatchObject({ position: 1 })
      expect(waiting!.estimatedWaitSeconds).not.toBeNull()
      const last = await line.ring('+14155550103')
      const further = (await routingOf((await line.callOf(last)).id)).waiting!
      expect(further.position).toBe(2)
      expect(further.estimatedWaitSeconds).toBe(2 * waiting!.estimatedWaitSeconds!)
      const busy = further.hindered.find(({ agent }) => agent.id === mia.id)!
      expect(busy.hindrances).toEqual([{ type: 'no-free-slot', occupied: 1, capacity: 1 }])
    })

    test('every offer: to whom, how it ended, who could be asked and who could not', async () => {
      await line.setSales({ strategy: 'in-order' })
      await mia.be('available')
      await noa.be('available')
      const caller = await line.ring()
      const first = await only(mia)
      await decline(mia, first.id)
      await noa.accept()
      const { offers, waiting } = await routingOf((await line.callOf(caller)).id)
      expect(waiting).toBeNull()
      expect(offers).toMatchObject([
        { agent: { name: 'Mia' }, outcome: 'rejected', strategy: 'in-order', offeredTo: [{ name: 'Mia' }] },
        { agent: { name: 'Noa' }, outcome: 'accepted', offeredTo: [{ name: 'Noa' }] },
      ])
      expect(offers.map(({ eligible }) => eligible.map(({ name }) => name))).toEqual([['Mia', 'Noa'], ['Noa']])
      expect(offers[1]!.hindered).toContainEqual({
        agent: { id: mia.id, name: 'Mia' },
        hindrances: [{ type: 'passed-it-up' }],
      })
      for (const offer of offers) expect(offer.endedAt).not.toBeNull()
    })

    test('is not for those who may not see the call', async () => {
      await mia.be('available')
      const caller = await line.ring()
      const { id } = await line.callOf(caller)
      expect((await mia.ask(`/api/calls/${id}/routing`)).status).toBe(200)
      const answers = [await hugo.ask(`/api/calls/${id}/routing`), await mia.ask(`/api/calls/${NOBODY}/routing`)]
      for (const answer of answers) expect(answer).toEqual({ status: 404, body: answers[0]!.body })
    })
  })
})
