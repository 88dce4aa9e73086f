import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { findOldestWorkspace } from '../server/workspaces/workspaceStore.ts'
import { onBothDatabases } from './support/databases.ts'
import { ADMIN_API_KEY, startTestServer, type TestServer } from './support/server.ts'

const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

/* The document's own lines, as they stand there. */

const BASE_URL = 'https://jrtlrnfdqfkjlkpfirzr.supabase.co/functions/v1'
const CREATE_BY_CURL = `curl -X POST \\
  -H "x-api-key: YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "name": "sales",
    "display_name": "Sales Team",
    "phone_number": "+1234567890",
    "routing_strategy": "round-robin",
    "max_wait_time": 300,
    "after_hours_action": "voicemail"
  }' \\
  https://jrtlrnfdqfkjlkpfirzr.supabase.co/functions/v1/api-departments-manage`
const LIST_CALLS = 'GET /api-calls-list?status=completed&limit=50'
const LIST_CALLS_ANSWER = `{
  "success": true,
  "calls": [
    {
      "id": "uuid",
      "twilio_call_sid": "CAxxxx",
      "direction": "inbound",
      "from_number": "+1234567890",
      "to_number": "+0987654321",
      "caller_name": "John Doe",
      "status": "completed",
      "duration_seconds": 180,
      "recording_url": "https://...",
      "transcript": "Call transcript...",
      "started_at": "2025-10-20T10:00:00Z",
      "ended_at": "2025-10-20T10:03:00Z",
      "agent": {
        "id": "uuid",
        "full_name": "Agent Name",
        "email": "agent@example.com"
      },
      "metadata": {}
    }
  ],
  "count": 50
}`
const CALL_DETAILS = 'GET /api-calls-details?call_id=uuid'
const CALL_RECORDING = 'GET /api-calls-recording?call_id=uuid'
const CALL_RECORDING_ANSWER = `{
  "success": true,
  "recording_url": "https://api.twilio.com/...",
  "expires_at": "2025-10-20T11:00:00Z",
  "call_id": "uuid"
}`
const MONITOR = 'GET /api-calls-monitor'
const MONITOR_ANSWER = `{
  "success": true,
  "metrics": {
    "active_calls": 5,
    "available_agents": 3,
    "busy_agents": 2,
    "total_agents": 5,
    "queued_calls": 1
  },
  "active_calls": [...],
  "agents": [...],
  "queues": [...]
}`
const LIST_DEPARTMENTS = 'GET /api-departments-manage'
const CREATE_DEPARTMENT = `POST /api-departments-manage
Content-Type: application/json

{
  "name": "support",
  "display_name": "Customer Support",
  "phone_number": "+1234567890",
  "routing_strategy": "longest-idle",
  "business_hours": {
    "monday": {"start": "09:00", "end": "17:00"},
    "tuesday": {"start": "09:00", "end": "17:00"}
  },
  "max_wait_time": 300,
  "music_url": "https://example.com/music.mp3",
  "after_hours_action": "voicemail"
}`
const STRATEGIES = ['round-robin', 'longest-idle', 'most-idle', 'skill-based']
const UPDATE_DEPARTMENT = `PUT /api-departments-manage
Content-Type: application/json

{
  "queue_id": "uuid",
  "max_wait_time": 600,
  "enabled": true
}`
const DELETE_DEPARTMENT = 'DELETE /api-departments-manage?queue_id=uuid'
const ACT = `POST /api-calls-admin-action
Content-Type: application/json

{
  "call_sid": "CAxxxx",
  "action": "monitor",
  "supervisor_id": "+1234567890"
}`
const ACTIONS = ['monitor', 'barge', 'whisper', 'disconnect']

/** An answer of any kind: what is in it is the business of the document. */
interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: held against the document's own JSON
  body: any
}

