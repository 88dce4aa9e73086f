import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createUser, getMe, listUsers, signIn, signInByLink, updateUser } from '../../client/contract.ts'
import { PERMISSIONS } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { findCall } from '../calls/callStore.ts'
import { createSignInLink } from './linkStore.ts'
import {
  addKey,
  addPerson,
  cookieOf,
  eventsOf,
  makeWorkspace,
  newEmail,
  OPERATOR_CREDENTIALS,
  signInAs,
  startTestServer,
  type TestServer,
} from './testing.ts'

const PASSWORD = 'correct horse battery'

onBothDatabases('users', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
  })
  afterAll(() => server.close())

  const add = (body: object) =>
    server.ask(createUser, { as: here.admin, body: { email: newEmail(), name: 'Ann', role: 'agent', ...body } })
  const change = (id: string, body: object, as = here.admin) => server.ask(updateUser, { as, params: { id }, body })
  const list = async () => (await server.ask(listUsers, { as: here.admin })).body.items
  const queueNames = (user: { queues: { name: string }[] }) => user.queues.map(queue => queue.name)

  describe('are listed', () => {
    test('by name, page by page, each once', async () => {
      const names = ['bob', 'Ann', 'Zoë', 'ann', 'Carl', 'Ann', '電話'.repeat(50)]
      for (const name of names) await addPerson(server, here.id, 'agent', { name })
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const query: Record<string, string> = { limit: '3', ...(cursor === null ? {} : { cursor }) }
        const page = await server.ask(listUsers, { as: here.admin, query })
        expect(page.status).toBe(200)
        expect(page.body.items.length).toBeLessThanOrEqual(3)
        seen.push(...page.body.items.map(user => user.name))
        cursor = page.body.nextCursor
      } while (cursor !== null)
      expect(seen.slice(0, 6)).toEqual(['Admin', ...seen.slice(1, 4), 'bob', 'Carl'])
      expect([...seen].sort()).toEqual(['Admin', ...names].sort())
      const ids = (await list()).map(user => user.id)
      expect(new Set(ids).size).toBe(names.length + 1)
    })

    test('without passwords, without other workspaces', async () => {
      const there = await makeWorkspace(server, { adminPassword: PASSWORD })
      await add({ password: PASSWORD })
      const { body } = await server.ask(listUsers, { as: here.admin })
      expect(body.items).toHaveLength(2)
      expect(JSON.stringify(body)).not.toContain('argon2')
      expect(JSON.stringify(body)).not.toContain(there.adminId)
      // Another workspace's user is no place to go on from.
      const cursor = Buffer.from(JSON.stringify([there.adminId])).toString('base64url')
      expect((await server.ask(listUsers, { as: here.admin, query: { cursor } })).body.items).toEqual([])
    })

    test.each([
      ['cursor', 'x'],
      ['cursor', Buffer.from('["x"]').toString('base64url')],
      ['cursor', 'x'.repeat(300)],
      ['limit', '0'],
      ['limit', '201'],
      ['limit', 'many'],
    ])('not with the %s %s', async (name, value) => {
      const answered = await server.ask(listUsers, { as: here.admin, query: { [name]: value } })
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields).toMatchObject([{ path: name }])
    })
  })

  describe('are added', () => {
    test('with a password, queues by name and by id, and sign in with it', async () => {
      const admin = (await list()).find(user => user.id === here.adminId)!
      const salesId = admin.queues.find(queue => queue.name === 'Sales')!.id
      const email = newEmail()
      const answered = await add({
        email: email.toUpperCase(),
        password: PASSWORD,
        queues: ['support', salesId, 'sales'],
      })
      expect(answered.status).toBe(201)
      expect(answered.body).toEqual({
        success: true,
        signInLink: null,
        user: {
          id: expect.any(String),
          email,
          name: 'Ann',
          role: 'agent',
          agentId: expect.any(String),
          queues: ['Sales', 'Support'].map(name => ({ id: expect.any(String), name })),
          secondFactor: false,
          supabaseUserId: null,
          disabled: false,
          leftAt: null,
          createdAt: expect.any(String),
        },
      })
      expect((await server.ask(signIn, { body: { email, password: PASSWORD } })).status).toBe(200)
      const { id } = answered.body.user
      expect(await eventsOf(server, here.id)).toContainEqual({
        type: 'user.created',
        user: { id, name: 'Ann' },
        role: 'agent',
        by: { id: here.adminId, name: 'Admin' },
      })
    })

    test('without a password: the answer holds a link that works once', async () => {
      const { body } = await server.ask(createUser, {
        as: here.admin,
        body: { email: newEmail(), name: 'Ann', role: 'supervisor' },
        headers: { host: 'desk.example:8080' },
      })
      const [base, token] = body.signInLink!.split('#token=')
      expect(base).toBe('http://desk.example:8080/sign-in')
      const signedIn = await server.ask(signInByLink, { body: { token } })
      expect(signedIn.body.user).toMatchObject({ id: body.user.id, role: 'supervisor', hasPassword: false })
      expect((await server.ask(signInByLink, { body: { token } })).status).toBe(401)
    })

    test.each<[string, object, boolean, string[]]>([
      ['agents take calls', { role: 'agent' }, true, []],
      ['agents take calls whatever is said', { role: 'agent', takesCalls: false }, true, []],
      ['supervisors take none', { role: 'supervisor' }, false, []],
      ['supervisors may', { role: 'supervisor', takesCalls: true }, true, []],
      ['supervisors with queues do', { role: 'supervisor', queues: ['hr'] }, true, ['HR']],
      ['admins with no queues do not', { role: 'admin', queues: [] }, false, []],
    ])('%s', async (_, body, takesCalls, queues) => {
      const { user } = (await add(body)).body
      expect(user.agentId !== null).toBe(takesCalls)
      expect(queueNames(user)).toEqual(queues)
    })

    test('by the operator with a password of the operator’s choice, long enough as it is', async () => {
      const as = OPERATOR_CREDENTIALS
      const create = (password: string) =>
        server.ask(createUser, { as, body: { email: newEmail(), name: 'Ann', role: 'agent', password } })
      expect((await add({ password: 'test-password-123' })).status).toBe(400)
      const { status, body } = await create('test-password-123')
      expect(status).toBe(201)
      expect((await change(body.user.id, { password: 'password1234' }, as)).status).toBe(200)
      expect((await create('short')).status).toBe(400)
    })

    test('not with a password that is little more than the company’s name', async () => {
      await server.db.asOwner(sql => sql.query(`update workspaces set name = 'Brambleford' where id = $1`, [here.id]))
      const message = expect.stringContaining('your company')
      const refused = { status: 400, body: { error: { fields: [{ path: 'password', message }] } } }
      expect(await add({ password: 'Brambleford-2026' })).toMatchObject(refused)
      const { user } = (await add({ password: PASSWORD })).body
      expect(await change(user.id, { password: 'Brambleford-2026' })).toMatchObject(refused)
    })

    test('not twice with one e-mail, in any case, in any workspace', async () => {
      const there = await makeWorkspace(server)
      const mine = newEmail()
      await add({ email: mine })
      for (const email of [mine, mine.toUpperCase(), there.adminEmail]) {
        const answered = await add({ email })
        expect(answered.status).toBe(409)
        expect(answered.body.error.code).toBe('email_taken')
      }
      expect(await list()).toHaveLength(2)
      expect((await eventsOf(server, here.id)).filter(event => event.type === 'user.created')).toHaveLength(2)
    })

    test('not twice with one supabaseUserId', async () => {
      const supabaseUserId = newId()
      expect((await add({ supabaseUserId })).body.user.supabaseUserId).toBe(supabaseUserId)
      const answered = await add({ supabaseUserId })
      expect(answered.status).toBe(409)
      expect(answered.body.error.code).toBe('supabase_user_id_taken')
    })

    test.each<[string, object, string]>([
      ['no e-mail', { email: undefined }, 'email'],
      ['no real e-mail', { email: 'ann' }, 'email'],
      ['a number as e-mail', { email: 5 }, 'email'],
      ['a list as e-mail', { email: ['a@example.com'] }, 'email'],
      ['no name', { name: undefined }, 'name'],
      ['a blank name', { name: '  ' }, 'name'],
      ['no role', { role: undefined }, 'role'],
      ['a role that is none', { role: 'root' }, 'role'],
      ['a short password', { password: 'short' }, 'password'],
      ['text for takesCalls', { takesCalls: 'yes' }, 'takesCalls'],
      ['text for queues', { queues: 'sales' }, 'queues'],
      ['a queue that is not there', { queues: ['sales', 'repairs'] }, 'queues.1'],
      ['the id of no queue', { queues: [newId()] }, 'queues.0'],
      ['a queue for somebody without calls', { role: 'supervisor', takesCalls: false, queues: ['sales'] }, 'queues'],
    ])('not with %s', async (_, body, path) => {
      const before = await eventsOf(server, here.id)
      const answered = await add(body)
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields!.map(field => field.path)).toEqual([path])
      expect(await list()).toHaveLength(1)
      expect(await eventsOf(server, here.id)).toEqual(before)
    })

    test('not with another workspace’s queue', async () => {
      const there = await makeWorkspace(server)
      const me = await server.ask(getMe, { as: there.admin })
      const answered = await add({ queues: [me.body.agent!.queues[0]!.id] })
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields).toMatchObject([{ path: 'queues.0' }])
    })
  })

  describe('are changed', () => {
    test('only in what is given; only what has changed is told', async () => {
      const { user } = (await add({ queues: ['sales'] })).body
      const answered = await change(user.id, { name: 'Anna', queues: ['hr', 'sales'], role: 'agent' })
      expect(answered.status).toBe(200)
      expect(answered.body.user).toEqual({
        ...user,
        name: 'Anna',
        queues: expect.arrayContaining([expect.objectContaining({ name: 'HR' }), ...user.queues]),
      })
      const events = await eventsOf(server, here.id)
      expect(events.at(-1)).toEqual({
        type: 'user.updated',
        user: { id: user.id, name: 'Anna' },
        changed: ['name', 'queues'],
        changes: { name: { from: user.name, to: 'Anna' } },
        by: { id: here.adminId, name: 'Admin' },
      })
      expect((await change(user.id, { name: 'Anna', queues: ['sales', 'hr'] })).body.user).toEqual(answered.body.user)
      expect((await change(user.id, {})).body.user).toEqual(answered.body.user)
      expect(await eventsOf(server, here.id)).toHaveLength(events.length)
    })

    test('in a way that those who route calls learn of, when there is anything to learn', async () => {
      const version = async () => {
        const [head] = await server.db.inWorkspace(here.id, tx =>
          tx.query<{ settings_version: string }>('select settings_version from routing_heads'),
        )
        return Number(head!.settings_version)
      }
      const before = await version()
      const { user } = (await add({ queues: ['sales'] })).body
      expect(await version()).toBe(before + 1)
      await change(user.id, { queues: ['hr'] })
      await change(user.id, { queues: ['hr'] })
      expect(await version()).toBe(before + 2)
    })

    test.each<[string, object, string]>([
      ['disabling', { disabled: true }, 'disabled'],
      ['another role', { role: 'supervisor' }, 'role'],
      ['another password', { password: PASSWORD }, 'password'],
    ])('%s ends every session of theirs, at once, and nobody else’s', async (_, body, changed) => {
      const { id, as } = await addPerson(server, here.id, 'agent')
      const phone = await signInAs(server, here.id, id)
      expect((await change(id, body)).status).toBe(200)
      for (const session of [as, phone]) expect((await server.ask(getMe, { as: session })).status).toBe(401)
      expect((await server.ask(getMe, { as: here.admin })).status).toBe(200)
      expect((await eventsOf(server, here.id)).at(-1)).toMatchObject({ type: 'user.updated', changed: [changed] })
      const [left] = await server.db.inWorkspace(here.id, tx =>
        tx.query<{ n: number }>('select count(*)::int as n from sessions where user_id = $1', [id]),
      )
      expect(left!.n).toBe(0)
    })

    test('a name or queues leave them signed in', async () => {
      const { id, as } = await addPerson(server, here.id, 'agent')
      await change(id, { name: 'Other', queues: ['hr'], role: 'agent', disabled: false })
      expect((await server.ask(getMe, { as })).body).toMatchObject({ name: 'Other' })
    })

    test('disabled ones cannot sign in, and can again when enabled', async () => {
      const email = newEmail()
      const { id } = (await add({ email, password: PASSWORD })).body.user
      const trySignIn = async () => (await server.ask(signIn, { body: { email, password: PASSWORD } })).status
      expect((await change(id, { disabled: true })).body.user.disabled).toBe(true)
      expect(await trySignIn()).toBe(401)
      expect((await change(id, { disabled: false })).body.user.disabled).toBe(false)
      expect(await trySignIn()).toBe(200)
    })

    test('a new password ends the links that were sent before', async () => {
      const { id } = await addPerson(server, here.id, 'agent')
      const token = await createSignInLink(server.db, here.id, id)
      await change(id, { role: 'supervisor' })
      await change(id, { password: PASSWORD })
      expect((await server.ask(signInByLink, { body: { token } })).status).toBe(401)
    })

    test('another role leaves a link that was sent before', async () => {
      const { id } = await addPerson(server, here.id, 'agent')
      const token = await createSignInLink(server.db, here.id, id)
      await change(id, { role: 'supervisor' })
      expect((await server.ask(signInByLink, { body: { token } })).status).toBe(200)
    })

    test('who becomes an agent takes calls; who is none any more may stop', async () => {
      const { user } = (await add({ role: 'supervisor' })).body
      const agent = (await change(user.id, { role: 'agent', takesCalls: false, queues: ['hr'] })).body.user
      expect(agent.agentId).not.toBeNull()
      const still = (await change(user.id, { role: 'supervisor' })).body.user
      expect(still).toMatchObject({ agentId: agent.agentId, role: 'supervisor' })
      expect(queueNames(still)).toEqual(['HR'])
      const none = (await change(user.id, { takesCalls: false })).body.user
      expect(none).toMatchObject({ agentId: null, queues: [] })
      expect((await eventsOf(server, here.id)).at(-1)).toMatchObject({ changed: ['takesCalls'] })
      const again = (await change(user.id, { queues: ['sales'] })).body.user
      expect(again.agentId).toBe(agent.agentId)
      expect(queueNames(again)).toEqual(['Sales'])
    })

    test('who has taken calls and takes none any more: the calls are on record under their name', async () => {
      const { user } = (await add({ name: 'Rosa', role: 'supervisor', queues: ['hr'] })).body
      const callId = newId()
      await server.db.inWorkspace(here.id, tx =>
        tx.query(
          `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, outcome, agent_id,
             match_state, started_at)
           values ($1, $2, 'test', 'call-1', 'ours', 'inbound', 'completed', 'answered', $3, 'unknown', now())`,
          [here.id, callId, user.agentId],
        ),
      )
      expect((await change(user.id, { takesCalls: false })).body.user).toMatchObject({ agentId: null, queues: [] })
      const record = await server.db.inWorkspace(here.id, tx => findCall(tx, callId))
      expect(record!.call.agent).toEqual({ id: user.agentId, name: 'Rosa' })
    })

    test('supabaseUserId can be given, taken away, and not shared', async () => {
      const { user } = (await add({})).body
      const other = (await add({ supabaseUserId: newId() })).body.user
      const supabaseUserId = newId()
      expect((await change(user.id, { supabaseUserId })).body.user).toMatchObject({ supabaseUserId })
      expect((await change(user.id, { supabaseUserId: other.supabaseUserId })).status).toBe(409)
      expect((await change(user.id, { supabaseUserId: null })).body.user).toMatchObject({ supabaseUserId: null })
    })

    test.each<[string, object]>([
      ['disabled', { disabled: true }],
      ['demoted', { role: 'supervisor' }],
    ])('the last admin is not %s', async (_, body) => {
      const { user: second } = (await add({ role: 'admin', password: PASSWORD })).body
      await change(second.id, { disabled: true })
      const answered = await change(here.adminId, body)
      expect(answered.status).toBe(409)
      expect(answered.body.error.code).toBe('last_admin')
      expect((await server.ask(getMe, { as: here.admin })).body.role).toBe('admin')
      await change(second.id, { disabled: false })
      expect((await change(here.adminId, body)).status).toBe(200)
    })

    test('two admins who demote each other at the same moment: one stays', async () => {
      for (let round = 0; round < 5; round++) {
        const place = await makeWorkspace(server)
        const other = await addPerson(server, place.id, 'admin')
        const answers = await Promise.all([
          change(other.id, { role: 'agent' }, place.admin),
          change(place.adminId, { role: 'agent' }, other.as),
        ])
        const admins = await server.db.inWorkspace(place.id, tx => tx.query("select from users where role = 'admin'"))
        expect(admins).toHaveLength(1)
        expect(answers.map(({ status }) => status).filter(status => status === 200)).toHaveLength(1)
      }
    })

    test('an e-mail, an id, a workspace cannot be', async () => {
      const there = await makeWorkspace(server)
      const { user } = (await add({})).body
      const body = { email: 'other@example.com', id: newId(), workspaceId: there.id, passwordHash: 'x', name: 'Ann' }
      expect((await change(user.id, body)).body.user).toEqual(user)
    })

    test.each<[string, object, string]>([
      ['a number as name', { name: 1 }, 'name'],
      ['null as role', { role: null }, 'role'],
      ['a short password', { password: 'short' }, 'password'],
      ['text for disabled', { disabled: 'true' }, 'disabled'],
      ['a queue that is not there', { name: 'Changed', queues: ['repairs'] }, 'queues.0'],
    ])('not with %s', async (_, body, path) => {
      const { user } = (await add({})).body
      const answered = await change(user.id, body)
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields!.map(field => field.path)).toEqual([path])
      expect(await list()).toContainEqual(user)
    })

    test('not those of another workspace: they are not there', async () => {
      const there = await makeWorkspace(server)
      for (const id of [there.adminId, newId()]) {
        const answered = await change(id, { name: 'Intruder', disabled: true, password: PASSWORD })
        expect(answered.status).toBe(404)
      }
      expect((await server.ask(getMe, { as: there.admin })).body).toMatchObject({ name: 'Admin', hasPassword: false })
      expect((await change('1', { name: 'x' })).status).toBe(404)
    })
  })

  describe('by an API key', () => {
    test('are made and changed, but no admin, except with every permission', async () => {
      const some = await addKey(server, here.id, ['users:manage', 'settings:manage'])
      const every = await addKey(server, here.id, [...PERMISSIONS])
      const make = (as: typeof some, role: string) =>
        server.ask(createUser, { as, body: { email: newEmail(), name: 'Ann', role } })
      const made = await make(some, 'supervisor')
      expect(made.status).toBe(201)
      expect((await make(some, 'admin')).status).toBe(403)
      expect((await change(made.body.user.id, { name: 'Anna' }, some)).status).toBe(200)
      expect((await change(made.body.user.id, { role: 'admin' }, some)).status).toBe(403)
      for (const body of [{ password: PASSWORD }, { role: 'agent' }, { disabled: true }]) {
        expect((await change(here.adminId, body, some)).status).toBe(403)
      }
      expect((await server.ask(getMe, { as: here.admin })).body.hasPassword).toBe(false)
      expect((await make(every, 'admin')).status).toBe(201)
      expect((await eventsOf(server, here.id)).at(-1)).toMatchObject({ by: { name: 'Key' } })
    })
  })

  test('a link that an admin hands out carries the public address', async () => {
    const secure = await server.withEnvironment({ PUBLIC_URL: 'https://calls.example.com/' })
    try {
      const { admin } = await makeWorkspace(secure)
      const body = { email: newEmail(), name: 'Ann', role: 'agent' }
      const answered = await secure.ask(createUser, { as: admin, body, headers: { host: 'evil.example' } })
      expect(answered.body.signInLink).toMatch(/^https:\/\/calls\.example\.com\/sign-in#token=[\w-]{43}$/)
      const token = answered.body.signInLink!.split('=')[1]
      expect(cookieOf(await secure.ask(signInByLink, { body: { token } })).cookie).toMatch(/^__Host-/)
    } finally {
      await secure.close()
    }
  })
})
