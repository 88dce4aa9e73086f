import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EventSource } from 'eventsource'
import { io } from 'socket.io-client'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { VOICE_PATH } from '../client/voice/protocol.ts'
import { type Ability, may, PERMISSIONS, type Permission, type Principal, ROLES, type Role } from '../core/role.ts'
import { createSessionCookie } from '../server/access/sessionCookie.ts'
import { isUuid } from '../server/platform/db.ts'
import { type Company, foundCompany, type Headers, PORTAL_SECRET, signInTo } from './support/companies.ts'
import { bodiesNaming, operationOf, PUBLIC, type Rule, ruleOf, STREAMS, sampleBody } from './support/routeRules.ts'
import { startTestServer, type TestServer } from './support/server.ts'

/*
 * Every route that the router has × everybody who could ask × own, foreign and invented things × no credentials. Nothing
 * here names a route to make sure that it is asked: what is served is asked, and what has no rule fails.
 */

interface Answered {
  status: number
  body: string
}

const NOBODY: Headers = {}

const dataDir = mkdtempSync(path.join(tmpdir(), 'ringside-matrix-'))
let server: TestServer
let acme: Company
let bolt: Company

let asked = 0
/** Each request comes from an address of its own: limits per address are another matter. */
async function ask(name: string, headers: Headers, more: { path?: string; body?: unknown } = {}): Promise<Answered> {
  const [method, url] = name.split(' ') as ['GET', string]
  if (STREAMS.includes(name)) return listen(more.path ?? url, headers)
  const n = ++asked
  const response = await server.inject({
    method,
    url: more.path ?? fill(url, () => newId()),
    remoteAddress: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    headers: { ...headers, ...(more.body !== undefined && { 'content-type': 'application/json' }) },
    ...(more.body !== undefined && { payload: JSON.stringify(more.body) }),
  })
  return { status: response.statusCode, body: response.body }
}

/** Of what answers for as long as somebody listens, the beginning. */
async function listen(path: string, headers: Headers): Promise<Answered> {
  const enough = new AbortController()
  const response = await fetch(server.url + path, { headers, signal: enough.signal })
  const body = response.ok ? '' : await response.text()
  enough.abort()
  return { status: response.status, body }
}

const isId = (thing: string): boolean => isUuid(thing)

const fill = (url: string, value: (name: string) => string): string =>
  url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(value(name))).replace('*', 'no-such-page')

/** Routes, each once: what HEAD answers is what GET answers, without the body. */
const routes = () =>
  server.routes.filter(({ method }) => method !== 'HEAD').map(({ method, url }) => `${method} ${url}`)
const ruleFor = (name: string): Rule | undefined => ruleOf(...(name.split(' ') as [string, string]))
const withRule = (name: string): Rule => ruleFor(name)!
const guarded = () => routes().filter(name => withRule(name) !== 'anyone')
const hasParams = (name: string): boolean => name.includes(':')

/** A session of its own each time: some of what is asked ends sessions. */
const signedIn = (company: Company, role: Role): Promise<Headers> => signInTo(server.app, company, role)

/** A company's rows, all of them, but when somebody was seen last. */
async function stateOf({ id }: Company): Promise<Record<string, string>> {
  // Who is signed in, and how often somebody has asked, changes by asking.
  const volatile = ['sessions', 'api_key_usage', 'routing_heads']
  return server.app.db.asOwner(async sql => {
    const tables = await sql.query<{ table_name: string }>(
      `select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_schema = 'public' and column_name = 'workspace_id' and table_type = 'BASE TABLE'
         and table_name <> all($1) order by 1`,
      [volatile],
    )
    const parts = tables.map(
      ({ table_name }) =>
        `(select md5(string_agg(r, '' order by r)) from (select (to_jsonb(t) - '{last_used_at,previous_used_at,seen_at}'::text[])::text as r
           from ${table_name} t where workspace_id = '${id}') as x) as ${table_name}`,
    )
    const [row] = await sql.query<Record<string, string>>(`select ${parts.join(', ')}`)
    return row!
  })
}

