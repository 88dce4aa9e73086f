import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getMe, signIn, signInByLink, updateMe } from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { createSignInLink } from './linkStore.ts'
import {
  addKey,
  addPerson,
  eventsOf,
  JWT_SECRET,
  makeWorkspace,
  newEmail,
  signInAs,
  startTestServer,
  type TestServer,
} from './testing.ts'

const PASSWORD = 'correct horse battery'

onBothDatabases('one’s own account', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  afterAll(() => server.close())

  let addresses = 0
  /** Tries are counted per address: every test comes from its own. */
  const newAddress = () => `198.51.100.${++addresses}`
  const place = () => makeWorkspace(server, { adminPassword: PASSWORD })

  test('is for people, not for keys', async () => {
    const { id } = await makeWorkspace(server)
    expect((await server.ask(getMe)).status).toBe(401)
    expect((await server.ask(updateMe, { body: {} })).status).toBe(401)
    const as = await addKey(server, id, ['users:manage'])
    expect((await server.ask(getMe, { as })).status).toBe(403)
    expect((await server.ask(updateMe, { as, body: { name: 'Key' } })).status).toBe(403)
  })

  test('changes its own name and language, and says what has changed', async () => {
    const { id } = await makeWorkspace(server)
    const { id: userId, as } = await addPerson(server, id, 'agent', { name: 'Ann' })
    const answered = await server.ask(updateMe, { as, body: { name: ' Ana ', locale: 'es' } })
    expect(answered.body.user).toMatchObject({ name: 'Ana', locale: 'es', role: 'agent' })
    const self = { id: userId, name: 'Ana' }
    const events = await eventsOf(server, id)
    expect(events.at(-1)).toEqual({ type: 'user.updated', user: self, changed: ['name', 'locale'], by: self })
    await server.ask(updateMe, { as, body: { name: 'Ana' } })
    expect(await eventsOf(server, id)).toHaveLength(events.length)
  })

  test('cannot make itself anything else', async () => {
    const { id } = await makeWorkspace(server)
    const { as } = await addPerson(server, id, 'agent')
    const body = { name: 'Root', role: 'admin', email: 'root@example.com', disabled: false, supabaseUserId: 'x' }
    expect((await server.ask(updateMe, { as, body })).body.user).toMatchObject({ name: 'Root', role: 'agent' })
  })

  test('chooses a first password, which ends every link and every other session', async () => {
    const { id, adminId, adminEmail, admin } = await makeWorkspace(server)
    const elsewhere = await signInAs(server, id, adminId)
    const link = await createSignInLink(server.db, id, adminId)
    const answered = await server.ask(updateMe, { as: admin, body: { password: { new: PASSWORD } } })
    expect(answered.body.user.hasPassword).toBe(true)
    expect((await server.ask(getMe, { as: admin })).status).toBe(200)
    expect((await server.ask(getMe, { as: elsewhere })).status).toBe(401)
    expect((await server.ask(signInByLink, { body: { token: link } })).status).toBe(401)
    const body = { email: adminEmail, password: PASSWORD }
    expect((await server.ask(signIn, { body, from: newAddress() })).status).toBe(200)
    expect((await eventsOf(server, id)).find(event => event.type === 'user.updated')).toMatchObject({
      changed: ['password'],
    })
  })

  test('changes a password with the one in use only', async () => {
    const { adminEmail, admin } = await place()
    const from = newAddress()
    for (const current of [undefined, 'wrong', '']) {
      const body = { password: { current, new: 'another good one' } }
      const answered = await server.ask(updateMe, { as: admin, body, from })
      expect(answered.status).toBe(400)
      expect(answered.body.error.fields).toEqual([{ path: 'password.current', message: 'This is not your password.' }])
    }
    const body = { password: { current: PASSWORD, new: 'another good one' } }
    expect((await server.ask(updateMe, { as: admin, body, from })).status).toBe(200)
    const signingIn = (password: string) => server.ask(signIn, { body: { email: adminEmail, password }, from })
    expect((await signingIn(PASSWORD)).status).toBe(401)
    expect((await signingIn('another good one')).status).toBe(200)
  })

  test('a stolen session guesses five passwords a minute', async () => {
    const { admin } = await place()
    const from = newAddress()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) {
      const body = { password: { current: `guess ${i}`, new: 'another good one' } }
      statuses.push((await server.ask(updateMe, { as: admin, body, from })).status)
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429])
  })

  test('a bearer token changes its own name too', async () => {
    const { id } = await makeWorkspace(server)
    const sub = newEmail()
    const person = await addPerson(server, id, 'agent', { supabaseUserId: sub })
    const secret = new TextEncoder().encode(JWT_SECRET)
    const token = await new SignJWT({ sub }).setProtectedHeader({ alg: 'HS256' }).sign(secret)
    const answered = await server.ask(updateMe, { as: { authorization: `Bearer ${token}` }, body: { name: 'Jo' } })
    expect(answered.body.user).toMatchObject({ id: person.id, name: 'Jo' })
  })

  test.each<[string, unknown, string]>([
    ['a blank name', { name: ' ' }, 'name'],
    ['a name that is a number', { name: 5 }, 'name'],
    ['a name of a kilobyte', { name: 'x'.repeat(1000) }, 'name'],
    ['a language we do not speak', { locale: 'xx' }, 'locale'],
    ['a short password', { password: { new: 'short' } }, 'password.new'],
    ['a password that is no object', { password: 'correct horse battery' }, 'password'],
  ])('%s is 400', async (_, body, path) => {
    const { admin } = await makeWorkspace(server)
    const answered = await server.ask(updateMe, { as: admin, body })
    expect(answered.status).toBe(400)
    expect(answered.body.error.fields!.map(field => field.path)).toContain(path)
  })
})
