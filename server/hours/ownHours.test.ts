import fs from 'node:fs'
import { v7 as newId } from 'uuid'
import { expect, test } from 'vitest'
import { onBothDatabases } from '../../test/support/databases.ts'

const MIGRATION = new URL('../platform/migrations/0019_own_hours.sql', import.meta.url)

onBothDatabases('hours that were known by name', open => {
  test('are known by id from now on, each in its own workspace', async () => {
    const { db, close } = await open()
    // As it was before.
    await db.asOwner(sql =>
      sql.query('alter table call_settings drop column hours_id; alter table queues drop column own_hours_id'),
    )
    const hoursOf = async (names: string[], queues: string[]) => {
      const workspaceId = newId()
      await db.asSystem(sql => sql.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, 'Test']))
      await db.inWorkspace(workspaceId, async tx => {
        for (const name of names)
          await tx.query('insert into business_hours (workspace_id, id, name, time_zone) values ($1, $2, $3, $4)', [
            workspaceId,
            newId(),
            name,
            'UTC',
          ])
        for (const name of queues)
          await tx.query('insert into queues (workspace_id, id, name, display_name) values ($1, $2, $3, $3)', [
            workspaceId,
            newId(),
            name,
          ])
      })
      return () =>
        db.inWorkspace(workspaceId, async tx => ({
          calls: await tx.query('select h.name from call_settings s join business_hours h on h.id = s.hours_id'),
          queues: await tx.query(
            `select q.name, h.name as own from queues q
             left join business_hours h on h.workspace_id = q.workspace_id and h.id = q.own_hours_id order by q.name`,
          ),
        }))
    }
    const acme = await hoursOf(
      ['Business hours', 'Department sales', 'Department gone', 'Nights'],
      ['sales', 'support'],
    )
    const bolt = await hoursOf(['Department support'], ['sales', 'support'])
    await db.asOwner(sql => sql.query(fs.readFileSync(MIGRATION, 'utf8')))
    expect(await acme()).toEqual({
      calls: [{ name: 'Business hours' }],
      queues: [
        { name: 'sales', own: 'Department sales' },
        { name: 'support', own: null },
      ],
    })
    expect(await bolt()).toEqual({
      calls: [],
      queues: [
        { name: 'sales', own: null },
        { name: 'support', own: 'Department support' },
      ],
    })
    await close()
  })
})