const PEOPLE: Principal[] = ROLES.map(role => ({ kind: 'user', role }) as Principal)
const KEYS: Principal[] = [[], ...PERMISSIONS.map(permission => [permission])].map(
  permissions => ({ kind: 'key', permissions, operator: false }) as unknown as Principal,
)
const nameOf = (who: Principal): string =>
  who.kind === 'user' ? `the role ${who.role}` : `a key for ${who.permissions[0] ?? 'nothing'}`

function isAllowed(rule: Rule, who: Principal): boolean {
  if (rule === 'anyone') return true
  if (rule === 'a participant' || rule === 'the operator') return false
  if (rule === 'anybody signed in') return who.kind === 'user'
  return may(who, rule as Ability)
}

/** The words with which somebody is told that the route is not for them. */
const NOT_FOR_THEM = /may not|for people who have signed in|takes the operator’s key/
const messageOf = ({ body }: Answered): string => (body.startsWith('{') ? (JSON.parse(body).error?.message ?? '') : '')

const keys = new Map<Principal, Headers>()

beforeAll(async () => {
  server = await startTestServer({
    SUPABASE_JWT_SECRET: PORTAL_SECRET,
    API_REQUESTS_PER_HOUR: '1000000000',
    DATA_DIR: dataDir,
    VOICE_PROCESSES: '1',
  })
  acme = await foundCompany(server, 'Acme', '+12025550131')
  bolt = await foundCompany(server, 'Bolt', '+12025550132')
  for (const who of KEYS) {
    const { permissions } = who as { permissions: Permission[] }
    // A key that may nothing cannot be made by asking.
    const { body } = await ask('POST /api/api-keys', acme.everyPermission, {
      body: { name: nameOf(who), permissions: permissions.length > 0 ? permissions : ['calls:read'] },
    })
    const made = JSON.parse(body) as { key: string; apiKey: { id: string } }
    if (permissions.length === 0)
      await server.app.db.inWorkspace(acme.id, tx =>
        tx.query(`update api_keys set permissions = '{}' where id = $1`, [made.apiKey.id]),
      )
    keys.set(who, { 'x-api-key': made.key })
  }
})
afterAll(async () => {
  await server.close()
  rmSync(dataDir, { recursive: true })
})

const credentials = async (who: Principal): Promise<Headers> =>
  who.kind === 'user' ? signedIn(acme, who.role) : keys.get(who)!

