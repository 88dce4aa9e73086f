import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import {
  addContact,
  addWorkspace,
  apiKey,
  type ContactServer,
  eventsOf,
  person,
  serveContacts,
} from '../contacts/testing.ts'

const BULK = '/functions/v1/api-customers-bulk-create'
const LIST = '/functions/v1/api-customers'
const UPDATE = '/functions/v1/api-customers-update'

onBothDatabases('customers of the CRM API', open => {
  let database: TestDatabase
  let server: ContactServer
  let workspace: string
  beforeAll(async () => {
    database = await open()
    server = await serveContacts(database.db)
  })
  afterAll(async () => {
    await server?.close()
    await database?.close()
  })
  beforeEach(async () => {
    workspace = await addWorkspace(database.db)
    server.asking = apiKey(workspace, ['contacts:read', 'contacts:write'])
  })
  // biome-ignore lint/suspicious/noExplicitAny: the answers are held against the contract by the server itself
  const ask = (method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> =>
    server.ask(method, path, body)
  const bulk = (...customers: unknown[]) => ask('POST', BULK, { customers })
  const all = async () => (await ask('GET', `${LIST}?limit=200`)).body.customers

  describe('as the document shows them', () => {
    const EXAMPLE = `{
      "customers": [
        {
          "phone": "+1234567890",
          "name": "John Doe",
          "email": "john@example.com",
          "metadata": {
            "crm_id": "external_id_123",
            "account_type": "premium"
          }
        }
      ]
    }`
    const john = {
      id: expect.any(String),
      external_id: 'external_id_123',
      name: 'John Doe',
      email: 'john@example.com',
      phone: '+1234567890',
      phones: ['+1234567890'],
      company: null,
      type: null,
      tags: [],
      fields: {},
      metadata: { crm_id: 'external_id_123', account_type: 'premium' },
      created_at: expect.any(String),
      updated_at: expect.any(String),
    }

    test('pushed, pulled and updated', async () => {
      const pushed = await ask('POST', BULK, EXAMPLE)
      expect(pushed).toMatchObject({ status: 201, body: { success: true, created: 1, updated: 0, failed: 0 } })
      const [{ id }] = pushed.body.results
      expect(pushed.body.results).toEqual([{ index: 0, id: expect.any(String) }])

      const pulled = await ask('GET', `${LIST}?limit=100`)
      expect(pulled).toEqual({
        status: 200,
        body: {
          success: true,
          customers: [john],
          count: 1,
          next_cursor: null,
          synced_until: expect.any(String),
        },
      })

      const updated = await ask('PUT', UPDATE, {
        customer_id: id,
        name: 'John Doe Updated',
        metadata: { account_type: 'basic' },
      })
      const after = {
        ...john,
        name: 'John Doe Updated',
        metadata: { crm_id: 'external_id_123', account_type: 'basic' },
      }
      expect(updated).toEqual({ status: 200, body: { success: true, customer: after } })
      expect(await all()).toEqual([after])
    })

    test('pushed a second time, they are the same customers', async () => {
      const first = await ask('POST', BULK, EXAMPLE)
      const second = await ask('POST', BULK, EXAMPLE)
      expect(second).toMatchObject({ status: 200, body: { created: 0, updated: 1, failed: 0 } })
      expect(second.body.results).toEqual(first.body.results)
      expect(await all()).toEqual([john])
    })
  })

  describe('whose line it is', () => {
    test('the external id comes first, in either place', async () => {
      const { body } = await bulk(
        { name: 'Ana', phone: '+14155550100', external_id: 'a' },
        { name: 'Bob', phone: '+14155550100', metadata: { crm_id: 7 } },
      )
      expect(body).toMatchObject({ created: 2, failed: 0 })
      const again = await bulk({ external_id: '7', phone: '+14155550111' }, { metadata: { crm_id: 'a' }, name: 'Anna' })
      expect(again.body).toMatchObject({ created: 0, updated: 2 })
      expect(again.body.results.map(({ id }: { id: string }) => id)).toEqual(
        body.results.map(({ id }: { id: string }) => id).reverse(),
      )
      expect(
        (await all()).map(({ name, phone, external_id }: Record<string, string>) => [name, phone, external_id]),
      ).toEqual(
        expect.arrayContaining([
          ['Anna', '+14155550100', 'a'],
          ['Bob', '+14155550111', '7'],
        ]),
      )
    })

    test('then the number, in any spelling; a contact without an external id gets it so', async () => {
      const id = await addContact(database.db, workspace, { name: 'Ana', phones: ['(415) 555-0100', '+442079460000'] })
      const { body } = await bulk(
        { phone: '415-555-0100', email: 'ana@example.com' },
        { name: 'Ana Torres', phone: '+44 20 7946 0000', external_id: 'a' },
      )
      expect(body).toMatchObject({ created: 0, updated: 2, failed: 0, results: [{ id }, { id }] })
      expect(await all()).toMatchObject([
        {
          id,
          name: 'Ana Torres',
          email: 'ana@example.com',
          external_id: 'a',
          phones: ['+442079460000', '+14155550100'],
        },
      ])
    })

    test('a number that several share names nobody, unless an external id does', async () => {
      await bulk({ name: 'Ana', phone: '+14155550100', external_id: 'a' })
      await bulk({ name: 'Bob', phone: '+14155550100', external_id: 'b' })
      const { status, body } = await bulk({ phone: '+14155550100', name: 'Who?' }, { external_id: 'b', name: 'Bobby' })
      expect(status).toBe(207)
      expect(body).toMatchObject({
        updated: 1,
        failed: 1,
        results: [{ index: 0, error: expect.stringContaining('external id') }, { index: 1 }],
      })
      expect((await all()).map(({ name }: { name: string }) => name).sort()).toEqual(['Ana', 'Bobby'])
    })

    test('lines of one request see one another', async () => {
      const { body } = await bulk(
        { name: 'Ana', phone: '+14155550100' },
        { name: 'Ana Torres', phone: '415 555 0100' },
        { name: 'Ana T. Torres', phone: '+14155550199', external_id: 'a' },
        { external_id: 'a', phone: '+14155550100' },
      )
      expect(body).toMatchObject({ created: 2, updated: 2, failed: 0 })
      expect(await all()).toHaveLength(2)
    })

    test('numbers come and go: the main one is replaced, all at once where all are given', async () => {
      await bulk({ external_id: 'a', name: 'Ana', phones: ['+14155550100', '+14155550101'] })
      await bulk({ external_id: 'a', phone: '+14155550102' })
      expect((await all())[0].phones).toEqual(['+14155550102', '+14155550101'])
      await bulk({ external_id: 'a', phone: '+14155550101' })
      expect((await all())[0].phones).toEqual(['+14155550101', '+14155550102'])
      // A CRM that has no number says null of it: that is no reason to forget the one that somebody has called from.
      await bulk({ external_id: 'a', name: 'Ana', phone: null, phones: null, email: null })
      expect((await all())[0].phones).toEqual(['+14155550101', '+14155550102'])
      await bulk({ external_id: 'a', phones: [] })
      expect((await all())[0]).toMatchObject({ phone: null, phones: [] })
    })

    test('without an id of theirs', async () => {
      const { body } = await bulk({ external_id: null, name: 'Ana', phone: '+14155550100' })
      expect(body).toMatchObject({ created: 1, failed: 0 })
      expect((await all())[0]).toMatchObject({ external_id: null, metadata: {} })
    })

    test('of two ids of theirs, `external_id` counts', async () => {
      await bulk({ external_id: 'a', name: 'Ana', metadata: { crm_id: 'b' } })
      expect((await all())[0]).toMatchObject({ external_id: 'a', metadata: { crm_id: 'a' } })
    })
  })

  test('each line stands for itself, and the answer says which is which', async () => {
    const { status, body } = await bulk(
      { name: 'Ana', phone: '+14155550100' },
      { name: 'Bob', email: 'no address' },
      'nonsense',
      { phone: '+14155550103' },
      {},
      { name: 'Eve', fields: { unheard_of: 1 } },
      { name: 'Zoë\u0000', phone: '+14155550105', metadata: { a: 1 } },
    )
    expect(status).toBe(207)
    expect(body).toMatchObject({ success: true, created: 2, updated: 0, failed: 5 })
    expect(body.results).toEqual([
      { index: 0, id: expect.any(String) },
      { index: 1, error: 'email: This is not an e-mail address.' },
      { index: 2, error: 'line: This has to be an object.' },
      { index: 3, error: 'There is no name.' },
      { index: 4, error: expect.any(String) },
      { index: 5, error: 'fields.unheard_of: There is no field of this name.' },
      { index: 6, id: expect.any(String) },
    ])
    expect((await all()).map(({ name }: { name: string }) => name)).toEqual(['Ana', 'Zoë'])
  })

  test('metadata adds up; null takes a key away', async () => {
    await bulk({ external_id: 'a', name: 'Ana', metadata: { plan: 'gold', seats: 3 } })
    await bulk({ external_id: 'a', metadata: { seats: null, since: 2020 } })
    expect((await all())[0].metadata).toEqual({ crm_id: 'a', plan: 'gold', since: 2020 })
  })

  test('ten thousand at once, and no more', async () => {
    const customers = Array.from({ length: 10_000 }, (_, index) => ({
      name: `Customer ${index}`,
      phone: `+1415${String(5_000_000 + index)}`,
      email: `customer${index}@example.com`,
      metadata: { crm_id: `crm-${index}`, notes: 'x'.repeat(100) },
    }))
    expect(JSON.stringify({ customers }).length).toBeGreaterThan(1024 * 1024)
    const { status, body } = await ask('POST', BULK, { customers })
    expect([status, body.created, body.failed]).toEqual([201, 10_000, 0])
    expect(body.results[9_999]).toEqual({ index: 9_999, id: expect.any(String) })
    const events = await eventsOf(database.db, workspace)
    expect(events).toMatchObject([{ type: 'contact.imported', imported: 10_000, rejected: 0 }])

    const tooMany = await ask('POST', BULK, { customers: [...customers, customers[0]] })
    expect(tooMany).toMatchObject({ status: 400, body: { error: { fields: [{ path: 'customers' }] } } })
  }, 120_000)

  describe('pulling', () => {
    test('page by page, in the order of their changes, each once', async () => {
      for (let index = 0; index < 7; index++) await bulk({ name: `Customer ${index}`, external_id: `${index}` })
      await bulk({ external_id: '2', name: 'Customer 2, changed' })
      const names: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body } = await ask('GET', `${LIST}?limit=3${cursor && `&cursor=${cursor}`}`)
        expect(body.synced_until === null).toBe(body.next_cursor !== null)
        names.push(...body.customers.map(({ name }: { name: string }) => name))
        cursor = body.next_cursor
      }
      expect(names).toEqual([...[0, 1, 3, 4, 5, 6].map(index => `Customer ${index}`), 'Customer 2, changed'])
    })

    test('only what has changed since, with those that are gone', async () => {
      const { body } = await bulk(
        { name: 'Ana', external_id: 'a', phone: '+14155550100' },
        { name: 'Bob', external_id: 'b' },
        { name: 'Cyd', external_id: 'c' },
      )
      const [ana, bob, cyd] = body.results.map(({ id }: { id: string }) => id)
      await new Promise(resolve => setTimeout(resolve, 5))
      const since = new Date().toISOString()
      await bulk({ external_id: 'c', company: 'Acme' })
      server.asking = person(workspace)
      await server.ask('DELETE', `/api/contacts/${bob}`)
      await server.ask('POST', `/api/contacts/${cyd}/merge`, { from: ana })

      const pulled = await ask('GET', `${LIST}?updated_since=${encodeURIComponent(since)}`)
      const gone = { merged_into: null, deleted_at: expect.any(String) }
      expect(pulled.body.customers).toEqual([
        { ...gone, id: bob, external_id: 'b' },
        { ...gone, id: ana, external_id: 'a', merged_into: cyd },
        expect.objectContaining({ id: cyd, external_id: 'c', company: 'Acme', phone: '+14155550100' }),
      ])
      expect(pulled.body.synced_until < new Date().toISOString()).toBe(true)
      expect((await ask('GET', `${LIST}?updated_since=2999-01-01T00:00:00Z`)).body.customers).toEqual([])
      expect(await all()).toHaveLength(1)
    })

    test.each(['limit=0', 'limit=201', 'cursor=nonsense', 'updated_since=yesterday'])('%s is refused', async query => {
      expect(await ask('GET', `${LIST}?${query}`)).toMatchObject({ status: 400, body: { success: false } })
    })
  })

  describe('updating one', () => {
    test('by its external id, also by one that a merge has brought', async () => {
      const { body } = await bulk({ name: 'Ana', external_id: 'a' }, { name: 'Anna', external_id: 'a2' })
      const [ana, anna] = body.results.map(({ id }: { id: string }) => id)
      server.asking = person(workspace)
      await server.ask('POST', `/api/contacts/${ana}/merge`, { from: anna })
      const { body: updated } = await ask('PUT', UPDATE, { external_id: 'a2', company: 'Acme' })
      expect(updated.customer).toMatchObject({ id: ana, external_id: 'a', company: 'Acme', name: 'Ana' })
      expect((await bulk({ external_id: 'a2', name: 'Ana' })).body).toMatchObject({
        updated: 1,
        results: [{ id: ana }],
      })
    })

    test('gives it another external id beside its own; one that is taken is refused', async () => {
      const { body } = await bulk({ name: 'Ana', external_id: 'a' }, { name: 'Bob', external_id: 'b' })
      const customer_id = body.results[0].id
      const moved = await ask('PUT', UPDATE, { customer_id, metadata: { crm_id: 'a9' } })
      expect(moved.body.customer).toMatchObject({ external_id: 'a9', metadata: { crm_id: 'a9' } })
      expect(await ask('PUT', UPDATE, { customer_id, external_id: 'b' })).toMatchObject({
        status: 409,
        body: { error: { code: 'external_id_taken' } },
      })
    })

    test.each<[string, unknown, number]>([
      ['nobody named', { name: 'x' }, 400],
      ['an id that is none', { customer_id: 'x', name: 'x' }, 400],
      ['an id that nobody has', { customer_id: '00000000-0000-4000-8000-000000000000', name: 'x' }, 404],
      ['an external id that nobody has', { external_id: 'nobody', name: 'x' }, 404],
      ['an address that is none', { external_id: 'a', email: 'x' }, 400],
    ])('%s: %j is refused', async (_what, body, status) => {
      await bulk({ name: 'Ana', external_id: 'a' })
      expect((await ask('PUT', UPDATE, body)).status).toBe(status)
    })
  })

  test('keys do what they were made for; another workspace’s customers are not there', async () => {
    const { body } = await bulk({ name: 'Ana', external_id: 'a' })
    const update = { customer_id: body.results[0].id, name: 'x' }
    server.asking = apiKey(workspace, ['contacts:read'])
    expect((await bulk({ name: 'x' })).status).toBe(403)
    expect((await ask('PUT', UPDATE, update)).status).toBe(403)
    expect(await all()).toHaveLength(1)
    server.asking = apiKey(workspace, ['calls:read'])
    expect((await ask('GET', LIST)).status).toBe(403)
    server.asking = null
    expect((await ask('GET', LIST)).status).toBe(401)

    server.asking = apiKey(await addWorkspace(database.db), ['contacts:read', 'contacts:write'])
    expect(await all()).toEqual([])
    expect((await ask('PUT', UPDATE, update)).status).toBe(404)
    expect((await bulk({ name: 'Other', external_id: 'a' })).body).toMatchObject({ created: 1 })
  })
})
