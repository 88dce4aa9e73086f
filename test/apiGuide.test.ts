import { execFile } from 'node:child_process'
import fs from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiKey } from '../client/contract.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const run = promisify(execFile)
const guide = fs.readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8')
const commands = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(match => match[1]!.trim())
const curl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ API_REQUESTS_PER_HOUR: '5' })
})
afterAll(() => server.close())

const makeKey = async (permissions: ApiKey['permissions']) =>
  (await server.api('/api/api-keys', { json: { name: 'CRM', permissions } })).body as { apiKey: ApiKey; key: string }

test('the guide has commands', () => expect(commands.length).toBeGreaterThanOrEqual(4))

test.skipIf(!curl).each(commands)(curl ? '%s' : 'skipped: no curl found', async command => {
  const { apiKey, key } = await makeKey(['calls:read', 'contacts:write', 'settings:manage'])
  const env = { PATH: process.env.PATH, API_KEY: key, KEY_ID: apiKey.id }
  const { stdout } = await run('sh', ['-c', command.replaceAll('http://localhost:5000', server.url)], { env })
  const answer = JSON.parse(stdout) as { success?: boolean; items?: unknown[] }
  expect(answer.success ?? Array.isArray(answer.items)).toBe(true)
})

test('the CRM API takes as many requests of a key as it promises, and says so', async () => {
  const { key } = await makeKey(['calls:read', 'calls:write'])
  const ask = () => fetch(`${server.url}/functions/v1/api-calls-list?limit=1`, { headers: { 'x-api-key': key } })
  for (let left = 4; left >= 0; left--) {
    const { status, headers } = await ask()
    expect([status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual([
      200,
      '5',
      String(left),
    ])
  }
  const refused = await ask()
  expect(refused.status).toBe(429)
  expect(((await refused.json()) as { error: { code: string } }).error.code).toBe('too_many_requests')
  const wait = Number(refused.headers.get('retry-after'))
  expect(wait).toBeGreaterThan(3500)
  expect(wait).toBeLessThanOrEqual(3600)
  expect(refused.headers.get('ratelimit-reset')).toBe(String(wait))
  // Neither another key, nor the operator, nor a carrier who has a call for us pays for it.
  const other = await makeKey(['calls:read'])
  const incoming = () =>
    fetch(`${server.url}/api/webhooks/call/incoming`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ CallSid: 'CA1', From: '+14155550123', To: '+12025550100', CallStatus: 'ringing' }),
    })
  expect((await incoming()).status).toBe(200)
  expect((await server.api('/functions/v1/api-calls-list')).status).toBe(200)
  expect((await fetch(`${server.url}/api/queues`, { headers: { 'x-api-key': other.key } })).status).toBe(200)
})
