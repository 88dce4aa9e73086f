import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Connector, Contact } from '../../client/contract.ts'
import type { CrmContact, CrmStandIn } from '../../test/support/crm.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { startHubspot } from '../../test/support/hubspot.ts'
import { startSalesforce } from '../../test/support/salesforce.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'

// Each run asks a server, which asks a server.
vi.setConfig({ testTimeout: 60_000 })

/** What every connector does, told as one story against a stand-in that behaves as the CRM's published API says. */
describe.each([
  ['HubSpot', startHubspot],
  ['Salesforce', startSalesforce],
])('%s', (name, startCrm) => {
  onBothDatabases('kept the same with the contacts here', open => {
    let database: TestDatabase
    let server: TestServer
    let crm: CrmStandIn
    let cookie: string
    beforeAll(async () => {
      crm = await startCrm()
      server = await startTestServer(crm.env, async () => {
        database = await open()
        return database
      })
      cookie = await server.signIn()
    })
    afterAll(async () => {
      await server?.close()
      await crm?.close()
    })

    // biome-ignore lint/suspicious/noExplicitAny: answers are held against the contract by the server itself
    const ask = async (method: string, path: string, json?: unknown): Promise<{ status: number; body: any }> =>
      server.api(path, { method, ...(json !== undefined && { json }) })
    const state = async (): Promise<Connector> =>
      (await ask('GET', '/api/connectors')).body.items.find((item: Connector) => item.crm === crm.id)
    const connection = async () => (await state()).connection!
    const begin = async (): Promise<string> => {
      const response = await fetch(`${server.url}/api/connectors/${crm.id}/connect`, {
        method: 'POST',
        headers: { cookie },
      })
      expect(response.status).toBe(200)
      return ((await response.json()) as { url: string }).url
    }
    /** As a browser comes back; gives where it ends up. */
    const comeBack = async (address: string): Promise<URL> => {
      const response = await fetch(address, { headers: { cookie }, redirect: 'manual' })
      expect(response.status).toBe(302)
      return new URL(response.headers.get('location')!, server.url)
    }
    const connect = async () => comeBack(await crm.allow(await begin()))
    /** Until nothing is to be done for a while. */
    const settled = async () => {
      for (let tries = 0; tries < 600; tries++) {
        const now = await connection()
        if (Date.parse(now.dueAt) > Date.now() + 500 || now.status !== 'active') return now
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      throw new Error('the connection does not come to rest')
    }
    const sync = async () => {
      expect(await ask('POST', `/api/connectors/${crm.id}/sync`)).toMatchObject({ status: 200 })
      return settled()
    }
    const here = async (id: string): Promise<Contact> => (await ask('GET', `/api/contacts/${id}`)).body
    const allHere = async (): Promise<Contact[]> => (await ask('GET', '/api/contacts?limit=200')).body.items
    const named = async (wanted: string): Promise<Contact> => {
      const { items } = (await ask('GET', `/api/contacts?limit=200&q=${encodeURIComponent(wanted)}`)).body
      const found = (items as Contact[]).filter(contact => contact.name === wanted)
      expect(found).toHaveLength(1)
      return found[0]!
    }
    const nobodyHere = async (unwanted: string): Promise<void> =>
      expect((await ask('GET', `/api/contacts?q=${encodeURIComponent(unwanted)}`)).body.items).toEqual([])
    const there = (wanted: string): CrmContact => {
      const found = crm.contacts().filter(contact => contact.name === wanted)
      expect(found).toHaveLength(1)
      return found[0]!
    }
    const create = async (contact: object): Promise<string> =>
      (await ask('POST', '/api/contacts', contact)).body.contact.id
    const lastEvents = async (count: number) => (await ask('GET', `/api/activity?limit=${count}`)).body.items
    const moment = () => new Promise(resolve => setTimeout(resolve, 20))

    test('is connected by a person who allows it there, and by nobody else', async () => {
      expect(await state()).toEqual({ crm: crm.id, name, available: true, connection: null })
      const key = await ask('POST', `/api/connectors/${crm.id}/connect`)
      expect(key.status).toBe(403)

      const address = await crm.allow(await begin())
      const forged = new URL(address)
      forged.searchParams.set('state', 'somebody-else-s')
      expect((await comeBack(forged.href)).searchParams.get('problem')).toMatch(/Connect it again/)
      const refused = new URL(address)
      refused.searchParams.delete('code')
      expect((await comeBack(refused.href)).searchParams.get('problem')).toMatch(/not connected/)
      // Each is good once.
      expect((await comeBack(address)).searchParams.get('problem')).toMatch(/Connect it again/)
      expect((await state()).connection).toBeNull()

      crm.add({ name: 'Ana Torres', email: 'ana@example.com', company: 'Acme', phones: ['(415) 555-0100'] })
      crm.add({ name: 'Only There', phones: ['+44 20 7946 0000', '415-555-0102'] })
      await create({ name: 'Ana Torres', email: 'Ana@example.com', tags: ['vip'] })
      await create({ name: 'Only There', phones: ['+442079460000'] })
      await create({
        name: 'Only Here',
        email: 'here@example.com',
        phones: ['+14155550103', '+14155550104', '+14155550105'],
      })

      expect((await connect()).href).toBe(`${server.url}/settings/integrations?connected=${crm.id}`)
      expect(await lastEvents(20)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'connector.connected', connector: expect.objectContaining({ name }) }),
        ]),
      )
      const rows = await database.db.asOwner(sql => sql.query<{ tokens: Uint8Array }>('select tokens from connections'))
      for (const { tokens } of rows) expect(Buffer.from(tokens).toString('latin1')).not.toContain('refreshToken')
    })

    test('whoever is on both sides is one person; whoever is on one comes to the other', async () => {
      expect(await settled()).toMatchObject({
        status: 'active',
        problem: null,
        contacts: 3,
        syncedAt: expect.any(String),
      })
      expect(crm.contacts()).toHaveLength(3)
      expect(await allHere()).toHaveLength(3)
      expect(await named('Ana Torres')).toMatchObject({ company: 'Acme', phones: ['+14155550100'], tags: ['vip'] })
      expect(await named('Only There')).toMatchObject({ phones: ['+442079460000', '+14155550102'] })
      expect(there('Only Here')).toMatchObject({ email: 'here@example.com', phones: ['+14155550103', '+14155550104'] })
    })

    test('once they are the same, nothing is written any more, on either side', async () => {
      await sync()
      const [before, contacts] = [crm.writes.length, await allHere()]
      await sync()
      await sync()
      expect(crm.writes.slice(before)).toEqual([])
      expect(await allHere()).toEqual(contacts)
    })

    test('a change there comes here, and a change here goes there; neither comes back', async () => {
      const ana = there('Ana Torres')
      crm.change(ana.id, { name: 'Ana María Torres', phones: ['(415) 555-0199'] })
      await sync()
      const contact = await named('Ana María Torres')
      expect(contact).toMatchObject({ phones: ['+14155550199'], tags: ['vip'] })
      const [event] = await lastEvents(1)
      expect(event).toMatchObject({ type: 'contact.updated', contact: { id: contact.id }, by: { name } })

      await ask('PATCH', `/api/contacts/${contact.id}`, { email: 'Ana.Torres@example.com', tags: [] })
      await sync()
      expect(there('Ana María Torres').email.toLowerCase()).toBe('ana.torres@example.com')
      await sync()
      const [before, after] = [crm.writes.length, await here(contact.id)]
      await sync()
      expect(crm.writes.length).toBe(before)
      expect(await here(contact.id)).toEqual(after)
    })

    test('of two here with the same e-mail address one is there, and stays itself', async () => {
      const email = 'Ana.Torres@example.com'
      const double = await create({ name: 'Double', email, phones: ['+14155550777'] })
      const [before, count] = [there('Ana María Torres'), crm.contacts().length]
      expect((await sync()).problem).toBeNull()
      await sync()
      expect([there('Ana María Torres'), crm.contacts().length]).toEqual([before, count])
      await named('Ana María Torres')
      await ask('DELETE', `/api/contacts/${double}`)
    })

    test('more numbers than there is room for there stay here', async () => {
      const only = await named('Only Here')
      crm.change(there('Only Here').id, { phones: ['+14155550203'] })
      await sync()
      expect((await here(only.id)).phones).toEqual(['+14155550203', '+14155550105'])
    })

    test('where both have changed the same, the later change wins; what only one has changed stays', async () => {
      const contact = await named('Only There')
      const record = there('Only There')
      // Both change between two runs: no run of its own accord comes in between.
      const pause = async (paused: boolean) => {
        await ask('PATCH', `/api/connectors/${crm.id}`, { paused })
        if (!paused) await settled()
      }
      await settled()
      await pause(true)
      await ask('PATCH', `/api/contacts/${contact.id}`, { name: 'Earlier Here', phones: ['+14155550300'] })
      await moment()
      crm.change(record.id, { name: 'Later There' })
      await pause(false)
      expect(await here(contact.id)).toMatchObject({ name: 'Later There', phones: ['+14155550300'] })
      expect(crm.contacts().find(({ id }) => id === record.id)).toMatchObject({
        name: 'Later There',
        phones: ['+14155550300'],
      })

      await pause(true)
      crm.change(record.id, { name: 'Earlier There' })
      await moment()
      await ask('PATCH', `/api/contacts/${contact.id}`, { name: 'Later Here' })
      await pause(false)
      expect((await here(contact.id)).name).toBe('Later Here')
      expect(there('Later Here').id).toBe(record.id)
    })

    test('many at once come page by page, and the log says how many', async () => {
      for (let index = 0; index < 450; index++) crm.add({ name: `Many ${index}`, email: `many${index}@example.com` })
      expect(await sync()).toMatchObject({ contacts: 453, problem: null })
      expect(await lastEvents(1)).toMatchObject([{ type: 'contact.imported', by: { name } }])
    })

    test('what it does not take is told of, and holds nobody up', async () => {
      const notTaken = await create({ name: 'Not Taken', email: 'nobody@example.invalid' })
      await create({ name: 'Taken', email: 'taken@example.com' })
      expect((await sync()).problem).toMatch(/^1 × .*refuses it/)
      there('Taken')
      expect(crm.contacts().some(contact => contact.name === 'Not Taken')).toBe(false)
      await ask('DELETE', `/api/contacts/${notTaken}`)
    })

    test('an answer that does not arrive makes nobody twice', async () => {
      crm.hangUpOnce(crm.id === 'hubspot' ? /batch\/upsert/ : /Ringside_Id__c/)
      await create({ name: 'Cut Off', email: 'cut.off@example.com' })
      expect((await sync()).problem).toMatch(/does not answer/)
      expect((await sync()).problem).toBeNull()
      there('Cut Off')
      await named('Cut Off')
    })

    describe('a call that has ended', () => {
      let callId: string
      const log = async (contactId: string): Promise<string> =>
        (
          await ask('POST', '/api/admin/customer-service/calls', {
            contactId,
            direction: 'inbound',
            subject: 'Invoice',
            status: 'completed',
            startedAt: '2026-03-01T10:00:00Z',
            durationSeconds: 75,
          })
        ).body.call.id

      test('is logged there with its customer, and what is added to it later goes into the same entry', async () => {
        const contact = await named('Only Here')
        callId = await log(contact.id)
        expect((await sync()).calls).toBe(1)
        const [entry] = crm.calls()
        expect(entry).toMatchObject({
          callId,
          contactId: there('Only Here').id,
          direction: 'inbound',
          seconds: 75,
          recordingUrl: null,
          text: expect.stringContaining(`${server.url}/calls/${callId}`),
        })
        await database.db.inWorkspace(await workspaceId(), async tx => {
          await tx.query(
            `insert into recordings (workspace_id, id, call_id, kind, provider, status, completed_at)
             values (current_workspace(), 'r1', $1, 'call', 'builtin', 'completed', now())`,
            [callId],
          )
        })
        await ask('POST', `/api/calls/${callId}/notes`, { text: 'Wants the <invoice> again' })
        await sync()
        expect(crm.calls()).toHaveLength(1)
        expect(crm.calls()[0]).toMatchObject({
          id: entry!.id,
          text: expect.stringMatching(/Wants the (<|&lt;)invoice/),
          recordingUrl: `${server.url}/calls/${callId}`,
        })
      })

      test('is logged once, also when the answer does not arrive', async () => {
        crm.hangUpOnce(crm.id === 'hubspot' ? /objects\/calls$/ : /sobjects\/Task$/)
        const second = await log((await named('Only Here')).id)
        expect((await sync()).problem).toMatch(/does not answer/)
        expect(await sync()).toMatchObject({ problem: null, calls: 2 })
        expect(crm.calls().map(call => call.callId)).toEqual([callId, second])
      })
    })

    test('a token that has expired is renewed', async () => {
      crm.expireTokens()
      crm.change(there('Taken').id, { name: 'Taken Again' })
      expect((await sync()).problem).toBeNull()
      await named('Taken Again')
    })

    test('whoever asks too much is told so, and waits', async () => {
      crm.limitOnce()
      const limited = await sync()
      expect(limited).toMatchObject({ status: 'active', problem: expect.stringMatching(/requests|less often/) })
      expect(Date.parse(limited.dueAt)).toBeGreaterThan(Date.now())
      expect((await sync()).problem).toBeNull()
    })

    test('deletions go both ways', async () => {
      const contact = await named('Taken Again')
      crm.delete(there('Taken Again').id)
      await lookIntoTheArchive()
      await sync()
      expect((await ask('GET', `/api/contacts/${contact.id}`)).status).toBe(404)
      expect(await lastEvents(1)).toMatchObject([{ type: 'contact.deleted', by: { name } }])

      const cutOff = await named('Cut Off')
      await ask('DELETE', `/api/contacts/${cutOff.id}`)
      await sync()
      expect(crm.contacts().some(each => each.name === 'Cut Off')).toBe(false)
      await sync()
      await nobodyHere('Cut Off')
    })

    test('unless they are not to: then each side keeps its own', async () => {
      expect((await ask('PATCH', `/api/connectors/${crm.id}`, { syncDeletions: false })).status).toBe(200)
      await settled()
      const ana = await named('Ana María Torres')
      await ask('DELETE', `/api/contacts/${ana.id}`)
      crm.change(there('Ana María Torres').id, { company: 'Elsewhere' })
      await sync()
      there('Ana María Torres')
      await nobodyHere('Ana María Torres')
      await ask('PATCH', `/api/connectors/${crm.id}`, { syncDeletions: true })
      await settled()
      expect(crm.contacts().some(each => each.name === 'Ana María Torres')).toBe(false)
    })

    test('merged here, the first record is what the contact is, and both are its own', async () => {
      const [one, other] = [await named('Many 0'), await named('Many 1')]
      await ask('PATCH', `/api/contacts/${other.id}`, { phones: ['+14155550900'] })
      expect((await ask('POST', `/api/contacts/${one.id}/merge`, { from: other.id })).status).toBe(200)
      await sync()
      expect([there('Many 0').phones, there('Many 1').email]).toEqual([['+14155550900'], 'many1@example.com'])
      await sync()
      const before = crm.writes.length
      await sync()
      expect(crm.writes.length).toBe(before)
      crm.change(there('Many 1').id, { phones: ['+14155550901'] })
      await sync()
      expect((await here(one.id)).phones).toEqual(['+14155550901'])
      expect(there('Many 0').phones).toEqual(['+14155550901'])
    })

    const merges = name === 'Salesforce'
    const skipped = merges ? '' : ` (skipped: ${name} does not tell into which contact a deleted one was merged)`
    test.runIf(merges)(`merged there, the contacts here become one, too${skipped}`, async () => {
      const [into, from] = [await named('Many 2'), await named('Many 3')]
      await ask('PATCH', `/api/contacts/${from.id}`, { tags: ['kept'] })
      await sync()
      crm.merge!(there('Many 3').id, there('Many 2').id)
      await sync()
      expect(await here(into.id)).toMatchObject({ name: 'Many 2', tags: ['kept'] })
      expect((await ask('GET', `/api/contacts/${from.id}`)).status).toBe(404)
      expect(await lastEvents(1)).toMatchObject([{ type: 'contact.merged', from: { id: from.id }, by: { name } }])
    })

    test('paused, nothing happens; resumed, it catches up', async () => {
      await ask('PATCH', `/api/connectors/${crm.id}`, { paused: true })
      const paused = await connection()
      expect(paused.status).toBe('paused')
      expect((await ask('POST', `/api/connectors/${crm.id}/sync`)).status).toBe(409)
      crm.add({ name: 'While Paused', email: 'paused@example.com' })
      await moment()
      expect((await connection()).syncedAt).toBe(paused.syncedAt)
      await ask('PATCH', `/api/connectors/${crm.id}`, { paused: false })
      await settled()
      await named('While Paused')
    })

    test('permission taken back: it stands still and says so, until somebody connects it anew', async () => {
      const contacts = (await connection()).contacts
      crm.takeBackPermission()
      expect(await sync()).toMatchObject({ status: 'broken', problem: expect.stringMatching(/Connect it again/) })
      expect(await lastEvents(1)).toMatchObject([{ type: 'connector.failed', connector: { name } }])
      expect((await ask('POST', `/api/connectors/${crm.id}/sync`)).status).toBe(409)
      await connect()
      // It goes on where it was: nobody is met for the first time again.
      expect(await settled()).toMatchObject({ status: 'active', problem: null, contacts })
    })

    test('disconnected, its permission is given back and contacts stay', async () => {
      const [contacts, records] = [await allHere(), crm.contacts()]
      expect((await ask('DELETE', `/api/connectors/${crm.id}`)).status).toBe(200)
      expect((await state()).connection).toBeNull()
      expect((await ask('DELETE', `/api/connectors/${crm.id}`)).status).toBe(404)
      expect([await allHere(), crm.contacts()]).toEqual([contacts, records])
      await expect(crm.allow(`${crm.env.HUBSPOT_APP_URL ?? crm.env.SALESFORCE_LOGIN_URL}/nowhere`)).rejects.toThrow()
    })

    const workspaceId = async (): Promise<string> =>
      (await database.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces')))[0]!.id

    /** HubSpot has no list of what was deleted since, so all of it is looked through now and then: now. */
    const lookIntoTheArchive = () =>
      database.db.asOwner(sql =>
        sql.query(`update connections set pull_cursor = pull_cursor - 'archiveReadAt'`).then(() => undefined),
      )
  })
})
