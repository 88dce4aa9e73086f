import { expect, test } from 'vitest'
import { onBothDatabases } from '../../test/support/databases.ts'
import { migrate } from './migrate.ts'

onBothDatabases('migrations', open => {
  test('a database that a newer version has been at work on is refused, and left as it is', async () => {
    const { db, close } = await open()
    const names = () => db.asOwner(sql => sql.query<{ name: string }>('select name from migrations order by name'))
    await migrate(db)
    await db.asOwner(sql => sql.query("insert into migrations (name, checksum) values ('9999_of_tomorrow.sql', '')"))
    const before = await names()
    await expect(migrate(db)).rejects.toThrow(/newer version of Ringside .*9999_of_tomorrow\.sql.*restore the backup/)
    expect(await names()).toEqual(before)
    // Another process is not kept waiting by the one that was refused.
    await db.asOwner(sql => sql.query("delete from migrations where name = '9999_of_tomorrow.sql'"))
    await migrate(db)
    await close()
  })
})