onBothDatabases('the CRM API as its document has it', open => {
  let server: TestServer
  let call: contract.Call
  beforeAll(async () => {
    server = await startTestServer({}, open)
    const cookie = await server.signIn()
    const logged = await fetch(`${server.url}/api/admin/customer-service/calls`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ customerPhone: '+1234567890', direction: 'inbound', durationSeconds: 180 }),
    })
    call = ((await logged.json()) as { call: contract.Call }).call
    const workspaceId = (await server.app.db.asSystem(findOldestWorkspace))!
    await server.app.db.inWorkspace(workspaceId, tx =>
      tx.query(
        `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, completed_at,
           transcript_masked)
         values ($1, 'recorded', $2, 'call', 'builtin', 'completed', 180, now(), 'Call transcript...')`,
        [workspaceId, call.id],
      ),
    )
  })
  afterAll(() => server?.close())

  /** Sends a request as the document writes it: method and path, then perhaps headers, a blank line and the body. */
  async function send(request: string, id = 'uuid'): Promise<Answer> {
    const [head, body] = request.split('\n\n') as [string, string?]
    const [first, ...headers] = head.split('\n')
    const [method, path] = first!.split(' ')
    const response = await fetch(`${server.url}/functions/v1${path!.replace('=uuid', `=${id}`)}`, {
      method: method!,
      headers: { 'x-api-key': ADMIN_API_KEY, ...Object.fromEntries(headers.map(line => line.split(': '))) },
      ...(body !== undefined && { body: body.replace('"uuid"', `"${id}"`) }),
    })
    return { status: response.status, body: await response.json() }
  }

  test('calls are listed in this shape', async () => {
    const { status, body } = await send(LIST_CALLS)
    expect(status).toBe(200)
    const documented = JSON.parse(LIST_CALLS_ANSWER)
    expect(Object.keys(body)).toEqual(expect.arrayContaining(Object.keys(documented)))
    expect(body).toMatchObject({ success: true, count: 1 })
    const [listed] = body.calls
    expect(shapeOf(listed)).toEqual(shapeOf({ ...documented.calls[0], to_number: null, caller_name: null }))
    expect(Object.keys(listed)).toEqual(Object.keys(documented.calls[0]))
    expect(listed).toMatchObject({
      id: call.id,
      from_number: '+1234567890',
      status: 'completed',
      duration_seconds: 180,
    })
  })

  test('a call tells all its events, consent and metadata', async () => {
    const { status, body } = await send(CALL_DETAILS, call.id)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      success: true,
      call: { id: call.id, events: [{ type: 'call.logged' }], recording_consent: null, metadata: {} },
    })
  })

  test('its recording has a signed address for an hour', async () => {
    const { status, body } = await send(CALL_RECORDING, call.id)
    expect(status).toBe(200)
    expect(shapeOf(body)).toEqual(shapeOf(JSON.parse(CALL_RECORDING_ANSWER)))
  })

  test('what goes on is counted', async () => {
    const { status, body } = await send(MONITOR)
    expect(status).toBe(200)
    const documented = JSON.parse(MONITOR_ANSWER.replaceAll('[...]', '[]'))
    expect(Object.keys(body)).toEqual(Object.keys(documented))
    expect(shapeOf(body.metrics)).toEqual(shapeOf(documented.metrics))
    expect([body.active_calls, body.agents, body.queues].every(Array.isArray)).toBe(true)
  })

  describe('departments', () => {
    test('are made by the line that the document begins with, on a fresh start', async () => {
      const line = CREATE_BY_CURL.replace('YOUR_API_KEY', ADMIN_API_KEY).replace(BASE_URL, `${server.url}/functions/v1`)
      const said = JSON.parse(/-d '([^']+)'/.exec(CREATE_BY_CURL)![1]!)
      const body = hasCurl
        ? JSON.parse((await run('bash', ['-c', line])).stdout)
        : (await send(`POST /api-departments-manage\nContent-Type: application/json\n\n${JSON.stringify(said)}`)).body
      expect(body).toMatchObject({ success: true, department: said })
    })

    test('are made, changed, listed and deleted', async () => {
      const made = await send(CREATE_DEPARTMENT)
      const given = JSON.parse(CREATE_DEPARTMENT.split('\n\n')[1]!)
      expect(made).toMatchObject({ status: 201, body: { success: true, department: given } })
      const { queue_id } = made.body.department
      const changed = await send(UPDATE_DEPARTMENT, queue_id)
      expect(changed).toMatchObject({
        status: 200,
        body: { success: true, department: { ...given, queue_id, max_wait_time: 600, enabled: true } },
      })
      const { body } = await send(LIST_DEPARTMENTS)
      expect(body.departments).toContainEqual(changed.body.department)
      // The main menu leads there.
      expect(await send(DELETE_DEPARTMENT, queue_id)).toMatchObject({
        status: 409,
        body: { success: false, error: { code: 'queue_in_use' } },
      })
      const own = await send(CREATE_DEPARTMENT.replace('"support"', '"returns"'))
      expect(own).toMatchObject({ status: 201, body: { department: { ...given, name: 'returns' } } })
      expect(await send(DELETE_DEPARTMENT, own.body.department.queue_id)).toMatchObject({
        status: 200,
        body: { success: true },
      })
    })

    test.each(STRATEGIES)('route by %s', async strategy => {
      const { body } = await send(
        CREATE_DEPARTMENT.replace('longest-idle', strategy).replace('"support"', `"${strategy}"`),
      )
      expect(body.department).toMatchObject({ name: strategy, routing_strategy: strategy })
    })
  })

  describe('supervisors', () => {
    test.each(ACTIONS)('%s', async action => {
      const asked = ACT.replace('monitor', action)
      expect((await send(asked)).status).toBe(404)
      const json = { CallSid: 'CAxxxx', From: '+1234567890', To: '+0987654321', CallStatus: 'ringing' }
      await server.api('/api/webhooks/call/incoming', { json: { ...json, CallSid: `CAxxxx${action}` } })
      // Simulated calls are on another telephone system: what is said of it is what can be done.
      const { status, body } = await send(asked.replace('CAxxxx', `CAxxxx${action}`))
      expect([status, body.success, body.error.code]).toEqual([409, false, 'not_controllable'])
    })
  })
})

/** The types of what is in it, by field; times and addresses are told from other texts. */
function shapeOf(value: unknown): unknown {
  if (value === null) return 'null'
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return 'time'
    return /^https?:/.test(value) ? 'address' : 'text'
  }
  if (typeof value !== 'object' || Array.isArray(value)) return typeof value
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, shapeOf(inner)]))
}
