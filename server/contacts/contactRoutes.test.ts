import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Contact } from '../../client/contract.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { addContact, addWorkspace, apiKey, type ContactServer, eventsOf, person, serveContacts } from './testing.ts'

onBothDatabases('contacts over HTTP', open => {
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
  const fresh = async (country = 'US') => {
    workspace = await addWorkspace(database.db, country)
    server.asking = person(workspace)
  }

  const ana = {
    name: 'Ana Torres',
    email: 'Ana.Torres@example.com',
    phones: ['(415) 555-0100', '+44 20 7946 0000'],
    company: 'Acme',
    type: 'customer',
    tags: ['vip', 'spanish'],
    externalId: 'crm-1',
    metadata: { plan: { name: 'gold', seats: 3 } },
    fields: {},
  }

  describe('one contact', () => {
    let created: Contact
    beforeAll(async () => {
      await fresh()
      const { status, body } = await server.ask('POST', '/api/contacts', ana)
      expect(status).toBe(201)
      created = body.contact
    })

    test('is answered as it is stored, its numbers in E.164', () => {
      expect(created).toEqual({
        ...ana,
        phones: ['+14155550100', '+442079460000'],
        id: expect.any(String),
        createdAt: expect.any(String),
        updatedAt: created.createdAt,
      })
    })

    test('is read back with its notes', async () => {
      const { status, body } = await server.ask('GET', `/api/contacts/${created.id}`)
      expect(status).toBe(200)
      expect(body).toEqual({ ...created, notes: [] })
    })

    test('changes in what is sent and in nothing else', async () => {
      const { body } = await server.ask('PATCH', `/api/contacts/${created.id}`, {
        company: null,
        tags: ['a', 'b', 'a'],
      })
      expect(body.contact).toEqual({ ...created, company: null, tags: ['a', 'b'], updatedAt: expect.any(String) })
      expect(Date.parse(body.contact.updatedAt)).toBeGreaterThanOrEqual(Date.parse(created.updatedAt))
      const { notes: _notes, ...read } = (await server.ask('GET', `/api/contacts/${created.id}`)).body
      expect(read).toEqual(body.contact)
    })

    test('a change that changes nothing leaves no trace', async () => {
      const before = await server.ask('GET', `/api/contacts/${created.id}`)
      const events = await eventsOf(database.db, workspace)
      for (const body of [{}, { name: ana.name }, { phones: ['415-555-0100', '+442079460000'] }]) {
        expect((await server.ask('PATCH', `/api/contacts/${created.id}`, body)).status).toBe(200)
      }
      expect(await server.ask('GET', `/api/contacts/${created.id}`)).toEqual(before)
      expect(await eventsOf(database.db, workspace)).toEqual(events)
    })

    test('new numbers replace the old ones, each once and in their order', async () => {
      const phones = ['+34 911 23 45 67', '415.555.0199', '101', '(415) 555-0199', '555-0100', '5550100', 'ask for Bob']
      const { body } = await server.ask('PATCH', `/api/contacts/${created.id}`, { phones })
      expect(body.contact.phones).toEqual(['+34911234567', '+14155550199', '101', '555-0100', 'ask for Bob'])
      expect((await server.ask('GET', `/api/contacts/${created.id}`)).body.phones).toEqual(body.contact.phones)
      expect((await server.ask('PATCH', `/api/contacts/${created.id}`, { phones: [] })).body.contact.phones).toEqual([])
    })

    test('is gone once deleted; the event log tells the story by name alone', async () => {
      expect((await server.ask('DELETE', `/api/contacts/${created.id}`)).body).toEqual({ success: true })
      expect((await server.ask('GET', `/api/contacts/${created.id}`)).status).toBe(404)
      const events = await eventsOf(database.db, workspace)
      expect(events.map(event => event.type)).toEqual([
        'contact.created',
        ...Array.from({ length: 3 }, () => 'contact.updated'),
        'contact.deleted',
      ])
      const asking = server.asking!
      const by = { id: asking.kind === 'user' ? asking.userId : asking.keyId, name: asking.name }
      for (const event of events) expect(event).toMatchObject({ contact: { id: created.id, name: ana.name }, by })
      expect(JSON.stringify(events)).not.toContain('example.com')
    })
  })

  test('a contact needs no more than a name', async () => {
    await fresh()
    const { status, body } = await server.ask('POST', '/api/contacts', { name: '  Bob ' })
    expect(status).toBe(201)
    expect(body.contact).toMatchObject({
      name: 'Bob',
      email: null,
      phones: [],
      tags: [],
      metadata: {},
      externalId: null,
    })
  })

  test('numbers are read in the country of the workspace', async () => {
    await fresh('DE')
    const { body } = await server.ask('POST', '/api/contacts', {
      name: 'Dieter',
      phones: ['030/1234567', '0171 / 123 45 67'],
    })
    expect(body.contact.phones).toEqual(['+49301234567', '+491711234567'])
  })

  test('what a deleted contact leaves behind stays, without it', async () => {
    await fresh()
    const contactId = await addContact(database.db, workspace, { name: 'Ana', phones: ['+14155550100'] })
    const [callId, noteId] = [newId(), newId()]
    await database.db.inWorkspace(workspace, async tx => {
      await tx.query(
        `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, contact_id,
           match_state, started_at)
         values (current_workspace(), $1, 'twilio', 'CA1', 'ours', 'inbound', 'ringing', $2, 'matched', now())`,
        [callId, contactId],
      )
      await tx.query(
        `insert into call_notes (workspace_id, id, call_id, contact_id, author_name, text)
         values (current_workspace(), $1, $2, $3, 'Ana', 'Called about the bill.')`,
        [noteId, callId, contactId],
      )
    })
    expect((await server.ask('GET', `/api/contacts/${contactId}`)).body.notes).toEqual([
      { id: noteId, callId, author: 'Ana', text: 'Called about the bill.', createdAt: expect.any(String) },
    ])
    expect((await server.ask('DELETE', `/api/contacts/${contactId}`)).status).toBe(200)
    const rows = await database.db.inWorkspace(workspace, tx =>
      tx.query(`select contact_id from calls union all select contact_id from call_notes
        union all select contact_id from contact_phones`),
    )
    expect(rows).toEqual([{ contact_id: null }, { contact_id: null }])
  })

  test('an external id belongs to one contact of the workspace', async () => {
    await fresh()
    await server.ask('POST', '/api/contacts', { name: 'Ana', externalId: 'crm-1' })
    const second = await server.ask('POST', '/api/contacts', { name: 'Bob', externalId: 'crm-1' })
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'external_id_taken' } } })
    const { body } = await server.ask('POST', '/api/contacts', { name: 'Bob', externalId: 'crm-2' })
    const changed = await server.ask('PATCH', `/api/contacts/${body.contact.id}`, { externalId: 'crm-1' })
    expect(changed).toMatchObject({ status: 409, body: { error: { code: 'external_id_taken' } } })
    await fresh()
    expect((await server.ask('POST', '/api/contacts', { name: 'Ana', externalId: 'crm-1' })).status).toBe(201)
  })

  describe('what is refused', () => {
    let id: string
    beforeAll(async () => {
      await fresh()
      id = await addContact(database.db, workspace, { name: 'Ana' })
    })

    test.each([
      ['nothing', {}, ['name']],
      ['a name of blanks', { name: '  ' }, ['name']],
      ['a name that is a number', { name: 7 }, ['name']],
      ['a name too long', { name: 'x'.repeat(201) }, ['name']],
      ['an address that is none', { name: 'A', email: 'nope' }, ['email']],
      ['one number instead of a list', { name: 'A', phones: '+14155550100' }, ['phones']],
      ['a number that is null', { name: 'A', phones: [null] }, ['phones.0']],
      ['too many numbers', { name: 'A', phones: Array(21).fill('+14155550100') }, ['phones']],
      ['tags that are no words', { name: 'A', tags: [{}] }, ['tags.0']],
      ['metadata that is a list', { name: 'A', metadata: [] }, ['metadata']],
      ['several at once', { name: null, email: 5, phones: [true] }, ['name', 'email', 'phones.0']],
    ])('%s', async (_what, body, paths) => {
      const { status, body: answer } = await server.ask('POST', '/api/contacts', body)
      expect(status).toBe(400)
      expect(answer.error.fields?.map(field => field.path)).toEqual(paths)
    })

    test('malformed JSON, and a change of the name to nothing', async () => {
      expect((await server.ask('POST', '/api/contacts', '{"name":')).status).toBe(400)
      expect((await server.ask('PATCH', `/api/contacts/${id}`, { name: null })).status).toBe(400)
      expect((await server.ask('PATCH', `/api/contacts/${id}`, { name: '' })).status).toBe(400)
    })

    test('what PostgreSQL cannot store is cleaned, not refused', async () => {
      const { status, body } = await server.ask('POST', '/api/contacts', {
        name: 'A\u0000na \ud800',
        metadata: { 'k\u0000ey': 'v\u0000alue' },
      })
      expect(status).toBe(201)
      expect(body.contact).toMatchObject({ name: 'Ana \ufffd', metadata: { key: 'value' } })
    })

    test('ids that are no ids, and ids that nobody has', async () => {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { name: 'B' } : undefined
        expect((await server.ask(method, `/api/contacts/${newId()}`, body)).status).toBe(404)
        expect((await server.ask(method, '/api/contacts/17', body)).status).toBeGreaterThanOrEqual(400)
        expect((await server.ask(method, '/api/contacts/17', body)).status).toBeLessThan(500)
      }
    })
  })

  describe('who may', () => {
    const tries: [method: string, path: string, body?: unknown][] = [
      ['GET', '/api/contacts'],
      ['GET', '/api/contacts/:id'],
      ['POST', '/api/contacts', { name: 'New' }],
      ['PATCH', '/api/contacts/:id', { name: 'Changed' }],
      ['POST', '/api/contacts/import', 'name\nAna\n'],
      ['DELETE', '/api/contacts/:id'],
    ]
    const allowed = async (): Promise<boolean[]> => {
      const id = await addContact(database.db, workspace, { name: 'Ana' })
      const results: boolean[] = []
      for (const [method, path, body] of tries) {
        const status =
          path === '/api/contacts/import'
            ? (await server.import(body as string)).status
            : (await server.ask(method, path.replace(':id', id), body)).status
        expect([200, 201, 401, 403]).toContain(status)
        results.push(status < 300)
      }
      return results
    }
    beforeAll(() => fresh())

    test('nobody without credentials', async () => {
      server.asking = null
      expect(await allowed()).toEqual([false, false, false, false, false, false])
    })
    test('agents see and edit; they neither import nor delete', async () => {
      server.asking = person(workspace, 'agent')
      expect(await allowed()).toEqual([true, true, true, true, false, false])
    })
    test('supervisors and admins do everything', async () => {
      for (const role of ['supervisor', 'admin'] as const) {
        server.asking = person(workspace, role)
        expect(await allowed()).toEqual([true, true, true, true, true, true])
      }
    })
    test('keys do what they were made for', async () => {
      server.asking = apiKey(workspace, ['contacts:read'])
      expect(await allowed()).toEqual([true, true, false, false, false, false])
      server.asking = apiKey(workspace, ['contacts:read', 'contacts:write'])
      expect(await allowed()).toEqual([true, true, true, true, true, true])
      server.asking = apiKey(workspace, ['calls:read'])
      expect(await allowed()).toEqual([false, false, false, false, false, false])
    })
  })

  test('another workspace’s contacts are not there', async () => {
    await fresh()
    const id = await addContact(database.db, workspace, { name: 'Ana', phones: ['+14155550100'], tags: ['vip'] })
    server.asking = person(await addWorkspace(database.db))
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await server.ask(method, `/api/contacts/${id}`, method === 'PATCH' ? { name: 'Mine' } : undefined)
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
    }
    for (const query of ['', '?q=ana', '?q=an', '?q=555', '?phone=%2B14155550100', '?tag=vip']) {
      expect((await server.ask('GET', `/api/contacts${query}`)).body).toEqual({ items: [], nextCursor: null })
    }
    server.asking = person(workspace)
    expect((await server.ask('GET', `/api/contacts/${id}`)).body.name).toBe('Ana')
  })
})
