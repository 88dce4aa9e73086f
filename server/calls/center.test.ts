import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LegSignal, Signal } from '../../core/signal.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { createDb } from '../platform/db.ts'
import { listEvents } from '../platform/eventLog.ts'
import { createLog } from '../platform/log.ts'
import { openOutside } from '../platform/outside.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { createIntake, type Delivery, type Intake } from './intake.ts'

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
  to: '+12025550111',
  callerName: null,
  control: 'ours',
  extensionId: null,
  ...more,
})
const delivery = (...signals: Signal[]): Delivery => ({
  provider: 'twilio',
  deliveryKey: null,
  signals,
  receivedAt: new Date('2026-01-01T12:00:00.000Z'),
  headers: {},
  body: new TextEncoder().encode('as it came'),
})

onBothDatabases('intake', (open, { shared }) => {
  let database: TestDatabase
  let intake: Intake
  let workspaceId: string
  beforeAll(async () => {
    database = await open()
    intake = createIntake(database.db)
    const furnished = await database.db.asSystem(sql =>
      furnishWorkspace(sql, {
        name: 'Test',
        adminEmail: 'admin@example.com',
        passwordHash: null,
        supportNumbers: ['+12025550111'],
      }),
    )
    workspaceId = furnished.workspace.id
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

  test('a call arrives, waits in the queue of the dialled number, and its webhook is kept as it came', async () => {
    const id = newCallId()
    const { call, actions } = await intake.take(workspaceId, delivery(leg(id)))
    expect(call).toMatchObject({ status: 'ringing', queue: { name: 'Support' }, from: '+14155550100' })
    expect(actions.map(action => action.type)).toEqual(['say', 'play'])
    const received = await database.db.inWorkspace(workspaceId, tx =>
      tx.query<{ body: Buffer }>('select body from webhooks_received where call_id = $1', [call!.id]),
    )
    expect(received.map(row => row.body.toString())).toEqual(['as it came'])
  })

  test('five thousand deliveries at once, each several times over: one call each, one arrival each', async () => {
    const ids = Array.from({ length: 500 }, newCallId)
    const before = await database.db.inWorkspace(workspaceId, tx => listEvents(tx, {}, 1))
    const deliveries = ids.flatMap(id => [
      delivery(leg(id)),
      delivery(leg(id, { status: 'in-progress', order: 1 })),
      delivery(leg(id)),
      delivery(leg(id, { status: 'ended', endReason: 'completed', order: 2, durationSeconds: 7 })),
      delivery(leg(id, { status: 'in-progress', order: 1 })),
    ])
    const shuffled = [...deliveries, ...deliveries].sort((a, b) => hash(a) - hash(b))
    await Promise.all(shuffled.map(each => intake.take(workspaceId, each)))
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
      intake.take(workspaceId, delivery(leg(good))),
      intake.take(workspaceId, delivery(leg(bad, { at: 'no time at all' }))),
      intake.take(workspaceId, delivery(leg(fine))),
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
    await intake.take(workspaceId, delivery(onExtension(gone), roster(3, gone)))
    await intake.take(workspaceId, delivery(roster(5)))
    expect(await rows(gone)).toMatchObject([{ status: 'completed', outcome: 'abandoned' }])
    await intake.take(workspaceId, delivery(onExtension(late), roster(4, late)))
    expect(await rows(late)).toMatchObject([{ status: 'completed' }])
  })

  test('a withheld number is a call, and so is one that nobody can read', async () => {
    const [withheld, unreadable, missing] = [newCallId(), newCallId(), newCallId()]
    await intake.take(workspaceId, delivery(leg(withheld, { from: 'anonymous' })))
    await intake.take(workspaceId, delivery(leg(unreadable, { from: '+1234567890' })))
    await intake.take(workspaceId, delivery(leg(missing, { from: null })))
    expect(await rows(withheld)).toMatchObject([{ from_address: 'anonymous', match_state: 'withheld' }])
    expect(await rows(unreadable)).toMatchObject([{ from_address: '+1234567890', match_state: 'unknown' }])
    expect(await rows(missing)).toMatchObject([{ from_address: null, match_state: 'withheld' }])
  })

  test('who is calling is learnt from whichever report says it', async () => {
    const id = newCallId()
    await intake.take(workspaceId, delivery(leg(id, { from: null, to: null, control: 'provider' })))
    const { call } = await intake.take(workspaceId, delivery(leg(id)))
    expect(call).toMatchObject({ from: '+14155550100', queue: { name: 'Support' } })
    expect(await eventsOf(call!.id)).toEqual(['call.updated', 'call.arrived'])
  })

  if (!shared) return // the embedded database has one process only
  test('two processes that hear of the same calls at the same instant make one call of each', async () => {
    const other = createDb(openOutside(database.url!, createLog('silent')))
    const intakes = [intake, createIntake(other)]
    const ids = Array.from({ length: 200 }, newCallId)
    await Promise.all(
      ids.flatMap(id =>
        intakes.flatMap(each => [
          each.take(workspaceId, delivery(leg(id))),
          each.take(workspaceId, delivery(leg(id, { status: 'ended', endReason: 'busy', order: 3 }))),
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

/** An order that has nothing to do with that of the deliveries, and is the same in every run. */
function hash({ signals }: Delivery): number {
  const text = JSON.stringify(signals)
  let value = count
  for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) % 1_000_003
  return value
}
