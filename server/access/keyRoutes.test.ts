import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createApiKey,
  listApiKeys,
  listQueues,
  listUsers,
  revokeApiKey,
  rotateApiKey,
  setApiKeyLimit,
} from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { addKey, eventsOf, makeWorkspace, OPERATOR_CREDENTIALS, startTestServer, type TestServer } from './testing.ts'

onBothDatabases('API keys', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
  })
  afterAll(() => server.close())

  const create = (body: object, as = here.admin) =>
    server.ask(createApiKey, { as, body: { name: 'CRM', permissions: ['calls:read'], ...body } })
  const list = async () => (await server.ask(listApiKeys, { as: here.admin })).body.items
  const tryKey = async (key: string) => (await server.ask(listQueues, { as: { 'x-api-key': key } })).status

  test('are shown once, stored as a hash, and work', async () => {
    const { status, body } = await create({ permissions: ['calls:read', 'contacts:read', 'calls:read'] })
    expect(status).toBe(201)
    expect(body.key).toMatch(/^rs_[\w-]{43}$/)
    expect(body.apiKey).toEqual({
      id: expect.any(String),
      name: 'CRM',
      hint: body.key.slice(-4),
      permissions: ['calls:read', 'contacts:read'],
      createdAt: expect.any(String),
      lastUsedAt: null,
      expiresAt: null,
      previous: null,
      requestsPerHour: 1000,
    })
    expect(await tryKey(body.key)).toBe(200)
    expect((await server.ask(listUsers, { as: { 'x-api-key': body.key } })).status).toBe(403)
    const [row] = await server.db.inWorkspace(here.id, tx =>
      tx.query<{ row: string }>('select k::text as row from api_keys k'),
    )
    expect(row!.row).not.toContain(body.key.slice(0, -4))
    const by = { id: here.adminId, name: 'Admin' }
    const key = { id: body.apiKey.id, name: 'CRM' }
    expect(await eventsOf(server, here.id)).toContainEqual({ type: 'api_key.created', key, by })
    expect(JSON.stringify(await eventsOf(server, here.id))).not.toContain(body.key)
    expect(await list()).toEqual([{ ...body.apiKey, lastUsedAt: expect.any(String) }])
  })

  test('expire', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    const { body } = await create({ expiresAt })
    expect(body.apiKey.expiresAt).toBe(expiresAt)
    expect(await tryKey(body.key)).toBe(200)
    await server.db.inWorkspace(here.id, tx => tx.query('update api_keys set expires_at = now()'))
    expect(await tryKey(body.key)).toBe(401)
    expect(await list()).toEqual([])
  })

  test('are revoked at once, and once', async () => {
    const { body } = await create({})
    const revoke = () => server.ask(revokeApiKey, { as: here.admin, params: { id: body.apiKey.id } })
    expect((await revoke()).body).toEqual({ success: true })
    expect(await tryKey(body.key)).toBe(401)
    expect(await list()).toEqual([])
    expect((await revoke()).status).toBe(404)
    const revoked = (await eventsOf(server, here.id)).filter(event => event.type === 'api_key.revoked')
    const by = { id: here.adminId, name: 'Admin' }
    expect(revoked).toEqual([{ type: 'api_key.revoked', key: { id: body.apiKey.id, name: 'CRM' }, by }])
  })

  test('are replaced, and the old one works until the overlap ends', async () => {
    const old = (await create({ permissions: ['calls:read', 'contacts:read'] })).body
    expect(await tryKey(old.key)).toBe(200)
    const rotate = (body?: object) =>
      server.ask(rotateApiKey, { as: here.admin, params: { id: old.apiKey.id }, ...(body ? { body } : {}) })
    const { status, body: made } = await rotate({ overlapHours: 2 })
    expect(status).toBe(200)
    expect(made.key).toMatch(/^rs_[\w-]{43}$/)
    expect(made.apiKey).toEqual({
      ...old.apiKey,
      hint: made.key.slice(-4),
      previous: { hint: old.key.slice(-4), until: expect.any(String), lastUsedAt: expect.any(String) },
    })
    expect(Date.parse(made.apiKey.previous!.until) - Date.now()).toBeGreaterThan(7190_000)
    expect(Date.parse(made.apiKey.previous!.until) - Date.now()).toBeLessThanOrEqual(7200_000)
    expect([await tryKey(old.key), await tryKey(made.key)]).toEqual([200, 200])
    const by = { id: here.adminId, name: 'Admin' }
    const key = { id: old.apiKey.id, name: 'CRM' }
    const previousUntil = made.apiKey.previous!.until
    expect((await eventsOf(server, here.id)).at(-1)).toEqual({ type: 'api_key.rotated', key, previousUntil, by })

    await server.db.inWorkspace(here.id, tx => tx.query('update api_keys set previous_until = now()'))
    expect([await tryKey(old.key), await tryKey(made.key)]).toEqual([401, 200])
    expect((await list())[0]).toMatchObject({ id: old.apiKey.id, previous: null })

    // At once, when asked to; and only one that is replaced works on.
    const third = (await rotate({ overlapHours: 0 })).body
    expect(third.apiKey.previous).toBeNull()
    expect([await tryKey(made.key), await tryKey(third.key)]).toEqual([401, 200])
    const fourth = (await rotate()).body
    const fifth = (await rotate()).body
    expect([await tryKey(third.key), await tryKey(fourth.key), await tryKey(fifth.key)]).toEqual([401, 200, 200])
    await server.ask(revokeApiKey, { as: here.admin, params: { id: old.apiKey.id } })
    expect([await tryKey(fourth.key), await tryKey(fifth.key)]).toEqual([401, 401])
    expect((await rotate()).status).toBe(404)
  })

  test('are replaced by nobody who may not do what they may', async () => {
    const { body } = await create({ permissions: ['calls:read', 'users:manage'] })
    const as = await addKey(server, here.id, ['settings:manage', 'calls:read'])
    const there = await makeWorkspace(server)
    const rotate = (as: Record<string, string>) => server.ask(rotateApiKey, { as, params: { id: body.apiKey.id } })
    expect((await rotate(as)).status).toBe(403)
    expect((await rotate(there.admin)).status).toBe(404)
    expect(await tryKey(body.key)).toBe(200)
  })

  test('have the limit that the operator gives them, in any workspace', async () => {
    const { body } = await create({})
    const limit = (requestsPerHour: unknown, as = OPERATOR_CREDENTIALS, id = body.apiKey.id) =>
      server.ask(setApiKeyLimit, { as, params: { id }, body: { requestsPerHour } })
    expect((await limit(50_000)).body.apiKey).toEqual({ ...body.apiKey, requestsPerHour: 50_000 })
    expect((await list())[0]!.requestsPerHour).toBe(50_000)
    expect((await eventsOf(server, here.id)).at(-1)).toMatchObject({ type: 'api_key.limited', requestsPerHour: 50_000 })
    expect((await limit(null)).body.apiKey.requestsPerHour).toBe(1000)
    expect((await limit(0)).status).toBe(400)
    expect((await limit(7, here.admin)).status).toBe(403)
    expect((await limit(7, OPERATOR_CREDENTIALS, newId())).status).toBe(404)
  })

  test('of another workspace are not there', async () => {
    const there = await makeWorkspace(server)
    const { body } = await create({}, there.admin)
    expect(await list()).toEqual([])
    for (const id of [body.apiKey.id, newId()]) {
      expect((await server.ask(revokeApiKey, { as: here.admin, params: { id } })).status).toBe(404)
    }
    expect(await tryKey(body.key)).toBe(200)
    expect((await server.ask(revokeApiKey, { as: here.admin, params: { id: 'x' } })).status).toBe(404)
  })

  test('made by a key may not do what that key may not', async () => {
    const as = await addKey(server, here.id, ['settings:manage', 'calls:read'])
    expect((await create({ permissions: ['calls:read'] }, as)).status).toBe(201)
    const answered = await create({ permissions: ['calls:read', 'users:manage'] }, as)
    expect(answered.status).toBe(403)
    expect(answered.body.error.message).toContain('users:manage')
    expect(await list()).toHaveLength(2)
    expect((await eventsOf(server, here.id)).at(-1)).toMatchObject({ type: 'api_key.created', by: { name: 'Key' } })
  })

  test.each<[string, object, string]>([
    ['no name', { name: undefined }, 'name'],
    ['a blank name', { name: ' ' }, 'name'],
    ['a number as name', { name: 7 }, 'name'],
    ['no permissions', { permissions: undefined }, 'permissions'],
    ['an empty list', { permissions: [] }, 'permissions'],
    ['a permission that is none', { permissions: ['calls:read', 'root'] }, 'permissions.1'],
    ['text as permissions', { permissions: 'calls:read' }, 'permissions'],
    ['an expiry that is no time', { expiresAt: 'tomorrow' }, 'expiresAt'],
    ['an expiry that has passed', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
  ])('not with %s', async (_, body, path) => {
    const answered = await create(body)
    expect(answered.status).toBe(400)
    expect(answered.body.error.fields!.map(field => field.path)).toEqual([path])
    expect(await list()).toEqual([])
  })
})
