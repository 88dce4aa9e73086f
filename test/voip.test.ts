import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { startServer } from '../server/server.ts'
import { onBothDatabases } from './support/databases.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const SECRET = 'the-secret-of-the-portal-0123456789abcdef'

/** A token as the portal's own sign-in makes them. */
const tokenOf = (sub: string, secret = SECRET): Promise<string> =>
  new SignJWT({ role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))

onBothDatabases('calls between CRM users and portal customers', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ SUPABASE_JWT_SECRET: SECRET }, open)
  })
  afterAll(() => server.close())

  /** Somebody with a token, as the portal's or the CRM's own pages have one. */
  function person(supabaseUserId: string) {
    async function ask<Answer = never>(path: string, json?: unknown): Promise<{ status: number; body: Answer }> {
      const response = await fetch(server.url + path, {
        ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
        headers: {
          authorization: `Bearer ${await tokenOf(supabaseUserId)}`,
          ...(json !== undefined && { 'content-type': 'application/json' }),
        },
      })
      return { status: response.status, body: (await response.json()) as Answer }
    }
    return {
      supabaseUserId,
      ask,
      call: (callee: { supabaseUserId: string }, callerName?: string) =>
        ask<Started & Refused>('/api/voip/start-call', { calleeSupabaseId: callee.supabaseUserId, callerName }),
      act: (roomName: string, what: 'accept' | 'decline' | 'end') =>
        ask<{ call: contract.VoipCall; token: string } & Refused>(`/api/voip/calls/${roomName}/${what}`, {}),
      history: async () => (await ask<contract.VoipCall[]>('/api/voip/history')).body,
      available: async () => (await ask<contract.AvailableAgent[]>('/api/voip/agents/available')).body,
      current: async () => (await ask<{ current: { call: contract.VoipCall } | null }>('/api/voip/calls/current')).body,
    }
  }
  type Person = ReturnType<typeof person>
  type Started = {
    roomName: string
    callerToken: string
    calleeToken: string
    call: contract.VoipCall
    recording: contract.VoipRecording | null
  }
  type Refused = { error: { code: string; message: string } }

  let people = 0
  async function enter(
    type: 'CRM_USER' | 'PORTAL_CUSTOMER',
    firstName: string,
    more: { key?: string; lastName?: string; email?: string; phone?: string; role?: string } = {},
  ): Promise<Person> {
    const { key, ...said } = more
    const supabaseUserId = `${firstName.toLowerCase()}-${++people}-0000`
    const email = `${firstName.toLowerCase()}${people}@example.com`
    const { status } = await server.api('/api/voip/participants', {
      json: { supabaseUserId, type, firstName, lastName: 'Example', email, ...said },
      ...(key !== undefined && { headers: { 'x-api-key': key } }),
    })
    expect(status).toBe(201)
    return person(supabaseUserId)
  }

  let ana: Person
  let ben: Person
  let carla: Person
  beforeEach(async () => {
    ana = await enter('CRM_USER', 'Ana', { role: 'ADMIN' })
    ben = await enter('CRM_USER', 'Ben')
    carla = await enter('PORTAL_CUSTOMER', 'Carla')
  })

  /** Makes the deadlines of this call lie in the past, as if so much time had gone by. */
  const age = (roomName: string, seconds: number) =>
    server.app.db.asOwner(async sql => {
      await sql.query(
        `update voip_calls set started_at = started_at - $2 * interval '1 second', due_at = due_at - $2 * interval '1 second',
           answered_at = answered_at - $2 * interval '1 second'
         where room_name = $1`,
        [roomName, seconds],
      )
    })

  const until = async <Value>(look: () => Promise<Value>, wanted: (value: Value) => boolean): Promise<Value> => {
    for (let tries = 0; ; tries++) {
      const value = await look()
      if (wanted(value) || tries === 100) return value
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  const workspaceId = () => server.app.directory.workspaceOf([])

  /** What the call center knows of the same call. */
  async function asCall(roomName: string): Promise<contract.Call | undefined> {
    const { body } = await server.api('/api/calls')
    return (body as { items: contract.Call[] }).items.find(call => call.providerCallId === roomName)
  }

  test('the document’s three requests, word for word', async () => {
    const headers = { Authorization: `Bearer ${await tokenOf(carla.supabaseUserId)}` }
    const agents = await fetch(`${server.url}/api/voip/agents/available`, { headers })
    expect(agents.status).toBe(200)
    expect(await agents.json()).toContainEqual({
      supabaseUserId: ana.supabaseUserId,
      firstName: 'Ana',
      lastName: 'Example',
      email: expect.stringContaining('ana'),
      role: 'ADMIN',
    })
    const started = await fetch(`${server.url}/api/voip/start-call`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ calleeSupabaseId: ana.supabaseUserId, callerName: 'Your Name' }),
    })
    expect(started.status).toBe(200)
    const call = (await started.json()) as Started
    expect(call.roomName).toMatch(/^call-[A-Za-z0-9]{1,8}-[A-Za-z0-9]{1,8}-\d{13}$/)
    for (const token of [call.callerToken, call.calleeToken]) expect(token.split('.')).toHaveLength(3)
    expect(call.callerToken).not.toBe(call.calleeToken)
    await ana.act(call.roomName, 'accept')
    await carla.act(call.roomName, 'end')
    const history = await fetch(`${server.url}/api/voip/history`, { headers })
    expect(await history.json()).toEqual([
      {
        id: expect.any(String),
        fromUserId: expect.any(String),
        toUserId: expect.any(String),
        fromUserType: 'PORTAL_CUSTOMER',
        toUserType: 'CRM_USER',
        roomName: call.roomName,
        startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        endedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        duration: expect.any(Number),
        status: 'COMPLETED',
        fromName: 'Your Name (Carla Example)',
        toName: 'Ana Example',
        fromSupabaseUserId: carla.supabaseUserId,
        toSupabaseUserId: ana.supabaseUserId,
        answeredAt: expect.any(String),
      },
    ])
  })

  describe('who may', () => {
    const status = async (token: string | null) => {
      const response = await fetch(`${server.url}/api/voip/agents/available`, {
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
      })
      const body = (await response.json()) as Refused
      return [response.status, body.error?.message] as const
    }

    test('nobody without a good token', async () => {
      expect(await status(null)).toEqual([401, expect.stringContaining('bearer token')])
      expect(await status('nonsense')).toEqual([401, 'This bearer token is not valid.'])
      expect(await status(await tokenOf(carla.supabaseUserId, 'x'.repeat(40)))).toEqual([401, expect.any(String)])
      const withKey = await server.api('/api/voip/agents/available')
      expect(withKey.status).toBe(401)
    })

    test('somebody who does not take part is told how to', async () => {
      expect(await status(await tokenOf('nobody-knows-me'))).toEqual([
        403,
        expect.stringContaining('/api/voip/participants'),
      ])
    })

    test('a user with a supabaseUserId takes part by itself, and until it is disabled', async () => {
      const supabaseUserId = `staff-${++people}`
      const made = await server.api('/api/users', {
        json: { email: `staff${people}@example.com`, name: 'Dora de la Cruz', role: 'agent', supabaseUserId },
      })
      const { user } = made.body as { user: contract.User }
      const dora = { supabaseUserId, firstName: 'Dora', lastName: 'de la Cruz', role: 'AGENT' }
      expect(await carla.available()).toContainEqual(expect.objectContaining(dora))
      const { body } = await carla.call(person(supabaseUserId))
      expect(await asCall(body.roomName)).toMatchObject({ agent: { id: user.agentId, name: 'Dora de la Cruz' } })
      expect((await person(supabaseUserId).act(body.roomName, 'accept')).status).toBe(200)
      await carla.act(body.roomName, 'end')
      await server.api(`/api/users/${user.id}`, { method: 'PATCH', json: { disabled: true } })
      expect((await person(supabaseUserId).ask('/api/voip/history')).status).toBe(403)
      expect((await carla.call(person(supabaseUserId))).status).toBe(404)
    })

    test('a participant is entered once, and updated after', async () => {
      const said = {
        supabaseUserId: 'eve',
        type: 'CRM_USER',
        firstName: 'Eve',
        lastName: 'One',
        email: 'eve@example.com',
      }
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => server.api('/api/voip/participants', { json: said })),
      )
      expect(answers.map(answer => answer.status).toSorted()).toEqual([200, 200, 200, 200, 200, 201])
      const again = await server.api('/api/voip/participants', { json: { ...said, lastName: 'Two', role: 'SALES' } })
      expect(again.status).toBe(200)
      expect((again.body as { participant: contract.Participant }).participant).toMatchObject({
        id: (answers[0]!.body as { participant: contract.Participant }).participant.id,
        lastName: 'Two',
        role: 'SALES',
      })
      const { items } = (await server.api('/api/activity?type=participant&limit=7')).body as {
        items: { type: string; participant: { name: string } }[]
      }
      expect(items.map(({ type, participant }) => [type, participant.name])).toEqual([
        ['participant.updated', 'Eve Two'],
        ...Array.from({ length: 5 }, () => ['participant.updated', 'Eve One']),
        ['participant.created', 'Eve One'],
      ])
    })

    test('not with a key that may not manage users', async () => {
      const made = await server.api('/api/api-keys', { json: { name: 'Reader', permissions: ['calls:read'] } })
      const { status } = await server.api('/api/voip/participants', {
        headers: { 'x-api-key': (made.body as { key: string }).key },
        json: {},
      })
      expect(status).toBe(403)
    })
  })

  describe('a call', () => {
    test.each([
      ['a customer calls', () => [carla, ana] as const, 'inbound'],
      ['a user calls', () => [ana, carla] as const, 'outbound'],
    ])('%s: it rings, is answered and ends, also for the call center', async (_, both, direction) => {
      const [from, to] = both()
      const { body } = await from.call(to)
      const known = await asCall(body.roomName)
      expect(known).toMatchObject({ direction, status: 'ringing', provider: 'builtin', conversation: null })
      expect((await to.current()).current?.call).toMatchObject({ roomName: body.roomName, status: 'RINGING' })
      const accepted = await to.act(body.roomName, 'accept')
      expect(accepted.body.call.status).toBe('IN_PROGRESS')
      expect(accepted.body.token.split('.')).toHaveLength(3)
      expect(await asCall(body.roomName)).toMatchObject({ id: known!.id, status: 'in-progress' })
      await age(body.roomName, 65)
      const ended = await to.act(body.roomName, 'end')
      expect(ended.body.call).toMatchObject({ status: 'COMPLETED', duration: expect.closeTo(65, -0.5) })
      expect(await asCall(body.roomName)).toMatchObject({ id: known!.id, status: 'completed', outcome: 'answered' })
      expect(await to.history()).toEqual(await from.history())
      expect((await from.act(body.roomName, 'end')).body.call).toEqual(ended.body.call)
      expect((await to.current()).current).toBeNull()
    })

    test('is declined', async () => {
      const { body } = await carla.call(ana)
      expect((await ana.act(body.roomName, 'decline')).body.call).toMatchObject({ status: 'DECLINED', duration: 0 })
      expect(await asCall(body.roomName)).toMatchObject({ outcome: 'rejected' })
      expect((await ana.act(body.roomName, 'accept')).body.error.code).toBe('call_over')
    })

    test('is missed when nobody answers in 45 seconds, though the server was away then', async () => {
      const { body } = await carla.call(ana)
      await age(body.roomName, 44)
      expect((await carla.history())[0]!.status).toBe('RINGING')
      await age(body.roomName, 1.5)
      const another = await startServer(server.app.config, server.app.db, server.app.log)
      const [missed] = await until(ana.history, ([call]) => call?.status === 'MISSED')
      expect(missed).toMatchObject({ status: 'MISSED', duration: 0, answeredAt: null })
      expect(Date.parse(missed!.endedAt!) - Date.parse(missed!.startedAt)).toBe(45_000)
      const known = await until(
        () => asCall(body.roomName),
        call => call?.outcome !== null,
      )
      expect(known).toMatchObject({ outcome: 'abandoned' })
      await another.stop()
    })

    test('that the call center was not told of is told when somebody looks', async () => {
      const { body } = await carla.call(ana)
      await server.app.db.inWorkspace(await workspaceId(), async tx => {
        await tx.query(
          `update voip_calls set status = 'DECLINED', ended_at = now(), due_at = null where room_name = $1`,
          [body.roomName],
        )
        await tx.query('delete from voip_lines where room_name = $1', [body.roomName])
      })
      expect(await asCall(body.roomName)).toMatchObject({ status: 'ringing' })
      const another = await startServer(server.app.config, server.app.db, server.app.log)
      await until(
        () => asCall(body.roomName),
        call => call?.outcome === 'rejected',
      )
      expect(await asCall(body.roomName)).toMatchObject({ outcome: 'rejected' })
      await another.stop()
    })

    test('that the caller gives up is missed', async () => {
      const { body } = await carla.call(ana)
      expect((await carla.act(body.roomName, 'end')).body.call.status).toBe('MISSED')
    })

    test('is known by the customer’s telephone number and e-mail address', async () => {
      const email = `nina${++people}@example.com`
      const made = await server.api('/api/contacts', { json: { name: 'Nina Contact', email } })
      const nina = await enter('PORTAL_CUSTOMER', 'Nina', { email, phone: '+14155550142' })
      const { body } = await nina.call(ana)
      expect(await asCall(body.roomName)).toMatchObject({
        from: '+14155550142',
        callerName: 'Nina Example',
        contact: { id: (made.body as { contact: contract.Contact }).contact.id },
      })
      await nina.act(body.roomName, 'end')
    })
  })

  describe('refused', () => {
    test('somebody unknown; oneself; another customer', async () => {
      expect((await carla.call({ supabaseUserId: 'who' })).status).toBe(404)
      expect((await carla.call(carla)).status).toBe(400)
      expect((await carla.call(await enter('PORTAL_CUSTOMER', 'Carl'))).status).toBe(404)
      const nothing = await carla.ask<Refused>('/api/voip/start-call', {})
      expect([nothing.status, nothing.body.error.code]).toEqual([400, 'invalid_input'])
    })

    test('who is on another call, and on no list meanwhile', async () => {
      const { body } = await carla.call(ana)
      const cora = await enter('PORTAL_CUSTOMER', 'Cora')
      expect((await cora.call(ana)).body.error).toMatchObject({ code: 'callee_busy' })
      expect((await carla.call(ben)).body.error).toMatchObject({ code: 'caller_busy' })
      expect((await cora.available()).map(agent => agent.supabaseUserId)).not.toContain(ana.supabaseUserId)
      await carla.act(body.roomName, 'end')
      const after = await cora.call(ana)
      expect(after.status).toBe(200)
    })

    test('what somebody else’s call is about', async () => {
      const { body } = await carla.call(ana)
      for (const what of ['accept', 'decline', 'end'] as const) {
        expect((await ben.act(body.roomName, what)).status).toBe(404)
        expect((await ben.act('call-a-b-1', what)).status).toBe(404)
      }
      expect((await carla.act(body.roomName, 'accept')).status).toBe(403)
      await ana.act(body.roomName, 'accept')
      expect((await ana.act(body.roomName, 'decline')).body.error.code).toBe('call_answered')
      await ana.act(body.roomName, 'end')
    })

    test('more calls than anybody dials', async () => {
      const statuses: number[] = []
      for (let calls = 0; calls < 32; calls++) statuses.push((await carla.call({ supabaseUserId: 'who' })).status)
      expect(statuses.filter(status => status === 429).length).toBeGreaterThan(0)
    })
  })

  describe('what is to be known about recording', () => {
    const rules = (settings: object) => server.api('/api/settings/calls', { method: 'PUT', json: settings })
    afterEach(() =>
      rules({ consent_mode: 'announce', consent_regions: {}, consent_numbers: {}, consent_opt_out_key: null }),
    )

    /** Somebody who takes calls of queues that are recorded. */
    async function enterAgent(phone?: string): Promise<Person> {
      const supabaseUserId = `agent-${++people}`
      const { body } = await server.api('/api/queues')
      const queues = (body as { items: contract.Queue[] }).items.map(({ id }) => id)
      const email = `agent${people}@example.com`
      await server.api('/api/users', { json: { email, name: 'Ada Agent', role: 'agent', supabaseUserId, queues } })
      if (phone !== undefined) {
        const ada = { supabaseUserId, type: 'CRM_USER', firstName: 'Ada', lastName: 'Agent', email, phone }
        await server.api('/api/voip/participants', { json: ada })
      }
      return person(supabaseUserId)
    }
    const callOf = async (customer: Person, agent: Person) => (await customer.call(agent)).body
    const says = (who: Person, roomName: string, choice: contract.RecordingChoice) =>
      who.ask<{ recording: contract.VoipRecording } & Refused>(`/api/voip/calls/${roomName}/recording`, {
        choice,
        language: 'en-US',
      })

    test('is the rule of where one of the customer’s numbers is at home, or of our number, whichever is stricter', async () => {
      const ada = await enterAgent('+1 202 555 0100')
      const email = `nora${++people}@example.com`
      await server.api('/api/contacts', { json: { name: 'Nora', email, phones: ['+12025550142', '+4930123456'] } })
      const nora = await enter('PORTAL_CUSTOMER', 'Nora', { email })
      const modeBy = async (settings: object, customer: Person) => {
        expect((await rules({ consent_mode: 'none', ...settings })).status).toBe(200)
        const { roomName, recording } = await callOf(customer, ada)
        await customer.act(roomName, 'end')
        return recording?.mode ?? null
      }
      expect(await modeBy({}, nora)).toBeNull()
      expect(await modeBy({ consent_regions: { DE: 'ask' } }, nora)).toBe('ask')
      expect(await modeBy({ consent_regions: { DE: 'ask' } }, carla)).toBeNull()
      expect(await modeBy({ consent_regions: {}, consent_numbers: { '+12025550100': 'announce' } }, carla)).toBe(
        'announce',
      )
      expect(await modeBy({ consent_regions: { US: 'ask' } }, nora)).toBe('ask')
    })

    test('is said by the customer alone, and told to both whose pages know of it', async () => {
      const ada = await enterAgent()
      await rules({ consent_mode: 'ask' })
      const heard: Record<string, contract.VoipEvent[]> = { ada: [], old: [], carla: [] }
      const aborting = new AbortController()
      for (const [name, who, query] of [
        ['ada', ada, '?recording=true'],
        ['old', ada, ''],
        ['carla', carla, '?recording=true'],
      ] as const) {
        const response = await fetch(`${server.url}/api/voip/events${query}`, {
          headers: { authorization: `Bearer ${await tokenOf(who.supabaseUserId)}` },
          signal: aborting.signal,
        })
        void (async () => {
          const decoder = new TextDecoder()
          for await (const chunk of response.body!)
            for (const [, data] of decoder.decode(chunk as Uint8Array).matchAll(/^data: (.+)$/gm))
              heard[name]!.push(JSON.parse(data!) as contract.VoipEvent)
        })().catch(() => {})
      }
      const { roomName, recording } = await callOf(carla, ada)
      expect(recording).toMatchObject({ mode: 'ask', yours: true, said: null, choices: ['allow', 'decline'] })
      expect((await says(ada, roomName, 'allow')).status).toBe(403)
      expect((await says(ben, roomName, 'allow')).status).toBe(404)
      expect((await says(carla, roomName, 'shown')).body.error.code).toBe('not_offered')
      expect((await says(carla, roomName, 'allow')).body.recording).toMatchObject({ said: 'allow' })
      expect((await says(carla, roomName, 'decline')).body.recording).toMatchObject({ said: 'decline', choices: [] })
      expect((await asCall(roomName))!.consent).toMatchObject({ how: 'asked', given: false, answer: 'decline' })
      await carla.act(roomName, 'end')
      expect((await says(carla, roomName, 'allow')).body.error.code).toBe('call_over')
      const ended = (events: contract.VoipEvent[]) => events.some(({ type }) => type === 'call-ended')
      await until(
        async () => Object.values(heard),
        all => all.every(ended),
      )
      aborting.abort()
      const told = (name: string) =>
        heard[name]!.filter(({ type }) => type === 'call-recording').map(({ recording }) => [
          recording?.yours,
          recording?.said,
        ])
      expect(told('ada')).toEqual([
        [false, 'allow'],
        [false, 'decline'],
      ])
      expect(told('carla')).toEqual([
        [true, 'allow'],
        [true, 'decline'],
      ])
      expect(told('old')).toEqual([])
    })

    test('that the call center was not told of is told when somebody looks', async () => {
      const ada = await enterAgent()
      const { roomName } = await callOf(carla, ada)
      await ada.act(roomName, 'accept')
      const said = { choice: 'shown', language: 'en-US', at: new Date().toISOString() }
      await server.app.db.inWorkspace(await workspaceId(), tx =>
        tx.query(
          `update voip_calls set consent = jsonb_set(consent, '{said}', $2::jsonb), told_status = null where room_name = $1`,
          [roomName, JSON.stringify(said)],
        ),
      )
      expect(await asCall(roomName)).toMatchObject({ consent: null, conversation: { recording: 'off' } })
      const another = await startServer(server.app.config, server.app.db, server.app.log)
      const known = await until(
        () => asCall(roomName),
        call => call?.consent != null,
      )
      expect(known).toMatchObject({ consent: { how: 'announced', given: true }, conversation: { recording: 'on' } })
      await another.stop()
      await carla.act(roomName, 'end')
    })
  })

  test('of many who call one person at once, exactly one gets through', async () => {
    const callers = await Promise.all([...'abcdefgh'].map(letter => enter('PORTAL_CUSTOMER', `Caller${letter}`)))
    const answers = await Promise.all(callers.map(caller => caller.call(ana)))
    expect(answers.map(answer => answer.status).toSorted()).toEqual([200, ...Array(7).fill(409)])
    expect(await ana.history()).toHaveLength(1)
  })

  test('of two who call each other at once, one gets through', async () => {
    const answers = await Promise.all([ana.call(ben), ben.call(ana)])
    expect(answers.map(answer => answer.status).toSorted()).toEqual([200, 409])
  })

  test('another workspace’s people do not exist', async () => {
    const made = await server.api('/api/workspaces', {
      json: { name: 'Bolt', adminEmail: `bolt${++people}@example.com`, adminPassword: 'a long enough password' },
    })
    const key = (made.body as { apiKey: string }).apiKey
    const bob = await enter('CRM_USER', 'Bob', { key })
    expect((await carla.call(bob)).body).toEqual((await carla.call({ supabaseUserId: 'who' })).body)
    expect(await bob.available()).toEqual([])
    const { body } = await carla.call(ana)
    expect((await bob.act(body.roomName, 'end')).status).toBe(404)
    expect(await bob.history()).toEqual([])
    const stolen = await server.api('/api/voip/participants', {
      headers: { 'x-api-key': key },
      json: {
        supabaseUserId: ana.supabaseUserId,
        type: 'CRM_USER',
        firstName: 'A',
        lastName: 'A',
        email: 'a@example.com',
      },
    })
    expect(stolen.status).toBe(409)
  })

  test('both hear of it at once, and nobody else does', async () => {
    const heard: Record<string, string[]> = { ana: [], ben: [], carla: [] }
    const aborting = new AbortController()
    for (const [name, who] of Object.entries({ ana, ben, carla })) {
      const response = await fetch(`${server.url}/api/voip/events`, {
        headers: { authorization: `Bearer ${await tokenOf(who.supabaseUserId)}`, origin: 'https://portal.example' },
        signal: aborting.signal,
      })
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      void (async () => {
        const decoder = new TextDecoder()
        for await (const chunk of response.body!)
          for (const [, event] of decoder.decode(chunk as Uint8Array).matchAll(/^event: (\S+)/gm))
            heard[name]!.push(event!)
      })().catch(() => {})
    }
    await until(
      async () => Object.values(heard),
      all => all.every(one => one.includes('connected')),
    )
    const { body } = await carla.call(ana)
    await ana.act(body.roomName, 'accept')
    await ana.act(body.roomName, 'end')
    const second = await ana.call(carla)
    await carla.act(second.body.roomName, 'decline')
    await until(
      async () => heard.ana!.length + heard.carla!.length,
      count => count >= 8,
    )
    aborting.abort()
    expect(heard).toEqual({
      ana: ['connected', 'incoming-call', 'call-accepted', 'call-ended', 'call-declined'],
      ben: ['connected'],
      carla: ['connected', 'call-accepted', 'call-ended', 'incoming-call', 'call-declined'],
    })
  })

  test('pages of other origins may ask', async () => {
    const response = await fetch(`${server.url}/api/voip/start-call`, { method: 'OPTIONS' })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization')
  })
})
