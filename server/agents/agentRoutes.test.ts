import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { addKey, addPerson, eventsOf, makeWorkspace, startTestServer, type TestServer } from '../access/testing.ts'

onBothDatabases('agents', open => {
  let server: TestServer
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  let ann: Awaited<ReturnType<typeof addPerson>> & { agentId: string }
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
    const person = await addPerson(server, here.id, 'agent', { name: 'ann' })
    ann = { ...person, agentId: (await me(person.as)).body.id }
  })
  afterAll(() => server.close())

  const me = (as: typeof here.admin) => server.ask(contract.getMyAgent, { as })
  const list = async (as = here.admin) => (await server.ask(contract.listAgents, { as })).body.items
  const update = (id: string, body: object, as = here.admin) =>
    server.ask(contract.updateAgent, { as, params: { id }, body })
  const setPhone = (phone: unknown, as = ann.as) => server.ask(contract.setMyPhone, { as, body: { phone } })
  const query = (text: string, values: unknown[] = []) => server.db.inWorkspace(here.id, tx => tx.query(text, values))
  const eventsOfAgents = async () => (await eventsOf(server, here.id)).filter(event => event.type === 'agent.updated')
  const settingsVersion = async () =>
    Number((await query('select settings_version from routing_heads'))[0]!.settings_version)

  test('are listed by name, as they begin', async () => {
    await server.ask(contract.updateUser, { as: here.admin, params: { id: ann.id }, body: { queues: ['sales', 'hr'] } })
    const agents = await list(ann.as)
    expect(agents.map(agent => agent.name)).toEqual(['Admin', 'ann'])
    expect(agents[1]).toEqual({
      id: ann.agentId,
      name: 'ann',
      team: null,
      queues: [
        { id: expect.any(String), name: 'HR' },
        { id: expect.any(String), name: 'Sales' },
      ],
      skills: {},
      capacity: 1,
      phone: null,
      presence: { status: 'offline', reason: null, since: expect.any(String) },
      activity: 'away',
      wrapUps: [],
    })
    expect((await me(ann.as)).body).toEqual(agents[1])
  })

  test('are not listed when they may not sign in, or are another workspace’s', async () => {
    const there = await makeWorkspace(server)
    await server.ask(contract.updateUser, { as: here.admin, params: { id: ann.id }, body: { disabled: true } })
    expect((await list()).map(agent => agent.name)).toEqual(['Admin'])
    expect(await list(there.admin)).toHaveLength(1)
  })

  test('do what occupies them: talking before ringing before wrap-up', async () => {
    const activity = async () => (await me(ann.as)).body.activity
    await query("update agents set presence = 'available' where id = $1", [ann.agentId])
    expect(await activity()).toBe('ready')

    const callId = newId()
    const [queue] = await query('select id from queues limit 1')
    await query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
       values ($1, $2::uuid, 'twilio', $2::uuid::text, 'ours', 'inbound', 'in-progress', 'unknown', now())`,
      [here.id, callId],
    )
    const occupy = (slot: number, state: string, until: string | null, offerId: string | null = null) =>
      query(
        `insert into slots (workspace_id, agent_id, slot, state, kind, work_id, call_id, queue_id, until, offer_id)
         values ($1, $2, $3, $4, 'call', $5, $5, $6, $7, $8)`,
        [here.id, ann.agentId, slot, state, callId, queue!.id, until, offerId],
      )
    const until = '2030-01-02T03:04:05.678Z'
    await occupy(3, 'wrap-up', until)
    expect((await me(ann.as)).body).toMatchObject({ activity: 'wrap-up', wrapUps: [{ callId, until }] })
    const offerId = newId()
    await query(
      `insert into offers (workspace_id, id, kind, work_id, call_id, queue_id, agent_id, attempt, made_at, expires_at,
         ready_period, waited_seconds)
       values ($1, $2, 'call', $3, $3, $4, $5, 1, now(), now(), 1, 0)`,
      [here.id, offerId, callId, queue!.id, ann.agentId],
    )
    await occupy(2, 'offered', until, offerId)
    expect(await activity()).toBe('offered')
    await occupy(1, 'talking', null)
    expect(await activity()).toBe('talking')
  })

  test('are changed in what is given; the rest stays', async () => {
    const before = await settingsVersion()
    const first = await update(ann.agentId, {
      skills: { german: 3 },
      team: 'North',
      capacity: 2,
      phone: '415 555 0199',
    })
    expect(first.status).toBe(200)
    expect(first.body.agent).toMatchObject({
      skills: { german: 3 },
      team: 'North',
      capacity: 2,
      phone: '+14155550199',
    })
    const second = await update(ann.agentId, { skills: { german: 3 }, team: null })
    expect(second.body.agent).toEqual({ ...first.body.agent, team: null })
    expect((await me(ann.as)).body).toEqual(second.body.agent)
    expect(await settingsVersion()).toBe(before + 2)
    const agent = { id: ann.agentId, name: 'ann' }
    const by = { id: here.adminId, name: 'Admin' }
    expect(await eventsOfAgents()).toEqual([
      {
        type: 'agent.updated',
        agent,
        changed: ['skills', 'team', 'capacity', 'phone'],
        changes: { team: { from: null, to: 'North' }, capacity: { from: 1, to: 2 } },
        by,
      },
      { type: 'agent.updated', agent, changed: ['team'], changes: { team: { from: 'North', to: null } }, by },
    ])
  })

  test('are not changed when all is as it was', async () => {
    const before = await settingsVersion()
    expect((await update(ann.agentId, { skills: {}, capacity: 1, phone: null })).status).toBe(200)
    expect(await eventsOfAgents()).toEqual([])
    expect(await settingsVersion()).toBe(before)
  })

  test('say themselves where calls reach them', async () => {
    expect((await setPhone('(415) 555-0199')).body.agent.phone).toBe('+14155550199')
    expect((await setPhone(null)).body.agent.phone).toBeNull()
    const by = { id: ann.id, name: 'ann' }
    expect(await eventsOfAgents()).toMatchObject([
      { changed: ['phone'], by },
      { changed: ['phone'], by },
    ])
  })

  test.each(['911', '110', '12345', '+49110', 'front desk', 'anonymous', 'client:ann', '*31#', ' ', 5])(
    'are not reached at %j',
    async phone => {
      for (const answered of [await setPhone(phone), await update(ann.agentId, { phone })]) {
        expect(answered.status).toBe(400)
        expect(answered.body.error.fields!.map(field => field.path)).toEqual(['phone'])
      }
      expect((await me(ann.as)).body.phone).toBeNull()
    },
  )

  test.each<[string, object, string]>([
    ['a skill of level 0', { skills: { german: 0 } }, 'skills.german'],
    ['no capacity', { capacity: 0 }, 'capacity'],
    ['a blank team', { team: ' ' }, 'team'],
  ])('do not have %s', async (_, body, path) => {
    const answered = await update(ann.agentId, body)
    expect(answered.status).toBe(400)
    expect(answered.body.error.fields!.map(field => field.path)).toEqual([path])
  })

  test('are changed by those who lead them, and only their own', async () => {
    const there = await makeWorkspace(server)
    const theirs = (await list(there.admin))[0]!
    for (const id of [theirs.id, newId()]) expect((await update(id, { capacity: 5 })).status).toBe(404)
    expect((await list(there.admin))[0]).toEqual(theirs)
    expect((await update(ann.agentId, { capacity: 5 }, ann.as)).status).toBe(403)
    const supervisor = await addPerson(server, here.id, 'supervisor')
    expect((await update(ann.agentId, { capacity: 5 }, supervisor.as)).status).toBe(200)
    // A supervisor who takes no calls has no telephone to be reached at.
    expect((await setPhone('+14155550199', supervisor.as)).status).toBe(403)
    expect((await me(supervisor.as)).status).toBe(404)
    const key = await addKey(server, here.id, ['users:manage', 'calls:read'])
    expect((await update(ann.agentId, { capacity: 6 }, key)).status).toBe(200)
    expect((await me(key)).status).toBe(403)
  })
})
