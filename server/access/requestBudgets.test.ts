import { setTimeout as wait } from 'node:timers/promises'
import { NIL } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApiKey, listQueues, setApiKeyLimit } from '../../client/contract.ts'
import type { KeyPrincipal } from '../../core/role.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { createDb } from '../platform/db.ts'
import { createLog } from '../platform/log.ts'
import { openOutside } from '../platform/outside.ts'
import { createRequestBudgets, type RequestBudgets } from './requestBudgets.ts'
import { addKey, makeWorkspace, OPERATOR_CREDENTIALS, startTestServer, type TestServer } from './testing.ts'

const CRM = '/functions/v1/api-calls-list'

onBothDatabases('the requests of an API key', (open, engine) => {
  let database: TestDatabase
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  let who: KeyPrincipal
  const started: { budgets: RequestBudgets; close(): Promise<void> }[] = []
  beforeAll(async () => {
    database = await open()
    server = await startTestServer(async () => database, { API_REQUESTS_PER_HOUR: '100' })
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
    const as = await addKey(server, here.id, ['calls:read'])
    who = (await server.app.access.identify({ method: 'GET', headers: as })) as KeyPrincipal
  })
  afterAll(async () => {
    for (const { budgets, close } of started) {
      await budgets.stop()
      await close()
    }
    await server.close()
  })

  /** As another process would have them: with connections of its own where several may share the database. */
  function process(): RequestBudgets {
    const own = database.url === null ? null : createDb(openOutside(database.url, createLog('silent')))
    const budgets = createRequestBudgets({ ...server.app, db: own ?? server.db })
    started.push({ budgets, close: async () => own?.close() })
    return budgets
  }
  const allowedBy = async (budgets: RequestBudgets) => (await budgets.count(who, CRM))!.allowed
  const anHourLater = () =>
    server.db.inWorkspace(here.id, tx =>
      tx.query("update api_key_usage set started_at = started_at - interval '1 hour' where key_id = $1", [who.keyId]),
    )

  test('are allowed up to the limit, and told what is left', async () => {
    const one = process()
    expect(await one.count(who, CRM)).toEqual({ allowed: true, limit: 100, remaining: 99, resetSeconds: 3600 })
    for (let request = 2; request <= 100; request++) {
      expect(await one.count(who, CRM)).toMatchObject({ allowed: true, remaining: 100 - request })
    }
    expect(await one.count(who, CRM)).toMatchObject({ allowed: false, remaining: 0 })
    await anHourLater()
    const another = process()
    expect(await another.count(who, CRM)).toMatchObject({ allowed: true, remaining: 99 })
  })

  const alone = engine.shared ? '' : ' (skipped: the embedded database is one process’s alone)'
  test.runIf(engine.shared)(`are counted together by three processes that are asked at once${alone}`, async () => {
    const three = [process(), process(), process()]
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => allowedBy(three[index % 3]!)))
    const allowed = answers.filter(Boolean).length
    expect(allowed).toBeLessThanOrEqual(100)
    // What one of them held when another found nothing left is given back, and allowed then.
    let later = 0
    for (let round = 0; round < 3; round++) {
      await wait(1100)
      for (const budgets of three) while (await allowedBy(budgets)) later++
    }
    expect(allowed + later).toBe(100)
  })

  test('that one process holds and does not make are given back to the others', async () => {
    const [quiet, busy] = [process(), process()]
    expect(await allowedBy(quiet)).toBe(true)
    let allowed = 1
    while (await allowedBy(busy)) allowed++
    expect(allowed).toBe(91)
    await quiet.stop()
    await wait(1100)
    while (await allowedBy(busy)) allowed++
    expect(allowed).toBe(100)
  })

  test('of an hour that is over are void, wherever they are held', async () => {
    const [one, other] = [process(), process()]
    expect(await allowedBy(one)).toBe(true)
    await anHourLater()
    expect(await other.count(who, CRM)).toMatchObject({ allowed: true, remaining: 99 })
    await one.stop()
    let allowed = 1
    while (await allowedBy(other)) allowed++
    expect(allowed).toBe(100)
  })

  test('to our own API have a budget of their own, of which the operator’s key has no need', async () => {
    const budgets = process()
    while (await allowedBy(budgets));
    expect(await budgets.count(who, '/api/calls')).toMatchObject({ allowed: true, limit: 72_000, remaining: 71_999 })
    expect(await budgets.count({ ...who, operator: true }, '/api/calls')).toBeNull()
    expect(await budgets.count({ ...who, keyId: NIL, operator: true }, CRM)).toMatchObject({
      limit: 100,
      remaining: 99,
    })
  })

  test('are answered with what is left, errors included, and with 429 when nothing is', async () => {
    const asked = await server.ask(createApiKey, { as: here.admin, body: { name: 'CRM', permissions: ['calls:read'] } })
    const as = { 'x-api-key': asked.body.key }
    expect(asked.headers['ratelimit-limit']).toBeUndefined()
    const { status, headers } = await server.ask(listQueues, { as })
    expect([status, headers['ratelimit-limit'], headers['ratelimit-remaining']]).toEqual([200, '72000', '71999'])
    expect(headers['ratelimit-reset']).toMatch(/^3[56]\d\d$/)
    const refused = await server.ask(createApiKey, { as, body: { name: 'X', permissions: ['calls:read'] } })
    expect([refused.status, refused.headers['ratelimit-remaining']]).toEqual([403, '71998'])

    await server.db.inWorkspace(here.id, tx => tx.query('update api_key_usage set taken = 72000'))
    const other = await server.withEnvironment({})
    const spent = await other.ask(listQueues, { as })
    expect(spent.status).toBe(429)
    expect(spent.body.error.code).toBe('too_many_requests')
    expect(spent.headers).toMatchObject({ 'ratelimit-limit': '72000', 'ratelimit-remaining': '0' })
    expect(spent.headers['retry-after']).toBe(spent.headers['ratelimit-reset'])
    await other.close()
  })

  test('may be as many as the operator says', async () => {
    await server.ask(setApiKeyLimit, {
      as: OPERATOR_CREDENTIALS,
      params: { id: who.keyId },
      body: { requestsPerHour: 7 },
    })
    const budgets = process()
    let allowed = 0
    while (await allowedBy(budgets)) allowed++
    expect(allowed).toBe(7)
    expect((await budgets.count(who, CRM))!.limit).toBe(7)
  })
})
