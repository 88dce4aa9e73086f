import { verify } from '@node-rs/argon2'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { getMe, signIn, signInByLink, signOut, updateMe } from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { createSignInLink } from './linkStore.ts'
import { hashPassword } from './password.ts'
import {
  addPerson,
  cookieOf,
  eventsOf,
  makeWorkspace,
  newEmail,
  signInAs,
  startTestServer,
  type TestServer,
} from './testing.ts'

vi.mock('@node-rs/argon2', async original => {
  const argon2 = await original<typeof import('@node-rs/argon2')>()
  return { ...argon2, verify: vi.fn(argon2.verify) }
})

const PASSWORD = 'correct horse battery'

onBothDatabases('signing in', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  afterAll(() => server.close())

  let addresses = 0
  /** Tries are counted per address: every test comes from its own. */
  const newAddress = () => `198.51.100.${++addresses}`
  const place = () => makeWorkspace(server, { adminPassword: PASSWORD })
  const setDisabled = (workspaceId: string, userId: string) =>
    server.db.inWorkspace(workspaceId, tx => tx.query('update users set disabled_at = now() where id = $1', [userId]))

  describe('with e-mail and password', () => {
    test('sets a cookie that is a session, and tells who one is', async () => {
      const { id, adminId, adminEmail } = await place()
      const answered = await server.ask(signIn, { body: { email: adminEmail, password: PASSWORD }, from: newAddress() })
      expect(answered.status).toBe(200)
      expect(answered.body).toEqual({
        success: true,
        user: {
          id: adminId,
          email: adminEmail,
          name: 'Admin',
          role: 'admin',
          workspace: { id, name: expect.any(String), defaultCountry: 'US', timeZone: 'America/New_York' },
          agent: {
            id: expect.any(String),
            queues: ['HR', 'Sales', 'Support'].map(name => ({ id: expect.any(String), name })),
          },
          locale: 'en',
          hasPassword: true,
        },
      })
      expect((answered.headers['set-cookie'] as string[])[0]).toMatch(
        /^ringside_session=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/,
      )
      const me = await server.ask(getMe, { as: cookieOf(answered) })
      expect(me.body).toEqual(answered.body.user)
      expect(await eventsOf(server, id)).toContainEqual({
        type: 'user.signed_in',
        method: 'password',
        user: { id: adminId, name: 'Admin' },
      })
    })

    test('the token is stored as a hash only', async () => {
      const { id, adminId, adminEmail } = await place()
      const answered = await server.ask(signIn, { body: { email: adminEmail, password: PASSWORD }, from: newAddress() })
      const token = cookieOf(answered).cookie!.split('=')[1]!
      const rows = await server.db.inWorkspace(id, tx =>
        tx.query<{ row: string }>('select s::text as row from sessions s where user_id = $1', [adminId]),
      )
      expect(rows).toHaveLength(2)
      for (const { row } of rows) {
        expect(row).not.toContain(token)
        expect(row).not.toContain(Buffer.from(token).toString('hex'))
      }
    })

    test('takes the e-mail in any case, with blanks around it', async () => {
      const { adminEmail } = await place()
      const email = `  ${adminEmail.toUpperCase()} `
      expect((await server.ask(signIn, { body: { email, password: PASSWORD }, from: newAddress() })).status).toBe(200)
    })

    test('the same answer to a wrong password, an unknown e-mail, no password at all and a disabled user', async () => {
      const { id, adminEmail } = await place()
      const from = newAddress()
      const wrong = await server.ask(signIn, { body: { email: adminEmail, password: 'wrong' }, from })
      expect(wrong.status).toBe(401)
      expect(wrong.body).toEqual({
        success: false,
        error: { code: 'wrong_credentials', message: 'The e-mail or the password is wrong.' },
      })
      expect(wrong.headers['set-cookie']).toBeUndefined()

      const passwordless = await addPerson(server, id, 'agent')
      const disabled = await addPerson(server, id, 'agent', { passwordHash: await hashPassword(PASSWORD) })
      await setDisabled(id, disabled.id)
      for (const email of [newEmail(), passwordless.email, disabled.email]) {
        const answered = await server.ask(signIn, { body: { email, password: PASSWORD }, from })
        expect(answered.status).toBe(401)
        expect(answered.body).toEqual(wrong.body)
        expect(answered.headers['set-cookie']).toBeUndefined()
      }
    })

    test('the same work for a wrong password and an unknown e-mail, so that time tells nothing', async () => {
      const { adminEmail } = await place()
      // The work is in the parameters that stand at the beginning of what is checked against.
      const work = async (email: string): Promise<string[]> => {
        vi.mocked(verify).mockClear()
        await server.ask(signIn, { body: { email, password: 'wrong' }, from: newAddress() })
        return vi.mocked(verify).mock.calls.map(([stored]) => String(stored).split('$').slice(0, 4).join('$'))
      }
      const known = await work(adminEmail)
      expect(known).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=47104,t=1,p=1$/)])
      expect(await work(newEmail())).toEqual(known)
    })

    test('five wrong passwords a minute; the victim signs in from elsewhere meanwhile', async () => {
      const { adminEmail: email } = await place()
      const attacker = newAddress()
      const statuses: number[] = []
      for (let i = 0; i < 7; i++) {
        statuses.push((await server.ask(signIn, { body: { email, password: `guess ${i}` }, from: attacker })).status)
      }
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
      // From here on the attacker costs nothing: no look into the database, no place in the line.
      const { asSystem } = server.db
      server.db.asSystem = () => Promise.reject(new Error('looked up'))
      const refused = await server.ask(signIn, { body: { email, password: PASSWORD }, from: attacker })
      server.db.asSystem = asSystem
      expect(refused.status).toBe(429)
      expect(refused.body.error.code).toBe('too_many_requests')
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
      expect((await server.ask(signIn, { body: { email, password: PASSWORD }, from: newAddress() })).status).toBe(200)
    })

    test('guesses sent all at once are counted like guesses one after the other', async () => {
      const { adminEmail: email } = await place()
      const from = newAddress()
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) => server.ask(signIn, { body: { email, password: `guess ${i}` }, from })),
      )
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(25)
    })

    test('right passwords are not counted', async () => {
      const { adminEmail: email } = await place()
      const from = newAddress()
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => server.ask(signIn, { body: { email, password: PASSWORD }, from })),
      )
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    })

    test('every sign-in is a session of its own', async () => {
      const { adminEmail: email, admin } = await place()
      const from = newAddress()
      const one = await server.ask(signIn, { body: { email, password: PASSWORD }, from })
      const other = await server.ask(signIn, { as: cookieOf(one), body: { email, password: PASSWORD }, from })
      expect(cookieOf(one)).not.toEqual(cookieOf(other))
      for (const as of [cookieOf(one), cookieOf(other), admin]) {
        expect((await server.ask(getMe, { as })).status).toBe(200)
      }
    })

    test('a password that is changed while it is being checked opens nothing', async () => {
      const { id, adminId, adminEmail: email } = await place()
      // The answer of `asSystem` is what the password is checked against; then it changes under our hands.
      const { asSystem } = server.db
      server.db.asSystem = async work => {
        const result = await asSystem(work)
        await server.db.inWorkspace(id, tx =>
          tx.query("update users set password_hash = 'another' where id = $1", [adminId]),
        )
        return result
      }
      try {
        const answered = await server.ask(signIn, { body: { email, password: PASSWORD }, from: newAddress() })
        expect(answered.status).toBe(401)
        expect(answered.headers['set-cookie']).toBeUndefined()
      } finally {
        server.db.asSystem = asSystem
      }
    })

    test.each<[string, unknown]>([
      ['nothing', undefined],
      ['no object', 'email'],
      ['a list', []],
      ['null', null],
      ['no password', { email: 'a@example.com' }],
      ['no e-mail', { password: PASSWORD }],
      ['a number as e-mail', { email: 5, password: PASSWORD }],
      ['an object as password', { email: 'a@example.com', password: { $ne: null } }],
      ['a password of a kilobyte', { email: 'a@example.com', password: 'x'.repeat(1000) }],
    ])('%s is 400', async (_, body) => {
      const answered = await server.ask(signIn, { body, from: newAddress() })
      expect(answered.status).toBe(400)
      expect(answered.body.error.code).toBe('invalid_input')
      expect(answered.body.error.fields!.length).toBeGreaterThan(0)
    })

    test('not from a page of another site', async () => {
      const { adminEmail: email } = await place()
      const headers = { origin: 'https://evil.example' }
      const answered = await server.ask(signIn, { body: { email, password: PASSWORD }, headers, from: newAddress() })
      expect(answered.status).toBe(403)
      expect(answered.headers['set-cookie']).toBeUndefined()
    })
  })

  describe('with a one-time link', () => {
    test('once, and asks for a password', async () => {
      const { id, adminId } = await makeWorkspace(server)
      const token = await createSignInLink(server.db, id, adminId)
      const answered = await server.ask(signInByLink, { body: { token } })
      expect(answered.status).toBe(200)
      expect(answered.body.user).toMatchObject({ id: adminId, hasPassword: false })
      expect((await server.ask(getMe, { as: cookieOf(answered) })).status).toBe(200)
      expect(await eventsOf(server, id)).toContainEqual({
        type: 'user.signed_in',
        method: 'link',
        user: { id: adminId, name: 'Admin' },
      })

      const again = await server.ask(signInByLink, { body: { token } })
      expect(again.status).toBe(401)
      expect(again.body.error.code).toBe('link_invalid')
      expect(again.headers['set-cookie']).toBeUndefined()
    })

    test('once, also when it is opened several times at the same moment', async () => {
      const { id, adminId } = await makeWorkspace(server)
      const token = await createSignInLink(server.db, id, adminId)
      const answers = await Promise.all(Array.from({ length: 8 }, () => server.ask(signInByLink, { body: { token } })))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401])
    })

    test('not when it has expired, not when the user is disabled', async () => {
      const { id, adminId } = await makeWorkspace(server)
      const expired = await createSignInLink(server.db, id, adminId)
      await server.db.inWorkspace(id, tx => tx.query('update sign_in_links set expires_at = now()'))
      expect((await server.ask(signInByLink, { body: { token: expired } })).status).toBe(401)
      const { id: agentId } = await addPerson(server, id, 'agent')
      const token = await createSignInLink(server.db, id, agentId)
      await setDisabled(id, agentId)
      expect((await server.ask(signInByLink, { body: { token } })).status).toBe(401)
    })

    test('the token is stored as a hash only', async () => {
      const { id, adminId } = await makeWorkspace(server)
      const token = await createSignInLink(server.db, id, adminId)
      const [link] = await server.db.inWorkspace(id, tx =>
        tx.query<{ row: string }>('select l::text as row from sign_in_links l'),
      )
      expect(link!.row).not.toContain(token)
      expect(link!.row).not.toContain(Buffer.from(token).toString('hex'))
    })

    test.each<[string, unknown, number]>([
      ['no token', {}, 400],
      ['a number', { token: 1 }, 400],
      ['a token that never was', { token: 'x' }, 401],
      ['a session’s token', { token: 'A'.repeat(43) }, 401],
    ])('%s', async (_, body, status) => {
      expect((await server.ask(signInByLink, { body })).status).toBe(status)
    })
  })

  describe('out', () => {
    test('ends this session and takes the cookie away; other devices stay', async () => {
      const { id, adminId, admin } = await makeWorkspace(server)
      const elsewhere = await signInAs(server, id, adminId)
      const answered = await server.ask(signOut, { as: admin })
      expect(answered.status).toBe(200)
      expect(answered.headers['set-cookie']).toBe('ringside_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax')
      expect((await server.ask(getMe, { as: admin })).status).toBe(401)
      expect((await server.ask(getMe, { as: elsewhere })).status).toBe(200)
      const signedOut = { type: 'user.signed_out', user: { id: adminId, name: 'Admin' } }
      expect(await eventsOf(server, id)).toContainEqual(signedOut)

      const again = await server.ask(signOut, { as: admin })
      expect(again.status).toBe(200)
      expect((await eventsOf(server, id)).filter(event => event.type === 'user.signed_out')).toHaveLength(1)
    })

    test('without a session is no mistake', async () => {
      expect((await server.ask(signOut)).body).toEqual({ success: true })
    })

    test('not by a page of another site', async () => {
      const { admin } = await makeWorkspace(server)
      const answered = await server.ask(signOut, { as: admin, headers: { 'sec-fetch-site': 'cross-site' } })
      expect(answered.status).toBe(403)
      expect((await server.ask(getMe, { as: admin })).status).toBe(200)
    })
  })

  test('on an encrypted address the cookie goes nowhere else', async () => {
    const secure = await server.withEnvironment({ PUBLIC_URL: 'https://calls.example.com' })
    try {
      const { adminEmail: email } = await makeWorkspace(secure, { adminPassword: PASSWORD })
      const headers = { origin: 'https://calls.example.com' }
      const answered = await secure.ask(signIn, { body: { email, password: PASSWORD }, headers })
      expect((answered.headers['set-cookie'] as string[])[0]).toMatch(
        /^__Host-ringside_session=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      )
      expect((await secure.ask(getMe, { as: cookieOf(answered) })).status).toBe(200)
      expect((await secure.ask(updateMe, { as: cookieOf(answered), body: {}, headers })).status).toBe(200)
      const foreign = { origin: 'https://evil.example' }
      expect((await secure.ask(updateMe, { as: cookieOf(answered), body: {}, headers: foreign })).status).toBe(403)
    } finally {
      await secure.close()
    }
  })
})
