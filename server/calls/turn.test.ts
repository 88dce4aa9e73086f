import { v7 as newId } from 'uuid'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Call } from '../../core/call.ts'
import type { LegSignal } from '../../core/signal.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { listAgentViews } from '../agents/agentView.ts'
import type { Tx } from '../platform/db.ts'
import { createLog } from '../platform/log.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { listLiveOffers } from '../routing/offerStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { insertNumber } from '../workspaces/numberStore.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { type Center, createCenter } from './center.ts'
import type { Command } from './turnInput.ts'

/** Our numbers: one with the starter flow, one that leads straight into a queue. */
const [MENU, SUPPORT] = ['+12025550111', '+12025550112']

onBothDatabases('an agent of several queues', open => {
  let database: TestDatabase
  let center: Center
  let workspaceId: string
  let agent: { id: string; name: string }
  let sales: string
  beforeAll(async () => {
    database = await open()
    const { db } = database
    center = createCenter({
      db,
      log: createLog('silent'),
      takesCommands: () => false,
      hasSoftphones: () => false,
      carryOut() {},
    })
    const starter = { name: 'Test', adminEmail: 'admin@example.com', passwordHash: null, supportNumbers: [MENU] }
    workspaceId = (await db.asSystem(sql => furnishWorkspace(sql, starter))).workspace.id
    await inWorkspace(async tx => {
      const queues = await findQueueIds(tx, ['sales', 'support'])
      sales = queues[0]!
      await insertNumber(tx, { e164: SUPPORT, country: 'US', flowId: null, queueId: queues[1]! })
      const { id, name } = (await listAgentViews(tx))[0]!
      agent = { id, name }
    })
  })
  afterAll(() => database?.close())

  const inWorkspace = <T>(work: (tx: Tx) => Promise<T>) => database.db.inWorkspace(workspaceId, work)
  const hear = (sid: string, more: Partial<LegSignal> = {}) =>
    center.take(workspaceId, { type: 'delivery', signals: [leg(sid, more)], answers: true })
  const ask = (call: Call, input: Command) =>
    center.take(workspaceId, { type: 'command', callId: call.id, admit() {}, input })
  const take = (call: Call) => ask(call, { type: 'take', agent })
  const be = (status: 'available' | 'offline') =>
    center.take(workspaceId, {
      ...{ type: 'choosePresence', agentId: agent.id, by: null },
      presence: { status, reason: null },
    })
  const offers = () => inWorkspace(tx => listLiveOffers(tx, agent.id))

  const live: string[] = []
  async function ring(to: string): Promise<Call> {
    const sid = newId()
    live.push(sid)
    return (await hear(sid, { to })).call!
  }
  /** What the caller hears when it is asked for once more. */
  const heard = async (call: Call) => (await hear(call.providerCallId)).actions.map(({ type }) => type)
  afterEach(async () => {
    for (const sid of live.splice(0)) await hear(sid, { status: 'ended', endReason: 'completed', order: 9 })
    await be('offline')
  })

  test('is asked anew when what rings there is sent from one to the other', async () => {
    await be('available')
    const call = await ring(SUPPORT)
    const [before] = await offers()
    const to = { type: 'queue' as const, queueId: sales }
    const sent = await ask(call, { type: 'send', to, name: 'Sales', by: agent })
    expect(sent.refusal).toBeNull()
    expect(sent.call!.queue!.name).toBe('Sales')
    const after = await offers()
    expect(after).toMatchObject([{ workId: call.id, queue: { name: 'Sales' } }])
    expect(after[0]!.id).not.toBe(before!.id)
  })

  test('takes a call out of the menu, and its caller is not asked for keys any more', async () => {
    await be('available')
    const call = await ring(MENU)
    const taken = await take(call)
    expect([taken.refusal, taken.call!.agent]).toEqual([null, agent])
    expect(await heard(call)).not.toContain('gather')
  })

  test('who has no hand free leaves the caller in the menu', async () => {
    await be('available')
    await take(await ring(SUPPORT))
    const call = await ring(MENU)
    const { refusal } = await take(call)
    expect(refusal).toMatchObject({ code: 'no_free_slot' })
    const { call: after, actions } = await hear(call.providerCallId)
    expect([after!.queue, actions.map(({ type }) => type)]).toEqual([null, ['say', 'gather']])
    const { waiting } = await center.take(workspaceId, { type: 'explain', callId: call.id })
    expect(waiting).toBeNull()
  })

  test('who is on a call that others lead is offered nothing until it is over, and has nothing to write about it', async () => {
    const writeFor = (milliseconds: number) =>
      inWorkspace(async tx => {
        await tx.query(`update queues set settings = settings || jsonb_build_object('wrapUpMs', $1::int)`, [
          milliseconds,
        ])
        await bumpSettings(tx)
      })
    await writeFor(60_000)
    await be('available')
    const sid = newId()
    const elsewhere = (await hear(sid, { control: 'provider', party: 'agent' })).call!
    const joined = await ask(elsewhere, { type: 'join', agent })
    expect([joined.refusal, joined.call!.agent, joined.call!.queue]).toEqual([null, agent, null])
    await ask(elsewhere, { type: 'join', agent })
    const view = async () => (await inWorkspace(listAgentViews)).find(({ id }) => id === agent.id)!
    expect((await view()).activity).toBe('talking')
    const call = await ring(SUPPORT)
    expect(await offers()).toEqual([])
    await hear(sid, { control: 'provider', party: 'agent', status: 'ended', endReason: 'completed', order: 9 })
    expect(await offers()).toMatchObject([{ workId: call.id }])
    expect((await view()).wrapUps).toEqual([])
    // It is over: told again, it occupies nobody.
    await ask(elsewhere, { type: 'join', agent })
    expect((await view()).activity).toBe('offered')
    await writeFor(0)
  })

  test('takes a call out of the menu also while its queues are closed', async () => {
    await inWorkspace(async tx => {
      const id = newId()
      await tx.query(
        `insert into business_hours (workspace_id, id, name, time_zone, weekly, exceptions)
         values ($1, $2, 'Never', 'UTC', '[]', '[]')`,
        [workspaceId, id],
      )
      await tx.query(`update queues set settings = settings || jsonb_build_object('hoursId', $1::text)`, [id])
      await bumpSettings(tx)
    })
    await be('available')
    const taken = await take(await ring(MENU))
    expect([taken.refusal, taken.call?.agent, taken.call?.divertedTo]).toEqual([null, agent, null])
  })
})

const leg = (providerCallId: string, more: Partial<LegSignal> = {}): LegSignal => ({
  type: 'leg',
  provider: 'twilio',
  providerCallId,
  providerLegId: providerCallId,
  party: 'customer',
  status: 'ringing',
  endReason: null,
  order: 0,
  at: null,
  durationSeconds: null,
  direction: 'inbound',
  from: '+14155550190',
  to: null,
  callerName: null,
  control: 'ours',
  extensionId: null,
  ...more,
})
