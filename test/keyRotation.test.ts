import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { Secret, TOTP } from 'otpauth'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingLink } from '../server/recordings/recordingLink.ts'
import { leaveRecording, tellCompleted } from '../server/recordings/testing.ts'
import { LASTING, PASSING } from '../server/resealing/sealedColumns.ts'
import { findOldestWorkspace } from '../server/workspaces/workspaceStore.ts'
import type { CrmStandIn } from './support/crm.ts'
import { onBothDatabases, type TestDatabase } from './support/databases.ts'
import { startHubspot } from './support/hubspot.ts'
import { ADMIN_API_KEY, startTestServer, type TestServer } from './support/server.ts'

const keyNamed = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`
const [OLD, NEW] = [keyNamed('old'), keyNamed('new')]
const OPERATOR = { 'x-api-key': ADMIN_API_KEY }
const AUDIO = randomBytes(200_000)
const MIA = { email: 'mia@example.com', password: 'correct horse battery', name: 'Mia', role: 'admin' }

onBothDatabases('the operator changes the key', open => {
  let database: TestDatabase
  let dataDir: string
  let crm: CrmStandIn
  let server: TestServer | null = null
  /** Whoever is told by webhook, and what it has heard. */
  let listener: http.Server
  const heard: { headers: Record<string, string>; body: string }[] = []

  beforeAll(async () => {
    database = await open()
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-rotation-'))
    crm = await startHubspot()
    listener = http.createServer(async (request, response) => {
      const body = (await request.toArray()).join('')
      heard.push({ headers: request.headers as Record<string, string>, body })
      response.end()
    })
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await server?.close()
    await database?.close()
    await crm?.close()
    listener?.close()
    fs.rmSync(dataDir, { recursive: true, force: true })
  })

  /** Another process, as far as anybody can tell, with these keys. */
  async function restart(...keys: string[]): Promise<void> {
    await server?.close()
    server = null
    const env = { ...crm.env, DATA_DIR: dataDir, WEBHOOK_ALLOW_PRIVATE: 'true', ENCRYPTION_KEYS: keys.join(',') }
    server = await startTestServer(env, async () => ({ ...database, db: { ...database.db }, close: async () => {} }))
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are held against the contract by the server itself
  async function ask(path: string, json?: unknown, headers: Record<string, string> = OPERATOR): Promise<any> {
    const response = await fetch(server!.url + path, {
      ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
      headers: { 'content-type': 'application/json', ...headers },
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  const keyUse = async (): Promise<Record<string, Record<string, number>>> => {
    const { items } = await ask('/api/encryption-keys')
    return Object.fromEntries(items.map((item: { keyId: string; sealed: object }) => [item.keyId, item.sealed]))
  }
  const codeOf = (secret: string, steps: number) =>
    new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) }).generate({
      timestamp: Date.now() + steps * 30_000,
    })
  /** The address at which somebody allows the CRM. */
  const askCrm = async (): Promise<string> =>
    (await ask(`/api/connectors/${crm.id}/connect`, {}, { cookie: await server!.signIn() })).url
  const call = async (): Promise<string> =>
    (await ask('/api/admin/customer-service/calls', { customerPhone: '+12025550143', direction: 'inbound' })).call.id
  async function listen(recordingId: string): Promise<Buffer> {
    const workspaceId = (await database.db.asSystem(findOldestWorkspace))!
    const { url } = await recordingLink(server!.app, workspaceId, recordingId)
    const response = await fetch(url)
    expect(response.status).toBe(200)
    return Buffer.from(await response.arrayBuffer())
  }

  let seed: string
  let secret: string
  let secretBefore: string
  let recordingId: string

  test('everything there is to seal is sealed with the old one', async () => {
    await restart(OLD)
    await ask('/api/users', MIA)
    const mia = { cookie: await server!.signIn(MIA.email, MIA.password) }
    seed = (await ask('/api/me/second-factor', {}, mia)).enrolment.secret
    await ask('/api/me/second-factor/confirm', { code: codeOf(seed, -1) }, mia)

    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`
    const made = await ask(
      '/api/webhooks',
      { url, token: 'bearer-of-news' },
      {
        ...OPERATOR,
        'idempotency-key': 'one webhook',
      },
    )
    secretBefore = made.secret
    secret = (await ask(`/api/webhooks/${made.webhook.id}/rotate-secret`, {})).secret

    const cookie = await server!.signIn()
    await fetch(await crm.allow(await askCrm()), { headers: { cookie }, redirect: 'manual' })
    // Somebody who never comes back.
    await askCrm()

    const workspaceId = (await database.db.asSystem(findOldestWorkspace))!
    const at = { db: server!.app.db, dataDir, workspaceId, callId: await call() }
    recordingId = await leaveRecording(at, AUDIO)
    await tellCompleted(at, recordingId)
    await expect.poll(async () => (await keyUse()).old?.recordings, { timeout: 40_000 }).toBe(1)

    const { old, ...others } = await keyUse()
    expect(others).toEqual({})
    const kinds = [...LASTING, ...PASSING].map(({ what }) => what)
    expect(Object.keys(old!).toSorted()).toEqual([...new Set([...kinds, 'ownSecrets'])].toSorted())
    // A token and two secrets.
    expect(old!.webhooks).toBe(3)
  }, 120_000)

  test('with the new one before it, all that lasts is sealed anew by itself', async () => {
    await restart(NEW, OLD)
    const passing = Object.fromEntries(PASSING.map(({ what }) => [what, 1]))
    await expect.poll(async () => (await keyUse()).old, { timeout: 40_000 }).toEqual(passing)
    await database.db.asOwner(sql =>
      sql.query(PASSING.map(({ table, until }) => `update ${table} set ${until} = now()`).join(';')),
    )
    expect(Object.keys(await keyUse())).toEqual(['new'])
  }, 120_000)

  test('without the old one everything opens', async () => {
    await restart(NEW)

    const first = await ask('/api/auth/sign-in/email', { email: MIA.email, password: MIA.password }, {})
    const second = await ask('/api/auth/sign-in/code', { token: first.challenge.token, code: codeOf(seed, 0) }, {})
    expect(second.user.email).toBe(MIA.email)

    heard.length = 0
    await call()
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThan(0)
    const { headers, body } = heard[0]!
    expect(headers.authorization).toBe('Bearer bearer-of-news')
    for (const signer of [secret, secretBefore]) expect(() => new Webhook(signer).verify(body, headers)).not.toThrow()

    crm.add({ name: 'Ana Torres', email: 'ana@example.com' })
    await ask(`/api/connectors/${crm.id}/sync`, {})
    await expect
      .poll(async () => (await ask('/api/contacts?q=ana')).items.length, { timeout: 40_000, interval: 500 })
      .toBe(1)

    expect((await listen(recordingId)).equals(AUDIO)).toBe(true)
  }, 120_000)
})