describe('every route', () => {
  test('has a rule, and every exception is still there', () => {
    expect(routes().filter(name => ruleFor(name) === undefined)).toEqual([])
    const served = new Set(routes())
    expect([...Object.keys(PUBLIC), ...STREAMS].filter(name => !served.has(name))).toEqual([])
    for (const { method, url } of server.routes) if (method === 'HEAD') expect(served).toContain(`GET ${url}`)
  })

  test('that anybody may ask says so in the contract, too, and nowhere else', () => {
    for (const name of routes()) {
      const operation = operationOf(name)
      if (operation) expect([name, operation.may === 'anyone']).toEqual([name, name in PUBLIC])
    }
  })

  test('asks for credentials before it looks at anything, and takes none that are false', async () => {
    const false_ = [
      NOBODY,
      { 'x-api-key': `rs_${'x'.repeat(43)}` },
      { 'x-api-key': '' },
      { cookie: `${createSessionCookie(null).name}=${'x'.repeat(43)}` },
      { authorization: 'Bearer x.y.z' },
      { authorization: 'Basic eDp4' },
    ]
    for (const name of guarded()) {
      for (const headers of false_) {
        const { status, body } = await ask(name, headers, {
          path: `${fill(name.split(' ')[1]!, () => 'not-an-id')}?limit=x`,
        })
        expect([name, headers, status]).toEqual([name, headers, 401])
        expect(JSON.parse(body)).toEqual({
          success: false,
          error: { code: 'unauthenticated', message: expect.any(String) },
        })
      }
    }
  })

  test('is for those whom its rule names, and changes nothing for all others', async () => {
    for (const name of guarded()) {
      const rule = withRule(name)
      const body = operationOf(name)?.body ? {} : undefined
      const before = await stateOf(acme)
      const refused = [...PEOPLE, ...KEYS].filter(who => !isAllowed(rule, who))
      for (const who of refused) {
        const answered = await ask(name, await credentials(who), { body })
        // Whoever takes part in calls between browsers is nobody that these credentials could show.
        const expected = rule === 'a participant' ? [401, 'unauthenticated'] : [403, 'forbidden']
        expect([name, nameOf(who), answered.status, JSON.parse(answered.body).error.code]).toEqual([
          name,
          nameOf(who),
          ...expected,
        ])
      }
      expect([name, await stateOf(acme)]).toEqual([name, before])

      for (const who of [...PEOPLE, ...KEYS].filter(who => isAllowed(rule, who))) {
        const answered = await ask(name, await credentials(who), { body })
        expect([name, nameOf(who), answered.status]).not.toEqual([name, nameOf(who), 401])
        expect([name, nameOf(who), answered.status < 500]).toEqual([name, nameOf(who), true])
        if (answered.status === 403) expect(messageOf(answered)).not.toMatch(NOT_FOR_THEM)
      }
      if (rule === 'a participant') {
        const answered = await ask(name, acme.participant, { body })
        expect([name, [401, 403].includes(answered.status)]).toEqual([name, false])
      }
    }
  }, 300_000)
})

