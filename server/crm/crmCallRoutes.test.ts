import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import type { Permission } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { insertKey } from '../access/keyStore.ts'
import { writeCursor } from '../platform/cursor.ts'
import { findOldestWorkspace } from '../workspaces/workspaceStore.ts'

/** An id of nothing. */
const NOBODY = '01900000-0000-7000-8000-000000000000'

type Body<Name extends keyof typeof contract> = (typeof contract)[Name] extends { answer: { _output: infer Answer } }
  ? Answer
  : never

onBothDatabases('calls for CRM systems', open => {
  let server: TestServer
  let workspaceId: string
  beforeAll(async () => {
    server = await startTestServer({}, open)
    workspaceId = (await server.app.db.asSystem(findOldestWorkspace))!
  })
  afterAll(() => server.close())

  const get = async <Answer>(path: string, query: Record<string, string | number> = {}, key?: string) => {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
    const answered = await server.api(`/functions/v1/${path}?${search}`, key ? { headers: { 'x-api-key': key } } : {})
    return answered as unknown as {
      status: number
      body: Answer & { error: { code: string; message: string; fields?: { path: string }[] } }
    }
  }
  const list = async (query: Record<string, string | number> = {}, key?: string) =>
    (await get<Body<'listCrmCalls'>>('api-calls-list', query, key)).body
  const idsOf = ({ calls }: Body<'listCrmCalls'>) => calls.map(({ id }) => id)

  const keyWith = async (...permissions: Permission[]) =>
    (
      await server.app.db.inWorkspace(workspaceId, tx =>
        insertKey(tx, { name: 'CRM', permissions, expiresAt: null, createdBy: null }),
      )
    ).key

  /** A call as Twilio reports it. */
  const report = async (sid: string, status: string, more: Record<string, string> = {}) => {
    const fields = { CallSid: sid, From: '+14155550142', To: '+12025550100', Direction: 'inbound', CallStatus: status }
    const { body } = await server.api('/api/webhooks/call/status', { json: { ...fields, ...more } })
    return (body as { call: contract.Call }).call
  }
  let sids = 0
  const newSid = () => `CA${String(++sids).padStart(32, '0')}`

  const logged = async (more: object = {}) =>
    (
      (await server.api('/api/admin/customer-service/calls', {
        json: { customerPhone: '+14155550150', direction: 'inbound', ...more },
      })) as unknown as { body: { call: contract.Call } }
    ).body.call

  /** Each link is signed anew. */
  const withAnyLink = (call: contract.CrmCall | undefined) => ({ ...call, recording_url: expect.any(String) })

  /** A finished recording of a call. */
  const record = (callId: string, id: string, more: { transcript?: string; status?: string; at?: string } = {}) =>
    server.app.db.inWorkspace(workspaceId, tx =>
      tx.query(
        `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, started_at, completed_at,
           transcript_masked)
         values ($1, $2, $3, 'call', 'builtin', $4, 12, $5::timestamptz,
           case when $4 <> 'in-progress' then $5::timestamptz end, $6)`,
        [
          workspaceId,
          id,
          callId,
          more.status ?? 'completed',
          more.at ?? '2025-10-20T10:00:00Z',
          more.transcript ?? null,
        ],
      ),
    )

  describe('listed', () => {
    test('in the document’s shape, newest first', async () => {
      const sid = newSid()
      const { id } = await report(sid, 'ringing', { CallerName: 'John Doe' })
      const { success, calls, count, next_cursor } = await list()
      expect({ success, count, next_cursor }).toEqual({ success: true, count: calls.length, next_cursor: null })
      expect(calls[0]).toEqual({
        id,
        twilio_call_sid: sid,
        direction: 'inbound',
        from_number: '+14155550142',
        to_number: '+12025550100',
        caller_name: 'John Doe',
        status: 'ringing',
        duration_seconds: null,
        recording_url: null,
        transcript: null,
        started_at: expect.any(String),
        ended_at: null,
        agent: null,
        metadata: {},
      })
    })

    test('with the agent, what was recorded and said last, and what was kept with it', async () => {
      const response = await fetch(`${server.url}/api/admin/customer-service/calls`, {
        method: 'POST',
        headers: { cookie: await server.signIn(), 'content-type': 'application/json' },
        body: JSON.stringify({
          customerPhone: '+1 415 555 0151',
          direction: 'outbound',
          durationSeconds: 180,
          startedAt: '2025-10-20T10:00:00Z',
          metadata: { crm_id: 'external_id_123' },
        }),
      })
      const { call } = (await response.json()) as { call: contract.Call }
      await record(call.id, 'older', { transcript: 'Older.', at: '2025-10-20T10:00:00Z' })
      await record(call.id, 'newer', { transcript: 'Newer.', at: '2025-10-20T10:02:00Z' })
      await record(call.id, 'unfinished', { status: 'in-progress', at: '2025-10-20T10:02:30Z' })
      const [listed] = (await list({ start_date: '2025-10-20', end_date: '2025-10-20' })).calls
      expect(listed).toMatchObject({
        id: call.id,
        duration_seconds: 180,
        ended_at: '2025-10-20T10:03:00.000Z',
        transcript: 'Newer.',
        agent: { full_name: 'Admin', email: 'admin@example.com' },
        metadata: { crm_id: 'external_id_123' },
      })
      expect(new URL(listed!.recording_url!).pathname).toMatch(/newer$/)
      expect((await list({ agent_id: listed!.agent!.id })).calls).toEqual([listed].map(withAnyLink))
      const { calls } = await list({ start_date: '2025-10-20', end_date: '2025-10-20' }, await keyWith('calls:read'))
      expect(calls).toEqual([{ ...listed, recording_url: null }])
    })

    test('by status, agent and time', async () => {
      const at = (day: number, time = '12:00:00') => `2024-03-0${day}T${time}Z`
      const [one, two, three] = [
        await logged({ startedAt: at(1), status: 'completed' }),
        await logged({ startedAt: at(2), status: 'failed' }),
        await logged({ startedAt: at(3, '23:59:59'), status: 'completed' }),
      ]
      const march = { start_date: '2024-03-01', end_date: '2024-03-31' }
      expect(idsOf(await list(march))).toEqual([three.id, two.id, one.id])
      expect(idsOf(await list({ ...march, status: 'failed' }))).toEqual([two.id])
      expect(idsOf(await list({ ...march, status: 'ringing' }))).toEqual([])
      expect(idsOf(await list({ ...march, agent_id: one.id }))).toEqual([])
      // From the moment on, up to it and not including it; a day means all of it.
      expect(idsOf(await list({ start_date: at(2), end_date: '2024-03-03' }))).toEqual([three.id, two.id])
      expect(idsOf(await list({ start_date: at(2), end_date: at(3, '23:59:59') }))).toEqual([two.id])
      expect(idsOf(await list({ start_date: '2024-03-02T13:00:00+01:00', end_date: '2024-03-02' }))).toEqual([two.id])
    })

    test('page by page, each once', async () => {
      const made: string[] = []
      // Two at each moment: the order among them holds, too.
      for (let index = 0; index < 7; index++)
        made.push((await logged({ startedAt: `2023-05-0${1 + Math.floor(index / 2)}T12:00:00Z` })).id)
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const query = { start_date: '2023-05-01', end_date: '2023-05-31', limit: 3, ...(cursor && { cursor }) }
        const page: Body<'listCrmCalls'> = await list(query)
        expect(page.count).toBe(page.calls.length)
        seen.push(...idsOf(page))
        cursor = page.next_cursor
      } while (cursor !== null)
      expect(seen).toHaveLength(7)
      expect(new Set(seen)).toEqual(new Set(made))
    })

    test.each<[string, Record<string, string | number>, string]>([
      ['a status that is none', { status: 'busy' }, 'status'],
      ['an agent that is none', { agent_id: 'ann' }, 'agent_id'],
      ['a date that is none', { start_date: 'yesterday' }, 'start_date'],
      ['a time that is none', { end_date: '2025-13-01T00:00:00Z' }, 'end_date'],
      ['no calls at all', { limit: 0 }, 'limit'],
      ['too many calls', { limit: 201 }, 'limit'],
      ['a cursor of somebody else’s', { cursor: 'abc' }, 'cursor'],
      ['a day of the year 0', { start_date: '0000-01-01' }, 'start_date'],
      ['a time of the year 0', { end_date: '0000-01-01T00:00:00+10:00' }, 'end_date'],
      ['a cursor to the year 0', { cursor: writeCursor(['0000-01-01T00:00:00Z', NOBODY]) }, 'cursor'],
    ])('not for %s', async (_, query, field) => {
      const { status, body } = await get<Body<'listCrmCalls'>>('api-calls-list', query)
      expect([status, body.error.fields?.map(({ path }) => path)]).toEqual([400, [field]])
    })

    test('from the first day to the last', async () => {
      for (const query of [
        { start_date: '0001-01-01', end_date: '9999-12-31' },
        { start_date: '0001-01-01T00:00:00+10:00', end_date: '9999-12-31T23:59:59-10:00' },
      ])
        expect((await get<Body<'listCrmCalls'>>('api-calls-list', query)).body.count).toBeGreaterThan(0)
    })

    test('for keys that may see calls', async () => {
      const reads = await keyWith('contacts:read')
      for (const path of ['api-calls-list', 'api-calls-details', 'api-calls-recording', 'api-calls-monitor'])
        expect((await get(path, { call_id: NOBODY }, reads)).status).toBe(403)
      expect((await get('api-calls-list', {}, 'rs_nonsense')).status).toBe(401)
      expect((await fetch(`${server.url}/functions/v1/api-calls-list`)).status).toBe(401)
    })
  })

  describe('in detail', () => {
    test('with events in order, sides, notes and recordings', async () => {
      const sid = newSid()
      const { id } = await report(sid, 'ringing')
      await report(sid, 'in-progress')
      await report(sid, 'completed', { CallDuration: '7' })
      await server.api(`/api/calls/${id}/notes`, { json: { text: 'Wants an invoice.' } })
      await record(id, 'voice', { transcript: 'Hello.' })
      const { status, body } = await get<Body<'getCrmCall'>>('api-calls-details', { call_id: id })
      expect(status).toBe(200)
      const { call } = body
      expect(call).toMatchObject({
        id,
        twilio_call_sid: sid,
        provider: 'twilio',
        status: 'completed',
        outcome: 'answered',
        duration_seconds: 7,
        department: null,
        customer: null,
        recording_consent: null,
        transcript: 'Hello.',
        metadata: {},
        legs: [{ leg_sid: sid, party: 'customer', status: 'ended', duration_seconds: 7 }],
        notes: [{ text: 'Wants an invoice.', author: 'Operator' }],
        recordings: [{ id: 'voice', status: 'completed', duration_seconds: 12, transcript: 'Hello.' }],
        offers: [],
      })
      expect(call.recording_url).toBe(call.recordings[0]!.recording_url)
      expect(call.recording_url).toMatch(/^http/)
      const events = call.events.map(event => `${event.type} ${event.status}`)
      expect(events).toEqual([
        'call.arrived ringing',
        'call.status_changed in-progress',
        'call.status_changed completed',
        'call.note_added completed',
      ])
      expect(call.events[1]!.details).toEqual({ previous_status: 'ringing' })
      expect(call.events[3]!.details).toMatchObject({ note: { text: 'Wants an invoice.' }, by: { name: 'Operator' } })
      expect(call.events.map(({ seq }) => seq)).toEqual(call.events.map(({ seq }) => seq).toSorted((a, b) => a - b))
    })

    test('without links for keys that may not hear it', async () => {
      const { id } = await logged()
      await record(id, 'unheard')
      const { body } = await get<Body<'getCrmCall'>>('api-calls-details', { call_id: id }, await keyWith('calls:read'))
      expect([body.call.recording_url, body.call.recordings[0]!.recording_url]).toEqual([null, null])
    })

    test('not of one that is not there, or another center’s', async () => {
      expect((await get('api-calls-details', { call_id: NOBODY })).status).toBe(404)
      const { status, body } = await get('api-calls-details')
      expect([status, body.error.fields?.[0]?.path]).toEqual([400, 'call_id'])
      const made = await server.api('/api/workspaces', {
        json: { name: 'Acme', adminEmail: 'admin@acme.example', adminPassword: 'a long enough password' },
      })
      const theirs = (made.body as { apiKey: string }).apiKey
      const { id } = await logged()
      expect((await get('api-calls-details', { call_id: id }, theirs)).status).toBe(404)
      expect((await get('api-calls-recording', { call_id: id }, theirs)).status).toBe(404)
      expect((await list({}, theirs)).calls).toEqual([])
    })
  })

  describe('recorded', () => {
    test('have an address that anybody can hear them at, for an hour', async () => {
      const { id } = await logged()
      await record(id, 'first', { at: '2025-10-20T10:00:00Z' })
      await record(id, 'second', { at: '2025-10-20T10:01:00Z' })
      const { status, body } = await get<Body<'getCrmRecording'>>('api-calls-recording', { call_id: id })
      expect([status, body.success, body.call_id]).toEqual([200, true, id])
      expect(new URL(body.recording_url).pathname).toMatch(/second$/)
      const minutes = (Date.parse(body.expires_at) - Date.now()) / 60_000
      expect(minutes).toBeGreaterThan(58)
      expect(minutes).toBeLessThan(61)
    })

    test('for keys that hear recordings, whatever else they may', async () => {
      const { id } = await logged()
      await record(id, 'heard')
      const ask = async (...permissions: Permission[]) =>
        get<Body<'getCrmRecording'>>('api-calls-recording', { call_id: id }, await keyWith(...permissions))
      expect(await ask('recordings:read')).toMatchObject({ status: 200, body: { call_id: id } })
      expect(await ask('calls:read')).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } })
    })

    test('or there is a sentence that says why there is none', async () => {
      const { id } = await logged()
      const ask = () => get('api-calls-recording', { call_id: id })
      expect(await ask()).toMatchObject({
        status: 404,
        body: { error: { code: 'no_recording', message: 'There is no recording of this call.' } },
      })
      await record(id, 'growing', { status: 'in-progress' })
      expect(await ask()).toMatchObject({ status: 404, body: { error: { code: 'recording_not_ready' } } })
      expect((await get('api-calls-recording', { call_id: NOBODY })).body.error.code).toBe('not_found')
    })
  })

  test('keep what they were logged with, within reason', async () => {
    const call = await logged({ metadata: { crm_id: 'x', nested: { tags: ['a'] } } })
    const { body } = await server.api(`/api/calls/${call.id}`)
    expect((body as contract.CallDetails).metadata).toEqual({ crm_id: 'x', nested: { tags: ['a'] } })
    const { status, body: refused } = await server.api('/api/admin/customer-service/calls', {
      json: { customerPhone: '+14155550150', direction: 'inbound', metadata: { text: 'x'.repeat(10_001) } },
    })
    expect([status, (refused as { error: { fields: { path: string }[] } }).error.fields[0]!.path]).toEqual([
      400,
      'metadata',
    ])
  })

  test.each(['1969-12-31T23:59:59Z', new Date(Date.now() + 2 * 24 * 3600_000).toISOString()])(
    'cannot have begun at %s',
    async startedAt => {
      const { status, body } = await server.api('/api/admin/customer-service/calls', {
        json: { customerPhone: '+14155550150', direction: 'inbound', status: 'in-progress', startedAt },
      })
      expect([status, body]).toMatchObject([400, { error: { fields: [{ path: 'startedAt' }] } }])
    },
  )

  describe('as they are just now', () => {
    /** By Twilio, through the menu into the line for support. */
    async function waitForSupport(): Promise<string> {
      const sid = newSid()
      const post = (url: string, fields: Record<string, string>) =>
        fetch(url, { method: 'POST', body: new URLSearchParams(fields) }).then(response => response.text())
      const caller = { CallSid: sid, From: '+14155550199', To: '+12025550100', Direction: 'inbound' }
      let script = await post(`${server.url}/api/twilio/incoming-call`, { ...caller, CallStatus: 'ringing' })
      // What is said before the menu is over when it has been said.
      while (!script.includes('<Gather')) script = await post(nextOf(script), { ...caller, CallStatus: 'in-progress' })
      await post(/<Gather[^>]* action="([^"]+)"/.exec(script)![1]!.replaceAll('&amp;', '&'), {
        ...caller,
        CallStatus: 'in-progress',
        Digits: '2',
      })
      return sid
    }
    const nextOf = (script: string) => /<Redirect[^>]*>([^<]+)</.exec(script)![1]!.replaceAll('&amp;', '&')
    const monitor = async () => (await get<Body<'monitorCrmCalls'>>('api-calls-monitor')).body
    const be = async (cookie: string, presence: string) =>
      fetch(`${server.url}/api/agents/me/presence`, {
        method: 'PUT',
        headers: { cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ presence }),
      })

    test('are counted, and so are agents and those who wait', async () => {
      const cookie = await server.signIn()
      await be(cookie, 'offline')
      const before = await monitor()
      expect(before.success).toBe(true)
      expect(before.metrics).toMatchObject({ available_agents: 0, busy_agents: 0, total_agents: 1, queued_calls: 0 })
      expect(before.agents).toMatchObject([{ full_name: 'Admin', email: 'admin@example.com', status: 'offline' }])

      const sid = await waitForSupport()
      const waiting = await monitor()
      expect(waiting.metrics).toEqual({
        ...before.metrics,
        active_calls: before.metrics.active_calls + 1,
        queued_calls: 1,
      })
      expect(waiting.active_calls[0]).toMatchObject({
        twilio_call_sid: sid,
        status: 'in-progress',
        department: { display_name: 'Support' },
        queued_at: expect.any(String),
        agent: null,
      })
      const support = waiting.queues.find(({ name }) => name === 'support')!
      expect(support).toMatchObject({ enabled: true, waiting_calls: 1, available_agents: 0, total_agents: 1 })
      expect(support.longest_wait_seconds).toBeGreaterThanOrEqual(0)
      expect(waiting.queues.find(({ name }) => name === 'sales')).toMatchObject({
        waiting_calls: 0,
        longest_wait_seconds: null,
        service_level: { within_seconds: 20, target_percent: 80, percent: null },
      })

      await report(sid, 'completed')
      const after = await monitor()
      expect(after.metrics).toEqual(before.metrics)
      expect(after.queues.find(({ name }) => name === 'support')!.service_level).toMatchObject({
        percent: 0,
        answered_calls: 0,
        abandoned_calls: 1,
      })
      await be(cookie, 'available')
      expect((await monitor()).metrics).toMatchObject({ available_agents: 1, busy_agents: 0, total_agents: 1 })
      await be(cookie, 'break')
      expect((await monitor()).metrics).toMatchObject({ available_agents: 0, busy_agents: 1, total_agents: 1 })
    })
  })
})
