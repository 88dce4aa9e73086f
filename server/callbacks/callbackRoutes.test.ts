import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { must, type Person } from '../../test/support/people.ts'
import { NOBODY, openSalesLine, type SalesLine } from '../../test/support/salesLine.ts'

const [ANA, BEN, EVA] = ['+14155550101', '+14155550102', '+14155550103']

type Done = { callback: contract.Callback; error: { code: string } }
type Page = { items: contract.Callback[]; nextCursor: string | null }

onBothDatabases('callbacks', open => {
  let line: SalesLine
  let mia: Person
  let noa: Person
  let hugo: Person
  beforeAll(async () => {
    line = await openSalesLine(open)
    ;({ mia, noa, hugo } = line)
    await line.setSales({ waitKeys: { voicemail: null, callback: '2' } })
    await must(line.server.api('/api/contacts', { json: { name: 'Ana López', phones: [ANA] } }))
  })
  afterAll(() => line?.close())
  afterEach(async () => {
    for (const { id } of (await list()).items) await must(done(mia, id))
    await line.quiet()
  })

  const list = async (query = '', person = mia): Promise<Page> =>
    contract.listCallbacks.answer.parse((await must(person.ask<Page>(`/api/callbacks${query}`))).body)
  const done = (person: Person, id: string) => person.ask<Done>(`/api/callbacks/${id}/done`, 'POST')
  const told = async (id: string) =>
    (await line.activity()).filter(event => 'callbackId' in event && event.callbackId === id).map(({ type }) => type)

  /** A caller leaves the line for the promise to be called back. */
  async function promise(from = ANA): Promise<contract.Callback> {
    const caller = await line.ring(from)
    await caller.press('2')
    await caller.press('1')
    expect(caller.live).toBe(false)
    const { id } = await line.callOf(caller)
    return (await list()).items.find(({ call }) => call.id === id)!
  }

  test('are listed with whom to call, and why', async () => {
    const callback = await promise()
    expect(callback).toMatchObject({
      queue: { name: 'Sales' },
      number: ANA,
      contact: { name: 'Ana López' },
      status: 'waiting',
      agent: null,
      attempts: 0,
    })
    const { body } = await line.server.api(`/api/calls/${callback.call.id}`)
    expect(body).toMatchObject({ status: 'completed', outcome: 'callback' })
    expect(await told(callback.id)).toEqual(['callback.promised'])
  })

  test('nobody is promised a second one while the first is open', async () => {
    const { id } = await promise()
    expect(await promise()).toBeUndefined()
    expect((await list('?status=waiting')).items).toMatchObject([{ id }])
    await must(done(mia, id))
    expect((await promise()).id).not.toBe(id)
  })

  describe('as work', () => {
    test('keep the place that the caller had', async () => {
      const { id } = await promise(ANA)
      await line.ring(BEN)
      await mia.be('available')
      expect(await mia.offers()).toMatchObject([{ kind: 'callback', workId: id, call: { from: ANA } }])
    })

    test('are whose who accepts them, until they are done', async () => {
      const { id } = await promise()
      await mia.be('available')
      await mia.accept()
      expect((await list('?status=in-progress')).items).toMatchObject([
        { id, agent: { id: mia.id, name: 'Mia' }, attempts: 1 },
      ])
      const next = await line.ring(BEN)
      expect(await mia.offers()).toEqual([])
      const { body } = await must(done(mia, id))
      expect(contract.finishCallback.answer.parse(body).callback).toMatchObject({ id, status: 'done' })
      expect(await told(id)).toEqual(['callback.done', 'callback.taken_up', 'callback.promised'])
      expect(await mia.offers()).toMatchObject([{ kind: 'call', call: { providerCallId: next.sid } }])
    })

    test('are no longer offered when somebody has dealt with them unasked, once', async () => {
      const { id } = await promise()
      await mia.be('available')
      expect(await mia.offers()).toHaveLength(1)
      await must(done(noa, id))
      await must(done(noa, id))
      expect(await mia.offers()).toEqual([])
      expect(await told(id)).toEqual(['callback.done', 'callback.promised'])
    })
  })

  test('come in pages, newest first', async () => {
    const promised = [await promise(ANA), await promise(BEN), await promise(EVA)].map(({ id }) => id)
    const first = await list('?limit=2')
    expect(first.items.map(({ id }) => id)).toEqual([promised[2], promised[1]])
    const second = await list(`?limit=2&cursor=${first.nextCursor}`)
    expect(second.items[0]!.id).toBe(promised[0])
  })

  test('of other queues do not exist', async () => {
    const { id } = await promise()
    expect((await list('', hugo)).items).toEqual([])
    const answers = [await done(hugo, id), await done(hugo, NOBODY), await done(mia, NOBODY)]
    for (const answer of answers) expect(answer).toEqual({ status: 404, body: answers[0]!.body })
    expect((await line.server.api(`/api/callbacks/${id}/done`, { method: 'POST' })).status).toBe(403)
    expect((await list('?status=waiting')).items).toMatchObject([{ id }])
  })

  test('are not offered to who shows no number', async () => {
    const caller = await line.ring('anonymous')
    expect(caller.heard.join(' ')).not.toMatch(/call you back|called back/i)
    expect(caller.waitsFor).not.toBe('Gather')
  })
})
