import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { lockAgent } from '../agents/agentStore.ts'
import { type Center, createCenter } from '../calls/center.ts'
import type { TurnInput } from '../calls/turnInput.ts'
import type { Db, Tx } from '../platform/db.ts'
import { createLog } from '../platform/log.ts'
import { lockQueue } from '../queues/queueStore.ts'
import { insertNumber } from '../workspaces/numberStore.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { bumpSettings } from './routingStore.ts'

onBothDatabases('whoever changes settings while calls are decided', open => {
  let database: TestDatabase
  let center: Center
  let workspaceId: string
  let agentId: string
  let queueId: string
  /** How often a transaction was begun, of the center's or of the test's: one that is broken off begins again. */
  let begun = 0

  beforeAll(async () => {
    database = await open()
    const { db } = database
    const counting: Db = {
      ...db,
      inWorkspace: (id, work) =>
        db.inWorkspace(id, tx => {
          begun++
          return work(tx)
        }),
    }
    const no = () => false
    const means = { log: createLog('silent'), takesCommands: no, hasSoftphones: () => true, carryOut() {} }
    center = createCenter({ db: counting, ...means })
    const starter = { name: 'Test', adminEmail: 'admin@example.com', passwordHash: null, supportNumbers: [] }
    workspaceId = (await db.asSystem(sql => furnishWorkspace(sql, starter))).workspace.id
    ;[{ agentId, queueId }] = (await db.inWorkspace(workspaceId, tx =>
      tx.query<{ agentId: string; queueId: string }>(
        `select agent_id as "agentId", queue_id as "queueId" from queue_agents join queues on id = queue_id order by name limit 1`,
      ),
    )) as [{ agentId: string; queueId: string }]
    await db.inWorkspace(workspaceId, tx =>
      insertNumber(tx, { e164: '+12025550112', country: 'US', flowId: null, queueId }),
    )
    await decide({ type: 'choosePresence', agentId, presence: { status: 'available', reason: null }, by: null })
  })
  afterAll(async () => {
    center.stop()
    await center.idle()
    await database.close()
  })

  const decide = (input: TurnInput) => center.take(workspaceId, input)

  test.each<[string, (tx: Tx) => Promise<unknown>, TurnInput['type']]>([
    ['an agent', tx => lockAgent(tx, agentId), 'choosePresence'],
    ['a queue', tx => lockQueue(tx, queueId), 'place'],
  ])('%s: neither waits for the other crosswise', async (_, lock, type) => {
    const ana = { id: agentId, name: 'Ana' }
    const input = (
      type === 'place'
        ? { type, callId: crypto.randomUUID(), agent: ana, to: '+14155550190', provider: 'web', metadata: {} }
        : { type, agentId, presence: { status: 'busy', reason: null }, by: null }
    ) as TurnInput
    begun = 0
    let turn: Promise<unknown> | undefined
    await database.db.inWorkspace(workspaceId, async tx => {
      begun++
      await lock(tx)
      turn ??= decide(input)
      // Time enough for the turn to get to where it has to wait.
      await new Promise(resolve => setTimeout(resolve, 300))
      await bumpSettings(tx)
    })
    await turn
    expect(begun).toBe(2)
  })
})
