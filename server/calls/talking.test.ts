import { v7 as newId } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Call, Named } from '../../core/call.ts'
import { type Conversation, consultantIn } from '../../core/conversation.ts'
import type { LegSignal, Signal } from '../../core/signal.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { ensureAgent, setQueues } from '../agents/agentStore.ts'
import { listAgentViews } from '../agents/agentView.ts'
import type { Tx } from '../platform/db.ts'
import { readCallEvents } from '../platform/eventLog.ts'
import { createLog } from '../platform/log.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { listRecordings } from '../recordings/recordingStore.ts'
import { listLiveOffers } from '../routing/offerStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { insertNumber } from '../workspaces/numberStore.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { findCall } from './callStore.ts'
import { type Center, createCenter } from './center.ts'
import type { Command, ProviderCommand } from './turnInput.ts'

const SUPPORT = '+12025550112'
const CALLER = '+14155550190'

onBothDatabases('a conversation whose audio is ours', open => {
  let database: TestDatabase
  let center: Center
  let workspaceId: string
  let ana: Named
  let ben: Named
  let queueId: string
  const sue = { id: newId(), name: 'Sue' }
  let commands: ProviderCommand['command'][] = []
  const live = new Set<string>()

  beforeAll(async () => {
    database = await open()
    const { db } = database
    center = createCenter({
      db,
      log: createLog('silent'),
      takesCommands: () => true,
      hasSoftphones: () => true,
      carryOut: (_, aftermath) => void commands.push(...aftermath.commands.map(({ command }) => command)),
    })
    const starter = { name: 'Test', adminEmail: 'admin@example.com', passwordHash: null, supportNumbers: [] }
    workspaceId = (await db.asSystem(sql => furnishWorkspace(sql, starter))).workspace.id
    await inWorkspace(async tx => {
      ;[queueId] = (await findQueueIds(tx, ['support'])) as [string]
      await insertNumber(tx, { e164: SUPPORT, country: 'US', flowId: null, queueId })
      await tx.query(`update queues set settings = settings || '{"wrapUpMs":60000}' where id = $1`, [queueId])
      const userId = newId()
      await tx.query(
        `insert into users (workspace_id, id, email, name, role) values ($1, $2, 'ben@example.com', 'Ben', 'agent')`,
        [workspaceId, userId],
      )
      await setQueues(tx, await ensureAgent(tx, userId), [queueId])
      await bumpSettings(tx)
      const agents = await listAgentViews(tx)
      const named = (name: string) => {
        const { id } = agents.find(agent => agent.name === name)!
        return { id, name }
      }
      ben = named('Ben')
      ana = named(agents.find(agent => agent.id !== ben.id)!.name)
    })
  })
  afterAll(async () => {
    await center.idle()
    await database?.close()
  })
  beforeEach(() => {
    commands = []
  })
  afterEach(async () => {
    for (const sid of live) await end(sid)
    live.clear()
    for (const { id } of [ana, ben]) {
      const views = await inWorkspace(listAgentViews)
      for (const { callId } of views.find(agent => agent.id === id)!.wrapUps)
        await center.take(workspaceId, { type: 'wrapUp', agentId: id, callId, seconds: null })
      await be(id, 'offline')
    }
  })

  const inWorkspace = <T>(work: (tx: Tx) => Promise<T>) => database.db.inWorkspace(workspaceId, work)
  const hear = (...signals: Signal[]) => center.take(workspaceId, { type: 'delivery', signals, answers: true })
  const be = (agentId: string, status: 'available' | 'offline') =>
    center.take(workspaceId, { type: 'choosePresence', agentId, by: null, presence: { status, reason: null } })
  const ask = async (call: Call, input: Command) => {
    const result = await center.take(workspaceId, { type: 'command', callId: call.id, admit() {}, input })
    if (result.refusal) throw result.refusal
    return result.call!
  }
  const limit = (maxLength: number | null) =>
    inWorkspace(async tx => {
      await tx.query('update queues set settings = settings || $1::jsonb', [JSON.stringify({ maxLength })])
      await bumpSettings(tx)
    })
  const activityOf = async (agent: Named) =>
    (await inWorkspace(listAgentViews)).find(({ id }) => id === agent.id)!.activity
  const offers = (agent: Named) => inWorkspace(tx => listLiveOffers(tx, agent.id))
  const accept = async (agent: Named) => {
    const [offer] = await offers(agent)
    return (await center.take(workspaceId, { type: 'accept', offerId: offer!.id, agentId: agent.id })).call!
  }
  const types = async (call: Call) =>
    (await inWorkspace(tx => readCallEvents(tx, call.id))).map(({ event }) => event.type).slice(-4)
  const lastArranged = () =>
    commands.flatMap(command => (command.type === 'arrange' ? [command.conversation] : [])).at(-1)!
  const roles = (conversation: Conversation) =>
    conversation.parties.map(party => (party.role === 'customer' ? 'customer' : `${party.role} ${party.person.name}`))

  /** Every side of it hangs up. */
  async function end(sid: string): Promise<void> {
    const over = { status: 'ended', endReason: 'completed', order: 9, direction: null, from: null, to: null } as const
    const { call } = await hear(leg(sid, over))
    for (const { providerLegId, party } of call!.legs) await hear(leg(sid, { ...over, providerLegId, party }))
  }

  /** The caller has heard the present script to its end. */
  const heard = ({ providerCallId, flow }: Call): Signal => {
    const result = { type: 'none' } as const
    return { type: 'input', provider: 'web', providerCallId, step: flow!.step, key: null, result }
  }

  /** A caller whom this agent talks with. */
  async function talking(agent: Named): Promise<Call> {
    await be(agent.id, 'available')
    const sid = newId()
    live.add(sid)
    const { call: told } = await hear(leg(sid))
    // That it may be recorded.
    await hear(heard(told!))
    const call = await accept(agent)
    await hear(partyLeg(call, agent, 1))
    return call
  }

  test('begins when an agent accepts, who is reached in the browser', async () => {
    const call = await talking(ana)
    expect(call.flow!.script.at(-1)).toMatchObject({ type: 'bridge', to: { type: 'softphone', agentId: ana.id } })
    expect(roles(lastArranged())).toEqual(['customer', `agent ${ana.name}`])
    expect(lastArranged().recording).toBe('on')
    const { call: answered } = await hear(partyLeg(call, ana, 1))
    expect([answered!.status, answered!.answeredAt]).toEqual(['in-progress', expect.any(String)])
  })

  test('is recorded from when the caller has heard that it is, and the evidence is kept', async () => {
    await be(ana.id, 'available')
    const sid = newId()
    live.add(sid)
    await hear(leg(sid))
    const call = await accept(ana)
    // It rings already, and the caller hears the announcement and no more.
    expect([call.flow!.script.map(({ type }) => type), lastArranged().recording]).toEqual([['say', 'resume'], 'off'])
    await expect(ask(call, { type: 'talk', talk: { type: 'record', recording: 'on' }, by: ana })).rejects.toMatchObject(
      {
        code: 'no_consent',
      },
    )
    await hear(heard(call))
    expect(lastArranged().recording).toBe('on')
    const kept = (await inWorkspace(tx => findCall(tx, call.id)))!.call
    expect(kept.consent).toMatchObject({
      how: 'announced',
      given: true,
      heard: 'This call may be recorded.',
      region: 'US-CA',
    })
    expect(kept.flow!.script.at(-1)).toMatchObject({ type: 'bridge' })
    const refused = await ask(call, { type: 'consent', given: false, by: ana })
    expect([refused.conversation!.recording, refused.consent]).toEqual(['off', expect.objectContaining({ by: ana })])
  })

  test('hold, mute and recording are told to whoever carries the audio, once each', async () => {
    const call = await talking(ana)
    commands = []
    await ask(call, { type: 'talk', talk: { type: 'hold', held: true }, by: ana })
    await ask(call, { type: 'talk', talk: { type: 'hold', held: true }, by: ana })
    await ask(call, { type: 'talk', talk: { type: 'mute', muted: true, agentId: ana.id }, by: ana })
    await ask(call, { type: 'talk', talk: { type: 'record', recording: 'paused' }, by: ana })
    const arranged = commands.flatMap(command => (command.type === 'arrange' ? [command.conversation] : []))
    expect(arranged.map(({ held, recording }) => [held, recording])).toEqual([
      [true, 'on'],
      [true, 'on'],
      [true, 'paused'],
    ])
    expect(arranged.map(({ revision }) => revision)).toEqual(
      arranged.map(({ revision }) => revision).toSorted((a, b) => a - b),
    )
    expect(await types(call)).toEqual([expect.anything(), 'call.held', 'call.muted', 'recording.paused'])
    await expect(ask(call, { type: 'talk', talk: { type: 'mute', muted: true, agentId: ben.id }, by: ben }))
      .rejects //
      .toMatchObject({ code: 'not_in_call' })
  })

  test('a colleague is asked, joins, and has the call from then on', async () => {
    const call = await talking(ana)
    await be(ben.id, 'available')
    const asking = await ask(call, { type: 'consult', whom: { type: 'agent', id: ben.id }, by: ana })
    expect(asking.conversation!.consultation).toMatchObject({ state: 'asking', asked: { name: 'Ben' } })
    expect(await offers(ben)).toMatchObject([{ kind: 'consultation', callId: call.id }])
    const joined = await accept(ben)
    expect(joined.agent).toEqual(ana)
    expect(roles(joined.conversation!)).toEqual(['customer', `agent ${ana.name}`, 'consultant Ben'])
    const all = await ask(call, { type: 'talk', talk: { type: 'merge', threeWay: true }, by: ana })
    expect(all.conversation!.consultation!.state).toBe('three-way')
    const handed = await ask(call, { type: 'talk', talk: { type: 'handOver' }, by: ana })
    expect([handed.agent, roles(handed.conversation!)]).toEqual([ben, ['customer', 'agent Ben']])
    const views = await inWorkspace(listAgentViews)
    expect(views.map(({ name, activity }) => [name, activity]).toSorted()).toEqual(
      [
        [ana.name, 'wrap-up'],
        ['Ben', 'talking'],
      ].toSorted(),
    )
    // Once the call is over, it is Ben who has to write.
    await end(call.providerCallId)
    expect((await inWorkspace(listAgentViews)).find(({ name }) => name === 'Ben')!.activity).toBe('wrap-up')
  })

  test.each(['declines', 'leaves', 'is asked no longer', 'is lost'] as const)(
    'a colleague %s: the agent has its customer back, and the colleague is free',
    async what => {
      const call = await talking(ana)
      await be(ben.id, 'available')
      await ask(call, { type: 'consult', whom: { type: 'agent', id: ben.id }, by: ana })
      const [offer] = await offers(ben)
      if (what === 'declines') await center.take(workspaceId, { type: 'decline', offerId: offer!.id, agentId: ben.id })
      else await accept(ben)
      if (what === 'leaves') await ask(call, { type: 'finish', agentId: ben.id, by: ben })
      if (what === 'is asked no longer')
        await ask(call, { type: 'talk', talk: { type: 'endConsultation', reason: 'ended' }, by: ana })
      if (what === 'is lost') {
        await hear(partyLeg(call, ben, 1))
        await hear(partyLeg(call, ben, 1, { status: 'ended', endReason: 'failed' }))
      }
      expect([lastArranged().consultation, consultantIn(lastArranged())]).toEqual([null, null])
      expect(await types(call)).toContain('consultation.ended')
      const agent = (await inWorkspace(listAgentViews)).find(({ name }) => name === 'Ben')!
      expect([agent.activity, await offers(ben)]).toEqual(['ready', []])
    },
  )

  test('a colleague who is not there cannot be asked, nor be sent a call', async () => {
    const call = await talking(ana)
    for (const input of [
      { type: 'consult', whom: { type: 'agent', id: ben.id }, by: ana },
      { type: 'sendToAgent', agentId: ben.id, by: ana },
    ] as Command[])
      await expect(ask(call, input)).rejects.toMatchObject({ code: 'agent_not_free' })
    const { call: after } = await hear(leg(call.providerCallId, { order: 1 }))
    expect([after!.agent, after!.conversation!.consultation]).toEqual([ana, null])
  })

  test('sent to a colleague: it rings there, and the agent has done with it', async () => {
    const call = await talking(ana)
    await be(ben.id, 'available')
    const sent = await ask(call, { type: 'sendToAgent', agentId: ben.id, by: ana })
    expect([sent.agent, roles(sent.conversation!)]).toEqual([null, ['customer']])
    expect(await offers(ben)).toMatchObject([{ kind: 'call', callId: call.id }])
    expect((await accept(ben)).agent).toEqual(ben)
  })

  test('sent to a queue that is closed: whoever has sent it is out of it, and the caller leaves a message', async () => {
    const [sales] = await inWorkspace(tx => findQueueIds(tx, ['sales']))
    const open = (enabled: boolean) =>
      inWorkspace(async tx => {
        const settings = JSON.stringify({ enabled, afterHours: { type: 'voicemail' } })
        await tx.query('update queues set settings = settings || $2::jsonb where id = $1', [sales, settings])
        await bumpSettings(tx)
      })
    await open(false)
    const call = await talking(ana)
    const sent = await ask(call, { type: 'send', to: { type: 'queue', queueId: sales! }, name: 'Sales', by: ana })
    await open(true)
    expect([sent.flow!.awaiting.type, sent.agent, roles(sent.conversation!)]).toEqual(['voicemail', null, ['customer']])
    expect(roles(lastArranged())).toEqual(['customer'])
    expect(await activityOf(ana)).toBe('wrap-up')
  })

  test('sent elsewhere in the middle of a question: nobody is asked any more', async () => {
    const call = await talking(ana)
    await be(ben.id, 'available')
    await ask(call, { type: 'consult', whom: { type: 'agent', id: ben.id }, by: ana })
    await ask(call, { type: 'send', to: { type: 'queue', queueId }, name: 'Support', by: ana })
    expect(await offers(ben)).toMatchObject([{ kind: 'call', callId: call.id }])
  })

  test('an agent who is lost: the caller is back in line, and nobody listens to nobody', async () => {
    const call = await talking(ana)
    await ask(call, { type: 'supervise', listening: 'monitor', by: sue })
    await hear(partyLeg(call, ana, 1, { status: 'ended', endReason: 'failed' }), {
      type: 'input',
      provider: 'web',
      providerCallId: call.providerCallId,
      step: call.flow!.step,
      key: null,
      result: { type: 'dialled', outcome: 'failed' },
    })
    expect(roles(lastArranged())).toEqual(['customer'])
    const { waiting } = await center.take(workspaceId, { type: 'explain', callId: call.id })
    expect(waiting).toMatchObject({ place: { position: 1 } })
    const { places } = await center.take(workspaceId, { type: 'places', callIds: [call.id, newId()] })
    expect(Object.values(places)).toEqual([expect.objectContaining({ position: 1 }), null])
  })

  test('who leads listens, speaks, and stops; every act is in the log', async () => {
    const call = await talking(ana)
    for (const listening of ['monitor', 'whisper', 'barge', null] as const)
      await ask(call, { type: 'supervise', listening, by: sue })
    expect(await types(call)).toEqual([
      'supervision.started',
      'supervision.changed',
      'supervision.changed',
      'supervision.ended',
    ])
  })

  test('where the queue says so, the agent is not told who listens', async () => {
    await inWorkspace(async tx => {
      await tx.query(`update queues set settings = settings || '{"supervisionVisible":false}' where id = $1`, [queueId])
      await bumpSettings(tx)
    })
    const call = await talking(ana)
    await ask(call, { type: 'supervise', listening: 'monitor', by: sue })
    expect(roles(lastArranged())).toContain('supervisor Sue')
    await ask(call, { type: 'talk', talk: { type: 'hold', held: true }, by: ana })
    const told = (await inWorkspace(tx => readCallEvents(tx, call.id))).at(-1)!.event
    expect('call' in told && told.call.conversation!.parties.map(({ role }) => role)).toEqual(['customer', 'agent'])
  })

  test('a recording is told of when it is there, once', async () => {
    const call = await talking(ana)
    const id = newId()
    const recording = (status: 'in-progress' | 'completed', seconds: number | null) =>
      hear({
        type: 'recording',
        provider: 'web',
        providerCallId: call.providerCallId,
        recordingId: id,
        of: 'call',
        status,
        url: null,
        seconds,
      })
    await recording('in-progress', null)
    expect(await inWorkspace(tx => listRecordings(tx, call.id))).toMatchObject([{ id, audioUrl: null }])
    await recording('completed', 12)
    await recording('completed', 13)
    await recording('in-progress', null)
    expect(await inWorkspace(tx => listRecordings(tx, call.id))).toMatchObject([
      { id, status: 'completed', seconds: 12, audioUrl: `/api/recordings/${id}/audio` },
    ])
    expect((await types(call)).filter(type => type === 'recording.completed')).toHaveLength(1)
  })

  test('a flow rings an agent: nobody else is asked, and it goes on when the agent is not free or declines', async () => {
    const number = '+12025550113'
    await inWorkspace(async tx => {
      const flowId = newId()
      const definition = {
        start: 'ring',
        language: 'en-US',
        nodes: {
          ring: { type: 'ring', target: { type: 'agent', agent: ana.id }, ringSeconds: 20, unanswered: 'sorry' },
          sorry: { type: 'hangUp', prompt: { text: { 'en-US': 'Ana is not here.' } } },
        },
      }
      await tx.query(
        `insert into flows (workspace_id, id, name, draft, published_version) values ($1, $2, 'Ana', $3::jsonb, 1)`,
        [workspaceId, flowId, JSON.stringify(definition)],
      )
      await tx.query(`insert into flow_versions values ($1, $2, 1, $3::jsonb, now(), $4, null)`, [
        workspaceId,
        flowId,
        JSON.stringify(definition),
        ana.name,
      ])
      await insertNumber(tx, { e164: number, country: 'US', flowId, queueId: null })
      await bumpSettings(tx)
    })
    const ring = async () => {
      const sid = newId()
      live.add(sid)
      return hear(leg(sid, { to: number }))
    }
    expect((await ring()).actions).toMatchObject([{ type: 'say', text: 'Ana is not here.' }, { type: 'hangUp' }])
    await be(ana.id, 'available')
    await be(ben.id, 'available')
    const first = await ring()
    expect([await offers(ana), await offers(ben)]).toEqual([[expect.objectContaining({ kind: 'call' })], []])
    const [offer] = await offers(ana)
    await center.take(workspaceId, { type: 'decline', offerId: offer!.id, agentId: ana.id })
    expect(await offers(ben)).toEqual([])
    const { actions } = await hear(leg(first.call!.providerCallId, { order: 1 }))
    expect(actions).toMatchObject([{ type: 'say', text: 'Ana is not here.' }, { type: 'hangUp' }])
  })

  test('an agent calls somebody: it is reached first, and its slot is taken', async () => {
    const callId = newId()
    const { call } = await center.take(workspaceId, {
      type: 'place',
      callId,
      agent: ana,
      to: CALLER,
      provider: 'web',
      metadata: {},
    })
    expect(call).toMatchObject({ direction: 'outbound', from: SUPPORT, to: CALLER, agent: ana, status: 'initiated' })
    expect(commands).toMatchObject([{ type: 'dial', to: { type: 'softphone', agentId: ana.id }, from: SUPPORT }])
    expect((await inWorkspace(listAgentViews)).find(({ id }) => id === ana.id)!.activity).toBe('talking')
    commands = []
    const sid = newId()
    live.add(sid)
    const reached = await hear(leg(sid, { callId, direction: 'outbound', from: SUPPORT, to: null }))
    expect(reached.call!.id).toBe(callId)
    expect(reached.actions.at(-1)).toMatchObject({ type: 'bridge', to: { type: 'number', number: CALLER } })
    expect(roles(lastArranged())).toEqual(['customer', `agent ${ana.name}`])
    await be(ben.id, 'available')
    await expect(
      ask(reached.call!, { type: 'consult', whom: { type: 'agent', id: ben.id }, by: ana }),
    ).rejects.toMatchObject({ code: 'not_controllable' })
    const again = { type: 'place' as const, callId: newId(), agent: ana, to: CALLER, provider: 'web', metadata: {} }
    expect((await center.take(workspaceId, again)).refusal).toMatchObject({ code: 'no_free_slot' })
    const answered = await hear(
      leg(sid, { providerLegId: `${sid}/customer/1`, party: 'agent', direction: null, from: null, to: null, order: 1 }),
    )
    expect([answered.call!.status, answered.call!.answeredAt]).toEqual(['in-progress', expect.any(String)])
    await end(sid)
    expect((await inWorkspace(listAgentViews)).find(({ id }) => id === ana.id)!.activity).toBe('away')
  })

  const place = async (agent: Named) => {
    const asked = { type: 'place' as const, callId: newId(), agent, to: CALLER, provider: 'web', metadata: {} }
    const { call } = await center.take(workspaceId, asked)
    live.add(call!.providerCallId)
    return call!
  }

  test('whoever calls somebody has its hands full, however full its line is', async () => {
    await limit(0)
    await place(ben)
    expect(await activityOf(ben)).toBe('talking')
    await limit(null)
  })

  test('a call that an agent makes, or takes out of a menu, rings at nobody else', async () => {
    await be(ana.id, 'available')
    const placed = await place(ben)
    await end(placed.providerCallId)
    await center.take(workspaceId, { type: 'wrapUp', agentId: ben.id, callId: placed.id, seconds: null })
    const number = '+12025550114'
    await inWorkspace(async tx => {
      const definition = JSON.stringify({
        start: 'menu',
        language: 'en-US',
        nodes: {
          menu: {
            type: 'menu',
            prompt: { text: { 'en-US': 'Press 1.' } },
            options: [{ digits: '1', next: null }],
            timeoutSeconds: 5,
            retries: 1,
            otherwise: null,
          },
        },
      })
      const flowId = newId()
      await tx.query(
        `insert into flows (workspace_id, id, name, draft, published_version) values ($1, $2, 'Menu', $3::jsonb, 1)`,
        [workspaceId, flowId, definition],
      )
      const version = [workspaceId, flowId, definition, ana.name]
      await tx.query('insert into flow_versions values ($1, $2, 1, $3::jsonb, now(), $4, null)', version)
      await insertNumber(tx, { e164: number, country: 'US', flowId, queueId: null })
      await bumpSettings(tx)
    })
    await limit(0)
    const sid = newId()
    live.add(sid)
    const { call } = await hear(leg(sid, { to: number }))
    const taken = await ask(call!, { type: 'take', agent: ben })
    expect([taken.agent, await activityOf(ben)]).toEqual([ben, 'talking'])
    await limit(null)
    for (const { id } of [placed, taken]) {
      const types = (await inWorkspace(tx => readCallEvents(tx, id))).map(({ event }) => event.type)
      expect(types.filter(type => type.startsWith('offer.'))).toEqual([])
    }
  })

  test('a message is offered, and a colleague asked, although the line is too full for callers', async () => {
    await limit(0)
    const sid = newId()
    live.add(sid)
    const { call } = await hear(leg(sid))
    expect(call!.flow!.awaiting.type).toBe('voicemail')
    const result = { type: 'recorded' as const, recordingId: newId(), url: 'https://example.com/1', seconds: 5 }
    await hear({ type: 'input', provider: 'web', providerCallId: sid, step: call!.flow!.step, key: null, result })
    await be(ben.id, 'available')
    expect(await offers(ben)).toMatchObject([{ kind: 'voicemail', callId: call!.id }])
    const { workId } = (await offers(ben))[0]!
    await accept(ben)
    await center.take(workspaceId, { type: 'finishWork', workId })
    await center.take(workspaceId, { type: 'wrapUp', agentId: ben.id, callId: workId, seconds: null })
    await be(ben.id, 'offline')
    const talked = await talking(ana)
    await ask(talked, { type: 'consult', whom: { type: 'queue', id: queueId }, by: ana })
    await be(ben.id, 'available')
    expect(await offers(ben)).toMatchObject([{ kind: 'consultation', callId: talked.id }])
    await limit(null)
  })
})

const leg = (providerCallId: string, more: Partial<LegSignal> = {}): LegSignal => ({
  type: 'leg',
  provider: 'web',
  providerCallId,
  providerLegId: providerCallId,
  party: 'customer',
  status: 'in-progress',
  endReason: null,
  order: 0,
  at: null,
  durationSeconds: null,
  direction: 'inbound',
  from: CALLER,
  to: SUPPORT,
  callerName: null,
  control: 'ours',
  extensionId: null,
  ...more,
})

/** The audio of one of our people has come in for the `time`th time. */
const partyLeg = (call: Call, agent: Named, time: number, more: Partial<LegSignal> = {}): LegSignal =>
  leg(call.providerCallId, {
    providerLegId: `${call.providerCallId}/agent:${agent.id}/${time}`,
    party: 'agent',
    direction: null,
    from: null,
    to: null,
    ...more,
  })
