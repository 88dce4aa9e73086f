import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { createLog } from '../platform/log.ts'
import { createWorkspace } from '../workspaces/workspace.ts'
import { type Attendance, keepAttendance } from './attendance.ts'

onBothDatabases('who has a page open', open => {
  let database: TestDatabase
  let admin: { workspaceId: string; userId: string }
  let attendance: Attendance
  beforeAll(async () => {
    database = await open()
    const center = { name: 'Center', adminEmail: 'a@example.com', adminPassword: null, supportNumbers: [] }
    const { workspace, adminId } = await createWorkspace(database.db, center)
    admin = { workspaceId: workspace.id, userId: adminId }
    attendance = begin()
  })
  afterAll(() => database.close())

  const begin = () => keepAttendance(database.db, createLog('silent'))
  const here = async () =>
    (await database.db.inWorkspace(admin.workspaceId, tx => tx.query('select user_id from softphones'))).map(
      row => row.user_id,
    )

  test('is on record until the last one closes; of what comes quickly, the end holds', async () => {
    attendance.came(admin)
    await attendance.idle()
    expect(await here()).toEqual([admin.userId])
    for (let again = 0; again < 5; again++) {
      attendance.left(admin)
      attendance.came(admin)
    }
    await attendance.idle()
    expect(await here()).toEqual([admin.userId])
    attendance.left(admin)
    await attendance.idle()
    expect(await here()).toEqual([])
  })

  test('is nobody when another process takes over, and what the old one says late changes nothing', async () => {
    attendance.came(admin)
    await attendance.idle()
    const next = begin()
    await next.idle()
    expect(await here()).toEqual([])
    next.came(admin)
    await next.idle()
    attendance.left(admin)
    await attendance.idle()
    expect(await here()).toEqual([admin.userId])
  })

  test('is nobody who is not there any more, and what fails does not stand in the way', async () => {
    const next = begin()
    next.came({ ...admin, userId: '01900000-0000-7000-8000-000000000000' })
    next.came({ workspaceId: 'nonsense', userId: 'nonsense' })
    next.came(admin)
    await next.idle()
    expect(await here()).toEqual([admin.userId])
  })
})
