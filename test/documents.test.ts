import { execFile } from 'node:child_process'
import fs from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RingsideProcess, startProcess, temporaryDirectory } from './support/process.ts'
import { ADMIN_API_KEY } from './support/server.ts'

const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

/** The documents' own lines, as they stand there; only the address is this server's. */
const SUPPORT_REQUEST = `curl -X POST http://localhost:5000/api/customer/support-request \\
  -H "Content-Type: application/json" \\
  -d '{
    "userEmail": "test@example.com",
    "subject": "Test Call",
    "description": "This is a test support request"
  }'`
const TWILIO_JSON = `curl -X POST http://localhost:5000/api/webhooks/call/incoming \\
  -H "Content-Type: application/json" \\
  -d '{
    "CallSid": "CA123",
    "From": "+1234567890",
    "To": "+0987654321",
    "CallStatus": "ringing",
    "Direction": "inbound"
  }'`
const RINGCENTRAL = `curl -X POST "https://admin-dashboard-374.preview.emergentagent.com/api/webhooks/ringcentral" \\
  -H "Content-Type: application/json" \\
  -d '{
    "event": "/restapi/v1.0/account/~/extension/~/presence",
    "body": {
      "telephonyStatus": "Ringing",
      "sessionId": "test-session-123",
      "from": {
        "phoneNumber": "+14165551234",
        "name": "Test Caller"
      },
      "to": {
        "phoneNumber": "+15879876543"
      },
      "direction": "Inbound"
    }
  }'`
const ACTIVE_CALLS = 'curl "https://admin-dashboard-374.preview.emergentagent.com/api/ringcentral/active-calls"'
const TWILIO_FORM = `curl -X POST https://yourdomain.com/api/twilio/incoming-call \\
  -d "CallSid=CA0123456789abcdef0123456789abcdef" -d "From=%2B14155550100" -d "To=%2B12025550100" \\
  -d "CallStatus=ringing" -d "Direction=inbound"`

const name = hasCurl
  ? 'the documents’ own lines against a fresh start'
  : 'the documents’ lines (skipped: no curl found)'
describe.skipIf(!hasCurl)(name, () => {
  let server: RingsideProcess
  let directory: string
  beforeAll(async () => {
    directory = temporaryDirectory()
    server = await startProcess({ DATA_DIR: directory, ADMIN_API_KEY })
  })
  afterAll(async () => {
    await server.end()
    fs.rmSync(directory, { recursive: true })
  })

  async function curl(line: string, ...more: string[]): Promise<string> {
    const here = line.replace(/https?:\/\/(localhost:5000|admin-dashboard[^/"]*|yourdomain\.com)/, server.url)
    const { stdout } = await run('bash', ['-c', [here, ...more].join(' ')])
    return stdout
  }
  const key = `-H "x-api-key: ${ADMIN_API_KEY}"`

  test('a support request is pending in the call queue', async () => {
    const answer = JSON.parse(await curl(SUPPORT_REQUEST))
    expect(answer).toMatchObject({ success: true, request: { status: 'pending', userEmail: 'test@example.com' } })
    const queue = JSON.parse(await curl('curl http://localhost:5000/api/admin/customer-service/calls', key))
    expect(queue.items).toContainEqual(expect.objectContaining({ kind: 'request', id: answer.request.id }))
    const one = JSON.parse(await curl(`curl http://localhost:5000/api/requests/${answer.request.id}`, key))
    expect(one).toEqual(answer.request)
  })

  test('a simulated Twilio call is in the queue, its invalid numbers kept as they came', async () => {
    const answer = JSON.parse(await curl(TWILIO_JSON))
    expect(answer).toMatchObject({
      success: true,
      call: { provider: 'twilio', providerCallId: 'CA123', from: '+1234567890', to: '+0987654321', status: 'ringing' },
    })
    const queue = JSON.parse(await curl('curl http://localhost:5000/api/admin/customer-service/calls', key))
    expect(queue.items).toContainEqual(expect.objectContaining({ kind: 'call', id: answer.call.id }))
    const activity = JSON.parse(await curl('curl http://localhost:5000/api/activity', key))
    expect(activity.items).toContainEqual(
      expect.objectContaining({ type: 'call.arrived', call: expect.objectContaining({ id: answer.call.id }) }),
    )
  })

  test('a RingCentral call is active; who is not signed in is told so, and nothing else', async () => {
    expect(JSON.parse(await curl(RINGCENTRAL))).toEqual({ status: 'success' })
    expect(JSON.parse(await curl(ACTIVE_CALLS))).toMatchObject({ success: false, error: { code: 'unauthenticated' } })
    expect(JSON.parse(await curl(ACTIVE_CALLS, key)).calls).toEqual([
      {
        id: expect.any(String),
        session_id: 'test-session-123',
        from_number: '+14165551234',
        from_name: 'Test Caller',
        to_number: '+15879876543',
        direction: 'Inbound',
        status: 'ringing',
        timestamp: expect.any(String),
        customer_id: null,
        customer_name: null,
        customer_email: null,
      },
    ])
  })

  test('Twilio’s form post is answered with a greeting and the menu; who presses 2 waits for support, with music', async () => {
    const menu = await curl(TWILIO_FORM)
    expect(menu).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?><Response><Say[^>]*>Thank you for calling\.<\/Say><Gather[^>]* numDigits="1"/,
    )
    const action = /<Gather[^>]* action="([^"]+)"/.exec(menu)![1]!
    const waiting = await curl(`curl -X POST "${action}" -d CallSid=CA0123456789abcdef0123456789abcdef -d Digits=2`)
    const music = /<Play loop="1">([^<]+)<\/Play>/.exec(waiting)![1]!
    const { items } = JSON.parse(await curl('curl http://localhost:5000/api/admin/customer-service/calls', key))
    expect(items).toContainEqual(
      expect.objectContaining({ kind: 'call', queue: expect.objectContaining({ name: 'Support' }) }),
    )
    const sound = await fetch(music)
    expect([sound.status, sound.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  })
})
