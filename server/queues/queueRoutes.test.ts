import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { addKey, addPerson, eventsOf, makeWorkspace, startTestServer, type TestServer } from '../access/testing.ts'
import { listQueues } from './queueStore.ts'

onBothDatabases('queues', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
    // The flow that every center begins with leads to every queue.
    await query('delete from flows')
  })
  afterAll(() => server.close())

  const list = async (as = here.admin) => (await server.ask(contract.listQueues, { as })).body.items
  const find = async (name: string) => (await list()).find(queue => queue.name === name)!
  const create = (body: object, as = here.admin) => server.ask(contract.createQueue, { as, body })
  const update = (id: string, body: object, as = here.admin) =>
    server.ask(contract.updateQueue, { as, params: { id }, body })
  const remove = (id: string, as = here.admin) => server.ask(contract.deleteQueue, { as, params: { id } })
  const addAgent = async (name: string) => {
    const person = await addPerson(server, here.id, 'agent', { name })
    const { body } = await server.ask(contract.getMyAgent, { as: person.as })
    return { ...person, agentId: body.id }
  }
  const query = (text: string, values: unknown[] = []) => server.db.inWorkspace(here.id, tx => tx.query(text, values))
  const settingsVersion = async () =>
    Number((await query('select settings_version from routing_heads'))[0]!.settings_version)
  const fieldsOf = (answered: Awaited<ReturnType<typeof create>>) => [
    answered.status,
    answered.body.error.fields?.map(field => field.path),
  ]
  const lastEvent = async () => (await eventsOf(server, here.id)).at(-1)

  describe('are listed', () => {
    test('by name, with those who take their calls now, in their order', async () => {
      const ann = await addPerson(server, here.id, 'agent', { name: 'ann' })
      await server.ask(contract.updateUser, { as: here.admin, params: { id: ann.id }, body: { queues: ['hr'] } })
      expect(await list(ann.as)).toMatchObject([
        { name: 'hr', displayName: 'HR', agents: [{ name: 'Admin' }, { name: 'ann' }], number: null, waiting: 0 },
        { name: 'sales', displayName: 'Sales', agents: [{ name: 'Admin' }], maxWaitSeconds: 1800 },
        { name: 'support', displayName: 'Support', agents: [{ name: 'Admin' }] },
      ])
      await server.ask(contract.updateUser, { as: here.admin, params: { id: ann.id }, body: { disabled: true } })
      expect((await find('hr')).agents).toMatchObject([{ name: 'Admin' }])
    })

    test('of their own workspace only', async () => {
      const there = await makeWorkspace(server)
      const mine = (await list()).map(queue => queue.id)
      expect(mine).toHaveLength(3)
      expect((await list(there.admin)).filter(queue => mine.includes(queue.id))).toEqual([])
    })

    test('with the number that leads straight to them', async () => {
      const number = '+14155550171'
      await server.ask(contract.createNumber, { as: here.admin, body: { number, queue: 'sales' } })
      expect(await find('sales')).toMatchObject({ number })
      expect(await find('support')).toMatchObject({ number: null })
    })

    test('with how many wait: whoever is spoken with does not', async () => {
      const { id } = await find('support')
      await putInLine(id)
      const taken = await putInLine(id)
      expect((await find('support')).waiting).toBe(2)
      const [agent] = (await find('support')).agents
      await query(
        `insert into slots (workspace_id, agent_id, slot, state, kind, work_id, call_id, queue_id)
         values ($1, $2, 1, 'talking', 'call', $3, $3, $4)`,
        [here.id, agent!.id, taken, id],
      )
      expect((await find('support')).waiting).toBe(1)
    })
  })

  /** A call that waits in the queue. */
  async function putInLine(queueId: string): Promise<string> {
    const callId = newId()
    await query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
       values ($1, $2::uuid, 'twilio', $2::uuid::text, 'ours', 'inbound', 'in-progress', 'unknown', now())`,
      [here.id, callId],
    )
    await query(
      `insert into queue_entries (workspace_id, work_id, kind, call_id, queue_id, enqueued_at)
       values ($1, $2, 'call', $2, $3, now())`,
      [here.id, callId, queueId],
    )
    return callId
  }

  describe('are added', () => {
    test('as usual where nothing is said', async () => {
      const before = await settingsVersion()
      const { status, body } = await create({ name: 'after-sales' })
      expect(status).toBe(201)
      expect(body.queue).toEqual({
        id: expect.any(String),
        name: 'after-sales',
        displayName: 'After sales',
        number: null,
        agents: [],
        waiting: 0,
        strategy: 'longest-idle',
        requires: {},
        relaxation: [],
        priority: 0,
        priorityWorthSeconds: 300,
        preferredHoldSeconds: 0,
        stickyAgent: false,
        recording: true,
        supervisionVisible: true,
        maxWaitSeconds: 1800,
        maxLength: null,
        ringSeconds: 20,
        wrapUpSeconds: 0,
        afterMissed: 'away',
        overflow: { type: 'voicemail' },
        enabled: true,
        hoursId: null,
        afterHours: { type: 'voicemail' },
        music: 'hold-music',
        announcements: { position: true, wait: true, everySeconds: 60 },
        waitKeys: { voicemail: null, callback: null },
        serviceLevel: { withinSeconds: 20, percent: 80 },
      })
      expect(await find('after-sales')).toEqual(body.queue)
      expect(await settingsVersion()).toBe(before + 1)
      expect(await lastEvent()).toEqual({
        type: 'queue.created',
        queue: { id: body.queue.id, name: 'After sales' },
        by: { id: here.adminId, name: 'Admin' },
      })
    })

    test('with everything that can be set', async () => {
      const ann = await addAgent('Ann')
      const bob = await addAgent('Bob')
      const support = await find('support')
      const hoursId = newId()
      await query("insert into business_hours (workspace_id, id, name, time_zone) values ($1, $2, 'Office', 'UTC')", [
        here.id,
        hoursId,
      ])
      const settings = {
        displayName: 'Gold',
        strategy: 'round-robin',
        requires: { german: 3 },
        relaxation: [
          { afterSeconds: 30, lower: { german: 2 } },
          { afterSeconds: 60, lower: { german: 0 } },
        ],
        priority: 5,
        priorityWorthSeconds: 60,
        preferredHoldSeconds: 15,
        stickyAgent: true,
        maxWaitSeconds: null,
        maxLength: 7,
        ringSeconds: 15,
        wrapUpSeconds: 45,
        afterMissed: 'stay',
        overflow: { type: 'queue', queueId: support.id },
        hoursId,
        afterHours: { type: 'message', text: 'We are closed.' },
        music: 'https://example.com/music.mp3',
        announcements: { position: false, wait: true, everySeconds: 90 },
        waitKeys: { voicemail: '1', callback: '2' },
        serviceLevel: { withinSeconds: 10, percent: 90 },
      }
      const { status, body } = await create({ ...settings, name: 'gold', agents: [bob.agentId, ann.agentId] })
      expect(status).toBe(201)
      expect(body.queue).toMatchObject(settings)
      expect(body.queue.agents).toEqual([
        { id: bob.agentId, name: 'Bob' },
        { id: ann.agentId, name: 'Ann' },
      ])
      // What decides about calls reads the same in milliseconds.
      const stored = (await server.db.inWorkspace(here.id, listQueues)).find(
        ({ settings }) => settings.name === 'gold',
      )!
      expect(stored.settings).toMatchObject({ ringMs: 15_000, maxWaitMs: null, agents: [bob.agentId, ann.agentId] })
    })

    test('with numbers in E.164, read in the workspace’s country', async () => {
      const there = await makeWorkspace(server, { defaultCountry: 'DE' })
      const { body } = await create({ name: 'late', overflow: { type: 'number', number: '030 901820' } }, there.admin)
      expect(body.queue.overflow).toEqual({ type: 'number', number: '+4930901820' })
    })

    test('not under a name that is taken', async () => {
      const answered = await create({ name: 'sales' })
      expect([answered.status, answered.body.error.code]).toEqual([409, 'name_taken'])
      expect(await list()).toHaveLength(3)
    })

    test.each<[string, object, string[]]>([
      ['without a name', { name: undefined }, ['name']],
      ['under a name with blanks', { name: 'After sales' }, ['name']],
      ['with a strategy that is none', { strategy: 'random' }, ['strategy']],
      ['with a skill of level 0', { requires: { german: 0 } }, ['requires.german']],
      ['with an agent who is not there', { agents: [newId()] }, ['agents.0']],
      ['with hours that are not there', { hoursId: newId() }, ['hoursId']],
      ['with a recording that is not there', { music: `prompt:${newId()}` }, ['music']],
      ['overflowing into nothing', { overflow: { type: 'queue', queueId: newId() } }, ['overflow.queueId']],
      ['with a number that is none', { afterHours: { type: 'number', number: 'the office' } }, ['afterHours.number']],
      ['with an emergency number', { overflow: { type: 'number', number: '911' } }, ['overflow.number']],
      [
        'with steps in the wrong order',
        {
          relaxation: [
            { afterSeconds: 60, lower: {} },
            { afterSeconds: 30, lower: {} },
          ],
        },
        [''],
      ],
      ['ringing for no time', { ringSeconds: 0 }, ['ringSeconds']],
      ['with music from anywhere', { music: 'http://example.com/a.mp3' }, ['music']],
    ])('not %s', async (_, body, paths) => {
      expect(fieldsOf(await create({ name: 'gold', ...body }))).toEqual([400, paths])
      expect(await list()).toHaveLength(3)
    })
  })

  describe('are changed', () => {
    test('in what is given; the rest stays', async () => {
      const support = await find('support')
      const before = await settingsVersion()
      const { status, body } = await update(support.id, { displayName: 'Help', ringSeconds: 30, maxWaitSeconds: null })
      expect(status).toBe(200)
      expect(body.queue).toEqual({ ...support, displayName: 'Help', ringSeconds: 30, maxWaitSeconds: null })
      expect(await find('support')).toEqual(body.queue)
      expect(await settingsVersion()).toBe(before + 1)
      expect(await lastEvent()).toEqual({
        type: 'queue.updated',
        queue: { id: support.id, name: 'Help' },
        changed: ['displayName', 'maxWaitSeconds', 'ringSeconds'],
        changes: {
          displayName: { from: 'Support', to: 'Help' },
          maxWaitSeconds: { from: support.maxWaitSeconds, to: null },
          ringSeconds: { from: support.ringSeconds, to: 30 },
        },
        by: { id: here.adminId, name: 'Admin' },
      })
    })

    test('not when it is as it was', async () => {
      const support = await find('support')
      const before = (await eventsOf(server, here.id)).length
      const version = await settingsVersion()
      expect((await update(support.id, { displayName: 'Support', overflow: { type: 'voicemail' } })).status).toBe(200)
      expect((await update(support.id, {})).body.queue).toEqual(support)
      expect(await eventsOf(server, here.id)).toHaveLength(before)
      expect(await settingsVersion()).toBe(version)
    })

    test('in who takes its calls and in which order; those who come or go are told', async () => {
      const [ann, bob] = [await addAgent('Ann'), await addAgent('Bob')]
      const { id, agents } = await find('support')
      const admin = agents[0]!
      await update(id, { agents: [ann.agentId, admin.id] })
      const { body } = await update(id, { agents: [bob.agentId, ann.agentId] })
      expect(body.queue.agents.map(agent => agent.name)).toEqual(['Bob', 'Ann'])
      const events = (await eventsOf(server, here.id)).filter(event => event.type === 'user.updated')
      expect(events).toMatchObject([
        { user: { id: ann.id, name: 'Ann' }, changed: ['queues'] },
        { user: { id: here.adminId }, changed: ['queues'] },
        { user: { id: bob.id }, changed: ['queues'] },
      ])
      // Whoever is given the queue as a person comes last.
      await server.ask(contract.updateUser, {
        as: here.admin,
        params: { id: here.adminId },
        body: { queues: ['support', 'sales'] },
      })
      expect((await find('support')).agents.map(agent => agent.name)).toEqual(['Bob', 'Ann', 'Admin'])
    })

    test('without taking out those who may not sign in at present', async () => {
      const ann = await addAgent('Ann')
      const { id, agents } = await find('support')
      await update(id, { agents: [...agents.map(agent => agent.id), ann.agentId] })
      const disable = (disabled: boolean) =>
        server.ask(contract.updateUser, { as: here.admin, params: { id: ann.id }, body: { disabled } })
      await disable(true)
      await update(id, { agents: agents.map(agent => agent.id) })
      await disable(false)
      expect((await find('support')).agents.map(agent => agent.name)).toEqual(['Admin', 'Ann'])
    })

    test('not into a name that is taken, nor leading to itself', async () => {
      const { id } = await find('support')
      const taken = await update(id, { name: 'sales' })
      expect([taken.status, taken.body.error.code]).toEqual([409, 'name_taken'])
      for (const queueId of [id, id.toUpperCase()]) {
        expect(fieldsOf(await update(id, { overflow: { type: 'queue', queueId } }))).toEqual([
          400,
          ['overflow.queueId'],
        ])
        expect(fieldsOf(await update(id, { afterHours: { type: 'queue', queueId } }))).toEqual([
          400,
          ['afterHours.queueId'],
        ])
      }
      expect(fieldsOf(await update(id, { agents: ['nobody'] }))).toEqual([400, ['agents.0']])
      const [agent] = (await find('support')).agents
      expect(fieldsOf(await update(id, { agents: [agent!.id, agent!.id.toUpperCase()] }))).toEqual([400, ['']])
    })

    test('not with another workspace’s agents, queues or hours', async () => {
      const there = await makeWorkspace(server)
      const [theirs] = await list(there.admin)
      const { id } = await find('support')
      expect(fieldsOf(await update(id, { agents: [theirs!.agents[0]!.id] }))).toEqual([400, ['agents.0']])
      const overflow = { type: 'queue', queueId: theirs!.id }
      expect(fieldsOf(await update(id, { overflow }))).toEqual([400, ['overflow.queueId']])
    })

    test('not when they are not there', async () => {
      const there = await makeWorkspace(server)
      const [theirs] = await list(there.admin)
      for (const id of [theirs!.id, newId()]) {
        expect((await update(id, { displayName: 'Mine' })).status).toBe(404)
        expect((await remove(id)).status).toBe(404)
      }
      expect((await update('x', {})).status).toBe(404)
      expect((await list(there.admin))[0]).toEqual(theirs)
    })
  })

  describe('are deleted', () => {
    test('once', async () => {
      const { id } = await find('hr')
      const before = await settingsVersion()
      expect((await remove(id)).body).toEqual({ success: true })
      expect((await list()).map(queue => queue.name)).toEqual(['sales', 'support'])
      expect(await settingsVersion()).toBe(before + 1)
      const by = { id: here.adminId, name: 'Admin' }
      expect(await lastEvent()).toEqual({ type: 'queue.deleted', queue: { id, name: 'HR' }, by })
      expect((await remove(id)).status).toBe(404)
    })

    const refused = async (id: string) => {
      const { status, body } = await remove(id)
      expect([status, body.error.code]).toEqual([409, 'queue_in_use'])
      expect(await list()).toHaveLength(3)
      return body.error.message
    }

    test('not while calls, voicemails or callbacks are in it', async () => {
      const { id } = await find('hr')
      const callId = await putInLine(id)
      expect(await refused(id)).toBe('This queue is used by 1 call.')
      // An agent asks whoever is next in it, about a call of another queue.
      await query("update queue_entries set kind = 'consultation'")
      expect(await refused(id)).toBe('This queue is used by 1 call.')
      await query('delete from queue_entries')
      await query(
        `insert into voicemails (workspace_id, id, call_id, queue_id, recording_id, recording_url, seconds, left_at)
         values ($1, $2, $2, $3, 'r', 'https://example.com/r', 5, now())`,
        [here.id, callId, id],
      )
      await query(
        `insert into callbacks (workspace_id, id, call_id, queue_id, number, promised_at)
         values ($1, $2, $2, $3, '+14155550188', now())`,
        [here.id, callId, id],
      )
      expect(await refused(id)).toBe('This queue is used by 1 voicemail, 1 callback.')
    })

    test('not while a number, a flow or another queue leads to it', async () => {
      const { id } = await find('hr')
      await server.ask(contract.createNumber, {
        as: here.admin,
        body: { number: '+14155550172', label: 'Jobs', queue: 'hr' },
      })
      await update((await find('sales')).id, { afterHours: { type: 'queue', queueId: id } })
      const leadingTo = (queue: string) => ({ start: 'a', language: 'en', nodes: { a: { type: 'queue', queue } } })
      const flow = newId()
      await query('insert into flows (workspace_id, id, name, draft) values ($1, $2, $3, $4::jsonb)', [
        here.id,
        flow,
        'By name',
        JSON.stringify(leadingTo('hr')),
      ])
      expect(await refused(id)).toBe('This queue is used by the number Jobs, the flow By name, the queue Sales.')
      // What is published counts as well, when the draft is another already.
      await query('insert into flow_versions values ($1, $2, 1, $3::jsonb, now(), $4, null)', [
        here.id,
        flow,
        JSON.stringify(leadingTo(id)),
        'Admin',
      ])
      await query("update flows set draft = $1::jsonb, published_version = 1, name = 'By id'", [
        JSON.stringify(leadingTo('sales')),
      ])
      expect(await refused(id)).toContain('the flow By id')
    })
  })

  test('are the admin’s business, and that of keys that may write queues', async () => {
    const { id } = await find('hr')
    const may = await addKey(server, here.id, ['queues:write'])
    const others = [
      (await addPerson(server, here.id, 'supervisor')).as,
      (await addPerson(server, here.id, 'agent')).as,
      await addKey(server, here.id, ['settings:manage', 'calls:read', 'users:manage']),
    ]
    for (const as of others) {
      expect((await create({ name: 'mine' }, as)).status).toBe(403)
      expect((await update(id, { displayName: 'Mine' }, as)).status).toBe(403)
      expect((await remove(id, as)).status).toBe(403)
    }
    expect((await update(id, { displayName: 'People' }, may)).status).toBe(200)
  })
})