describe('another company’s things', () => {
  /** Writing to an id of one's own choice makes a thing of one's own, whoever else has one of that name. */
  const MAKES_ITS_OWN = ['PUT /api/contacts/by-external-id/:externalId']
  /** Parameters that choose among kinds, which all have: whose it is is said by the credentials alone. */
  const CHOICE = /:crm\b/
  const withParams = () => guarded().filter(name => hasParams(name) && !CHOICE.test(name))
  /** Where the least that a body must have would not do. */
  const BODIES: Record<string, (own: Company) => unknown> = {
    'POST /api/calls/:id/consult': () => ({ queue: 'sales' }),
    'POST /api/calls/:id/transfer': () => ({ queue: 'sales' }),
    'POST /api/contacts/:id/merge': ({ contactId }) => ({ from: contactId }),
    'PUT /api/calls/:id/contact': () => ({ contactId: null }),
  }
  const answeredWith = async (name: string, own: Company, headers: Headers, id: string): Promise<Answered> => {
    const body = BODIES[name]?.(own) ?? sampleBody(operationOf(name), id)
    const { status, body: text } = await ask(name, headers, { path: fill(name.split(' ')[1]!, () => id), body })
    return { status, body: text.replaceAll(id, '<id>') }
  }
  /** One that looks like this one and is nobody’s. */
  const alike = (thing: string): string =>
    isId(thing) ? newId() : thing.replace(/bolt|(?<=^call-).*/i, word => 'x'.repeat(word.length))

  test('do not exist: they answer as what has never been, to the letter, and stay as they are', async () => {
    for (const name of withParams()) {
      if (MAKES_ITS_OWN.includes(name)) continue
      const before = await stateOf(bolt)
      const asking =
        withRule(name) === 'a participant'
          ? [acme.participant]
          : [await signedIn(acme, 'admin'), await signedIn(acme, 'agent')]
      for (const headers of asking) {
        const nobodys = new Map<string, Answered>()
        for (const thing of bolt.things) {
          const theirs = await answeredWith(name, acme, headers, thing)
          // One invented id is as good as another.
          const shape = isId(thing) ? 'id' : thing
          if (!nobodys.has(shape)) nobodys.set(shape, await answeredWith(name, acme, headers, alike(thing)))
          expect([name, thing, theirs]).toEqual([name, thing, nobodys.get(shape)])
          expect([name, thing, theirs.status >= 400 && theirs.status < 500]).toEqual([name, thing, true])
        }
      }
      expect([name, await stateOf(bolt)]).toEqual([name, before])
    }
  }, 300_000)

  test('of which some are such as each route is about: their own people are answered otherwise', async () => {
    const rank = (name: string): number => ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].indexOf(name.split(' ')[0]!)
    const unproven: string[] = []
    for (const name of withParams().sort((a, b) => rank(a) - rank(b))) {
      let met = false
      for (const thing of bolt.things) {
        const headers = withRule(name) === 'a participant' ? bolt.participant : await signedIn(bolt, 'admin')
        const { status } = await answeredWith(name, bolt, headers, thing)
        met = status !== 404 && status !== 400
        if (met) break
      }
      if (!met) unproven.push(name)
    }
    expect(unproven).toEqual([])
  }, 300_000)

  test('are in no answer, whatever is asked for and however it is filtered', async () => {
    const secrets = [bolt.secret, bolt.id, ...bolt.things.filter(isId)]
    const readers = [await signedIn(acme, 'admin'), acme.everyPermission, acme.participant, NOBODY]
    for (const name of routes().filter(name => name.startsWith('GET ') && !hasParams(name))) {
      if (STREAMS.includes(name) || (ruleFor(name) === 'anyone' && !(name in PUBLIC))) continue
      const path = name.split(' ')[1]!.replace('*', '')
      const fields = Object.keys(queryOf(name))
      const filters = ['', ...fields.flatMap(field => bolt.things.slice(0, 3).map(id => `?${field}=${id}`))]
      filters.push(`?workspaceId=${bolt.id}&workspace_id=${bolt.id}`, '?q=olt+onl&text=olt+onl')
      for (const headers of readers) {
        for (const filter of filters) {
          const { body } = await ask(name, headers, { path: path + filter })
          // What was asked for may be repeated where it is refused.
          const shown = body.replaceAll(filter.split('=').at(-1) || '\0', '')
          expect([name, filter, secrets.filter(secret => shown.includes(secret))]).toEqual([name, filter, []])
        }
      }
    }
  }, 300_000)

  test('cannot be reached by saying whose one is, and nobody becomes more than they are', async () => {
    const before = await stateOf(bolt)
    const rolesBefore = await rolesOf(acme)
    for (const name of routes().filter(name => operationOf(name)?.body && !name.includes('/workspaces'))) {
      const sample = sampleBody(operationOf(name), newId())
      const mine = typeof sample === 'object' && sample !== null ? sample : {}
      const body = {
        ...mine,
        workspaceId: bolt.id,
        workspace_id: bolt.id,
        id: bolt.things[0],
        userId: bolt.people.admin,
        isAdmin: true,
        operator: true,
        __proto__: { operator: true },
        ...('role' in mine ? {} : { role: 'admin', permissions: [...PERMISSIONS] }),
      }
      // What customers send says which workspace it is for.
      if (name === 'POST /api/customer/support-request') continue
      const headers = withRule(name) === 'a participant' ? acme.participant : await signedIn(acme, 'agent')
      const { status } = await ask(name, headers, { path: fill(name.split(' ')[1]!, () => newId()), body })
      expect([name, status < 500]).toEqual([name, true])
    }
    expect(await stateOf(bolt)).toEqual(before)
    expect(await rolesOf(acme)).toEqual(rolesBefore)
  }, 300_000)
})

const queryOf = (name: string): Record<string, unknown> => {
  const query = operationOf(name)?.query as { shape?: Record<string, unknown> } | undefined
  return query?.shape ?? {}
}

const rolesOf = (company: Company) =>
  server.app.db.inWorkspace(company.id, tx =>
    tx.query(
      `select (select json_agg(json_build_array(id, role, disabled_at) order by id) from users) as users,
         (select json_agg(json_build_array(id, permissions) order by id) from api_keys) as keys`,
    ),
  )

