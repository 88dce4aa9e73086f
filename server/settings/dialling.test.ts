import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'

onBothDatabases('where calls may go', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({}, open)
  })
  afterAll(() => server?.close())

  const settings = async () => (await server.api('/api/settings/dialling')).body as contract.DiallingSettings
  const put = (json: object) => server.api('/api/settings/dialling', { method: 'PUT', json })
  const events = async () => {
    const { body } = await server.api('/api/activity?type=call_settings.updated')
    return (body as { items: object[] }).items
  }

  test('is the usual countries and no special kinds on a fresh start', async () => {
    const { countries, kinds, home, callsPerHour } = await settings()
    expect([kinds, home, callsPerHour]).toEqual([[], ['US'], 1000])
    expect(countries).toEqual(expect.arrayContaining(['CA', 'DE', 'GB', 'MX']))
    expect(countries).not.toEqual(expect.arrayContaining(['JM']))
  })

  test('is changed part by part, and the log says who opened and closed what', async () => {
    const before = await settings()
    const countries = [...before.countries.filter(country => country !== 'SG'), 'JM', 'JM']
    expect(await put({ countries })).toMatchObject({ status: 200, body: { kinds: [] } })
    expect(await put({ kinds: ['shared-cost'] })).toMatchObject({ status: 200, body: { kinds: ['shared-cost'] } })
    const after = await settings()
    expect(after.countries.filter(country => country === 'JM')).toHaveLength(1)
    expect(after.countries).not.toContain('SG')
    expect(await events()).toMatchObject([
      {
        changed: ['allowed_kinds'],
        changes: { allowed_kinds: { from: [], to: ['shared-cost'] } },
        by: { name: expect.any(String) },
      },
      {
        changed: ['allowed_countries'],
        changes: { allowed_countries: { from: ['SG'], to: ['JM'] } },
        by: { name: expect.any(String) },
      },
    ])
    await put({ kinds: ['shared-cost'] })
    expect(await events()).toHaveLength(2)
  })

  test('is also how many calls are begun within an hour', async () => {
    const before = await settings()
    expect(await put({ callsPerHour: 20 })).toMatchObject({ status: 200, body: { ...before, callsPerHour: 20 } })
    const changes = { calls_per_hour: { from: 1000, to: 20 } }
    expect((await events())[0]).toMatchObject({ changed: ['calls_per_hour'], changes })
  })

  test('keeps the country of each number of its own', async () => {
    await put({ countries: [], kinds: [] })
    const added = await server.api('/api/numbers', { json: { number: '+442079460000', queue: 'sales' } })
    expect(added.status).toBe(201)
    expect(await settings()).toMatchObject({ countries: [], home: ['GB', 'US'] })
  })

  test.each([
    { countries: ['jm'] },
    { countries: ['ZZ'] },
    { countries: 'JM' },
    { kinds: ['free'] },
    { callsPerHour: -1 },
  ])('is nothing like %j', async given => {
    const { status, body } = await put(given)
    expect(status).toBe(400)
    expect((body as { error: { fields: { path: string }[] } }).error.fields[0]!.path).toMatch(
      /^(countries|kinds|callsPerHour)/,
    )
  })
})
