import { afterAll, beforeAll, expect, test } from 'vitest'
import { causedByProvider } from '../../core/cause.ts'
import type { LegSignal, Signal } from '../../core/signal.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { onBehalfOf } from '../platform/cause.ts'
import { createDb, type Db } from '../platform/db.ts'
import { listEvents } from '../platform/eventLog.ts'
import { createLog } from '../platform/log.ts'
import { openOutside } from '../platform/outside.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { insertNumber } from '../workspaces/numberStore.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { type Center, createCenter } from './center.ts'
import type { TurnResult } from './turnInput.ts'

/** Our numbers: one with the starter flow, one that leads straight into a queue. */
const [MENU, QUEUE] = ['+12025550111', '+12025550112']

let count = 0
const newCallId = () => `CA${String(++count).padStart(32, '0')}`

const leg = (providerCallId: string, more: Partial<LegSignal> = {}): LegSignal => ({
  type: 'leg',
  provider: 'twilio',
  providerCallId,
  providerLegId: providerCallId,
  party: 'customer',
  status: 'ringing',
  endReason: null,
  order: null,
  at: '2026-01-01T12:00:00.000Z',
  durationSeconds: null,
  direction: 'inbound',
  from: '+14155550100',
  to: QUEUE,
  callerName: null,
  control: 'ours',
  extensionId: null,
  ...more,
})
const receipt = {
  provider: 'twilio',
  deliveryKey: null,
  receivedAt: new Date('2026-01-01T12:00:00.000Z'),
  headers: {},
  body: new TextEncoder().encode('as it came'),
}
const createTestCenter = (db: Db): Center =>
  createCenter({ db, log: createLog('silent'), takesCommands: () => false, hasSoftphones: () => false, carryOut() {} })
const take = (center: Center, workspaceId: string, ...signals: Signal[]): Promise<TurnResult> =>
  center.take(workspaceId, { type: 'delivery', signals, answers: true }, receipt)

