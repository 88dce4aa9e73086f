import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'

onBothDatabases('business hours in the call settings', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({}, open)
  })
  afterAll(() => server?.close())
  beforeEach(async () => {
    await put({ business_hours: null })
  })

  const put = (settings: object) => server.api('/api/settings/calls', { method: 'PUT', json: settings })
  const settings = async () => (await server.api('/api/settings/calls')).body as unknown as contract.CallSettings
  const queues = async () => {
    const { body } = await server.api('/api/queues')
    return (body as { items: contract.Queue[] }).items
  }
  const WEEK = { monday: { start: '09:00', end: '17:00' }, tuesday: { start: '09:00', end: '17:00' } }

  test('are none on a fresh start: always open', async () => {
    expect(await settings()).toMatchObject({ business_hours: null, time_zone: 'America/New_York' })
  })

  test('are those of every queue that has none of its own, and of those alone', async () => {
    const own = await server.api('/api/hours', {
      json: { name: 'Nights', timeZone: 'Europe/Berlin', weekly: [{ weekday: 1, from: '20:00', to: '23:00' }] },
    })
    const { id } = (own.body as { hours: { id: string } }).hours
    const support = (await queues()).find(({ name }) => name === 'support')!
    await server.api(`/api/queues/${support.id}`, { method: 'PATCH', json: { hoursId: id } })

    const { status } = await put({ business_hours: WEEK, time_zone: 'Europe/Madrid' })
    expect(status).toBe(200)
    expect(await settings()).toMatchObject({ business_hours: WEEK, time_zone: 'Europe/Madrid' })
    const kept = new Map((await queues()).map(({ name, hoursId }) => [name, hoursId]))
    expect(kept.get('support')).toBe(id)
    expect(kept.get('sales')).not.toBeNull()
    expect(kept.get('hr')).toBe(kept.get('sales'))

    await put({ business_hours: { sunday: { start: '10:00', end: '12:00' } } })
    expect(await settings()).toMatchObject({
      business_hours: { sunday: { start: '10:00', end: '12:00' } },
      time_zone: 'Europe/Madrid',
    })
    await put({ business_hours: null })
    expect((await queues()).map(({ hoursId }) => hoursId).filter(hours => hours !== null)).toEqual([id])
    expect(await settings()).toMatchObject({ business_hours: null })
  })

  const hours = async () => {
    const { body } = await server.api('/api/hours')
    return (body as { items: contract.BusinessHours[] }).items
  }
  /** The hours that the settings are about: the newest. */
  const ours = async () => (await hours()).toSorted((a, b) => (a.id < b.id ? 1 : -1))[0]!

  test('stay the same hours under whatever name people give them', async () => {
    await put({ business_hours: WEEK })
    const { id } = await ours()
    await server.api(`/api/hours/${id}`, { method: 'PATCH', json: { name: 'When we are here' } })
    expect(await settings()).toMatchObject({ business_hours: WEEK })
    const FRIDAYS = { friday: { start: '09:00', end: '12:00' } }
    await put({ business_hours: FRIDAYS })
    expect(await settings()).toMatchObject({ business_hours: FRIDAYS })
    expect((await hours()).filter(each => each.id === id)).toMatchObject([
      { name: 'When we are here', weekly: [{ weekday: 5, from: '09:00', to: '12:00' }] },
    ])
    await put({ business_hours: null })
    expect((await hours()).filter(each => each.id === id)).toEqual([])
  })

  test('are no others, whatever those are called', async () => {
    const { body } = await server.api('/api/hours', {
      json: { name: 'Business hours', timeZone: 'UTC', weekly: [{ weekday: 7, from: '01:00', to: '02:00' }] },
    })
    const { hours: theirs } = body as { hours: contract.BusinessHours }
    expect(await settings()).toMatchObject({ business_hours: null })
    await put({ business_hours: WEEK })
    const { id, name } = await ours()
    expect([id === theirs.id, name]).toEqual([false, 'Business hours (2)'])
    await put({ business_hours: null })
    expect((await hours()).filter(each => [id, theirs.id].includes(each.id))).toEqual([theirs])
    await server.api(`/api/hours/${theirs.id}`, { method: 'DELETE' })
  })

  test('are not deleted while a queue keeps them; once they are, there are none, and new ones may be set', async () => {
    await put({ business_hours: WEEK })
    const { id } = await ours()
    const remove = () => server.api(`/api/hours/${id}`, { method: 'DELETE' })
    const refused = await remove()
    expect(refused.status).toBe(409)
    expect((refused.body as { error: { message: string } }).error.message).toContain('used by the queue')
    for (const queue of await queues())
      await server.api(`/api/queues/${queue.id}`, { method: 'PATCH', json: { hoursId: null } })
    expect((await remove()).status).toBe(200)
    expect(await settings()).toMatchObject({ business_hours: null })
    const zone = await put({ time_zone: 'Europe/Madrid' })
    expect(zone).toMatchObject({ status: 400, body: { error: { fields: [{ path: 'time_zone' }] } } })
    expect((await put({ business_hours: WEEK })).status).toBe(200)
    expect(await settings()).toMatchObject({ business_hours: WEEK })
  })

  test('that nobody could keep are refused by their name', async () => {
    for (const [wrong, path] of [
      [{ business_hours: { monday: { start: '9', end: '17:00' } } }, /^business_hours/],
      [{ business_hours: { noday: { start: '09:00', end: '17:00' } } }, /^business_hours/],
      [{ business_hours: WEEK, time_zone: 'Nowhere/Atlantis' }, /^time_zone/],
      [{ time_zone: 'Europe/Madrid' }, /^time_zone/],
    ] as const) {
      const { status, body } = await put(wrong)
      expect(status).toBe(400)
      expect((body as { error: { fields: { path: string }[] } }).error.fields[0]!.path).toMatch(path)
    }
    expect(await settings()).toMatchObject({ business_hours: null, time_zone: 'America/New_York' })
  })
})
