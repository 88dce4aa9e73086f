import { EventSource } from 'eventsource'
import { SignJWT } from 'jose'
import { io } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ApiKey } from '../client/contract.ts'
import { findOldestWorkspace } from '../server/workspaces/workspaceStore.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const JWT_SECRET = 'jwt-secret-for-tests-0123456789abcdef'
/** How long what ends by itself has to live here, and how late its connections may be. */
const LIVES_MS = 1500
const LATE_MS = 1000

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ SUPABASE_JWT_SECRET: JWT_SECRET })
})
afterAll(() => server.close())

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

type Credentials = Record<string, string>

/** A stream, once it is connected. `ended` is told when, on the clock of `performance`. */
async function stream(headers: Credentials, path = '/api/ringcentral/call-stream') {
  const source = new EventSource(server.url + path, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
  })
  open.push(source)
  await new Promise<void>((resolve, reject) => {
    source.addEventListener('connected', () => resolve(), { once: true })
    source.addEventListener('error', ({ code }) => reject(new Error(`answered ${code}`)), { once: true })
  })
  let ended: number | null = null
  source.addEventListener('error', () => {
    ended ??= performance.now()
  })
  return { ended: () => ended }
}

async function socket(extraHeaders: Credentials) {
  const client = io(server.url, { forceNew: true, extraHeaders })
  open.push(client)
  expect(await client.timeout(5000).emitWithAck('subscribe', {})).toMatchObject({ ok: true })
  let ended: number | null = null
  client.once('disconnect', () => {
    ended = performance.now()
  })
  return { ended: () => ended }
}

const both = (headers: Credentials) => Promise.all([stream(headers), socket(headers)])

async function endedWithin(connections: { ended(): number | null }[], ms: number): Promise<void> {
  const deadline = performance.now() + ms
  while (performance.now() < deadline && connections.some(each => each.ended() === null)) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  expect(connections.map(each => each.ended() !== null)).toEqual(connections.map(() => true))
}

interface Made {
  apiKey: ApiKey
  key: string
}
async function makeKey(more: object = {}): Promise<Made> {
  const { status, body } = await server.api('/api/api-keys', {
    json: { name: 'CRM', permissions: ['calls:read'], ...more },
  })
  expect(status).toBe(201)
  return body
}
const rotate = async ({ apiKey }: Made, overlapHours: number): Promise<Made> => {
  const { status, body } = await server.api(`/api/api-keys/${apiKey.id}/rotate`, { json: { overlapHours } })
  expect(status).toBe(200)
  return body
}
const inTables = async (statement: string, params: unknown[]): Promise<void> => {
  const workspaceId = await server.app.db.asSystem(findOldestWorkspace)
  await server.app.db.inWorkspace(workspaceId!, tx => tx.query(statement, params))
}

describe('streams and sockets end with what they were let in by', () => {
  test('a key that is revoked: at once', async () => {
    const made = await makeKey()
    const connections = await both({ 'x-api-key': made.key })
    await server.api(`/api/api-keys/${made.apiKey.id}`, { method: 'DELETE' })
    await endedWithin(connections, LATE_MS)
  })

  test('a key that expires: by the clock', async () => {
    const { key } = await makeKey({ expiresAt: new Date(Date.now() + LIVES_MS).toISOString() })
    await endedWithin(await both({ 'x-api-key': key }), LIVES_MS + LATE_MS)
  })

  test('a key that is replaced without an overlap: at once', async () => {
    const made = await makeKey()
    const connections = await both({ 'x-api-key': made.key })
    await rotate(made, 0)
    await endedWithin(connections, LATE_MS)
  })

  test('a key that is replaced with one: not before, and those of the new one go on', async () => {
    const first = await makeKey()
    const older = await both({ 'x-api-key': first.key })
    const second = await rotate(first, 1)
    const newer = await both({ 'x-api-key': second.key })
    await new Promise(resolve => setTimeout(resolve, 300))
    expect([...older, ...newer].map(each => each.ended())).toEqual([null, null, null, null])
    // What had been replaced before ends with the next replacement; what is replaced now has its time.
    const third = await rotate(first, 1)
    await endedWithin(older, LATE_MS)
    expect(newer.map(each => each.ended())).toEqual([null, null])
    expect((await both({ 'x-api-key': third.key })).map(each => each.ended())).toEqual([null, null])
  })

  test('the overlap is over: by the clock', async () => {
    const made = await makeKey()
    const next = await rotate(made, 1)
    await inTables('update api_keys set previous_until = $2 where id = $1', [
      made.apiKey.id,
      new Date(Date.now() + LIVES_MS),
    ])
    const older = await both({ 'x-api-key': made.key })
    const newer = await both({ 'x-api-key': next.key })
    await endedWithin(older, LIVES_MS + LATE_MS)
    expect(newer.map(each => each.ended())).toEqual([null, null])
  })

  test('a session that has lasted its hours: by the clock', async () => {
    const cookie = await server.signIn()
    await inTables('update sessions set expires_at = $1', [new Date(Date.now() + LIVES_MS)])
    await endedWithin(await both({ cookie }), LIVES_MS + LATE_MS)
  })

  test('a bearer token that expires, the apps’ stream included: by the clock', async () => {
    const subject = 'ana'
    await inTables('update users set supabase_user_id = $1', [subject])
    const token = await new SignJWT({ sub: subject })
      .setProtectedHeader({ alg: 'HS256' })
      // Whole seconds: at least LIVES_MS from now.
      .setExpirationTime(Math.ceil((Date.now() + LIVES_MS) / 1000))
      .sign(new TextEncoder().encode(JWT_SECRET))
    const credentials = { authorization: `Bearer ${token}` }
    const connections = [...(await both(credentials)), await stream(credentials, '/api/voip/events')]
    await endedWithin(connections, LIVES_MS + 1000 + LATE_MS)
  })
})