describe('sockets and streams', () => {
  const sources = new URL('../server/', import.meta.url)
  /** What a socket of ours listens to, from its source: one that nobody has looked at here fails. */
  const messagesIn = (file: string, pattern: RegExp): string[] => [
    ...new Set([...readFileSync(new URL(file, sources), 'utf8').matchAll(pattern)].map(([, name]) => name!)),
  ]

  const join = (headers: Headers, event: string, auth: Record<string, string> = {}) =>
    new Promise<{ ok: boolean; error?: string }>((resolve, reject) => {
      const socket = io(server.url, { forceNew: true, extraHeaders: headers, auth, transports: ['websocket'] })
      socket.on('connect_error', reject)
      socket
        .timeout(5000)
        .emit(event, { userEmail: `admin@bolt.example`, workspaceId: bolt.id }, (error: unknown, body: never) => {
          if (error) reject(error)
          else resolve(body)
          socket.close()
        })
    })

  test('every message of a socket is known here', () => {
    expect(messagesIn('platform/sockets.ts', /socket\.on\('([\w-]+)'/g)).toEqual([
      'join-call-center',
      'subscribe',
      'disconnect',
    ])
    expect(messagesIn('voice/voiceSocket.ts', /case '(\w+)':/g)).toEqual([
      ...['call', 'resume', 'reachable', 'answer', 'decline', 'desk', 'beFirst', 'try', 'enter', 'ping'],
    ])
  })

  test.each(['join-call-center', 'subscribe'])(
    '%s: nobody without credentials, nobody with false ones',
    async event => {
      for (const auth of [{}, { apiKey: 'rs_false' }, { token: 'x.y.z' }])
        expect(await join(NOBODY, event, auth)).toEqual({ ok: false, error: expect.any(String) })
      for (const who of [...PEOPLE, ...KEYS]) expect((await join(await credentials(who), event)).ok).toBe(true)
    },
  )

  test('of the other company’s events nobody hears any, and of its own each what it may see', async () => {
    const heard = new Map<string, string[]>()
    const sockets = []
    for (const event of ['join-call-center', 'subscribe']) {
      for (const who of [...PEOPLE, ...KEYS]) {
        const name = `${event} ${nameOf(who)}`
        const messages: string[] = []
        heard.set(name, messages)
        const socket = io(server.url, {
          forceNew: true,
          extraHeaders: await credentials(who),
          transports: ['websocket'],
        })
        socket.onAny((...message) => messages.push(JSON.stringify(message)))
        await socket.emitWithAck(event, { userEmail: 'admin@bolt.example', since: event === 'subscribe' ? 0 : null })
        sockets.push(socket)
      }
    }
    const streams = []
    for (const who of [...PEOPLE, ...KEYS].filter(who => may(who, 'see calls'))) {
      const messages: string[] = []
      heard.set(`stream ${nameOf(who)}`, messages)
      const headers = await credentials(who)
      const stream = new EventSource(`${server.url}/api/ringcentral/call-stream`, {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...(init?.headers as Headers), ...headers } }),
      })
      for (const name of ['call', 'message', 'error', 'connected'])
        stream.addEventListener(name, event => messages.push(JSON.stringify((event as MessageEvent).data ?? null)))
      await new Promise(resolve => stream.addEventListener('connected', resolve, { once: true }))
      streams.push(stream)
    }
    for (const company of [bolt, acme]) {
      await ask('POST /api/contacts', company.everyPermission, { body: { name: `${company.secret} told` } })
      await ask('POST /api/admin/customer-service/calls', company.everyPermission, {
        body: { customerPhone: '+14155550166', direction: 'inbound', subject: `${company.secret} told` },
      })
    }
    const told = (name: string) => heard.get(name)!.join('\n')
    await expect.poll(() => told('subscribe the role admin')).toContain(`${acme.secret} told`)
    for (const [name, messages] of heard) {
      const text = messages.join('\n')
      for (const secret of [bolt.secret, bolt.id, ...bolt.things.filter(isId)])
        expect([name, text.includes(secret)]).toEqual([name, false])
    }
    expect(told('subscribe a key for nothing')).toBe('')
    for (const each of [...sockets, ...streams]) each.close()
  })

  test(`${VOICE_PATH}: tickets, rings and rooms of others, or of nobody, open nothing; a desk takes a session`, async () => {
    /** What comes back for one message. */
    const answersTo = async (headers: Headers, message: object): Promise<Record<string, unknown>[]> => {
      const socket = new WebSocket(server.url.replace('http', 'ws') + VOICE_PATH, { headers })
      const answers: Record<string, unknown>[] = []
      socket.on('message', data => answers.push(JSON.parse(String(data))))
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      socket.send(JSON.stringify(message))
      // Messages are served one after the other: what has not come before the answer to this one does not come.
      socket.send(JSON.stringify({ type: 'ping' }))
      await expect.poll(() => answers.at(-1)?.type).toBe('pong')
      socket.close()
      expect(answers[0]).toMatchObject({ type: 'ready' })
      return answers.slice(1, -1)
    }
    const participant = acme.participant.authorization!.replace('Bearer ', '')
    for (const headers of [NOBODY, await signedIn(acme, 'admin')]) {
      for (const ticket of [...bolt.things.slice(-5), 'x.y.z', participant]) {
        for (const message of [
          { type: 'resume', ticket },
          { type: 'reachable', ticket },
          { type: 'enter', token: ticket },
        ])
          for (const { type } of await answersTo(headers, message)) expect(['refused', 'ended']).toContain(type)
      }
    }
    for (const headers of [NOBODY, { 'x-api-key': 'x' }, acme.everyPermission, acme.participant])
      expect(await answersTo(headers, { type: 'desk' })).toEqual([
        expect.objectContaining({ type: 'refused', code: 'unauthenticated' }),
      ])
  })
})

