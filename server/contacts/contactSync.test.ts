import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { addContact, addWorkspace, apiKey, type ContactServer, eventsOf, person, serveContacts } from './testing.ts'

onBothDatabases('contacts in and out', open => {
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
    await database.db.asSystem(sql => sql.query('insert into routing_heads (workspace_id) values ($1)', [workspace]))
    server.asking = person(workspace)
  })
  const create = async (fields: object): Promise<string> =>
    (await server.ask('POST', '/api/contacts', fields)).body.contact.id
  const read = async (id: string) => (await server.ask('GET', `/api/contacts/${id}`)).body

  describe('by an external id of others', () => {
    const put = (externalId: string, body: object) =>
      server.ask('PUT', `/api/contacts/by-external-id/${encodeURIComponent(externalId)}`, body)

    test('created the first time, changed afterwards, and said twice is said once', async () => {
      const first = await put('crm/1', { name: 'Ana', phones: ['(415) 555-0100'] })
      expect(first).toMatchObject({ status: 201, body: { created: true, contact: { externalId: 'crm/1' } } })
      const second = await put('crm/1', { company: 'Acme' })
      expect(second).toMatchObject({
        status: 200,
        body: { created: false, contact: { name: 'Ana', company: 'Acme', phones: ['+14155550100'] } },
      })
      const third = await put('crm/1', { company: 'Acme' })
      expect(third.body.contact).toEqual(second.body.contact)
      expect((await eventsOf(database.db, workspace)).map(event => event.type)).toEqual([
        'contact.created',
        'contact.updated',
      ])
    })

    test('a new one needs a name', async () => {
      expect(await put('crm/2', { company: 'Acme' })).toMatchObject({
        status: 400,
        body: { error: { message: 'There is no name.' } },
      })
    })
  })

  describe('what has changed since', () => {
    test('changed and gone contacts, page by page; with nothing else asked', async () => {
      const before = await create({ name: 'Old' })
      await new Promise(resolve => setTimeout(resolve, 5))
      const since = new Date().toISOString()
      const [ana, bob, cyd] = [
        await create({ name: 'Ana' }),
        await create({ name: 'Bob' }),
        await create({ name: 'Cyd' }),
      ]
      await server.ask('DELETE', `/api/contacts/${before}`)
      await server.ask('PATCH', `/api/contacts/${ana}`, { company: 'Acme' })
      const path = `/api/contacts?updatedSince=${since}&limit=2`
      const first = (await server.ask('GET', path)).body
      expect([first.items.map(({ id }) => id), first.deleted, first.syncedUntil]).toEqual([[bob, cyd], [], undefined])
      const second = (await server.ask('GET', `${path}&cursor=${first.nextCursor}`)).body
      expect(second.items.map(({ id }) => id)).toEqual([ana])
      expect(second.deleted).toEqual([
        { id: before, externalId: null, mergedInto: null, deletedAt: expect.any(String) },
      ])
      expect(second.syncedUntil).toEqual(expect.any(String))
      expect((await server.ask('GET', `${path}&q=ana`)).status).toBe(400)
    })

    test('the next look begins early enough for changes that were not committed yet', async () => {
      await create({ name: 'Ana' })
      const { syncedUntil } = (await server.ask('GET', '/api/contacts?updatedSince=2000-01-01T00:00:00Z')).body
      expect(Date.now() - Date.parse(syncedUntil)).toBeGreaterThanOrEqual(60_000)
    })
  })

  describe('merging', () => {
    const merge = (into: string, from: string) => server.ask('POST', `/api/contacts/${into}/merge`, { from })

    test('unites what both have and fills what is empty', async () => {
      const into = await create({
        name: 'Ana',
        phones: ['+14155550100', '+14155550101'],
        tags: ['vip'],
        externalId: 'a',
        metadata: { plan: 'gold' },
      })
      const from = await create({
        name: 'Ana Torres',
        email: 'ana@example.com',
        phones: ['(415) 555-0101', '+14155550102'],
        company: 'Acme',
        tags: ['spanish', 'vip'],
        externalId: 'b',
        metadata: { plan: 'basic', seats: 3 },
      })
      const { status, body } = await merge(into, from)
      expect(status).toBe(200)
      const merged = {
        id: into,
        name: 'Ana',
        email: 'ana@example.com',
        phones: ['+14155550100', '+14155550101', '+14155550102'],
        company: 'Acme',
        tags: ['vip', 'spanish'],
        externalId: 'a',
        metadata: { plan: 'gold', seats: 3 },
      }
      expect(body.contact).toMatchObject(merged)
      expect(await read(into)).toMatchObject(merged)
      expect((await server.ask('GET', `/api/contacts/${from}`)).status).toBe(404)
      const [, , event] = await eventsOf(database.db, workspace)
      expect(event).toMatchObject({
        type: 'contact.merged',
        contact: { id: into },
        from: { id: from, name: 'Ana Torres' },
      })
    })

    test('an external id that only the other has is taken over; one that both have is remembered, and nobody else’s', async () => {
      const [a, b, c] = [
        await create({ name: 'A' }),
        await create({ name: 'B', externalId: 'b' }),
        await create({ name: 'C', externalId: 'c' }),
      ]
      expect((await merge(a, b)).body.contact.externalId).toBe('b')
      expect((await merge(a, c)).body.contact.externalId).toBe('b')
      const found = await server.ask('PUT', '/api/contacts/by-external-id/c', { company: 'Acme' })
      expect(found.body.contact).toMatchObject({ id: a, externalId: 'b', company: 'Acme' })
      expect((await server.ask('POST', '/api/contacts', { name: 'D', externalId: 'c' })).status).toBe(409)
      const d = await create({ name: 'D' })
      expect((await server.ask('PATCH', `/api/contacts/${d}`, { externalId: 'c' })).status).toBe(409)
      // A second merge takes the remembered one along.
      await merge(d, a)
      expect((await server.ask('PUT', '/api/contacts/by-external-id/c', {})).body.contact.id).toBe(d)
      const { deleted } = (await server.ask('GET', '/api/contacts?updatedSince=2000-01-01T00:00:00Z')).body
      expect(deleted).toEqual([b, c, a].map(id => expect.objectContaining({ id, mergedInto: d })))
    })

    test('calls, notes and requests move; whoever has such a call before them is told', async () => {
      const into = await addContact(database.db, workspace, { name: 'Ana' })
      const from = await addContact(database.db, workspace, { name: 'Ana Torres' })
      const [live, over, note, request] = [newId(), newId(), newId(), newId()]
      await database.db.inWorkspace(workspace, async tx => {
        await tx.query(
          `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, outcome,
             contact_id, match_state, started_at)
           values (current_workspace(), $1, 'twilio', 'CA1', 'ours', 'inbound', 'ringing', null, $3, 'matched', now()),
             (current_workspace(), $2, 'twilio', 'CA2', 'ours', 'inbound', 'completed', 'answered', $3, 'matched', now())`,
          [live, over, from],
        )
        await tx.query(
          `insert into call_notes (workspace_id, id, call_id, contact_id, author_name, text)
           values (current_workspace(), $1, $2, $3, 'Ben', 'called')`,
          [note, over, from],
        )
        await tx.query(
          `insert into support_requests (workspace_id, id, user_email, subject, description, priority, contact_id)
           values (current_workspace(), $1, 'a@example.com', 'x', 'y', 'low', $2)`,
          [request, from],
        )
      })
      expect((await merge(into, from)).status).toBe(200)
      const owners = await database.db.inWorkspace(workspace, tx =>
        tx.query<{ contact_id: string }>(
          'select contact_id from calls union all select contact_id from call_notes union all select contact_id from support_requests',
        ),
      )
      expect(owners).toEqual(Array.from({ length: 4 }, () => ({ contact_id: into })))
      expect((await read(into)).notes).toHaveLength(1)
      const events = await eventsOf(database.db, workspace)
      expect(events.map(event => event.type)).toEqual(['contact.merged', 'call.contact_settled'])
      expect(events[1]).toMatchObject({ call: { id: live, contact: { id: into, name: 'Ana' } } })
    })

    test('not with itself, nobody, or what would be more than a contact holds; not by agents', async () => {
      const phones = (from: number) =>
        Array.from({ length: 15 }, (_, index) => `+1415555${String(from + index).padStart(4, '0')}`)
      const [a, b] = [
        await create({ name: 'A', phones: phones(100) }),
        await create({ name: 'B', phones: phones(200) }),
      ]
      expect((await merge(a, a)).status).toBe(400)
      expect((await merge(a, newId())).status).toBe(404)
      expect(await merge(a, b)).toMatchObject({ status: 409, body: { error: { code: 'too_much_to_merge' } } })
      expect((await read(b)).name).toBe('B')
      server.asking = person(workspace, 'agent')
      expect((await merge(a, b)).status).toBe(403)
      server.asking = person(await addWorkspace(database.db))
      expect((await merge(a, b)).status).toBe(404)
    })
  })

  describe('custom fields', () => {
    const define = (field: object) => server.ask('POST', '/api/custom-fields', field)
    const tier = { name: 'tier', label: 'Tier', type: 'choice', choices: ['Gold', 'Silver'], onCard: true }

    test('are defined, changed and removed with their values', async () => {
      expect((await define(tier)).status).toBe(201)
      expect((await define({ name: 'seats', label: 'Seats', type: 'number' })).status).toBe(201)
      expect((await define(tier)).status).toBe(409)
      const id = await create({ name: 'Ana', fields: { tier: 'Gold', seats: 3 } })
      expect((await read(id)).fields).toEqual({ tier: 'Gold', seats: 3 })
      await server.ask('PATCH', `/api/contacts/${id}`, { fields: { seats: null } })
      expect((await read(id)).fields).toEqual({ tier: 'Gold' })
      expect((await server.ask('PATCH', '/api/custom-fields/tier', { label: 'Level' })).status).toBe(200)
      expect((await server.ask('GET', '/api/custom-fields')).body.items).toEqual([
        { ...tier, label: 'Level' },
        { name: 'seats', label: 'Seats', type: 'number', choices: [], onCard: false },
      ])
      expect((await server.ask('DELETE', '/api/custom-fields/tier')).status).toBe(200)
      expect((await read(id)).fields).toEqual({})
      expect((await server.ask('DELETE', '/api/custom-fields/tier')).status).toBe(404)
      expect((await eventsOf(database.db, workspace)).map(event => event.type)).toEqual([
        'custom_field.created',
        'custom_field.created',
        'contact.created',
        'contact.updated',
        'custom_field.updated',
        'custom_field.deleted',
      ])
    })

    test('a value that does not fit is refused, by its field', async () => {
      await define(tier)
      const refused = await server.ask('POST', '/api/contacts', { name: 'Ana', fields: { tier: 'Iron', other: 1 } })
      expect(refused.status).toBe(400)
      expect(refused.body.error.fields!.map(({ path }) => path)).toEqual(['fields.tier', 'fields.other'])
    })

    test.each([
      { ...tier, choices: [] },
      { name: 'seats', label: 'Seats', type: 'number', choices: ['1'] },
      { name: 'Seats', label: 'Seats', type: 'number' },
      { name: 'seats', label: 'Seats', type: 'list' },
      { name: 'seats', label: '', type: 'number' },
    ])('%j is no field', async field => {
      expect((await define(field)).status).toBe(400)
    })

    test('are seen by all who see contacts, and changed by admins', async () => {
      await define(tier)
      server.asking = person(workspace, 'agent')
      expect((await server.ask('GET', '/api/custom-fields')).body.items).toHaveLength(1)
      expect((await define({ ...tier, name: 'other' })).status).toBe(403)
      server.asking = apiKey(workspace, ['contacts:write'])
      expect((await server.ask('DELETE', '/api/custom-fields/tier')).status).toBe(403)
      server.asking = person(await addWorkspace(database.db))
      expect((await server.ask('GET', '/api/custom-fields')).body.items).toEqual([])
    })
  })
})
