import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Call } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { dataDirectory, openOnServer, serverUrl } from './support/databases.ts'
import { type RingsideProcess, startProcess } from './support/process.ts'
import { ADMIN, ADMIN_API_KEY } from './support/server.ts'

const PASSWORD = 'correct horse battery'
/** The shortest that a queue may ring. */
const RING_SECONDS = 5
const SHORT_SECONDS = 3
/** Not over before the process is back, however slowly it starts. */
const LONG_SECONDS = 20

interface Place {
  env: Record<string, string>
  remove(): Promise<void> | void
}

async function onDisk(): Promise<Place> {
  const directory = await dataDirectory()
  return { env: { DATA_DIR: directory }, remove: () => fs.rmSync(directory, { recursive: true, force: true }) }
}
async function onServer(): Promise<Place> {
  const database = await openOnServer(serverUrl!)
  return { env: { DATABASE_URL: database.url! }, remove: database.close }
}

describe('what is due while nothing runs (embedded)', () => staysDue(onDisk))
describe.skipIf(serverUrl === null)(
  serverUrl === null
    ? 'what is due while nothing runs (skipped: no PostgreSQL at TEST_DATABASE_URL)'
    : 'what is due while nothing runs (PostgreSQL server)',
  () => staysDue(onServer),
)

function staysDue(open: () => Promise<Place>): void {
  test('ringing, wrap-up and waiting end once, as soon as it runs again; what is not due yet ends in time', async () => {
    const place = await open()
    const env = { ...place.env, ADMIN_API_KEY, ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password }
    let server = await startProcess(env)
    try {
      const [ana, ben, eva] = (await Promise.all(['ana', 'ben', 'eva'].map(name => addAgent(server, name)))) as [
        string,
        string,
        string,
      ]
      await addQueue(server, '+12025550111', { name: 'ringing', agents: [ana], ringSeconds: RING_SECONDS })
      await addQueue(server, '+12025550112', { name: 'writing', agents: [ben], wrapUpSeconds: SHORT_SECONDS })
      // Eva stays at home.
      const turnsAway = { agents: [eva], overflow: { type: 'hangUp' } }
      await addQueue(server, '+12025550113', { ...turnsAway, name: 'waiting', maxWaitSeconds: SHORT_SECONDS })
      await addQueue(server, '+12025550114', { ...turnsAway, name: 'patient', maxWaitSeconds: LONG_SECONDS })
      for (const agent of [ana, ben])
        await ask(server, 'PUT', `/api/agents/${agent}/presence`, { presence: 'available' })

      const benAlone = await signIn(server, 'ben')
      const written = await dial(server, '+12025550112')
      const [offer] = (await ask(server, 'GET', '/api/offers', undefined, benAlone)).items as { id: string }[]
      await ask(server, 'POST', `/api/offers/${offer!.id}/accept`, undefined, benAlone)
      const patient = await dial(server, '+12025550114')
      const waiting = await dial(server, '+12025550113')
      const ringing = await dial(server, '+12025550111')
      await report(server, 'call-status', '+12025550112', 'completed')
      const overdue = [
        { call: ringing, type: 'offer.ended', more: { outcome: 'timed-out' } },
        { call: written, type: 'agent.wrap_up_ended', more: {} },
        { call: waiting, type: 'call.diverted', more: { reason: 'max-wait' } },
      ] as const

      const killedAt = Date.now()
      await server.end('SIGKILL')
      await sleep(RING_SECONDS * 1000 + 500)
      server = await startProcess(env)
      const readyAt = Date.now()

      await until(async () => {
        for (const { call, type } of overdue) expect(await told(server, type, call)).toHaveLength(1)
      }, readyAt + 5000)
      const due = Date.parse((await told(server, 'call.queued', patient))[0]!.at) + LONG_SECONDS * 1000
      expect(due).toBeGreaterThan(readyAt)
      expect(await told(server, 'call.diverted', patient)).toEqual([])
      await until(async () => {
        expect(await told(server, 'call.diverted', patient)).toHaveLength(1)
      }, due + 5000)
      const [diverted] = await told(server, 'call.diverted', patient)
      expect(diverted).toMatchObject({ reason: 'max-wait' })
      // On time: the clock of the event is that of the transaction, which may wait for its turn.
      expect(Date.parse(diverted!.at) - due).toBeGreaterThanOrEqual(-50)
      expect(Date.parse(diverted!.at) - due).toBeLessThan(1000)

      // A good while later nothing has happened a second time, and everybody is as they should be.
      for (const { call, type, more } of overdue) {
        const events = await told(server, type, call)
        expect(events).toEqual([expect.objectContaining({ type, ...more })])
        expect(Date.parse(events[0]!.at)).toBeGreaterThan(killedAt)
      }
      const agents = (await ask(server, 'GET', '/api/agents')).items as { id: string }[]
      expect(agents.find(({ id }) => id === ana)).toMatchObject({ presence: { status: 'busy', reason: 'missed' } })
      expect(agents.find(({ id }) => id === ben)).toMatchObject({ activity: 'ready', wrapUps: [] })
      const queues = (await ask(server, 'GET', '/api/queues')).items as { name: string; waiting: number }[]
      expect(Object.fromEntries(queues.map(({ name, waiting }) => [name, waiting]))).toMatchObject({
        ringing: 1,
        writing: 0,
        waiting: 0,
        patient: 0,
      })
    } finally {
      await server.end('SIGKILL')
      await place.remove()
    }
  }, 120_000)
}

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Tries again until it passes; after the time given, fails as it failed last. */
async function until(check: () => Promise<void>, giveUpAt: number): Promise<void> {
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
    }
    await sleep(50)
  }
}

