import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { must, type Person } from '../../test/support/people.ts'
import { NOBODY, openSalesLine, type SalesLine } from '../../test/support/salesLine.ts'

const ANA = '+14155550101'

type Done = { voicemail: contract.Voicemail; error: { code: string } }
type Page = { items: contract.Voicemail[]; nextCursor: string | null }

onBothDatabases('voicemails', open => {
  let line: SalesLine
  let mia: Person
  let noa: Person
  let hugo: Person
  beforeAll(async () => {
    line = await openSalesLine(open)
    ;({ mia, noa, hugo } = line)
    await line.setSales({ waitKeys: { voicemail: '1', callback: null } })
    await must(line.server.api('/api/contacts', { json: { name: 'Ana López', phones: [ANA] } }))
  })
  afterAll(() => line?.close())
  afterEach(async () => {
    for (const { id } of (await list()).items) await must(done(mia, id))
    await line.quiet()
  })

  const list = async (query = '', person = mia): Promise<Page> =>
    contract.listVoicemails.answer.parse((await must(person.ask<Page>(`/api/voicemails${query}`))).body)
  const done = (person: Person, id: string) => person.ask<Done>(`/api/voicemails/${id}/done`, 'POST')
  const told = async (id: string) =>
    (await line.activity()).filter(event => 'voicemailId' in event && event.voicemailId === id).map(({ type }) => type)

  /** A caller leaves the line for a message of so many seconds. */
  async function leave(seconds: number, from = ANA): Promise<contract.Voicemail> {
    const caller = await line.ring(from)
    await caller.press('1')
    await caller.record(seconds)
    const { id } = await line.callOf(caller)
    return (await list()).items.find(({ call }) => call.id === id)!
  }

  test('are listed with who left them, for whom and how long they are', async () => {
    const voicemail = await leave(14)
    expect(voicemail).toMatchObject({
      queue: { name: 'Sales' },
      from: ANA,
      contact: { name: 'Ana López' },
      seconds: 14,
      status: 'new',
      agent: null,
      transcript: null,
      // It is with the provider.
      recordingId: null,
      audioUrl: null,
    })
    expect(Math.abs(Date.parse(voicemail.leftAt) - Date.now())).toBeLessThan(10_000)
    const { body } = await line.server.api(`/api/calls/${voicemail.call.id}`)
    expect(body).toMatchObject({ status: 'completed', outcome: 'voicemail' })
    expect(await told(voicemail.id)).toEqual(['voicemail.left'])
  })

  describe('as work', () => {
    test('are offered with the card, after those who are on the line', async () => {
      const voicemail = await leave(5)
      const caller = await line.ring('+14155550102')
      await mia.be('available')
      expect(await mia.offers()).toMatchObject([{ kind: 'call', call: { providerCallId: caller.sid } }])
      await mia.accept()
      await caller.hangUp()
      const [offer] = await mia.offers()
      expect(offer).toMatchObject({
        kind: 'voicemail',
        workId: voicemail.id,
        callId: voicemail.call.id,
        queue: { name: 'Sales' },
        card: { match: { state: 'matched', candidates: [{ name: 'Ana López' }] } },
      })
    })

    test('are whose who accepts them, until they are done', async () => {
      const { id } = await leave(5)
      const next = await leave(6, '+14155550102')
      await mia.be('available')
      expect((await mia.accept()).workId).toBe(id)
      const taken = (await list('?status=in-progress')).items
      expect(taken).toMatchObject([{ id, agent: { id: mia.id, name: 'Mia' } }])
      expect(await mia.offers()).toEqual([])

      const { status, body } = await done(mia, id)
      expect(status).toBe(200)
      expect(contract.finishVoicemail.answer.parse(body).voicemail).toMatchObject({ id, status: 'done' })
      expect(await told(id)).toEqual(['voicemail.done', 'voicemail.taken_up', 'voicemail.left'])
      // And the next one is offered.
      expect(await mia.offers()).toMatchObject([{ kind: 'voicemail', workId: next.id }])
    })

    test('are no longer offered when somebody has dealt with them unasked', async () => {
      const { id } = await leave(5)
      await mia.be('available')
      const [offer] = await mia.offers()
      await must(done(noa, id))
      expect(await mia.offers()).toEqual([])
      expect((await mia.ask<Done>(`/api/offers/${offer!.id}/accept`, 'POST')).status).toBe(409)
    })

    test('are done once, however often that is said', async () => {
      const { id } = await leave(5)
      const answers = [await must(done(mia, id)), await must(done(noa, id))]
      for (const { body } of answers) expect(body.voicemail.status).toBe('done')
      expect(await told(id)).toEqual(['voicemail.done', 'voicemail.left'])
    })
  })

  test('come in pages, newest first, and by status', async () => {
    const left = [await leave(1), await leave(2), await leave(3)].map(({ id }) => id)
    await must(done(mia, left[1]!))
    const first = await list('?limit=2')
    expect(first.items.map(({ id }) => id)).toEqual([left[2], left[1]])
    const second = await list(`?limit=2&cursor=${first.nextCursor}`)
    expect(second.items[0]!.id).toBe(left[0])
    const fresh = (await list('?status=new')).items.map(({ id }) => id)
    expect(fresh).toEqual([left[2], left[0]])
    expect((await mia.ask('/api/voicemails?status=lost')).status).toBe(400)
    expect((await mia.ask('/api/voicemails?cursor=nonsense')).status).toBe(400)
  })

  test('of other queues do not exist', async () => {
    const { id } = await leave(5)
    expect((await list('', hugo)).items).toEqual([])
    const answers = [await done(hugo, id), await done(hugo, NOBODY), await done(mia, NOBODY)]
    for (const answer of answers) expect(answer).toEqual({ status: 404, body: answers[0]!.body })
    expect((await list('?status=new')).items).toMatchObject([{ id }])
  })

  test('are seen by keys that may see calls, and done by people only', async () => {
    const { id } = await leave(5)
    expect((await line.server.api('/api/voicemails')).body).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id })]),
    })
    expect((await line.server.api(`/api/voicemails/${id}/done`, { method: 'POST' })).status).toBe(403)
  })

  test('less than a second is none', async () => {
    const before = (await list()).items.length
    const caller = await line.ring()
    await caller.press('1')
    await caller.recordNothing()
    expect((await list()).items).toHaveLength(before)
  })
})