/** Last: a word of one's own that is taken, such as a team, is then an id of theirs in our answers. */
describe('another company’s things, in a body', () => {
  test('cannot be named', async () => {
    const strangers = bolt.things.filter(isId)
    const before = await stateOf(bolt)
    for (const name of guarded()) {
      const bodies = (id: string) => bodiesNaming(operationOf(name), id)
      if (bodies(newId()).length === 0) continue
      const headers = withRule(name) === 'a participant' ? acme.participant : await signedIn(acme, 'admin')
      const own = hasParams(name) ? await ownPath(name, headers) : name.split(' ')[1]!
      const answered = async (id: string, at: number): Promise<Answered> => {
        const { status, body } = await ask(name, headers, { path: own, body: bodies(id)[at] })
        return { status, body: body.replaceAll(id, '<id>') }
      }
      for (const at of bodies(newId()).keys()) {
        const nobodys = await answered(newId(), at)
        for (const id of strangers) {
          const theirs = await answered(id, at)
          expect([name, at, theirs.body]).not.toEqual([name, at, expect.stringContaining(bolt.secret)])
          // What is taken is a word of one's own, such as a team, whatever it is; what is refused is refused alike.
          if (nobodys.status >= 400) expect([name, at, theirs]).toEqual([name, at, nobodys])
        }
      }
    }
    expect(await stateOf(bolt)).toEqual(before)
  }, 300_000)

  /** The route at a thing of one's own that it is about: it answers otherwise than at what is nobody's. */
  async function ownPath(name: string, headers: Headers): Promise<string> {
    const [body] = bodiesNaming(operationOf(name), newId())
    const answered = async (thing: string) => {
      const path = fill(name.split(' ')[1]!, () => thing)
      const { status, body: text } = await ask(name, headers, { path, body })
      return { path, said: `${status} ${text.replaceAll(thing, '<id>')}` }
    }
    const nobodys = await answered(newId())
    for (const thing of acme.things.filter(isId)) {
      const { path, said } = await answered(thing)
      if (said !== nobodys.said) return path
    }
    return nobodys.path
  }
})
