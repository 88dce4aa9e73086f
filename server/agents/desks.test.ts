import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { type Center, createCenter } from '../calls/center.ts'
import { listEvents } from '../platform/eventLog.ts'
import { createLog } from '../platform/log.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { listAgentViews } from './agentView.ts'
import { createDesks, type Desks } from './desks.ts'

onBothDatabases('an open desk', open => {
  let database: TestDatabase
  let center: Center
  let desks: Desks
  let workspaceId: string
  beforeAll(async () => {
    database = await open()
    const log = createLog('silent')
    center = createCenter({
      db: database.db,
      log,
      takesCommands: () => false,
      hasSoftphones: () => false,
      carryOut() {},
    })
    desks = createDesks({ db: database.db, log, take: center.take, beatMs: 20, graceMs: 300 })
    desks.start()
    const starter = { name: 'Test', adminEmail: 'admin@example.com', passwordHash: null, supportNumbers: [] }
    workspaceId = (await database.db.asSystem(sql => furnishWorkspace(sql, starter))).workspace.id
  })
  afterAll(async () => {
    desks.stop()
    await center.idle()
    await database.close()
  })

  const agent = async () => (await database.db.inWorkspace(workspaceId, listAgentViews))[0]!
  const becomeAvailable = async (agentId: string) =>
    center.take(workspaceId, {
      type: 'choosePresence',
      agentId,
      presence: { status: 'available', reason: null },
      by: null,
    })

  test('keeps its agent available, and when it closes for good the agent is away, with the reason', async () => {
    const { id } = await agent()
    const close = desks.opened(workspaceId, id)
    await becomeAvailable(id)
    await new Promise(resolve => setTimeout(resolve, 600))
    expect((await agent()).presence.status).toBe('available')

    close()
    close()
    await vi.waitFor(async () =>
      expect((await agent()).presence).toMatchObject({ status: 'offline', reason: 'connection-lost' }),
    )
    const [event] = await database.db.inWorkspace(workspaceId, tx => listEvents(tx, { type: 'agent' }, 1))
    expect(event!.event).toMatchObject({ type: 'agent.presence_changed', by: null })
  })

  test('a second window, or coming back in time, keeps the agent here', async () => {
    const { id } = await agent()
    const closeOne = desks.opened(workspaceId, id)
    const closeOther = desks.opened(workspaceId, id)
    await becomeAvailable(id)
    closeOne()
    await new Promise(resolve => setTimeout(resolve, 500))
    expect((await agent()).presence.status).toBe('available')
    closeOther()
    const closeAgain = desks.opened(workspaceId, id)
    await new Promise(resolve => setTimeout(resolve, 500))
    expect((await agent()).presence.status).toBe('available')
    closeAgain()
  })

  test('who has chosen without a desk is not watched', async () => {
    const { id } = await agent()
    await becomeAvailable(id)
    await new Promise(resolve => setTimeout(resolve, 500))
    expect((await agent()).presence.status).toBe('available')
  })
})
