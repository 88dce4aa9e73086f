import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { addPerson, cookieOf, newEmail, startTestServer, type TestServer } from '../access/testing.ts'
import type { Config } from '../config.ts'
import { createDb, type Db } from '../platform/db.ts'
import { createLog } from '../platform/log.ts'
import { openOutside } from '../platform/outside.ts'
import { firstRun } from './firstRun.ts'
import { createWorkspace } from './workspace.ts'

const PASSWORD = 'correct horse battery'
const configured = (more: Partial<Pick<Config, 'admin'>> & { phoneNumber?: string } = {}) => ({
  admin: more.admin ?? null,
  twilio: { phoneNumber: more.phoneNumber ?? null },
})

onBothDatabases('the first run', (open, { shared }) => {
  let database: TestDatabase
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(async () => {
      database = await open()
      return database
    })
  })
  // Everything begins anew here, the event log too, which nothing but its owner can empty, on purpose.
  beforeEach(() =>
    server.db.asOwner(sql =>
      sql.query(`alter table events disable trigger keep_events; truncate workspaces cascade;
        alter table events enable trigger keep_events`),
    ),
  )
  afterAll(() => server.close())

  const workspaces = () =>
    server.db.asSystem(sql => sql.query<{ id: string; name: string }>('select id, name from workspaces'))
  const signInWith = (token: string) => server.ask(contract.signInByLink, { body: { token } })

  test('makes a working call center, and a link for its admin', async () => {
    const { workspaceId, signInToken } = await firstRun(server.db, configured())
    expect(await workspaces()).toEqual([{ id: workspaceId, name: 'Ringside' }])
    const signedIn = await signInWith(signInToken!)
    expect(signedIn.body.user).toMatchObject({
      email: 'admin@localhost',
      name: 'Admin',
      role: 'admin',
      hasPassword: false,
      workspace: { id: workspaceId, name: 'Ringside', defaultCountry: 'US' },
      agent: { queues: [{ name: 'HR' }, { name: 'Sales' }, { name: 'Support' }] },
    })
    const as = cookieOf(signedIn)
    expect((await server.ask(contract.listNumbers, { as })).body.items).toMatchObject([
      { number: '+12025550100', label: '(202) 555-0100', flow: { name: 'Main menu' }, queue: { name: 'Support' } },
    ])
    expect((await server.ask(contract.listQueues, { as })).body.items).toMatchObject([
      { name: 'hr', displayName: 'HR' },
      { name: 'sales', displayName: 'Sales' },
      { name: 'support', displayName: 'Support' },
    ])
    const [flow] = (await server.ask(contract.listFlows, { as })).body.items
    expect(flow).toMatchObject({
      name: 'Main menu',
      numbers: [{ number: '+12025550100' }],
      publishedVersion: 1,
      draftChanged: false,
    })
    const details = await server.ask(contract.getFlow, { as, params: { id: flow!.id } })
    expect(details.body).toMatchObject({ problems: [], changes: [] })
    const tested = await server.ask(contract.testFlow, { as, params: { id: flow!.id } })
    expect(tested.body.results.length).toBeGreaterThan(0)
    expect(tested.body.passed).toBe(true)
    expect((await server.ask(contract.listApiKeys, { as })).body.items).toEqual([])
    // Its event log counts from the first event on.
    const events = await server.db.inWorkspace(workspaceId, tx => tx.query('select seq, type from events order by seq'))
    expect(events).toEqual([
      { seq: '1', type: 'workspace.created' },
      { seq: '2', type: 'user.created' },
      { seq: '3', type: 'user.signed_in' },
    ])
  })

  test('takes the configured admin, and then needs no link', async () => {
    const email = newEmail()
    const first = await firstRun(server.db, configured({ admin: { email, password: PASSWORD } }))
    expect(first.signInToken).toBeNull()
    const signIn = (password: string) => server.ask(contract.signIn, { body: { email, password } })
    expect((await signIn(PASSWORD)).status).toBe(200)
    // The variables may stay: they are used once.
    const second = await firstRun(server.db, configured({ admin: { email, password: 'another good one' } }))
    expect(second).toEqual(first)
    expect((await signIn('another good one')).status).toBe(401)
    expect((await signIn(PASSWORD)).status).toBe(200)
    await firstRun(server.db, configured({ admin: { email: newEmail(), password: PASSWORD } }))
    const people = await server.db.inWorkspace(first.workspaceId, tx => tx.query('select from users'))
    expect(people).toHaveLength(1)
  })

  test('changes nothing the next time', async () => {
    const { workspaceId } = await firstRun(server.db, configured())
    const everything = () =>
      server.db.inWorkspace(workspaceId, tx =>
        tx.query(
          `select (select json_agg(w) from workspaces w) as w, (select json_agg(u) from users u) as u,
             (select json_agg(q) from queues q) as q, (select json_agg(n) from numbers n) as n,
             (select json_agg(a) from agents a) as a, (select json_agg(e) from events e) as e`,
        ),
      )
    const before = await everything()
    expect((await firstRun(server.db, configured())).workspaceId).toBe(workspaceId)
    expect(await everything()).toEqual(before)
  })

  describe('gives a link', () => {
    test('each time, until somebody has come in; the earlier ones still work', async () => {
      const first = await firstRun(server.db, configured())
      const second = await firstRun(server.db, configured())
      expect(second.signInToken).not.toBeNull()
      expect(second.signInToken).not.toBe(first.signInToken)
      expect((await signInWith(first.signInToken!)).status).toBe(200)
      expect((await firstRun(server.db, configured())).signInToken).toBeNull()
    })

    test('again to an admin who came in, chose no password, and is out', async () => {
      const { workspaceId, signInToken } = await firstRun(server.db, configured())
      await signInWith(signInToken!)
      await server.db.inWorkspace(workspaceId, tx =>
        tx.query("update sessions set seen_at = now() - interval '13 hours'"),
      )
      const again = await firstRun(server.db, configured())
      expect((await signInWith(again.signInToken!)).body.user).toMatchObject({ email: 'admin@localhost' })
    })

    test('to nobody when an admin has a password, or is known to the issuer of bearer tokens', async () => {
      const { workspaceId } = await firstRun(server.db, configured())
      const other = await addPerson(server, workspaceId, 'admin', { supabaseUserId: 'sub-1' })
      await server.db.inWorkspace(workspaceId, tx => tx.query('delete from sessions'))
      expect((await firstRun(server.db, configured())).signInToken).toBeNull()
      await server.db.inWorkspace(workspaceId, tx =>
        tx.query('update users set disabled_at = now() where id = $1', [other.id]),
      )
      expect((await firstRun(server.db, configured())).signInToken).not.toBeNull()
    })
  })

  describe('adds the configured number', () => {
    const numbers = (workspaceId: string) =>
      server.db.inWorkspace(workspaceId, tx => tx.query('select e164 from numbers order by e164'))

    test('in any spelling, whenever it is configured, once', async () => {
      const { workspaceId } = await firstRun(server.db, configured({ phoneNumber: '(415) 555-0111' }))
      await firstRun(server.db, configured({ phoneNumber: '+1 415 555 0111' }))
      await firstRun(server.db, configured({ phoneNumber: '+49 30 901820' }))
      await firstRun(server.db, configured({ phoneNumber: '+12025550100' }))
      expect(await numbers(workspaceId)).toEqual([
        { e164: '+12025550100' },
        { e164: '+14155550111' },
        { e164: '+4930901820' },
      ])
      const [added] = await server.db.inWorkspace(workspaceId, tx =>
        tx.query(
          `select q.name as queue, f.name as flow
           from numbers n join queues q on q.id = n.queue_id join flows f on f.id = n.flow_id
           where e164 = '+14155550111'`,
        ),
      )
      expect(added).toEqual({ queue: 'support', flow: 'Main menu' })
    })

    test('not when it is none, nor when another workspace has it', async () => {
      const { workspaceId } = await firstRun(server.db, configured({ phoneNumber: 'none' }))
      await createWorkspace(server.db, {
        name: 'Other',
        adminEmail: newEmail(),
        adminPassword: null,
        supportNumbers: ['+14155550122'],
      })
      expect((await firstRun(server.db, configured({ phoneNumber: '+14155550122' }))).workspaceId).toBe(workspaceId)
      expect(await numbers(workspaceId)).toEqual([{ e164: '+12025550100' }])
    })
  })

  test('of several that start at once, one makes the workspace', async () => {
    const admin = { email: newEmail(), password: PASSWORD }
    const runs = await Promise.all([1, 2, 3, 4].map(() => firstRun(server.db, configured({ admin }))))
    expect(new Set(runs.map(run => run.workspaceId)).size).toBe(1)
    expect(await workspaces()).toHaveLength(1)
  })

  // The embedded database has one process only.
  if (shared) {
    test('of several processes that start at once, one makes the workspace', async () => {
      const dbs = [1, 2, 3, 4].map(() => createDb(openOutside(database.url!, createLog('silent'))))
      try {
        const runs = await Promise.all(dbs.map(db => firstRun(db, configured())))
        expect(new Set(runs.map(run => run.workspaceId)).size).toBe(1)
        expect(await workspaces()).toHaveLength(1)
        // Each of them prints a link, and each link works.
        for (const run of runs) if (run.signInToken) expect((await signInWith(run.signInToken)).status).toBe(200)
      } finally {
        await Promise.all(dbs.map(db => db.close()))
      }
    })
  }

  test('that is interrupted leaves nothing, and the next one begins afresh', async () => {
    let cuts = 0
    for (;;) {
      let left = cuts
      // The power is cut somewhere in the middle: after so many statements, nothing more is heard.
      const failing: Db = {
        ...server.db,
        asSystem: work =>
          server.db.asSystem(sql =>
            work({
              query: (text, values) => {
                if (left-- <= 0) throw new Error('power cut')
                return sql.query(text, values)
              },
            }),
          ),
      }
      const outcome = await firstRun(failing, configured()).catch((error: Error) => error.message)
      if (outcome !== 'power cut') break
      expect(await workspaces()).toEqual([])
      cuts++
    }
    expect(cuts).toBeGreaterThan(8)
    expect(await workspaces()).toHaveLength(1)
  })
})
