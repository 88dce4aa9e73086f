import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { type Center, createCenter } from '../calls/center.ts'
import type { TurnInput } from '../calls/turnInput.ts'
import { listEvents } from '../platform/eventLog.ts'
import { createLog } from '../platform/log.ts'
import { DatabaseUnavailable } from '../platform/outage.ts'
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
  const choose = (agentId: string, status: 'available' | 'break') =>
    center.take(workspaceId, { type: 'choosePresence', agentId, presence: { status, reason: null }, by: null })
  const becomeAvailable = (agentId: string) => choose(agentId, 'available')
  /** Its last sign of life; milliseconds since the epoch, 0: none since it has chosen. */
  const seen = (agentId: string) =>
    database.db.inWorkspace(workspaceId, async tx => {
      const [row] = await tx.query<{ seen_at: Date | null }>('select seen_at from agents where id = $1', [agentId])
      return row!.seen_at?.getTime() ?? 0
    })

  /** A sign of life from its desk, now. */
  const hearOf = (agentId: string) =>
    database.db.inWorkspace(workspaceId, tx =>
      tx.query('update agents set seen_at = $2 where id = $1', [agentId, new Date()]),
    )

  test('keeps its agent available, and when it closes for good the agent is away, with the reason', async () => {
    const { id } = await agent()
    const close = desks.opened(workspaceId, id)
    await becomeAvailable(id)
    await new Promise(resolve => setTimeout(resolve, 600))
    expect((await agent()).presence.status).toBe('available')

    close()
    close()
    await expect
      .poll(async () => (await agent()).presence)
      .toMatchObject({ status: 'offline', reason: 'connection-lost' })
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
    // The last sign of the desk that has been closed may still be on its way.
    await expect.poll(async () => (await agent()).presence.status).toBe('offline')
    await becomeAvailable(id)
    await new Promise(resolve => setTimeout(resolve, 500))
    expect((await agent()).presence.status).toBe('available')
  })

  test('waits for nobody who decides about its agent, and so stands in nobody’s way', async () => {
    const { db } = database
    const { id } = await agent()
    // Nobody is looked for who takes no calls.
    await choose(id, 'break')
    const close = desks.opened(workspaceId, id)
    await expect.poll(() => seen(id)).toBeGreaterThan(0)
    if (db.shared)
      await db.inWorkspace(workspaceId, async tx => {
        await tx.query('select from agents where id = $1 for no key update', [id])
        const waiting = async () =>
          db.asOwner(sql =>
            sql.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"),
          )
        for (let look = 0; look < 10; look++) {
          await new Promise(resolve => setTimeout(resolve, 20))
          expect(await waiting()).toEqual([])
        }
      })
    const before = await seen(id)
    await expect.poll(() => seen(id)).toBeGreaterThan(before)
    close()
  })
  test('an agent who comes back while it is taken for lost stays', async () => {
    const { id } = await agent()
    await becomeAvailable(id)
    const lost: TurnInput[] = []
    const own = createDesks({
      db: database.db,
      log: createLog('silent'),
      beatMs: 20,
      graceMs: 100,
      async take(where, input) {
        await hearOf(id)
        lost.push(input)
        return center.take(where, input)
      },
    })
    desks.stop()
    await hearOf(id)
    own.start()
    await expect.poll(() => lost).not.toEqual([])
    own.stop()
    expect((await agent()).presence.status).toBe('available')
  })

  test('silence while the database could not be reached says nothing', async () => {
    const { id } = await agent()
    let down = false
    const whileUp = <Work extends (...given: never[]) => Promise<unknown>>(work: Work) =>
      ((...given) => (down ? Promise.reject(new DatabaseUnavailable(new Error('cut'))) : work(...given))) as Work
    const { db } = database
    const reached = { ...db, inWorkspace: whileUp(db.inWorkspace), asSystem: whileUp(db.asSystem) }
    const [own, elsewhere] = [20, 400].map(beatMs =>
      createDesks({ db: reached, log: createLog('silent'), take: center.take, beatMs, graceMs: 1000 }),
    ) as [Desks, Desks]
    await becomeAvailable(id)
    const close = elsewhere.opened(workspaceId, id)
    own.start()
    elsewhere.start()
    await expect.poll(() => seen(id)).toBeGreaterThan(0)
    await new Promise(resolve => setTimeout(resolve, 1200))
    down = true
    await new Promise(resolve => setTimeout(resolve, 1500))
    down = false
    // The other process beats less often.
    await new Promise(resolve => setTimeout(resolve, 600))
    expect((await agent()).presence.status).toBe('available')
    close()
    await expect.poll(async () => (await agent()).presence.status).toBe('offline')
    own.stop()
    elsewhere.stop()
  })
})
