import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { addKey, addPerson, eventsOf, makeWorkspace, startTestServer, type TestServer } from '../access/testing.ts'

onBothDatabases('business hours', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
  })
  afterAll(() => server.close())

  const always = [1, 2, 3, 4, 5, 6, 7].map(weekday => ({ weekday, from: '00:00', to: '24:00' }))
  const office = { name: 'Office', timeZone: 'America/New_York', weekly: always }

  const list = async (as = here.admin) => (await server.ask(contract.listHours, { as })).body.items
  const create = (body: object, as = here.admin) => server.ask(contract.createHours, { as, body })
  const add = async (more: object = {}) => (await create({ ...office, ...more })).body.hours
  const update = (id: string, body: object, as = here.admin) =>
    server.ask(contract.updateHours, { as, params: { id }, body })
  const remove = (id: string, as = here.admin) => server.ask(contract.deleteHours, { as, params: { id } })
  const query = (text: string, values: unknown[] = []) => server.db.inWorkspace(here.id, tx => tx.query(text, values))
  const settingsVersion = async () =>
    Number((await query('select settings_version from routing_heads'))[0]!.settings_version)
  const hoursEvents = async () =>
    (await eventsOf(server, here.id)).filter(event => event.type.startsWith('hours.')) as object[]
  const by = () => ({ id: here.adminId, name: 'Admin' })

  describe('are added', () => {
    test('with what they say now; routing and the log hear of it', async () => {
      const version = await settingsVersion()
      const exceptions = [
        { name: 'Yesteryear', from: '2020-12-24', to: '2020-12-26', intervals: [] },
        { name: 'Long ago', from: '1999-01-01', to: '1999-01-01', intervals: [{ from: '22:00', to: '02:00' }] },
      ]
      const { status, body } = await create({ ...office, exceptions })
      expect(status).toBe(201)
      expect(body.hours).toEqual({
        id: expect.any(String),
        ...office,
        exceptions,
        open: true,
        nextChangeAt: null,
        warnings: [],
      })
      expect(await list()).toEqual([body.hours])
      expect(await hoursEvents()).toEqual([
        { type: 'hours.created', hours: { id: body.hours.id, name: 'Office' }, by: by() },
      ])
      expect(await settingsVersion()).toBe(version + 1)
    })

    test('with the next change ahead', async () => {
      const today = new Date().toISOString().slice(0, 10)
      const closed = { name: 'Today', from: today, to: today, intervals: [] }
      const hours = await add({ timeZone: 'UTC', exceptions: [closed] })
      const tomorrow = new Date(Date.parse(today) + 24 * 3600_000).toISOString()
      // Unless midnight has passed since the first line.
      if (new Date().toISOString().startsWith(today))
        expect(hours).toMatchObject({ open: false, nextChangeAt: tomorrow, warnings: [] })
    })

    test('with a warning when they never open', async () => {
      const hours = await add({ weekly: undefined })
      expect(hours).toMatchObject({ weekly: [], exceptions: [], open: false, nextChangeAt: null })
      expect(hours.warnings).toEqual(['These hours never open.'])
    })

    test.each<[string, object, string, string]>([
      ['a zone that is none', { timeZone: 'Europe/Atlantis' }, '', 'Europe/Atlantis'],
      ['hours that overlap', { weekly: [...always, { weekday: 3, from: '09:00', to: '10:00' }] }, '', 'overlap'],
      [
        'a day that is none',
        { exceptions: [{ name: 'X', from: '2026-02-30', to: '2026-03-01', intervals: [] }] },
        'exceptions.0.from',
        '',
      ],
      ['a time that is none', { weekly: [{ weekday: 1, from: '9', to: '10:00' }] }, 'weekly.0.from', 'HH:MM'],
      ['an eighth weekday', { weekly: [{ weekday: 8, from: '09:00', to: '10:00' }] }, 'weekly.0.weekday', ''],
      ['no name', { name: ' ' }, 'name', ''],
    ])('not with %s', async (_, more, path, message) => {
      const { status, body } = await create({ ...office, ...more })
      expect(status).toBe(400)
      expect(body.error.fields).toEqual([expect.objectContaining({ path, message: expect.stringContaining(message) })])
      expect(await list()).toEqual([])
    })

    test('not under a name that is taken', async () => {
      await add()
      const { status, body } = await create(office)
      expect([status, body.error.code]).toEqual([409, 'name_taken'])
      expect((await create(office, (await makeWorkspace(server)).admin)).status).toBe(201)
    })
  })

  test('are listed by name', async () => {
    for (const name of ['Weekend', 'night', 'Office']) await add({ name })
    expect((await list()).map(hours => hours.name)).toEqual(['night', 'Office', 'Weekend'])
  })

  describe('are changed', () => {
    test('in what is given; routing and the log hear of it', async () => {
      const before = await add()
      const version = await settingsVersion()
      const { status, body } = await update(before.id, { name: 'Shop', weekly: [] })
      expect(status).toBe(200)
      expect(body.hours).toEqual({
        ...before,
        name: 'Shop',
        weekly: [],
        open: false,
        warnings: ['These hours never open.'],
      })
      expect(await list()).toEqual([body.hours])
      expect((await hoursEvents()).slice(1)).toEqual([
        {
          type: 'hours.updated',
          hours: { id: before.id, name: 'Shop' },
          changed: ['name', 'weekly'],
          changes: { name: { from: before.name, to: 'Shop' } },
          by: by(),
        },
      ])
      expect(await settingsVersion()).toBe(version + 1)
    })

    test('not when they are as they were', async () => {
      const before = await add({ exceptions: [{ name: 'X', from: '2020-01-01', to: '2020-01-01', intervals: [] }] })
      const version = await settingsVersion()
      const { name, timeZone, weekly, exceptions } = before
      expect((await update(before.id, { name, timeZone, weekly, exceptions })).body.hours).toEqual(before)
      expect((await update(before.id, {})).status).toBe(200)
      expect(await hoursEvents()).toHaveLength(1)
      expect(await settingsVersion()).toBe(version)
    })

    test('not into what could not work, nor into a name that is taken', async () => {
      const before = await add()
      await add({ name: 'Other' })
      expect((await update(before.id, { timeZone: 'Nowhere' })).status).toBe(400)
      const { status, body } = await update(before.id, { name: 'Other' })
      expect([status, body.error.code]).toEqual([409, 'name_taken'])
      expect((await list())[0]).toEqual(before)
    })
  })

  describe('are deleted', () => {
    test('once; routing and the log hear of it', async () => {
      const { id } = await add()
      const version = await settingsVersion()
      expect((await remove(id)).body).toEqual({ success: true })
      expect((await remove(id)).status).toBe(404)
      expect(await list()).toEqual([])
      expect((await hoursEvents()).slice(1)).toEqual([
        { type: 'hours.deleted', hours: { id, name: 'Office' }, by: by() },
      ])
      expect(await settingsVersion()).toBe(version + 1)
    })

    const refusal = async (id: string) => {
      const { status, body } = await remove(id)
      expect([status, body.error.code]).toEqual([409, 'hours_in_use'])
      return body.error.message
    }

    test('not while a queue asks them', async () => {
      const { id } = await add()
      const { id: other } = await add({ name: 'Other' })
      const { items } = (await server.ask(contract.listQueues, { as: here.admin })).body
      const sales = items.find(queue => queue.name === 'sales')!
      const ask = (hoursId: string | null) =>
        server.ask(contract.updateQueue, { as: here.admin, params: { id: sales.id }, body: { hoursId } })
      expect((await ask(id)).status).toBe(200)
      expect(await refusal(id)).toBe('These hours are used by the queue Sales.')
      expect((await remove(other)).status).toBe(200)
      await ask(null)
      expect((await remove(id)).status).toBe(200)
    })

    test('not while a flow asks them, by name or by id, in its draft or for callers', async () => {
      const { id } = await add()
      const asking = (hours: string) =>
        JSON.stringify({
          start: 'a',
          language: 'en',
          nodes: { a: { type: 'hours', hours, open: null, closed: null }, b: { type: 'set', hours: 'Other' } },
        })
      const flow = newId()
      await query('insert into flows (workspace_id, id, name, draft) values ($1, $2, $3, $4::jsonb)', [
        here.id,
        flow,
        'Main',
        asking('Office'),
      ])
      expect(await refusal(id)).toBe('These hours are used by the flow Main.')
      await query('insert into flow_versions values ($1, $2, 1, $3::jsonb, now(), $4, null)', [
        here.id,
        flow,
        asking(id.toUpperCase()),
        'Admin',
      ])
      await query('update flows set draft = $2::jsonb, published_version = 1 where id = $1', [flow, asking('Other')])
      expect(await refusal(id)).toBe('These hours are used by the flow Main.')
      await query('update flows set published_version = null where id = $1', [flow])
      expect((await remove(id)).status).toBe(200)
    })
  })

  test('of another workspace are not there', async () => {
    const there = await makeWorkspace(server)
    const theirs = (await create(office, there.admin)).body.hours
    expect(await list()).toEqual([])
    for (const id of [theirs.id, newId()]) {
      expect((await update(id, { name: 'Mine' })).status).toBe(404)
      expect((await remove(id)).status).toBe(404)
    }
    expect((await remove('x')).status).toBe(404)
    expect(await list(there.admin)).toEqual([theirs])
  })

  test('are seen by everybody, and set by admins and keys that may write queues', async () => {
    const { id } = await add()
    const others = [
      (await addPerson(server, here.id, 'supervisor')).as,
      (await addPerson(server, here.id, 'agent')).as,
      await addKey(server, here.id, ['calls:read', 'settings:manage']),
    ]
    for (const as of others) {
      expect(await list(as)).toHaveLength(1)
      expect((await create({ ...office, name: 'Mine' }, as)).status).toBe(403)
      expect((await update(id, { name: 'Mine' }, as)).status).toBe(403)
      expect((await remove(id, as)).status).toBe(403)
    }
    const writer = await addKey(server, here.id, ['queues:write'])
    expect((await update(id, { name: 'Ours' }, writer)).status).toBe(200)
    expect((await server.ask(contract.listHours)).status).toBe(401)
  })
})
