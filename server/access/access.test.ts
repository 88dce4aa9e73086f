import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { createAccess } from './access.ts'
import { createSignInLink } from './linkStore.ts'
import {
  addKey,
  addPerson,
  type Credentials,
  cookieOf,
  JWT_SECRET,
  makeWorkspace,
  OPERATOR_CREDENTIALS,
  signInAs,
  startTestServer,
  type TestServer,
} from './testing.ts'

onBothDatabases('who is asking', open => {
  let server: TestServer
  let first: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    server = await startTestServer(open)
    first = await makeWorkspace(server)
  })
  afterAll(() => server.close())

  const identify = (headers: Record<string, string>, method = 'GET') => server.app.access.identify({ method, headers })
  /** Changes rows as if time had passed. */
  const inFirst = (text: string, values: unknown[] = []) =>
    server.db.inWorkspace(first.id, tx => tx.query(text, values))

  describe('without credentials', () => {
    test('nobody', async () => {
      expect(await identify({})).toBeNull()
      expect(await identify({ cookie: 'theme=dark' })).toBeNull()
      expect(await identify({ authorization: 'Basic dXNlcjpwYXNz' })).toBeNull()
    })
  })

  describe('a session', () => {
    test('tells everything that decisions need', async () => {
      const queues = (await server.ask(contract.listQueues, { as: first.admin })).body.items
      expect(await identify(first.admin)).toEqual({
        kind: 'user',
        workspaceId: first.id,
        userId: first.adminId,
        name: 'Admin',
        email: first.adminEmail,
        role: 'admin',
        agentId: expect.any(String),
        queueIds: expect.arrayContaining(queues.map(queue => queue.id)),
      })
      const { as } = await addPerson(server, first.id, 'supervisor')
      expect(await identify(as)).toMatchObject({ role: 'supervisor', agentId: null, queueIds: [] })
    })

    test('is looked up in one statement', async () => {
      const { db } = server
      const statements: string[] = []
      const counting = createAccess({
        config: server.app.config,
        db: {
          ...db,
          asSystem: work =>
            db.asSystem(sql =>
              work({
                query: (text, values) => {
                  statements.push(text)
                  return sql.query(text, values)
                },
              }),
            ),
        },
      })
      await counting.identify({ method: 'GET', headers: first.admin })
      expect(statements).toHaveLength(1)
    })

    test.each([
      ['that never was', () => `ringside_session=${'A'.repeat(43)}`],
      ['that is no token', () => "ringside_session=' or 1=1 --"],
      ['of 10 KB', () => `ringside_session=${'x'.repeat(10_000)}`],
    ])('%s is refused', async (_, cookie) => {
      await expect(identify({ cookie: cookie() })).rejects.toMatchObject({ status: 401, code: 'unauthenticated' })
    })

    test('ends a day after it began, however much it is used', async () => {
      const { id, as } = await addPerson(server, first.id, 'agent')
      await inFirst("update sessions set expires_at = now() + interval '1 minute' where user_id = $1", [id])
      expect(await identify(as)).toMatchObject({ userId: id })
      await inFirst('update sessions set expires_at = now() where user_id = $1', [id])
      await expect(identify(as)).rejects.toMatchObject({ status: 401 })
    })

    test('survives a shift, and ends after half a day without a request', async () => {
      const { id, as } = await addPerson(server, first.id, 'agent')
      await inFirst("update sessions set seen_at = now() - interval '11 hours 59 minutes' where user_id = $1", [id])
      expect(await identify(as)).toMatchObject({ userId: id })
      await inFirst("update sessions set seen_at = now() - interval '12 hours' where user_id = $1", [id])
      await expect(identify(as)).rejects.toMatchObject({ status: 401 })
    })

    test('remembers that it is used, once a minute', async () => {
      const { id, as } = await addPerson(server, first.id, 'agent')
      const seenAt = async () =>
        (await inFirst('select seen_at::text from sessions where user_id = $1', [id]))[0]!.seen_at
      await inFirst("update sessions set seen_at = now() - interval '59 seconds' where user_id = $1", [id])
      const before = await seenAt()
      await identify(as)
      expect(await seenAt()).toBe(before)
      await inFirst("update sessions set seen_at = now() - interval '61 seconds' where user_id = $1", [id])
      const older = await seenAt()
      await Promise.all([identify(as), identify(as), identify(as)])
      expect(await seenAt()).not.toBe(older)
    })

    test('ends at once when the user is disabled', async () => {
      const { id, as } = await addPerson(server, first.id, 'agent')
      await inFirst('update users set disabled_at = now() where id = $1', [id])
      await expect(identify(as)).rejects.toMatchObject({ status: 401 })
    })

    test('has the role of the moment', async () => {
      const { id, as } = await addPerson(server, first.id, 'supervisor')
      await inFirst("update users set role = 'agent' where id = $1", [id])
      expect(await identify(as)).toMatchObject({ role: 'agent' })
    })
  })

  describe('a page of another site', () => {
    const host = 'localhost:5000'
    const own = { host, origin: 'http://localhost:5000' }
    test.each<[string, Record<string, string>, number | null]>([
      ['our own page', own, null],
      ['our own page, by the browser’s word', { host, 'sec-fetch-site': 'same-origin' }, null],
      ['no browser', { host }, null],
      ['another site', { host, origin: 'https://evil.example' }, 403],
      ['another port', { host, origin: 'http://localhost:8080' }, 403],
      ['a sister domain', { host, origin: 'http://evil.localhost:5000' }, 403],
      ['a frame without origin', { host, origin: 'null' }, 403],
      ['nonsense', { host, origin: 'evil' }, 403],
      ['another site, by the browser’s word', { host, 'sec-fetch-site': 'cross-site' }, 403],
      ['a sister domain, by the browser’s word', { host, 'sec-fetch-site': 'same-site' }, 403],
    ])('%s: may it change something with the cookie?', async (_, headers, refused) => {
      const asked = identify({ ...headers, ...first.admin }, 'POST')
      if (refused === null) expect(await asked).toMatchObject({ userId: first.adminId })
      else await expect(asked).rejects.toMatchObject({ status: refused, code: 'forbidden' })
    })

    test('may read, may not open a socket', async () => {
      const foreign = { host, origin: 'https://evil.example', ...first.admin }
      expect(await identify(foreign)).toMatchObject({ userId: first.adminId })
      await expect(identify({ ...foreign, upgrade: 'websocket' })).rejects.toMatchObject({ status: 403 })
      expect(await identify({ ...own, ...first.admin, upgrade: 'websocket' })).toMatchObject({ userId: first.adminId })
    })

    test('may send an API key or a bearer token: no browser adds those by itself', async () => {
      const key = await addKey(server, first.id, ['calls:read'])
      expect(await identify({ host, origin: 'https://crm.example', ...key }, 'POST')).toMatchObject({ kind: 'key' })
    })

    test('is told from ours by the public address, where there is one', async () => {
      const config = { ...server.app.config, publicUrl: 'https://calls.example.com' }
      const access = createAccess({ config, db: server.db })
      const cookie = first.admin.cookie!.replace('ringside_session', '__Host-ringside_session')
      const ask = (origin: string, more = {}) =>
        access.identify({ method: 'POST', headers: { host: 'inner:5000', origin, cookie, ...more } })
      expect(await ask('https://calls.example.com')).toMatchObject({ userId: first.adminId })
      await expect(ask('http://calls.example.com')).rejects.toMatchObject({ status: 403 })
      await expect(ask('http://inner:5000')).rejects.toMatchObject({ status: 403 })
      // A developer behind a tunnel, who opens the page on the machine itself.
      expect(await ask('http://inner:5000', { 'sec-fetch-site': 'same-origin' })).toMatchObject({ kind: 'user' })
      // On an encrypted address a cookie of the unprotected name is none of ours.
      expect(await access.identify({ method: 'GET', headers: first.admin })).toBeNull()
    })
  })

  describe('an API key', () => {
    test('has its own permissions in its own workspace, and is no operator', async () => {
      const key = await addKey(server, first.id, ['calls:read', 'contacts:write'])
      expect(await identify(key)).toEqual({
        kind: 'key',
        workspaceId: first.id,
        keyId: expect.any(String),
        name: 'Key',
        permissions: ['calls:read', 'contacts:write'],
        operator: false,
      })
    })

    test.each([
      ['that never was', `rs_${'A'.repeat(43)}`],
      ['of another kind', 'sk_live_123'],
      ['that is empty', ''],
      ['of 10 KB', 'x'.repeat(10_000)],
    ])('%s is refused', async (_, key) => {
      await expect(identify({ 'x-api-key': key })).rejects.toMatchObject({ status: 401, code: 'unauthenticated' })
    })

    test('that is wrong is refused even beside a session that is right', async () => {
      await expect(identify({ 'x-api-key': 'wrong', ...first.admin })).rejects.toMatchObject({ status: 401 })
    })

    test('ends when it expires and when it is revoked', async () => {
      const key = await addKey(server, first.id, ['calls:read'])
      const { keyId } = (await identify(key)) as { keyId: string }
      await inFirst('update api_keys set expires_at = now() where id = $1', [keyId])
      await expect(identify(key)).rejects.toMatchObject({ status: 401 })
      await inFirst("update api_keys set expires_at = now() + interval '1 hour' where id = $1", [keyId])
      expect(await identify(key)).toMatchObject({ keyId })
      await inFirst('update api_keys set revoked_at = now() where id = $1', [keyId])
      await expect(identify(key)).rejects.toMatchObject({ status: 401 })
    })

    test('remembers its last use, once a minute', async () => {
      const key = await addKey(server, first.id, ['calls:read'])
      const { keyId } = (await identify(key)) as { keyId: string }
      const lastUse = async () =>
        (await inFirst('select last_used_at::text as at from api_keys where id = $1', [keyId]))[0]!.at
      const firstUse = await lastUse()
      expect(firstUse).not.toBeNull()
      await identify(key)
      expect(await lastUse()).toBe(firstUse)
      await inFirst("update api_keys set last_used_at = now() - interval '61 seconds' where id = $1", [keyId])
      const older = await lastUse()
      await identify(key)
      expect(await lastUse()).not.toBe(older)
    })

    test('the operator’s has every permission in the oldest workspace, and is in no table', async () => {
      await makeWorkspace(server)
      expect(await identify(OPERATOR_CREDENTIALS)).toMatchObject({
        kind: 'key',
        workspaceId: first.id,
        operator: true,
        permissions: contract.Permission.options,
      })
      const [row] = await inFirst('select count(*)::int as n from api_keys where name = $1', ['Operator'])
      expect(row).toEqual({ n: 0 })
      const wrong = OPERATOR_CREDENTIALS['x-api-key']!.slice(0, -1)
      await expect(identify({ 'x-api-key': wrong })).rejects.toMatchObject({ status: 401 })
      const none = createAccess({ config: { ...server.app.config, adminApiKey: null }, db: server.db })
      await expect(none.identify({ method: 'GET', headers: OPERATOR_CREDENTIALS })).rejects.toMatchObject({
        status: 401,
      })
    })
  })

  describe('a bearer token', () => {
    const secret = new TextEncoder().encode(JWT_SECRET)
    const bearer = (token: string): Credentials => ({ authorization: `Bearer ${token}` })
    const sign = (payload: JWTPayload, key = secret, header = {}) =>
      new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(key)
    /** What the library would refuse to sign. */
    const forge = (header: object, payload: object) => {
      const signed = [header, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`
    }
    const in5Minutes = () => Math.floor(Date.now() / 1000) + 300

    test('is whoever the issuer knows by its sub', async () => {
      const { id } = await addPerson(server, first.id, 'agent', { supabaseUserId: 'sub-1' })
      const token = await sign({ sub: 'sub-1', exp: in5Minutes() })
      expect(await identify(bearer(token))).toMatchObject({ kind: 'user', userId: id, role: 'agent' })
      expect(await identify({ authorization: `bearer ${token}` })).toMatchObject({ userId: id })
      expect((await server.ask(contract.getMe, { as: bearer(token) })).body.id).toBe(id)
    })

    test('of our own forging is accepted: those below are refused for what they say', async () => {
      expect(await identify(bearer(forge({ alg: 'HS256' }, { sub: 'sub-1' })))).toMatchObject({ role: 'agent' })
    })

    test('of a disabled user is refused', async () => {
      const { id } = await addPerson(server, first.id, 'agent', { supabaseUserId: 'sub-disabled' })
      await inFirst('update users set disabled_at = now() where id = $1', [id])
      const token = await sign({ sub: 'sub-disabled', exp: in5Minutes() })
      await expect(identify(bearer(token))).rejects.toMatchObject({ status: 401 })
    })

    test('that has expired is told so', async () => {
      const token = await sign({ sub: 'sub-1', exp: Math.floor(Date.now() / 1000) - 1 })
      await expect(identify(bearer(token))).rejects.toMatchObject({
        status: 401,
        message: 'This bearer token has expired.',
      })
    })

    test.each<[string, () => Promise<string> | string]>([
      ['signed with another secret', () => sign({ sub: 'sub-1' }, new TextEncoder().encode('x'.repeat(40)))],
      ['without a signature', () => new UnsecuredJWT({ sub: 'sub-1' }).encode()],
      [
        'whose algorithm is None',
        async () => {
          const [, payload] = (await sign({ sub: 'sub-1' })).split('.')
          return `${Buffer.from('{"alg":"None"}').toString('base64url')}.${payload}.`
        },
      ],
      [
        'whose payload was changed',
        async () => {
          const [header, , signature] = (await sign({ sub: 'sub-0' })).split('.')
          return `${header}.${Buffer.from('{"sub":"sub-1"}').toString('base64url')}.${signature}`
        },
      ],
      ['not valid yet', () => sign({ sub: 'sub-1', nbf: in5Minutes() })],
      ['without a sub', () => sign({ role: 'service_role', exp: in5Minutes() })],
      ['with an empty sub', () => sign({ sub: '', exp: in5Minutes() })],
      ['of somebody nobody knows', () => sign({ sub: 'sub-unknown', exp: in5Minutes() })],
      ['by another HMAC', () => sign({ sub: 'sub-1' }, secret, { alg: 'HS512' })],
      [
        'with a critical extension that we do not know',
        () => forge({ alg: 'HS256', crit: ['x'], x: 1 }, { sub: 'sub-1' }),
      ],
      [
        'that brings its own key',
        async () => {
          const { publicKey, privateKey } = await generateKeyPair('RS256')
          const jwk = await exportJWK(publicKey)
          return new SignJWT({ sub: 'sub-1' }).setProtectedHeader({ alg: 'RS256', jwk }).sign(privateKey)
        },
      ],
      ['of 10 KB of junk', () => 'x'.repeat(10_240)],
      ['of 10 KB that is well signed', () => sign({ sub: 'sub-1', junk: 'x'.repeat(10_240) })],
      ['of dots', () => '.'.repeat(5000)],
      ['of one word', () => 'token'],
    ])('%s is refused', async (_, make) => {
      await expect(identify(bearer(await make()))).rejects.toMatchObject({ status: 401, code: 'unauthenticated' })
    })

    test('is refused where no issuer is configured', async () => {
      const config = { ...server.app.config, jwt: { secret: null, issuerUrl: null, audience: null } }
      const access = createAccess({ config, db: server.db })
      const headers = bearer(await sign({ sub: 'sub-1', exp: in5Minutes() }))
      await expect(access.identify({ method: 'GET', headers })).rejects.toMatchObject({ status: 401 })
    })

    describe('by the issuer’s published keys', () => {
      let issuer: Server
      let issuerUrl: string
      let keys: Awaited<ReturnType<typeof generateKeyPair>>
      let status = 200
      let asked: string[] = []
      beforeAll(async () => {
        keys = await generateKeyPair('RS256', { extractable: true })
        const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }
        issuer = createServer((request, response) => {
          asked.push(request.url!)
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(JSON.stringify({ keys: [jwk] }))
        })
        await new Promise<void>(resolve => issuer.listen(0, '127.0.0.1', resolve))
        issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
      })
      afterAll(() => new Promise(resolve => issuer.close(resolve)))

      const accessBy = (jwt: { secret: string | null; issuerUrl: string | null }) =>
        createAccess({ config: { ...server.app.config, jwt: { ...jwt, audience: null } }, db: server.db })
      const signPublished = (header = {}, payload: JWTPayload = { sub: 'sub-jwks', exp: in5Minutes() }) =>
        new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'key-1', ...header }).sign(keys.privateKey)
      const ask = (access: ReturnType<typeof accessBy>, token: string) =>
        access.identify({ method: 'GET', headers: bearer(token) })

      test('is verified; the keys are fetched when first needed, once', async () => {
        const { id } = await addPerson(server, first.id, 'supervisor', { supabaseUserId: 'sub-jwks' })
        asked = []
        const access = accessBy({ secret: null, issuerUrl })
        expect(asked).toEqual([])
        expect(await ask(access, await signPublished())).toMatchObject({ userId: id })
        await Promise.all([ask(access, await signPublished()), ask(access, await signPublished())])
        expect(asked).toEqual(['/auth/v1/.well-known/jwks.json'])
      })

      test('is verified beside a shared secret', async () => {
        const access = accessBy({ secret: JWT_SECRET, issuerUrl })
        expect(await ask(access, await signPublished())).toMatchObject({ kind: 'user' })
        expect(await ask(access, await sign({ sub: 'sub-jwks' }))).toMatchObject({ kind: 'user' })
      })

      test('signed with the public key as if it were a secret is refused', async () => {
        const publicKeys = [
          await exportSPKI(keys.publicKey),
          JSON.stringify(await exportJWK(keys.publicKey)),
          (await exportJWK(keys.publicKey)).n!,
        ]
        for (const access of [accessBy({ secret: null, issuerUrl }), accessBy({ secret: JWT_SECRET, issuerUrl })]) {
          for (const publicKey of publicKeys) {
            const token = await sign({ sub: 'sub-jwks' }, new TextEncoder().encode(publicKey), { kid: 'key-1' })
            await expect(ask(access, token)).rejects.toMatchObject({ status: 401 })
          }
        }
      })

      test.each<[string, () => Promise<string>]>([
        [
          'of another key',
          async () => {
            const other = await generateKeyPair('RS256')
            return new SignJWT({ sub: 'sub-jwks' })
              .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
              .sign(other.privateKey)
          },
        ],
        ['with a kid that climbs', () => signPublished({ kid: '../../etc/passwd' })],
        ['with a kid that is SQL', () => signPublished({ kid: "' or 1=1 --" })],
        ['that names another place for the key', () => signPublished({ kid: 'x', jku: 'http://127.0.0.1:1/keys' })],
        ['that has expired', () => signPublished({}, { sub: 'sub-jwks', exp: 1 })],
        ['without a signature', async () => new UnsecuredJWT({ sub: 'sub-jwks' }).encode()],
      ])('%s is refused', async (_, make) => {
        await expect(ask(accessBy({ secret: null, issuerUrl }), await make())).rejects.toMatchObject({ status: 401 })
      })

      test('is not the caller’s fault when the issuer cannot be reached', async () => {
        status = 500
        const failing = ask(accessBy({ secret: null, issuerUrl }), await signPublished())
        await expect(failing).rejects.toMatchObject({ status: 503, code: 'issuer_unavailable', retryAfter: 5 })
        status = 200
        const gone = ask(accessBy({ secret: null, issuerUrl: 'http://127.0.0.1:1' }), await signPublished())
        await expect(gone).rejects.toMatchObject({ status: 503 })
      })
    })
  })

  test('a cookie from before signing in is worth nothing after', async () => {
    const planted = { cookie: `ringside_session=${'B'.repeat(43)}` }
    const token = await createSignInLink(server.db, first.id, first.adminId)
    const answered = await server.ask(contract.signInByLink, { as: planted, body: { token } })
    expect(answered.status).toBe(200)
    expect(cookieOf(answered)).not.toEqual(planted)
    await expect(identify(planted)).rejects.toMatchObject({ status: 401 })
    // Other devices stay signed in.
    expect(await identify(first.admin)).toMatchObject({ userId: first.adminId })
    expect(await identify(await signInAs(server, first.id, first.adminId))).toMatchObject({ userId: first.adminId })
  })
})
