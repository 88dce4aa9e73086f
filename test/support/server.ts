import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../server/config.ts'
import { createLog } from '../../server/platform/log.ts'
import { type RunningServer, startServer } from '../../server/server.ts'
import { firstRun } from '../../server/workspaces/firstRun.ts'
import { openEmbedded, type TestDatabase } from './databases.ts'

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' }
export const ADMIN_API_KEY = 'test-operator-key-0123456789abcdef'

/** A server as a fresh start makes it, in this process, on a port of its own. Calls over the web: with `VOICE_PROCESSES`. */
export interface TestServer extends RunningServer {
  /** Requests with the operator's key. */
  api(path: string, init?: RequestInit & { json?: unknown }): Promise<{ status: number; body: never; headers: Headers }>
  /** The cookie of a signed-in user, as a header. */
  signIn(email?: string, password?: string): Promise<string>
  close(): Promise<void>
}

export async function startTestServer(
  env: Record<string, string> = {},
  open: () => Promise<TestDatabase> = openEmbedded,
  createEngine?: Parameters<typeof startServer>[3],
): Promise<TestServer> {
  const database = await open()
  const config = readConfig({
    PORT: '0',
    NODE_ENV: 'test',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    ADMIN_API_KEY,
    // Processes of their own cost more than most tests do.
    VOICE_PROCESSES: createEngine === undefined ? '0' : '1',
    VOICE_UDP_PORT: '0',
    ...env,
  })
  await firstRun(database.db, config)
  const server = await startServer(config, database.db, createLog(config.logLevel), createEngine)
  if (createEngine === undefined) await untilVoiceIsUp(server)
  return {
    ...server,
    ...clientOf(server.url),
    async close() {
      await server.stop()
      await database.close()
    },
  }
}

/** A start does not wait for ever for its media processes; whoever calls before they are up is asked to try again. */
async function untilVoiceIsUp({ app }: RunningServer): Promise<void> {
  for (const until = performance.now() + 30_000; app.voice.problem !== null; await sleep(50))
    if (performance.now() > until) throw new Error(app.voice.problem)
}

/** What tests ask of a server, wherever it runs. */
export function clientOf(url: string): Pick<TestServer, 'url' | 'api' | 'signIn'> {
  return {
    url,
    async api(path, init = {}) {
      const { json, ...rest } = init
      const response = await fetch(url + path, {
        ...rest,
        ...(json !== undefined && { method: rest.method ?? 'POST', body: JSON.stringify(json) }),
        headers: {
          'x-api-key': ADMIN_API_KEY,
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...rest.headers,
        },
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json')
      return {
        status: response.status,
        body: (isJson && text ? JSON.parse(text) : text) as never,
        headers: response.headers,
      }
    },
    async signIn(email = ADMIN.email, password = ADMIN.password) {
      const response = await fetch(`${url}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      })
      const cookie = response.headers.getSetCookie()[0]
      if (!cookie) throw new Error(`could not sign in: ${response.status} ${await response.text()}`)
      return cookie.split(';')[0]!
    },
  }
}
