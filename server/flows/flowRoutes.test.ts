import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { addKey, addPerson, eventsOf, makeWorkspace, startTestServer, type TestServer } from '../access/testing.ts'

const say = (text: string, next: string | null) => ({ type: 'say', prompt: { text: { 'en-US': text } }, next })
/** A greeting, then this queue. */
const leadingTo = (queue: string, text = 'Hello.') => ({
  start: 'hello',
  language: 'en-US',
  nodes: { hello: say(text, 'line'), line: { type: 'queue', queue } },
})
const reaches = (queue: string) => ({
  name: `reaches ${queue}`,
  inputs: [],
  expect: { endsIn: { type: 'queue', queue } },
})

onBothDatabases('flows', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
    await server.db.inWorkspace(here.id, tx => tx.query('delete from flows'))
  })
  afterAll(() => server.close())

  const list = async (as = here.admin) => (await server.ask(contract.listFlows, { as })).body.items
  const get = (id: string, as = here.admin) => server.ask(contract.getFlow, { as, params: { id } })
  const create = (body: object, as = here.admin) => server.ask(contract.createFlow, { as, body })
  const update = (id: string, body: object, as = here.admin) =>
    server.ask(contract.updateFlow, { as, params: { id }, body })
  const remove = (id: string, as = here.admin) => server.ask(contract.deleteFlow, { as, params: { id } })
  const run = (id: string, body?: object, as = here.admin) =>
    server.ask(contract.testFlow, { as, params: { id }, body })
  const publish = (id: string, body?: object, as = here.admin) =>
    server.ask(contract.publishFlow, { as, params: { id }, body })
  const rollBack = (id: string, version: unknown, as = here.admin) =>
    server.ask(contract.rollBackFlow, { as, params: { id }, body: { version } })
  const versions = async (id: string) =>
    (await server.ask(contract.listFlowVersions, { as: here.admin, params: { id } })).body.items
  const query = (text: string, values: unknown[] = []) => server.db.inWorkspace(here.id, tx => tx.query(text, values))
  const settingsVersion = async () =>
    Number((await query('select settings_version from routing_heads'))[0]!.settings_version)
  const flowEvents = async () => (await eventsOf(server, here.id)).filter(event => event.type.startsWith('flow.'))
  /** A flow with this definition, which nobody gets yet. */
  const add = async (definition: object, more: object = {}) =>
    (await create({ name: 'Main', definition, ...more })).body.flow
  /** A call that is in this version. */
  const putInside = (flowId: string, version: number) => {
    const callId = newId()
    const flow = JSON.stringify({ flowId, version, versions: { [flowId]: version } })
    return query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state,
         started_at, flow)
       values ($1, $2::uuid, 'twilio', $2::uuid::text, 'ours', 'inbound', 'in-progress', 'unknown', now(), $3::jsonb)`,
      [here.id, callId, flow],
    )
  }

  describe('are added', () => {
    test('as a draft that nobody gets yet', async () => {
      const definition = leadingTo('support')
      const { status, body } = await create({ name: 'Main', definition, tests: [reaches('support')] })
      expect(status).toBe(201)
      expect(body.flow).toEqual({
        id: expect.any(String),
        name: 'Main',
        numbers: [],
        publishedVersion: null,
        draftChanged: true,
        updatedAt: expect.any(String),
        draft: definition,
        tests: [reaches('support')],
        revision: 1,
        problems: [],
        changes: [],
        differences: [],
      })
      expect((await get(body.flow.id)).body).toEqual(body.flow)
      const { draft, tests, revision, problems, changes, differences, ...summary } = body.flow
      expect(await list()).toEqual([summary])
      const by = { id: here.adminId, name: 'Admin' }
      expect(await flowEvents()).toEqual([{ type: 'flow.created', flow: { id: body.flow.id, name: 'Main' }, by }])
    })

    test('greeting and leading to the first queue, when nothing is said', async () => {
      const { draft, problems } = (await create({ name: 'Main' })).body.flow
      expect(problems).toEqual([])
      const [hr] = await query("select id from queues where name = 'hr'")
      expect(draft.nodes.end).toEqual({ type: 'queue', queue: hr!.id })
      expect(JSON.stringify(draft)).toContain('Thank you for calling')
      await query('delete from queues')
      expect((await create({ name: 'Other' })).body.flow.draft.nodes.end).toEqual({ type: 'hangUp' })
    })

    test('with everything that is wrong named, and kept all the same', async () => {
      const { problems, draft } = await add(leadingTo('repairs'))
      expect(draft).toEqual(leadingTo('repairs'))
      expect(problems).toMatchObject([
        { severity: 'error', nodeId: 'line', message: expect.stringContaining('repairs') },
      ])
    })

    test('not under a name that is taken', async () => {
      await add(leadingTo('support'))
      const { status, body } = await create({ name: 'Main' })
      expect([status, body.error.code]).toEqual([409, 'name_taken'])
      const other = (await create({ name: 'Other' })).body.flow
      expect((await update(other.id, { name: 'Main' })).body.error.code).toBe('name_taken')
    })

    test.each<[string, object, string]>([
      ['without a name', { name: undefined }, 'name'],
      [
        'with a node of no kind',
        { definition: { start: 'a', language: 'en', nodes: { a: { type: 'x' } } } },
        'definition.nodes.a.type',
      ],
      ['without a start', { definition: { language: 'en', nodes: {} } }, 'definition.start'],
      [
        'with a test that expects nothing known',
        { tests: [{ name: 'a', inputs: [], expect: { endsIn: { type: 'x' } } }] },
        'tests.0.expect.endsIn.type',
      ],
    ])('not %s', async (_, body, path) => {
      const answered = await create({ name: 'Main', ...body })
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields!.map(field => field.path)).toEqual([path])
      expect(await list()).toEqual([])
    })
  })

  describe('have a draft', () => {
    test('that changes step by step', async () => {
      const flow = await add(leadingTo('support'))
      const { body } = await update(flow.id, { definition: leadingTo('sales'), revision: 1 })
      expect(body.flow).toMatchObject({ name: 'Main', revision: 2, draft: leadingTo('sales') })
      expect((await update(flow.id, { name: 'Menu' })).body.flow).toMatchObject({ name: 'Menu', revision: 3 })
      const events = await flowEvents()
      expect(events.slice(1)).toMatchObject([
        { type: 'flow.updated', flow: { name: 'Main' } },
        { type: 'flow.updated', flow: { name: 'Menu' } },
      ])
      // Saving what is there already is no change.
      expect((await update(flow.id, { definition: leadingTo('sales'), revision: 3 })).body.flow.revision).toBe(3)
      expect(await flowEvents()).toEqual(events)
    })

    test('that two people do not overwrite for each other', async () => {
      const flow = await add(leadingTo('support'))
      const answers = await Promise.all(
        ['sales', 'hr'].map(queue => update(flow.id, { definition: leadingTo(queue), revision: 1 })),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      const refused = answers.find(({ status }) => status === 409)!
      expect(refused.body.error.code).toBe('flow_changed')
      expect((await get(flow.id)).body.revision).toBe(2)
    })

    test('with tests that are run on it, or others that are given', async () => {
      const flow = await add(leadingTo('support'), { tests: [reaches('support')] })
      expect((await run(flow.id)).body).toEqual({
        success: true,
        passed: true,
        results: [{ name: 'reaches support', passed: true, problems: [], path: ['hello', 'line'], said: ['Hello.'] }],
      })
      const { body } = await run(flow.id, { tests: [reaches('support'), reaches('sales')] })
      expect(body).toMatchObject({ passed: false, results: [{ passed: true }, { passed: false }] })
      expect(body.results[1]!.problems).not.toEqual([])
    })
  })

  describe('are published', () => {
    test('as versions that say what has changed', async () => {
      const before = await settingsVersion()
      const flow = await add(leadingTo('support'))
      const first = await publish(flow.id, { note: 'The first one' })
      expect(first.status).toBe(200)
      expect(first.body).toMatchObject({ version: 1, flow: { publishedVersion: 1, draftChanged: false, changes: [] } })

      const changed = (await update(flow.id, { definition: leadingTo('sales') })).body.flow
      expect(changed).toMatchObject({ publishedVersion: 1, draftChanged: true })
      expect(changed.changes.join()).toContain('sales')
      expect(changed.differences.map(({ code, message }) => [code, message])).toEqual(
        changed.changes.map(message => ['field-changed', message]),
      )
      expect((await list())[0]).toMatchObject({ publishedVersion: 1, draftChanged: true })
      expect((await publish(flow.id)).body).toMatchObject({ version: 2, flow: { changes: [], revision: 2 } })

      await putInside(flow.id, 1)
      await putInside(flow.id, 1)
      expect(await versions(flow.id)).toEqual([
        {
          version: 2,
          publishedAt: expect.any(String),
          publishedBy: 'Admin',
          note: null,
          changes: changed.changes,
          differences: changed.differences,
          liveCalls: 0,
        },
        {
          version: 1,
          publishedAt: expect.any(String),
          publishedBy: 'Admin',
          note: 'The first one',
          changes: [],
          differences: [],
          liveCalls: 2,
        },
      ])
      expect(await settingsVersion()).toBe(before + 2)
      const by = { id: here.adminId, name: 'Admin' }
      expect((await flowEvents()).filter(event => event.type === 'flow.published')).toEqual([
        { type: 'flow.published', flow: { id: flow.id, name: 'Main' }, version: 1, by },
        { type: 'flow.published', flow: { id: flow.id, name: 'Main' }, version: 2, by },
      ])
    })

    test('once, however often that is asked for', async () => {
      const flow = await add(leadingTo('support'))
      const answers = await Promise.all([1, 2, 3].map(() => publish(flow.id)))
      expect(answers.map(({ body }) => body.version)).toEqual([1, 1, 1])
      expect(await versions(flow.id)).toHaveLength(1)
    })

    test('not with errors: each is named by its node', async () => {
      const flow = await add(leadingTo('repairs'))
      const { status, body } = await publish(flow.id)
      expect([status, body.error.code]).toEqual([409, 'flow_invalid'])
      expect(body.error.fields).toMatchObject([{ path: 'line' }])
      expect(body.error.message).toContain(body.error.fields![0]!.message)
      expect((await get(flow.id)).body.publishedVersion).toBeNull()
    })

    test('not while one of their tests fails', async () => {
      const flow = await add(leadingTo('support'), { tests: [reaches('support'), reaches('sales')] })
      const { status, body } = await publish(flow.id)
      expect([status, body.error.code]).toEqual([409, 'flow_tests_failed'])
      expect(body.error.fields).toMatchObject([{ path: 'tests.1', message: expect.stringContaining('reaches sales') }])
      expect((await get(flow.id)).body.publishedVersion).toBeNull()
    })

    test('again as they were, as a new version; the draft stays', async () => {
      const flow = await add(leadingTo('support'))
      await publish(flow.id)
      await update(flow.id, { definition: leadingTo('sales') })
      await publish(flow.id)
      const { status, body } = await rollBack(flow.id, 1)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        version: 3,
        flow: { publishedVersion: 3, draftChanged: true, draft: leadingTo('sales') },
      })
      expect(await versions(flow.id)).toMatchObject([
        { version: 3, note: 'Back to version 1' },
        { version: 2 },
        { version: 1 },
      ])
      expect((await rollBack(flow.id, 9)).status).toBe(404)
      expect((await rollBack(flow.id, 0)).status).toBe(400)
      expect((await rollBack(flow.id, 2 ** 40)).status).toBe(400)
    })

    test('not as they were, when what they led to is gone', async () => {
      const flow = await add(leadingTo('hr'))
      await publish(flow.id)
      await update(flow.id, { definition: leadingTo('sales') })
      await publish(flow.id)
      await query("delete from queues where name = 'hr'")
      const { status, body } = await rollBack(flow.id, 1)
      expect([status, body.error.code]).toEqual([409, 'flow_invalid'])
      expect(await versions(flow.id)).toHaveLength(2)
    })
  })

  describe('are deleted', () => {
    test('once', async () => {
      const flow = await add(leadingTo('support'))
      await publish(flow.id)
      expect((await remove(flow.id)).body).toEqual({ success: true })
      expect(await list()).toEqual([])
      expect((await flowEvents()).at(-1)).toMatchObject({ type: 'flow.deleted', flow: { name: 'Main' } })
      expect((await remove(flow.id)).status).toBe(404)
    })

    test('not while calls are in them, or a number or another flow leads to them', async () => {
      const flow = await add(leadingTo('support'))
      await publish(flow.id)
      await putInside(flow.id, 1)
      await server.ask(contract.createNumber, {
        as: here.admin,
        body: { number: '+14155550173', label: 'Hotline', flow: flow.id },
      })
      expect((await list())[0]!.numbers).toMatchObject([{ number: '+14155550173' }])
      const calling = (id: string) => ({
        start: 'sub',
        language: 'en',
        nodes: { sub: { type: 'subflow', flow: id, next: null } },
      })
      await create({ name: 'By name', definition: calling('Main') })
      await create({ name: 'By id', definition: calling(flow.id) })
      const { status, body } = await remove(flow.id)
      expect([status, body.error.code]).toEqual([409, 'flow_in_use'])
      expect(body.error.message).toBe(
        'This flow is used by 1 call, the number Hotline, the flow By id, the flow By name.',
      )
      expect(await list()).toHaveLength(3)
    })
  })

  test('of another workspace are not there', async () => {
    const there = await makeWorkspace(server)
    const theirs = (await create({ name: 'Theirs', definition: leadingTo('support') }, there.admin)).body.flow
    expect(await list()).toEqual([])
    for (const id of [theirs.id, newId()]) {
      const versionsOf = await server.ask(contract.listFlowVersions, { as: here.admin, params: { id } })
      const answers = [
        await get(id),
        await update(id, { name: 'Mine' }),
        await run(id),
        await publish(id),
        await rollBack(id, 1),
        await remove(id),
        versionsOf,
      ]
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 404])
    }
    expect((await get(theirs.id, there.admin)).body).toEqual(theirs)
  })

  test('are the admin’s business, and that of keys that may write queues', async () => {
    const flow = await add(leadingTo('support'))
    const others = [
      (await addPerson(server, here.id, 'supervisor')).as,
      (await addPerson(server, here.id, 'agent')).as,
      await addKey(server, here.id, ['settings:manage', 'calls:read']),
    ]
    for (const as of others) {
      expect((await get(flow.id, as)).status).toBe(200)
      const answers = [
        await create({ name: 'Mine' }, as),
        await update(flow.id, { name: 'Mine' }, as),
        await run(flow.id, {}, as),
        await publish(flow.id, {}, as),
        await rollBack(flow.id, 1, as),
        await remove(flow.id, as),
      ]
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403])
    }
    expect((await publish(flow.id, {}, await addKey(server, here.id, ['queues:write']))).status).toBe(200)
  })
})
