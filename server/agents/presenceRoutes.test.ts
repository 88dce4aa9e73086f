import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import type { Person } from '../../test/support/people.ts'
import { NOBODY, openSalesLine, type SalesLine } from '../../test/support/salesLine.ts'

type Answered = { agent: contract.Agent; error: { code: string; fields?: { path: string }[] } }

onBothDatabases('what agents say they are', open => {
  let line: SalesLine
  let mia: Person
  let noa: Person
  beforeAll(async () => {
    line = await openSalesLine(open)
    ;({ mia, noa } = line)
  })
  afterAll(() => line?.close())
  afterEach(async () => {
    await line.quiet()
    await line.setSales({ wrapUpSeconds: 0 })
  })

  const be = (person: Person, json: object) => person.ask<Answered>('/api/agents/me/presence', 'PUT', json)
  const me = async (person: Person) => (await person.ask<contract.Agent>('/api/agents/me')).body
  const lead = (id: string, json: object) =>
    line.server.api(`/api/agents/${id}/presence`, { method: 'PUT', json }) as Promise<{
      status: number
      body: Answered
    }>
  const changes = async () => (await line.activity()).filter(event => event.type === 'agent.presence_changed')

  describe('about themselves', () => {
    test.each(['available', 'busy', 'break', 'offline'] as const)('%s', async presence => {
      const before = Date.now()
      const { status, body } = await be(mia, { presence })
      expect(status).toBe(200)
      expect(body.agent).toMatchObject({ id: mia.id, name: 'Mia', presence: { status: presence, reason: null } })
      expect(body.agent.activity).toBe(presence === 'available' ? 'ready' : 'away')
      if (presence !== 'offline') expect(Date.parse(body.agent.presence.since)).toBeGreaterThanOrEqual(before)
      expect(await me(mia)).toEqual(body.agent)
    })

    test('with the reason in one clean line', async () => {
      const { body } = await be(mia, { presence: 'break', reason: '  Lunch\n with   Noa\u0007 ' })
      expect(body.agent.presence.reason).toBe('Lunch with Noa')
      expect((await be(mia, { presence: 'break', reason: null })).body.agent.presence.reason).toBeNull()
    })

    test('is told, with what it was before and who said it', async () => {
      await be(mia, { presence: 'available' })
      await be(mia, { presence: 'break', reason: 'Lunch' })
      expect((await changes())[0]).toMatchObject({
        agent: { id: mia.id, name: 'Mia' },
        presence: { status: 'break', reason: 'Lunch' },
        previous: { status: 'available', reason: null },
        by: { name: 'Mia' },
      })
    })

    test('said again, it has been so since the first time', async () => {
      const first = (await be(mia, { presence: 'break', reason: 'Lunch' })).body.agent.presence
      const again = (await be(mia, { presence: 'break', reason: 'Lunch' })).body.agent.presence
      expect(again).toEqual(first)
      const other = (await be(mia, { presence: 'break', reason: 'Training' })).body.agent.presence
      expect(Date.parse(other.since)).toBeGreaterThanOrEqual(Date.parse(first.since))
      expect(other.reason).toBe('Training')
    })

    test.each<[string, object, string]>([
      ['a word that is none', { presence: 'asleep' }, 'presence'],
      ['nothing', {}, 'presence'],
      ['a reason that is a book', { presence: 'break', reason: 'x'.repeat(101) }, 'reason'],
      ['a reason that is no text', { presence: 'break', reason: 7 }, 'reason'],
    ])('%s is refused', async (_name, json, field) => {
      const { status, body } = await be(mia, json)
      expect([status, body.error.fields?.map(({ path }) => path)]).toEqual([400, [field]])
    })

    test('who takes no calls has nothing to say', async () => {
      const { status } = await line.server.api('/api/agents/me/presence', {
        method: 'PUT',
        json: { presence: 'available' },
      })
      expect(status).toBe(403)
    })
  })

  describe('about somebody else', () => {
    test('is for those who lead', async () => {
      const { status, body } = await lead(noa.id, { presence: 'break', reason: 'Sent home' })
      expect([status, body.agent.presence]).toMatchObject([200, { status: 'break', reason: 'Sent home' }])
      expect(await noa.presence()).toBe('break (Sent home)')
      expect((await changes())[0]).toMatchObject({ agent: { id: noa.id } })
      expect((await changes())[0]!.by).not.toMatchObject({ name: 'Noa' })
      const refused = await mia.ask(`/api/agents/${noa.id}/presence`, 'PUT', { presence: 'available' })
      expect(refused.status).toBe(403)
      expect(await noa.presence()).toBe('break (Sent home)')
    })

    test('who does not exist, is not found', async () => {
      expect((await lead(NOBODY, { presence: 'available' })).status).toBe(404)
    })
  })

  describe('and what comes of it', () => {
    test('who becomes available is asked at once by whoever waits', async () => {
      const caller = await line.ring()
      expect(await mia.offers()).toEqual([])
      await be(mia, { presence: 'available' })
      expect(await mia.offers()).toMatchObject([{ call: { providerCallId: caller.sid } }])
      expect((await me(mia)).activity).toBe('offered')
    })

    test('what rings at somebody who goes away rings at the next', async () => {
      await be(mia, { presence: 'available' })
      const caller = await line.ring()
      await be(noa, { presence: 'available' })
      await be(mia, { presence: 'break' })
      expect(await mia.offers()).toEqual([])
      expect(await noa.offers()).toMatchObject([{ call: { providerCallId: caller.sid } }])
    })

    test('a conversation goes on, whatever one says one is', async () => {
      await be(mia, { presence: 'available' })
      const caller = await line.ring()
      await mia.accept()
      expect((await be(mia, { presence: 'break' })).body.agent.activity).toBe('talking')
      await caller.hangUp()
      expect((await me(mia)).activity).toBe('away')
    })
  })

  describe('writing up', () => {
    /** Mia has spoken with somebody and writes about it. */
    async function wrapUp(): Promise<string> {
      await line.setSales({ wrapUpSeconds: 600 })
      await be(mia, { presence: 'available' })
      const caller = await line.ring()
      const { callId } = await mia.accept()
      await caller.hangUp()
      return callId
    }
    const longer = (person: Person, callId: string, seconds: unknown) =>
      person.ask<Answered>(`/api/calls/${callId}/wrap-up`, 'POST', { seconds })
    const done = (person: Person, callId: string) => person.ask<Answered>(`/api/calls/${callId}/wrap-up`, 'DELETE')
    const secondsLeft = (agent: contract.Agent) => (Date.parse(agent.wrapUps[0]!.until) - Date.now()) / 1000

    test('keeps the agent from the next call until it is finished', async () => {
      const callId = await wrapUp()
      const agent = await me(mia)
      expect(agent).toMatchObject({ activity: 'wrap-up', wrapUps: [{ callId }] })
      expect(secondsLeft(agent)).toBeGreaterThan(590)
      expect(secondsLeft(agent)).toBeLessThanOrEqual(600)
      const next = await line.ring('+14155550102')
      expect(await mia.offers()).toEqual([])
      const { status, body } = await done(mia, callId)
      expect([status, body.agent.wrapUps, body.agent.activity]).toEqual([200, [], 'offered'])
      expect(await mia.offers()).toMatchObject([{ call: { providerCallId: next.sid } }])
    })

    test('takes as much more time as is asked for, from now on', async () => {
      const callId = await wrapUp()
      const { status, body } = await longer(mia, callId, 3600)
      expect(status).toBe(200)
      expect(secondsLeft(body.agent)).toBeGreaterThan(3590)
      expect(secondsLeft((await longer(mia, callId, 60)).body.agent)).toBeLessThanOrEqual(60)
      await done(mia, callId)
    })

    test('is told from beginning to end', async () => {
      const callId = await wrapUp()
      await longer(mia, callId, 60)
      await done(mia, callId)
      const told = (await line.activity()).filter(({ type }) => type.startsWith('agent.wrap_up')).slice(0, 3)
      expect(told).toMatchObject([
        { type: 'agent.wrap_up_ended', agent: { id: mia.id }, callId },
        { type: 'agent.wrap_up_extended', agent: { id: mia.id }, callId },
        { type: 'agent.wrap_up_started', agent: { id: mia.id }, call: { id: callId } },
      ])
    })

    test('that is over, or is another’s, is none', async () => {
      const callId = await wrapUp()
      const answers = [await done(noa, callId), await longer(noa, callId, 60), await done(mia, NOBODY)]
      expect((await me(mia)).wrapUps).toHaveLength(1)
      await done(mia, callId)
      answers.push(await done(mia, callId), await longer(mia, callId, 60))
      for (const { status, body } of answers) expect([status, body.error.code]).toEqual([409, 'no_wrap_up'])
    })

    test.each([0, -1, 3601, 1.5, '60', null])('%j seconds are refused', async seconds => {
      const { status, body } = await longer(mia, NOBODY, seconds)
      expect([status, body.error.fields?.map(({ path }) => path)]).toEqual([400, ['seconds']])
    })

    test('goes on while its agent is away', async () => {
      const callId = await wrapUp()
      expect((await be(mia, { presence: 'break' })).body.agent).toMatchObject({ wrapUps: [{ callId }] })
      expect((await done(mia, callId)).body.agent).toMatchObject({ wrapUps: [], activity: 'away' })
    })
  })
})
