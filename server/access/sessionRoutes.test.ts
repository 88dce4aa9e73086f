import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import type { Role } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import {
  addPerson,
  cookieOf,
  eventsOf,
  makeWorkspace,
  signInAs,
  startTestServer,
  type TestServer,
  unknownId,
} from './testing.ts'

const PASSWORD = 'correct horse battery'
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

onBothDatabases('one’s sessions', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  afterAll(() => server.close())
  const listOf = async (as: Record<string, string>) => (await server.ask(contract.listSessions, { as })).body.items

  test('are listed with device, address and which one this is; nothing in it opens anything', async () => {
    const { adminEmail, admin } = await makeWorkspace(server, { adminPassword: PASSWORD })
    const body = { email: adminEmail, password: PASSWORD }
    const headers = { 'user-agent': FIREFOX }
    const signedIn = await server.ask(contract.signIn, { body, headers, from: '203.0.113.9' })
    const sessions = await listOf(cookieOf(signedIn))
    expect(sessions).toHaveLength(2)
    expect(sessions.find(session => session.current)).toMatchObject({
      device: 'Firefox, Windows',
      address: '203.0.113.9',
      createdAt: expect.any(String),
      seenAt: expect.any(String),
    })
    const token = cookieOf(signedIn).cookie!.split('=')[1]!
    expect(JSON.stringify(sessions)).not.toContain(token)
    expect((await listOf(admin)).filter(session => session.current)).toHaveLength(1)
  })

  test('end one by one, at once; nobody ends somebody else’s', async () => {
    const { id, adminId, admin } = await makeWorkspace(server)
    const other = await signInAs(server, id, adminId)
    const stranger = await addPerson(server, id, 'agent')
    const [there] = (await listOf(admin)).filter(session => !session.current)
    const params = { id: there!.id }
    expect((await server.ask(contract.endSession, { as: stranger.as, params })).status).toBe(404)
    expect((await server.ask(contract.getMe, { as: other })).status).toBe(200)

    expect((await server.ask(contract.endSession, { as: admin, params })).status).toBe(200)
    expect((await server.ask(contract.getMe, { as: other })).status).toBe(401)
    expect((await server.ask(contract.getMe, { as: admin })).status).toBe(200)
    expect((await server.ask(contract.endSession, { as: admin, params })).status).toBe(404)
    const user = { id: adminId, name: 'Admin' }
    expect(await eventsOf(server, id)).toContainEqual({ type: 'user.sessions_ended', user, by: user })
  })

  test('end all but this one', async () => {
    const { id, adminId, admin } = await makeWorkspace(server)
    const others = [await signInAs(server, id, adminId), await signInAs(server, id, adminId)]
    expect((await server.ask(contract.endOtherSessions, { as: admin })).body).toEqual({ success: true, ended: 2 })
    for (const as of others) expect((await server.ask(contract.getMe, { as })).status).toBe(401)
    expect(await listOf(admin)).toHaveLength(1)
  })

  test('are ended by admins, of their own workspace', async () => {
    const { id, adminId, admin } = await makeWorkspace(server)
    const { id: userId, as } = await addPerson(server, id, 'agent')
    const params = { id: userId }
    const elsewhere = await makeWorkspace(server)
    const end = (asking: Record<string, string>, more = params) =>
      server.ask(contract.endSessionsOfUser, { as: asking, params: more })
    expect((await end(as)).status).toBe(403)
    expect((await end(elsewhere.admin)).status).toBe(404)
    expect((await end(admin, { id: unknownId() })).status).toBe(404)
    expect((await end(admin)).body).toEqual({ success: true, ended: 1 })
    expect((await server.ask(contract.getMe, { as })).status).toBe(401)
    expect(await eventsOf(server, id)).toContainEqual({
      type: 'user.sessions_ended',
      user: { id: userId, name: 'Pat' },
      by: { id: adminId, name: 'Admin' },
    })
  })

  describe('last as long as the role can bear', () => {
    test.each<[Role, string, string]>([
      ['admin', '08:00:00', '00:30:00'],
      ['supervisor', '1 day', '12:00:00'],
      ['agent', '1 day', '12:00:00'],
    ])('%s: %s in all, %s without a request', async (role, total, idle) => {
      const { id } = await makeWorkspace(server)
      const { id: userId, as } = await addPerson(server, id, role)
      const change = (text: string) => server.db.inWorkspace(id, tx => tx.query(text, [userId]))
      const [row] = await change(
        `select (expires_at - created_at)::text as total, idle_for::text as idle from sessions where user_id = $1`,
      )
      expect(row).toEqual({ total, idle })
      await change("update sessions set seen_at = now() - idle_for + interval '5 seconds' where user_id = $1")
      expect((await server.ask(contract.getMe, { as })).status).toBe(200)
      await change('update sessions set seen_at = now() - idle_for where user_id = $1')
      expect((await server.ask(contract.getMe, { as })).status).toBe(401)
    })
  })
})