onBothDatabases('the center', (open, { shared }) => {
  let database: TestDatabase
  let center: Center
  let workspaceId: string
  beforeAll(async () => {
    database = await open()
    center = createTestCenter(database.db)
    const furnished = await database.db.asSystem(sql =>
      furnishWorkspace(sql, {
        name: 'Test',
        adminEmail: 'admin@example.com',
        passwordHash: null,
        supportNumbers: [MENU],
      }),
    )
    workspaceId = furnished.workspace.id
    await database.db.inWorkspace(workspaceId, async tx => {
      const [support] = await findQueueIds(tx, ['support'])
      await insertNumber(tx, { e164: QUEUE, country: 'US', flowId: null, queueId: support! })
    })
  })
  afterAll(() => database.close())

  const rows = (providerCallId: string) =>
    database.db.inWorkspace(workspaceId, tx =>
      tx.query('select * from calls where provider_call_id = $1', [providerCallId]),
    )
  const eventsOf = async (callId: string): Promise<string[]> => {
    const events = await database.db.inWorkspace(workspaceId, tx => listEvents(tx, {}, 1000))
    return events.filter(({ event }) => 'call' in event && event.call.id === callId).map(({ event }) => event.type)
  }

  test('a call to a number with a flow begins with it, and its webhook is kept as it came', async () => {
    const { call, actions } = await take(center, workspaceId, leg(newCallId(), { to: MENU }))
    expect(call).toMatchObject({ status: 'ringing', queue: null, from: '+14155550100' })
    expect(actions.map(action => action.type)).toEqual(['say', 'gather'])
    const received = await database.db.inWorkspace(workspaceId, tx =>
      tx.query<{ body: Buffer }>('select body from webhooks_received where call_id = $1', [call!.id]),
    )
    expect(received.map(row => row.body.toString())).toEqual(['as it came'])
  })

  test('a call to a number with nothing but a queue is greeted and waits there, with music', async () => {
    const { call, actions } = await take(center, workspaceId, leg(newCallId()))
    expect(call).toMatchObject({ status: 'ringing', queue: { name: 'Support' } })
    // The greeting, the place in line, then music.
    expect(actions.map(action => action.type)).toEqual(['say', 'say', 'play', 'resume'])
    expect(await eventsOf(call!.id)).toEqual(['call.queued', 'call.arrived'])
  })

  test('a caller of a number that is nobody’s is greeted and hears music', async () => {
    const { call, actions } = await take(center, workspaceId, leg(newCallId(), { to: '+12025550199' }))
    expect(call).toMatchObject({ status: 'ringing', queue: null, flow: null })
    expect(actions.map(action => action.type)).toEqual(['say', 'play'])
  })

  test('of many who ask at once each is named for what it has caused, and for nothing else', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `carrier ${n}`)
    const calls = await Promise.all(
      names.map(name =>
        onBehalfOf(causedByProvider(name), async () => (await take(center, workspaceId, leg(newCallId()))).call!),
      ),
    )
    await center.take(workspaceId, { type: 'look' })
    const told = await database.db.inWorkspace(workspaceId, tx =>
      tx.query<{ name: string; call_id: string }>(
        `select distinct actor->>'name' as name, call_id from events where call_id = any($1)`,
        [calls.map(({ id }) => id)],
      ),
    )
    expect(new Map(told.map(row => [row.call_id, row.name]))).toEqual(new Map(calls.map(({ id }, n) => [id, names[n]])))
    expect(told).toHaveLength(names.length)
  })

  test('five thousand deliveries at once, each several times over: one call each, one arrival each', async () => {
    const ids = Array.from({ length: 500 }, newCallId)
    const before = await database.db.inWorkspace(workspaceId, tx => listEvents(tx, {}, 1))
    const deliveries = ids.flatMap(id => [
      leg(id),
      leg(id, { status: 'in-progress', order: 1 }),
      leg(id),
      leg(id, { status: 'ended', endReason: 'completed', order: 2, durationSeconds: 7 }),
      leg(id, { status: 'in-progress', order: 1 }),
    ])
    const shuffled = [...deliveries, ...deliveries].sort((a, b) => hash(a) - hash(b))
    await Promise.all(shuffled.map(each => take(center, workspaceId, each)))
    const [{ n }] = (await database.db.inWorkspace(workspaceId, tx =>
      tx.query<{ n: number }>(
        `select count(*)::int as n from calls where provider_call_id = any($1) and status = 'completed'
         and outcome = 'abandoned' and duration_seconds = 7`,
        [ids],
      ),
    )) as [{ n: number }]
    expect(n).toBe(500)
    const [{ arrivals, gaps }] = (await database.db.inWorkspace(workspaceId, tx =>
      tx.query<{ arrivals: number; gaps: number }>(
        `select count(*) filter (where type = 'call.arrived')::int as arrivals,
           (max(seq) - min(seq) + 1 - count(*))::int as gaps from events where seq > $1`,
        [before[0]?.seq ?? 0],
      ),
    )) as [{ arrivals: number; gaps: number }]
    expect({ arrivals, gaps }).toEqual({ arrivals: 500, gaps: 0 })
  })

  test('one that cannot be stored spoils no other', async () => {
    const [good, bad, fine] = [newCallId(), newCallId(), newCallId()]
    const results = await Promise.allSettled([
      take(center, workspaceId, leg(good)),
      take(center, workspaceId, leg(bad, { at: 'no time at all' })),
      take(center, workspaceId, leg(fine)),
    ])
    expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await rows(bad)).toEqual([])
  })

  test('a call that its extension no longer lists is over, and an older list brings nobody back', async () => {
    const [gone, late] = ['s-gone', 's-late']
    const onExtension = (id: string) =>
      leg(id, { provider: 'ringcentral', control: 'provider', party: 'agent', extensionId: '101' })
    const roster = (order: number, ...providerCallIds: string[]): Signal => ({
      type: 'roster',
      provider: 'ringcentral',
      extensionId: '101',
      providerCallIds,
      order,
      at: '2026-01-01T12:01:00.000Z',
    })
    await take(center, workspaceId, onExtension(gone), roster(3, gone))
    await take(center, workspaceId, roster(5))
    expect(await rows(gone)).toMatchObject([{ status: 'completed', outcome: 'abandoned' }])
    await take(center, workspaceId, onExtension(late), roster(4, late))
    expect(await rows(late)).toMatchObject([{ status: 'completed' }])
  })

  test('a withheld number is a call, and so is one that nobody can read', async () => {
    const [withheld, unreadable, missing] = [newCallId(), newCallId(), newCallId()]
    await take(center, workspaceId, leg(withheld, { from: 'anonymous' }))
    await take(center, workspaceId, leg(unreadable, { from: '+1234567890' }))
    await take(center, workspaceId, leg(missing, { from: null }))
    expect(await rows(withheld)).toMatchObject([{ from_address: 'anonymous', match_state: 'withheld' }])
    expect(await rows(unreadable)).toMatchObject([{ from_address: '+1234567890', match_state: 'unknown' }])
    expect(await rows(missing)).toMatchObject([{ from_address: null, match_state: 'withheld' }])
  })

  test('who is calling is learnt from whichever report says it', async () => {
    const id = newCallId()
    await take(center, workspaceId, leg(id, { from: null, to: null, control: 'provider' }))
    const { call } = await take(center, workspaceId, leg(id))
    expect(call).toMatchObject({ from: '+14155550100', queue: { name: 'Support' } })
    expect(await eventsOf(call!.id)).toEqual(['call.queued', 'call.updated', 'call.arrived'])
  })

  test('what was due while the database could not be reached is done when it can be', async () => {
    let away = false
    const { db } = database
    const inWorkspace: Db['inWorkspace'] = (...given) =>
      away ? Promise.reject(new Error('the database cannot be reached')) : db.inWorkspace(...given)
    const alone = createTestCenter({ ...db, inWorkspace, shared: false })
    await db.inWorkspace(workspaceId, async tx => {
      await tx.query(`update queues set settings = settings || '{"maxWaitMs": 300}'`)
      await bumpSettings(tx)
    })
    const { call } = await take(alone, workspaceId, leg(newCallId()))
    away = true
    await new Promise(resolve => setTimeout(resolve, 600))
    away = false
    await expect.poll(() => eventsOf(call!.id)).toContain('call.diverted')
    alone.stop()
  })

  if (!shared) return // the embedded database has one process only
  test('two processes that hear of the same calls at the same instant make one call of each', async () => {
    const other = createDb(openOutside(database.url!, createLog('silent')))
    const centers = [center, createTestCenter(other)]
    const ids = Array.from({ length: 200 }, newCallId)
    await Promise.all(
      ids.flatMap(id =>
        centers.flatMap(each => [
          take(each, workspaceId, leg(id)),
          take(each, workspaceId, leg(id, { status: 'ended', endReason: 'busy', order: 3 })),
        ]),
      ),
    )
    const [{ n }] = (await database.db.inWorkspace(workspaceId, tx =>
      tx.query<{ n: number }>(
        `select count(*)::int as n from calls where provider_call_id = any($1) and outcome = 'busy'`,
        [ids],
      ),
    )) as [{ n: number }]
    expect(n).toBe(200)
    await other.close()
  })
})

/** An order that has nothing to do with that of the signals, and is the same in every run. */
function hash(signal: Signal): number {
  const text = JSON.stringify(signal)
  let value = count
  for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) % 1_000_003
  return value
}
