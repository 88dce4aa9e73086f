import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LegSignal } from '../../core/signal.ts'
import { openEmbedded, type TestDatabase } from '../../test/support/databases.ts'
import { listAgentViews } from '../agents/agentView.ts'
import { type Center, createCenter } from '../calls/center.ts'
import { createLog } from '../platform/log.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { insertNumber } from '../workspaces/numberStore.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { listLiveOffers } from './offerStore.ts'
import { bumpSettings } from './routingStore.ts'

const NUMBER = '+12025550112'
const leg = (providerCallId: string, more: Partial<LegSignal> = {}): LegSignal => ({
  type: 'leg',
  provider: 'twilio',
  providerCallId,
  providerLegId: providerCallId,
  party: 'customer',
  status: 'in-progress',
  endReason: null,
  order: null,
  at: null,
  durationSeconds: null,
  direction: 'inbound',
  from: '+14155550100',
  to: NUMBER,
  callerName: null,
  control: 'ours',
  extensionId: null,
  ...more,
})

let database: TestDatabase
let center: Center
let workspaceId: string
let agentId: string
beforeAll(async () => {
  database = await openEmbedded()
  center = createCenter({
    db: database.db,
    log: createLog('silent'),
    takesCommands: () => false,
    hasSoftphones: () => false,
    carryOut() {},
  })
  const starter = { name: 'Test', adminEmail: 'admin@example.com', passwordHash: null, supportNumbers: [] }
  workspaceId = (await database.db.asSystem(sql => furnishWorkspace(sql, starter))).workspace.id
  agentId = await database.db.inWorkspace(workspaceId, async tx => {
    const [queueId] = await findQueueIds(tx, ['support'])
    await insertNumber(tx, { e164: NUMBER, country: 'US', queueId: queueId!, flowId: null })
    await tx.query(`update queues set settings = settings || '{"wrapUpMs":60000}' where id = $1`, [queueId])
    await tx.query('update agents set capacity = 2')
    await bumpSettings(tx)
    return (await listAgentViews(tx))[0]!.id
  })
})
afterAll(async () => {
  await center.idle()
  await database.close()
})

const take = (signal: LegSignal) => center.take(workspaceId, { type: 'delivery', signals: [signal], answers: true })
const offers = () => database.db.inWorkspace(workspaceId, tx => listLiveOffers(tx, agentId))

test('what an agent with two hands has let pass stays passed when the tables are read again', async () => {
  await center.take(workspaceId, {
    type: 'choosePresence',
    agentId,
    presence: { status: 'available', reason: null },
    by: null,
  })
  await take(leg('one'))
  await center.take(workspaceId, { type: 'accept', offerId: (await offers())[0]!.id, agentId })
  const { call } = await take(leg('one', { status: 'ended', endReason: 'completed' }))
  await take(leg('two'))
  const [ringing] = await offers()
  expect(ringing).toBeDefined()

  // Its wrap-up ends, which makes it ready anew, and only then does it decline.
  await center.take(workspaceId, { type: 'wrapUp', agentId, callId: call!.id, seconds: null })
  await center.take(workspaceId, { type: 'decline', offerId: ringing!.id, agentId })
  expect(await offers()).toEqual([])

  await database.db.inWorkspace(workspaceId, bumpSettings)
  await center.take(workspaceId, { type: 'look' })
  expect(await offers()).toEqual([])
})
