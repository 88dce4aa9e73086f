import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { PERMISSIONS } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import {
  addKey,
  type Credentials,
  eventsOf,
  makeWorkspace,
  NOBODY,
  newEmail,
  OPERATOR_CREDENTIALS,
  startTestServer,
  type TestServer,
} from '../access/testing.ts'

const PASSWORD = 'correct horse battery'

onBothDatabases('workspaces', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
  })
  afterAll(() => server.close())

  describe('are created', () => {
    const create = (body: object, as: Credentials = OPERATOR_CREDENTIALS) =>
      server.ask(contract.createWorkspace, {
        as,
        body: { name: 'Acme', adminEmail: newEmail(), adminPassword: PASSWORD, ...body },
      })
    const countWorkspaces = async () =>
      (await server.db.asSystem(sql => sql.query<{ n: number }>('select count(*)::int as n from workspaces')))[0]!.n

    test('as a working call center, with an admin and a key', async () => {
      const adminEmail = newEmail()
      const { status, body } = await create({ adminEmail, defaultCountry: 'DE' })
      expect(status).toBe(201)
      expect(body).toEqual({
        success: true,
        workspace: { id: expect.any(String), name: 'Acme' },
        apiKey: expect.stringMatching(/^rs_[\w-]{43}$/),
      })
      const signedIn = await server.ask(contract.signIn, { body: { email: adminEmail, password: PASSWORD } })
      expect(signedIn.body.user).toMatchObject({
        role: 'admin',
        workspace: { id: body.workspace.id, name: 'Acme', defaultCountry: 'DE' },
        agent: { queues: [{ name: 'HR' }, { name: 'Sales' }, { name: 'Support' }] },
      })
      const as = { 'x-api-key': body.apiKey }
      expect((await server.ask(contract.listNumbers, { as })).body.items).toEqual([])
      const keys = await server.ask(contract.listApiKeys, { as })
      expect(keys.body.items).toMatchObject([{ hint: body.apiKey.slice(-4), permissions: [...PERMISSIONS] }])
      // Its key is not the operator's.
      expect((await create({}, as)).status).toBe(403)
      const by = { name: 'Operator' }
      expect(await eventsOf(server, body.workspace.id)).toMatchObject([
        { type: 'workspace.created', workspace: body.workspace },
        { type: 'user.created', role: 'admin', by },
        { type: 'api_key.created', by },
        { type: 'user.signed_in' },
      ])
    })

    test('not with an e-mail that somebody has; then nothing is left behind', async () => {
      const before = await countWorkspaces()
      const answered = await create({ adminEmail: here.adminEmail.toUpperCase() })
      expect(answered.status).toBe(409)
      expect(answered.body.error.code).toBe('email_taken')
      expect(await countWorkspaces()).toBe(before)
      const [left] = await server.db.asSystem(sql =>
        sql.query<{ n: number }>('select count(*)::int as n from event_heads'),
      )
      expect(left!.n).toBe(before)
    })

    test('once, when two with one e-mail are asked for at the same moment', async () => {
      const before = await countWorkspaces()
      const adminEmail = newEmail()
      const answers = await Promise.all([1, 2, 3, 4].map(() => create({ adminEmail })))
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
      expect(await countWorkspaces()).toBe(before + 1)
    })

    test('by the operator only', async () => {
      const before = await countWorkspaces()
      expect((await create({}, NOBODY)).status).toBe(401)
      expect((await create({}, here.admin)).status).toBe(403)
      expect((await create({}, await addKey(server, here.id, [...PERMISSIONS]))).status).toBe(403)
      expect(await countWorkspaces()).toBe(before)
    })

    test.each<[string, object, string]>([
      ['no name', { name: undefined }, 'name'],
      ['a blank name', { name: ' ' }, 'name'],
      ['a list as name', { name: ['Acme'] }, 'name'],
      ['no real e-mail', { adminEmail: 'admin' }, 'adminEmail'],
      ['a short password', { adminPassword: 'short' }, 'adminPassword'],
      ['no password', { adminPassword: null }, 'adminPassword'],
      ['a country in words', { defaultCountry: 'Germany' }, 'defaultCountry'],
      ['a country that is not there', { defaultCountry: 'ZZ' }, 'defaultCountry'],
    ])('not with %s', async (_, body, path) => {
      const before = await countWorkspaces()
      const answered = await create(body)
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields!.map(field => field.path)).toEqual([path])
      expect(await countWorkspaces()).toBe(before)
    })
  })

  describe('have numbers', () => {
    let last = 0
    /** Possible, and nobody's in these tests. */
    const newNumber = () => `+1415555${String(++last).padStart(4, '0')}`
    const add = (body: object, as = here.admin) => server.ask(contract.createNumber, { as, body })
    const list = async (as = here.admin) => (await server.ask(contract.listNumbers, { as })).body.items
    const remove = (id: string, as = here.admin) => server.ask(contract.deleteNumber, { as, params: { id } })

    test('in E.164, however they are written, whose calls wait in a queue', async () => {
      const e164 = newNumber()
      const answered = await add({ number: `(415) 555-${e164.slice(-4)}`, queue: 'sales' })
      expect(answered.status).toBe(201)
      expect(answered.body.number).toEqual({
        id: expect.any(String),
        number: e164,
        label: `(415) 555-${e164.slice(-4)}`,
        flow: null,
        queue: { id: expect.any(String), name: 'Sales' },
      })
      expect(await list()).toEqual([answered.body.number])
      const other = await add({ number: newNumber(), label: 'Hotline', queue: answered.body.number.queue!.id })
      expect(other.body.number).toMatchObject({ label: 'Hotline', queue: { name: 'Sales' } })
      const plain = await add({ number: newNumber() })
      expect(plain.body.number.queue).toBeNull()
    })

    test('read in the workspace’s country', async () => {
      const there = await makeWorkspace(server, { defaultCountry: 'DE' })
      const answered = await add({ number: '030 901820' }, there.admin)
      expect(answered.body.number.number).toBe('+4930901820')
    })

    test('that calls to find at once', async () => {
      const number = newNumber()
      await server.app.directory.workspaceOf([number])
      const { body } = await add({ number })
      const there = await makeWorkspace(server)
      expect(await server.app.directory.workspaceOf([number])).toBe(here.id)
      await remove(body.number.id)
      await add({ number }, there.admin)
      expect(await server.app.directory.workspaceOf([number])).toBe(there.id)
    })

    test('that nobody else has; whose it is, is not told', async () => {
      const there = await makeWorkspace(server)
      const theirs = newNumber()
      const mine = newNumber()
      await add({ number: theirs }, there.admin)
      await add({ number: mine })
      const [ofOthers, ofMine] = [await add({ number: theirs }), await add({ number: mine })]
      expect(ofOthers.status).toBe(409)
      expect(ofOthers.body.error.code).toBe('number_taken')
      expect(ofOthers.body).toEqual(ofMine.body)
      expect(await list()).toHaveLength(1)
    })

    describe('changed', () => {
      const change = (id: string, body: object, as = here.admin) =>
        server.ask(contract.updateNumber, { as, params: { id }, body })
      const addFlow = async (name: string, workspaceId = here.id) => {
        const flowId = newId()
        await server.db.inWorkspace(workspaceId, tx =>
          tx.query("insert into flows (workspace_id, id, name, draft) values ($1, $2, $3, '{}')", [
            workspaceId,
            flowId,
            name,
          ]),
        )
        return { id: flowId, name }
      }

      test('in where their calls go, by name or id', async () => {
        const day = await addFlow('By day')
        const night = await addFlow('By night')
        const { number } = (await add({ number: newNumber(), queue: 'sales', flow: 'By day' })).body
        expect(number).toMatchObject({ flow: day, queue: { name: 'Sales' } })
        expect((await change(number.id, { flow: night.id.toUpperCase() })).body.number).toEqual({
          ...number,
          flow: night,
        })
        const { body } = await change(number.id, { label: 'Hotline', flow: null, queue: null })
        expect(body.number).toEqual({ ...number, label: 'Hotline', flow: null, queue: null })
        expect(await list()).toEqual([body.number])
        const events = await eventsOf(server, here.id)
        const event = {
          type: 'number.updated',
          number: { id: number.id, name: number.number },
          by: { id: here.adminId, name: 'Admin' },
        }
        expect(events.slice(-2)).toEqual([
          { ...event, changes: { flow: { from: 'By day', to: 'By night' } } },
          {
            ...event,
            changes: {
              label: { from: number.label, to: 'Hotline' },
              flow: { from: 'By night', to: null },
              queue: { from: 'Sales', to: null },
            },
          },
        ])
        await change(number.id, { label: 'Hotline' })
        expect(await eventsOf(server, here.id)).toHaveLength(events.length)
      })

      test.each<[string, object, string[]]>([
        ['a queue that is not there', { queue: 'repairs' }, ['queue']],
        ['a flow that is not there', { flow: 'Repairs' }, ['flow']],
        ['neither of both', { flow: newId(), queue: newId() }, ['flow', 'queue']],
        ['a blank label', { label: ' ' }, ['label']],
      ])('not to %s', async (_, body, paths) => {
        const { number } = (await add({ number: newNumber() })).body
        const answered = await change(number.id, body)
        expect(answered.status).toBe(400)
        expect(answered.body.error.fields!.map(field => field.path)).toEqual(paths)
        expect(await list()).toEqual([number])
      })

      test('not by, nor to the flow of, another workspace', async () => {
        const there = await makeWorkspace(server)
        const theirs = await addFlow('Theirs', there.id)
        const { number } = (await add({ number: newNumber() })).body
        expect((await change(number.id, { label: 'Mine' }, there.admin)).status).toBe(404)
        expect((await change(newId(), { label: 'Mine' })).status).toBe(404)
        expect((await change(number.id, { flow: theirs.id })).status).toBe(400)
        expect(await list()).toEqual([number])
      })
    })

    test('given up once, by their own workspace', async () => {
      const there = await makeWorkspace(server)
      const { body } = await add({ number: newNumber() })
      expect((await remove(body.number.id, there.admin)).status).toBe(404)
      expect(await list()).toHaveLength(1)
      expect((await remove(body.number.id)).body).toEqual({ success: true })
      expect(await list()).toEqual([])
      expect((await remove(body.number.id)).status).toBe(404)
      expect((await remove(newId())).status).toBe(404)
      expect((await remove('x')).status).toBe(404)
    })

    test.each<[string, object, string]>([
      ['no number', {}, 'number'],
      ['a number that is a number', { number: 14155550199 }, 'number'],
      ['a number that cannot be', { number: '+1234567890' }, 'number'],
      ['an extension', { number: '101' }, 'number'],
      ['words', { number: 'front desk' }, 'number'],
      ['a hidden number', { number: 'anonymous' }, 'number'],
      ['a client', { number: 'client:ann' }, 'number'],
      ['a blank label', { number: '+14155550199', label: ' ' }, 'label'],
      ['a queue that is not there', { number: '+14155550199', queue: 'repairs' }, 'queue'],
      ['a flow that is not there', { number: '+14155550199', flow: 'Main' }, 'flow'],
      ['a list as queue', { number: '+14155550199', queue: ['sales'] }, 'queue'],
    ])('not %s', async (_, body, path) => {
      const answered = await add(body)
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields!.map(field => field.path)).toEqual([path])
      expect(await list()).toEqual([])
    })

    test('not with another workspace’s queue', async () => {
      const there = await makeWorkspace(server)
      const [queue] = (await server.ask(contract.listQueues, { as: there.admin })).body.items
      expect((await add({ number: newNumber(), queue: queue!.id })).status).toBe(400)
    })
  })
})