/** Asks as the operator, or with the headers given. Throws when the answer is not a good one. */
async function ask(
  { url }: RingsideProcess,
  method: string,
  path: string,
  json?: unknown,
  headers: Record<string, string> = { 'x-api-key': ADMIN_API_KEY },
): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, {
    method,
    headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  const body = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(body)}`)
  return body
}

/** @returns the agent's id. */
async function addAgent(server: RingsideProcess, name: string): Promise<string> {
  await ask(server, 'POST', '/api/users', { email: `${name}@example.com`, name, role: 'agent', password: PASSWORD })
  const agents = (await ask(server, 'GET', '/api/agents')).items as { id: string; name: string }[]
  return agents.find(agent => agent.name === name)!.id
}

async function addQueue(server: RingsideProcess, number: string, settings: { name: string; [more: string]: unknown }) {
  await ask(server, 'POST', '/api/queues', settings)
  await ask(server, 'POST', '/api/numbers', { number, queue: settings.name })
}

async function signIn({ url }: RingsideProcess, name: string): Promise<{ cookie: string }> {
  const response = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${name}@example.com`, password: PASSWORD }),
  })
  return { cookie: response.headers.getSetCookie()[0]!.split(';')[0]! }
}

/** The provider's word on the one call to this number. */
async function report({ url }: RingsideProcess, kind: string, to: string, CallStatus: string): Promise<void> {
  const fields = { CallSid: `CA${to.slice(1).padStart(32, '0')}`, From: '+14155550100', To: to, Direction: 'inbound' }
  const body = new URLSearchParams({ ...fields, CallStatus })
  expect((await fetch(`${url}/api/twilio/${kind}`, { method: 'POST', body })).status).toBe(200)
}

/** Somebody calls this number. @returns the call's id. */
async function dial(server: RingsideProcess, to: string): Promise<string> {
  await report(server, 'incoming-call', to, 'ringing')
  const { items } = await ask(server, 'GET', `/api/calls?to=${encodeURIComponent(to)}`)
  return (items as Call[])[0]!.id
}

/** Everything of this type that the log tells of a call, newest first. */
async function told(server: RingsideProcess, type: LiveEvent['type'], callId: string): Promise<LiveEvent[]> {
  const { items } = await ask(server, 'GET', `/api/activity?type=${type}&limit=200`)
  return (items as (LiveEvent & { call?: Call; callId?: string })[]).filter(
    event => (event.call?.id ?? event.callId) === callId,
  )
}
