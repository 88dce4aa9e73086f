import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import type { Permission } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { insertKey } from '../access/keyStore.ts'
import { findOldestWorkspace } from '../workspaces/workspaceStore.ts'

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

  /** A finished recording of a call. */
  const record = (callId: string, id: string, more: { transcript?: string; status?: string; at?: string } = {}) =>
    server.app.db.inWorkspace(workspaceId, tx =>
      tx.query(
        `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, started_at, completed_at,
           transcript)
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
      const cookie = await server.signIn()
      const made = await server.api('/api/admin/customer-service/calls', {
        headers: { cookie, 'x-api-key': '' },
        json: {},
      })
      expect(made.status).toBe(401) // an empty key is a key
      const response = await fetch(`${server.url}/api/admin/customer-service/calls`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
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
    })
  })
})
