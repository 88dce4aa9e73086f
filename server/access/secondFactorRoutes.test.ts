import { Secret, TOTP } from 'otpauth'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { createSignInLink } from './linkStore.ts'
import {
  addKey,
  addPerson,
  type Credentials,
  cookieOf,
  eventsOf,
  makeWorkspace,
  OPERATOR_CREDENTIALS,
  signInAs,
  startTestServer,
  type TestServer,
} from './testing.ts'

const PASSWORD = 'correct horse battery'

onBothDatabases('a second factor', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(open)
  })
  afterAll(() => server.close())
  afterEach(() => vi.useRealTimers())

  let addresses = 0
  const newAddress = () => `198.51.100.${++addresses}`
  const place = () => makeWorkspace(server, { adminPassword: PASSWORD })
  const factorOf = (as: Credentials) => server.ask(contract.getSecondFactor, { as })

  /** The code of `steps` half minutes from now. */
  const codeOf = (secret: string, steps = 0) =>
    new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) }).generate({
      timestamp: Date.now() + steps * 30_000,
    })
  const later = (minutes: number) => vi.useFakeTimers({ now: Date.now() + minutes * 60_000, toFake: ['Date'] })

  /** Turned on with the code of a minute ago, so that this minute's is still to be used. */
  async function enrol(as: Credentials): Promise<{ secret: string; recoveryCodes: string[] }> {
    const begun = await server.ask(contract.beginEnrolment, { as })
    expect(begun.status).toBe(200)
    const { secret } = begun.body.enrolment
    const confirmed = await server.ask(contract.confirmEnrolment, {
      as,
      body: { code: codeOf(secret, -1) },
      from: newAddress(),
    })
    expect(confirmed.status).toBe(200)
    return { secret, recoveryCodes: confirmed.body.recoveryCodes }
  }
  const firstStep = async (email: string, from = newAddress()) => {
    const answered = await server.ask(contract.signIn, { body: { email, password: PASSWORD }, from })
    expect(answered.status).toBe(200)
    expect(answered.headers['set-cookie']).toBeUndefined()
    expect(answered.body.user).toBeUndefined()
    return answered.body.challenge!
  }
  const secondStep = (token: string, code: string, from = newAddress()) =>
    server.ask(contract.signInByCode, { body: { token, code }, from })

  test('is not asked for before its first code is confirmed, and the seed is nowhere in plain', async () => {
    const { id, adminEmail, admin } = await place()
    const begun = await server.ask(contract.beginEnrolment, { as: admin })
    expect(begun.body.enrolment.qr).toMatch(/^<svg /)
    expect((await factorOf(admin)).body).toEqual({ since: null, recoveryCodesLeft: 0, required: false })
    const plain = await server.ask(contract.signIn, {
      body: { email: adminEmail, password: PASSWORD },
      from: newAddress(),
    })
    expect(plain.body.user).toBeDefined()

    const seed = Buffer.from(Secret.fromBase32(begun.body.enrolment.secret.replaceAll(' ', '')).buffer)
    const [row] = await server.db.inWorkspace(id, tx =>
      tx.query<{ seed: Uint8Array }>('select seed from second_factors'),
    )
    expect(Buffer.from(row!.seed).includes(seed)).toBe(false)
    const wrong = await server.ask(contract.confirmEnrolment, {
      as: admin,
      body: { code: '000000' },
      from: newAddress(),
    })
    expect(wrong.status).toBe(400)
    expect(wrong.body.error.fields![0]!.path).toBe('code')
  })

  test('is asked for after the password: nobody is signed in between', async () => {
    const { id, adminId, adminEmail, admin } = await place()
    const { secret, recoveryCodes } = await enrol(admin)
    expect(recoveryCodes).toHaveLength(10)
    expect((await factorOf(admin)).body).toMatchObject({ since: expect.any(String), recoveryCodesLeft: 10 })
    const signedIn = async () => (await eventsOf(server, id)).filter(event => event.type === 'user.signed_in').length
    const before = await signedIn()

    const { token, need } = await firstStep(adminEmail)
    expect(need).toBe('code')
    expect(await signedIn()).toBe(before)
    // The challenge is good for the second step, and nothing else.
    for (const as of [{ cookie: `ringside_session=${token}` }, { authorization: `Bearer ${token}` }]) {
      expect((await server.ask(contract.getMe, { as })).status).toBe(401)
    }

    const answered = await secondStep(token, codeOf(secret))
    expect(answered.status).toBe(200)
    expect(answered.body).toMatchObject({ user: { id: adminId }, recoveryCodes: null })
    expect((await server.ask(contract.getMe, { as: cookieOf(answered) })).status).toBe(200)
    const user = { id: adminId, name: 'Admin' }
    expect(await eventsOf(server, id)).toEqual(
      expect.arrayContaining([
        { type: 'user.second_factor_added', user, by: user },
        { type: 'user.signed_in', user, method: 'second-factor' },
      ]),
    )
    // Once.
    expect((await secondStep(token, codeOf(secret, 1))).status).toBe(401)
  })

  test('a link is a first step, too', async () => {
    const { id, adminId, admin } = await place()
    await enrol(admin)
    const token = await createSignInLink(server.db, id, adminId)
    const answered = await server.ask(contract.signInByLink, { body: { token } })
    expect(answered.body.challenge?.need).toBe('code')
    expect(answered.headers['set-cookie']).toBeUndefined()
  })

  test('each code opens once, also when two send it at the same moment', async () => {
    const { adminEmail, admin } = await place()
    const { secret } = await enrol(admin)
    const challenges = [await firstStep(adminEmail), await firstStep(adminEmail), await firstStep(adminEmail)]
    const code = codeOf(secret)
    const answers = await Promise.all(challenges.map(({ token }) => secondStep(token, code)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
    // The one before it is older than the last that was taken.
    expect((await secondStep((await firstStep(adminEmail)).token, codeOf(secret, -1))).status).toBe(401)
    expect((await secondStep((await firstStep(adminEmail)).token, codeOf(secret, 1))).status).toBe(200)
  })

  test('a recovery code opens once, in whatever form it is typed, and that is told', async () => {
    const { id, adminEmail, admin } = await place()
    const { recoveryCodes } = await enrol(admin)
    const typed = recoveryCodes[3]!.toLowerCase().replaceAll(' ', '-')
    expect((await secondStep((await firstStep(adminEmail)).token, typed)).status).toBe(200)
    expect((await secondStep((await firstStep(adminEmail)).token, typed)).status).toBe(401)
    expect((await factorOf(admin)).body.recoveryCodesLeft).toBe(9)
    expect((await eventsOf(server, id)).map(({ type }) => type)).toContain('user.recovery_code_used')
    const rows = await server.db.inWorkspace(id, tx =>
      tx.query<{ row: string }>('select c::text as row from recovery_codes c'),
    )
    for (const { row } of rows) expect(row).not.toContain(recoveryCodes[0]!.replaceAll(' ', ''))
  })

  test('new recovery codes take a code, and end those before', async () => {
    const { adminEmail, admin } = await place()
    const { secret, recoveryCodes } = await enrol(admin)
    const body = { code: codeOf(secret) }
    const renewed = await server.ask(contract.renewRecoveryCodes, { as: admin, body, from: newAddress() })
    expect(renewed.body.recoveryCodes).toHaveLength(10)
    expect((await secondStep((await firstStep(adminEmail)).token, recoveryCodes[0]!)).status).toBe(401)
    expect((await secondStep((await firstStep(adminEmail)).token, renewed.body.recoveryCodes[0]!)).status).toBe(200)
  })

  describe('guessing', () => {
    test('five codes for a challenge', async () => {
      const { adminEmail, admin } = await place()
      const { secret } = await enrol(admin)
      const { token } = await firstStep(adminEmail)
      for (let guess = 0; guess < 5; guess++) expect((await secondStep(token, `00000${guess}`)).status).toBe(401)
      const late = await secondStep(token, codeOf(secret))
      expect(late.status).toBe(401)
      expect(late.body.error.code).toBe('challenge_over')
    })

    test('ten in a quarter of an hour, however many challenges and addresses; a right password earns no more', async () => {
      const { adminEmail, admin } = await place()
      await enrol(admin)
      const statuses: number[] = []
      for (let guess = 0; guess < 12; guess++) {
        statuses.push((await secondStep((await firstStep(adminEmail)).token, '000000')).status)
      }
      expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    })

    test('an attacker who knows the password does not keep the owner out of a browser of theirs', async () => {
      const { adminEmail, admin } = await place()
      const { secret } = await enrol(admin)
      const first = await secondStep((await firstStep(adminEmail)).token, codeOf(secret))
      const known = { cookie: (first.headers['set-cookie'] as string[]).map(cookie => cookie.split(';')[0]).join('; ') }
      for (let guess = 0; guess < 11; guess++) await secondStep((await firstStep(adminEmail)).token, '000000')
      const { token } = await firstStep(adminEmail)
      expect((await secondStep(token, codeOf(secret, 1))).status).toBe(429)
      const body = { token: (await firstStep(adminEmail)).token, code: codeOf(secret, 1) }
      expect((await server.ask(contract.signInByCode, { as: known, body, from: newAddress() })).status).toBe(200)
    })

    test('a challenge ends after ten minutes, with a new password, and with the account', async () => {
      const { id, adminEmail, adminId, admin } = await place()
      const { secret } = await enrol(admin)
      const expired = await firstStep(adminEmail)
      await server.db.inWorkspace(id, tx => tx.query('update sign_in_challenges set expires_at = now()'))
      expect((await secondStep(expired.token, codeOf(secret))).status).toBe(401)

      const { token } = await firstStep(adminEmail)
      await server.ask(contract.updateMe, {
        as: admin,
        body: { password: { current: PASSWORD, new: 'another good one' } },
        from: newAddress(),
      })
      expect((await secondStep(token, codeOf(secret))).status).toBe(401)
      await server.db.inWorkspace(id, tx => tx.query('delete from users where id = $1', [adminId]))
      const rest = await server.db.inWorkspace(id, tx => tx.query('select 1 from second_factors'))
      expect(rest).toEqual([])
    })
  })

  describe('turned off', () => {
    test('with a code only', async () => {
      const { id, adminId, adminEmail, admin } = await place()
      const { secret } = await enrol(admin)
      const remove = (code: string) =>
        server.ask(contract.removeSecondFactor, { as: admin, body: { code }, from: newAddress() })
      expect((await remove('000000')).status).toBe(400)
      expect((await remove(codeOf(secret))).status).toBe(200)
      const plain = await server.ask(contract.signIn, {
        body: { email: adminEmail, password: PASSWORD },
        from: newAddress(),
      })
      expect(plain.body.user).toBeDefined()
      const user = { id: adminId, name: 'Admin' }
      expect(await eventsOf(server, id)).toContainEqual({ type: 'user.second_factor_removed', user, by: user })
    })

    test('by an admin, for whoever has lost it: their sessions end', async () => {
      const { id, admin } = await place()
      const { id: userId, as } = await addPerson(server, id, 'agent')
      await enrol(as)
      const params = { id: userId }
      const isOn = async () =>
        (await server.ask(contract.listUsers, { as: admin })).body.items.find(user => user.id === userId)!.secondFactor
      expect(await isOn()).toBe(true)
      expect((await server.ask(contract.resetSecondFactor, { as, params })).status).toBe(403)
      expect((await server.ask(contract.resetSecondFactor, { as: admin, params })).status).toBe(200)
      expect(await isOn()).toBe(false)
      expect((await server.ask(contract.getMe, { as })).status).toBe(401)
      expect((await server.ask(contract.resetSecondFactor, { as: admin, params })).status).toBe(404)
    })

    test('an admin’s not by a key that may only manage users, nor from another workspace', async () => {
      const { id, adminId, admin } = await place()
      await enrol(admin)
      const params = { id: adminId }
      const key = await addKey(server, id, ['users:manage'])
      expect((await server.ask(contract.resetSecondFactor, { as: key, params })).status).toBe(403)
      const other = await place()
      expect((await server.ask(contract.resetSecondFactor, { as: other.admin, params })).status).toBe(404)
      expect((await factorOf(admin)).body.since).not.toBeNull()
    })
  })

  describe('required of a role', () => {
    test('is set up at the next sign-in, before anything is opened', async () => {
      const { id, adminEmail, admin } = await place()
      const saved = await server.ask(contract.saveSignInPolicy, { as: admin, body: { secondFactorFor: ['admin'] } })
      expect(saved.body.policy).toEqual({ secondFactorFor: ['admin'] })
      expect((await server.ask(contract.getSignInPolicy, { as: admin })).body).toEqual({ secondFactorFor: ['admin'] })
      expect((await factorOf(admin)).body.required).toBe(true)
      expect((await eventsOf(server, id)).at(-1)).toMatchObject({ type: 'sign_in_policy.updated' })

      const { token, need } = await firstStep(adminEmail)
      expect(need).toBe('enrolment')
      expect((await secondStep(token, '000000')).status).toBe(401)
      const begun = await server.ask(contract.beginSignInEnrolment, { body: { token } })
      expect(begun.status).toBe(200)
      const answered = await secondStep(token, codeOf(begun.body.enrolment.secret))
      expect(answered.status).toBe(200)
      expect(answered.body.recoveryCodes).toHaveLength(10)
      expect((await server.ask(contract.getMe, { as: cookieOf(answered) })).status).toBe(200)
      expect((await firstStep(adminEmail)).need).toBe('code')
    })

    test('a challenge that asks for a code sets nothing up', async () => {
      const { adminEmail, admin } = await place()
      const { secret } = await enrol(admin)
      const { token } = await firstStep(adminEmail)
      expect((await server.ask(contract.beginSignInEnrolment, { body: { token } })).status).toBe(401)
      expect((await secondStep(token, codeOf(secret))).status).toBe(200)
    })

    test('may be changed by admins, and by keys that may do everything', async () => {
      const { id } = await place()
      const body = { secondFactorFor: [] }
      const supervisor = await addPerson(server, id, 'supervisor')
      const key = await addKey(server, id, ['users:manage'])
      for (const as of [supervisor.as, key]) {
        expect((await server.ask(contract.saveSignInPolicy, { as, body })).status).toBe(403)
      }
      expect((await server.ask(contract.saveSignInPolicy, { as: OPERATOR_CREDENTIALS, body })).status).toBe(200)
    })
  })

  describe('a recent sign-in', () => {
    const aged = async (id: string) =>
      server.db.inWorkspace(id, tx => tx.query("update sessions set proven_at = now() - interval '16 minutes'"))

    test('is demanded of people for what is very much their own, not of keys', async () => {
      const { id, admin } = await place()
      await aged(id)
      const refused = await server.ask(contract.beginEnrolment, { as: admin })
      expect(refused.status).toBe(403)
      expect(refused.body.error.code).toBe('sign_in_again')
      const body = { name: 'Key', permissions: ['calls:read'] }
      expect((await server.ask(contract.createApiKey, { as: admin, body })).body.error.code).toBe('sign_in_again')
      const key = await addKey(server, id, [...contract.Permission.options])
      expect((await server.ask(contract.createApiKey, { as: key, body })).status).toBe(201)
      // Everything else goes on.
      expect((await server.ask(contract.getMe, { as: admin })).status).toBe(200)
    })

    test('is given by the password or a code, to this session alone', async () => {
      const { id, adminId, admin } = await place()
      const other = await signInAs(server, id, adminId)
      const { secret } = await enrol(admin)
      const confirm = (body: object) => server.ask(contract.confirmIdentity, { as: admin, body, from: newAddress() })
      const isRecent = async (as: Credentials) => {
        const answered = await server.ask(contract.beginEnrolment, { as })
        return answered.body.error.code !== 'sign_in_again'
      }
      await aged(id)
      for (const body of [{}, { password: 'wrong' }, { code: '000000' }]) expect((await confirm(body)).status).toBe(400)
      expect(await isRecent(admin)).toBe(false)
      expect((await confirm({ password: PASSWORD })).status).toBe(200)
      expect([await isRecent(admin), await isRecent(other)]).toEqual([true, false])
      await aged(id)
      expect((await confirm({ code: codeOf(secret) })).status).toBe(200)
      expect(await isRecent(admin)).toBe(true)
    })

    test('a stolen session guesses five passwords a minute', async () => {
      const { admin } = await place()
      const from = newAddress()
      const statuses: number[] = []
      for (let guess = 0; guess < 6; guess++) {
        const body = { password: `guess ${guess}` }
        statuses.push((await server.ask(contract.confirmIdentity, { as: admin, body, from })).status)
      }
      expect(statuses).toEqual([400, 400, 400, 400, 400, 429])
    })
  })

  test('a clock that has gone on takes later codes', async () => {
    const { adminEmail, admin } = await place()
    const { secret } = await enrol(admin)
    const early = codeOf(secret)
    const { token } = await firstStep(adminEmail)
    later(5)
    expect((await secondStep(token, early)).status).toBe(401)
    expect((await secondStep(token, codeOf(secret))).status).toBe(200)
  })
})
