import type { FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApiKey, createQueue, listApiKeys, listQueues, revokeApiKey } from '../../client/contract.ts'
import type { KeyPrincipal } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { addKey, eventsOf, makeWorkspace, startTestServer, type TestServer } from '../access/testing.ts'
import { answerOnce, forgetOldAnswers } from './idempotency.ts'
import { conflict, tooMany } from './refusal.ts'

onBothDatabases('an idempotency key', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
  })
  afterAll(() => server.close())

  const withKey = (key: string) => ({ 'idempotency-key': key })
  const create = (key: string, body: object = {}, as = here.admin) =>
    server.ask(createApiKey, { as, headers: withKey(key), body: { name: 'CRM', permissions: ['calls:read'], ...body } })
  const rows = () =>
    server.db.inWorkspace(here.id, tx =>
      tx.query<{ status: number; row: string }>('select status, r::text as row from idempotent_requests r'),
    )
  const moveClock = (what: string) => server.db.inWorkspace(here.id, tx => tx.query(what))

  test('does something once, and gives the first answer again', async () => {
    const first = await create('a')
    expect([first.status, first.headers['idempotent-replayed']]).toEqual([201, undefined])
    const again = await create('a')
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([201, 'true'])
    expect(again.body).toEqual(first.body)
    const keys = await server.ask(listApiKeys, { as: here.admin })
    expect(keys.body.items).toHaveLength(1)
    expect((await eventsOf(server, here.id)).filter(event => event.type === 'api_key.created')).toHaveLength(1)
    // The answer held a secret that is shown once: it is not in the table in clear.
    const [row] = await rows()
    const secret = Buffer.from(first.body.key)
    expect(row!.row).not.toContain(secret.toString())
    expect(row!.row).not.toContain(secret.toString('hex'))
  })

  test('does it once when asked twice at the same time', async () => {
    const answers = await Promise.all([create('a'), create('a'), create('a')])
    const done = answers.filter(({ status }) => status === 201)
    expect(done.length).toBeGreaterThan(0)
    expect(new Set(done.map(({ body }) => body.key)).size).toBe(1)
    for (const { status, body, headers } of answers.filter(({ status }) => status !== 201)) {
      expect([status, body.error.code, headers['retry-after']]).toEqual([409, 'in_progress', '1'])
    }
    expect((await server.ask(listApiKeys, { as: here.admin })).body.items).toHaveLength(1)
  })

  test('is of one request: another body, or another id, is a mistake', async () => {
    await create('a')
    const other = await create('a', { name: 'Another' })
    expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused'])
    const made = await create('b')
    const revoke = (id: string) => server.ask(revokeApiKey, { as: here.admin, params: { id }, headers: withKey('c') })
    expect((await revoke(made.body.apiKey.id)).status).toBe(200)
    // Without the key, the second time there would be nothing left to revoke.
    expect((await revoke(made.body.apiKey.id)).status).toBe(200)
    expect((await revoke((await create('d')).body.apiKey.id)).status).toBe(422)
  })

  test('is one’s own, and of one operation', async () => {
    const one = await create('a')
    const as = await addKey(server, here.id, ['settings:manage', 'calls:read', 'queues:write'])
    const other = await create('a', {}, as)
    expect(other.status).toBe(201)
    expect(other.body.key).not.toBe(one.body.key)
    const queue = await server.ask(createQueue, { as, headers: withKey('a'), body: { name: 'a' } })
    expect(queue.status).toBe(201)
    const there = await makeWorkspace(server)
    expect((await create('a', {}, there.admin)).headers['idempotent-replayed']).toBeUndefined()
  })

  test('gives a refusal again, too, but nothing that was never begun', async () => {
    await server.ask(createQueue, { as: here.admin, body: { name: 'sales' } })
    const again = () => server.ask(createQueue, { as: here.admin, headers: withKey('a'), body: { name: 'sales' } })
    const refused = await again()
    expect(refused.status).toBe(409)
    const replayed = await again()
    expect([replayed.status, replayed.headers['idempotent-replayed']]).toEqual([409, 'true'])
    expect(replayed.body).toEqual(refused.body)
    expect((await create('b', { name: '' })).status).toBe(400)
    expect((await create('b')).status).toBe(201)
  })

  test('is kept for a day', async () => {
    await create('a')
    await moveClock('update idempotent_requests set expires_at = now()')
    expect((await create('a', { name: 'Another' })).status).toBe(201)
    await moveClock('update idempotent_requests set expires_at = now()')
    forgetOldAnswers(server.db, server.app.log)()
    await expect.poll(rows).toEqual([])
  })

  test('is not asked of those who read, and must be readable', async () => {
    expect((await server.ask(listQueues, { as: here.admin, headers: withKey('a') })).status).toBe(200)
    expect(await rows()).toEqual([])
    for (const key of ['', 'x'.repeat(256), 'é']) {
      const answered = await create(key)
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields![0]!.path).toBe('Idempotency-Key')
    }
  })

  /** Work of the test's own. */
  async function once(work: () => Promise<unknown>) {
    const who: KeyPrincipal = {
      kind: 'key',
      workspaceId: here.id,
      keyId: here.adminId,
      name: 'K',
      permissions: [],
      operator: false,
    }
    const request = { headers: withKey('a'), url: '/x', body: {} } as unknown as FastifyRequest
    const reply = { statusCode: 200, header: () => reply, code: () => reply } as unknown as FastifyReply
    return answerOnce(server.app, { operation: 'POST /x', who, request, reply }, work)
  }

  test('waits for its first request, and is free again when that has died', async () => {
    let finish = (_: unknown) => {}
    const first = once(() => new Promise(resolve => (finish = resolve)))
    await expect.poll(async () => (await rows()).length).toBe(1)
    await expect(once(async () => 'two')).rejects.toMatchObject({ status: 409, code: 'in_progress', retryAfter: 1 })
    await moveClock('update idempotent_requests set lease_until = now()')
    expect(await once(async () => 'two')).toBe('two')
    // It was not dead after all: its own caller hears what it did, everybody else what was answered in its place.
    finish('one')
    expect(await first).toBe('one')
    expect(await once(async () => 'three')).toBe('two')
  })

  test('is free again after a fault, and after “not now”', async () => {
    const failing = (error: Error) =>
      expect(
        once(async () => {
          throw error
        }),
      ).rejects.toBe(error)
    await failing(new Error('a fault of ours'))
    await failing(tooMany(1, 'Not now.'))
    await failing(conflict('taken', 'Somebody else was first.'))
    await expect(once(async () => 'done')).rejects.toMatchObject({ status: 409, code: 'taken' })
  })
})
