import Fastify, { type FastifyInstance } from 'fastify'
import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type { ErrorBody } from '../../client/contract.ts'
import type { Route } from '../../client/route.ts'
import type { CenterEvent } from '../../core/event.ts'
import type { Permission, Role } from '../../core/role.ts'
import { createStudio } from '../../voice/speech/studio.ts'
import { agentRoutes } from '../agents/agentRoutes.ts'
import { ensureAgent } from '../agents/agentStore.ts'
import type { App } from '../app.ts'
import { auditRoutes } from '../audit/auditRoutes.ts'
import { createCenter } from '../calls/center.ts'
import { readConfig } from '../config.ts'
import { flowRoutes } from '../flows/flowRoutes.ts'
import { hoursRoutes } from '../hours/hoursRoutes.ts'
import { traceRequests } from '../platform/cause.ts'
import type { Db } from '../platform/db.ts'
import { openEnvelopes } from '../platform/envelope.ts'
import { createFeed } from '../platform/feed.ts'
import { answerErrors } from '../platform/http.ts'
import { createLog } from '../platform/log.ts'
import { openStorage } from '../platform/storage.ts'
import { promptRoutes } from '../prompts/promptRoutes.ts'
import { createVoices } from '../prompts/voices.ts'
import { queueRoutes } from '../queues/queueRoutes.ts'
import { callSettingRoutes } from '../settings/callSettingRoutes.ts'
import { diallingRoutes } from '../settings/diallingRoutes.ts'
import { createDirectory } from '../telephony/directory.ts'
import { mediaRoutes } from '../telephony/mediaRoutes.ts'
import { createVoice } from '../voice/voice.ts'
import { type Couriers, createCouriers } from '../webhooks/couriers.ts'
import { deliveryRoutes } from '../webhooks/deliveryRoutes.ts'
import { endpointRoutes } from '../webhooks/endpointRoutes.ts'
import { createWorkspace } from '../workspaces/workspace.ts'
import { workspaceRoutes } from '../workspaces/workspaceRoutes.ts'
import { createAccess } from './access.ts'
import { keyRoutes } from './keyRoutes.ts'
import { insertKey } from './keyStore.ts'
import { leavingRoutes } from './leavingRoutes.ts'
import { meRoutes } from './meRoutes.ts'
import { createRequestBudgets, tellStanding } from './requestBudgets.ts'
import { secondFactorRoutes } from './secondFactorRoutes.ts'
import { createSessionCookie } from './sessionCookie.ts'
import { sessionRoutes } from './sessionRoutes.ts'
import { openSession } from './sessionStore.ts'
import { signInRoutes } from './signInRoutes.ts'
import { userRoutes } from './userRoutes.ts'
import { insertUser } from './userStore.ts'

interface TestDatabase {
  db: Db
  close(): Promise<void>
}

export const OPERATOR_KEY = 'operator-key-for-tests-0123456789abcdef'
export const JWT_SECRET = 'jwt-secret-for-tests-0123456789abcdef'

/** Credentials as request headers. */
export type Credentials = Record<string, string>
export const NOBODY: Credentials = {}
export const OPERATOR_CREDENTIALS: Credentials = { 'x-api-key': OPERATOR_KEY }

export interface Asking {
  as?: Credentials
  params?: Record<string, string>
  query?: Record<string, string>
  /** Anything at all: what is wrong is the business of the tests. */
  body?: unknown
  headers?: Record<string, string>
  /** The address it comes from. */
  from?: string
}

/** `body` as if it had succeeded and failed at once; `status` says which it is. */
export interface Answered<Answer> {
  status: number
  body: Answer & Pick<z.output<typeof ErrorBody>, 'error'>
  headers: Record<string, string | string[] | number | undefined>
}

/** The parts of the API that are about who is here, on a database of their own, without a network. */
export interface TestServer {
  http: FastifyInstance
  app: App
  db: Db
  /** Not started: nothing is sent unless a test starts them. */
  couriers: Couriers
  ask<Answer extends z.ZodType>(
    route: Pick<Route<string, z.ZodType, z.ZodType, z.ZodType, Answer>, 'method' | 'path' | 'answer'>,
    asking?: Asking,
  ): Promise<Answered<z.output<Answer>>>
  /** A second server on the same database, with other settings. */
  withEnvironment(more: Record<string, string>): Promise<TestServer>
  close(): Promise<void>
}

export async function startTestServer(
  open: () => Promise<TestDatabase>,
  env: Record<string, string> = {},
): Promise<TestServer> {
  return serveTests(await open(), env)
}

/** @param database closed with the server. */
async function serveTests(database: TestDatabase, env: Record<string, string>): Promise<TestServer> {
  const { db } = database
  const config = readConfig({
    NODE_ENV: 'test',
    ADMIN_API_KEY: OPERATOR_KEY,
    SUPABASE_JWT_SECRET: JWT_SECRET,
    ...env,
  })
  const log = createLog('silent')
  const elsewhere = () => {
    throw new Error('telephone calls are no part of these tests')
  }
  const studio = createStudio()
  const center = createCenter({ db, log, takesCommands: () => false, hasSoftphones: () => false, carryOut() {} })
  const app: App = {
    config,
    log,
    db,
    feed: createFeed(db, log),
    envelopes: await openEnvelopes(config, db),
    storage: openStorage(config),
    access: createAccess({ config, db }),
    budgets: createRequestBudgets({ config, db, log }),
    directory: createDirectory(db),
    voices: createVoices({ config, db, log, studio }),
    studio,
    voice: createVoice(config, db, log),
    addresses: [],
    center: { take: center.take, poke() {}, start: elsewhere, stop: elsewhere, idle: center.idle },
    desks: { opened: elsewhere, start: elsewhere, stop: elsewhere },
    outside: {
      takesCommands: elsewhere,
      hasSoftphones: elsewhere,
      recordsBridges: elsewhere,
      providerToCallBy: elsewhere,
      carryOut: elsewhere,
      fetching: elsewhere,
      start: elsewhere,
      stop: elsewhere,
      idle: elsewhere,
    },
  }
  const http = Fastify()
  traceRequests(http)
  answerErrors(http, app)
  tellStanding(http)
  for (const routes of [
    signInRoutes,
    meRoutes,
    sessionRoutes,
    secondFactorRoutes,
    userRoutes,
    leavingRoutes,
    keyRoutes,
    workspaceRoutes,
    queueRoutes,
    agentRoutes,
    hoursRoutes,
    flowRoutes,
    promptRoutes,
    mediaRoutes,
    auditRoutes,
    callSettingRoutes,
    diallingRoutes,
  ]) {
    routes(http, app)
  }
  const couriers = createCouriers(app, { deadlineMs: 5000 })
  endpointRoutes(http, app, couriers)
  deliveryRoutes(http, app, couriers)
  await http.ready()

  return {
    http,
    app,
    db,
    couriers,
    async ask(route, { as = NOBODY, params = {}, query = {}, body, headers = {}, from = '192.0.2.1' } = {}) {
      const response = await http.inject({
        method: route.method,
        url: route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? '')),
        query,
        remoteAddress: from,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers, ...as },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      })
      return { status: response.statusCode, body: response.json(), headers: response.headers }
    },
    withEnvironment: more => serveTests({ ...database, close: async () => {} }, { ...env, ...more }),
    async close() {
      await http.close()
      await app.budgets.stop()
      await studio.stop()
      await database.close()
    },
  }
}

let made = 0
/** An e-mail that nobody in these tests has yet. */
export const newEmail = (): string => `person${++made}@example.com`

/** A workspace of the test's own, and its admin's session. */
export async function makeWorkspace(
  server: TestServer,
  more: { adminPassword?: string; defaultCountry?: string; supportNumbers?: string[] } = {},
): Promise<{ id: string; adminId: string; adminEmail: string; admin: Credentials }> {
  const adminEmail = newEmail()
  const { workspace, adminId } = await createWorkspace(server.db, {
    name: `Workspace ${made}`,
    adminEmail,
    adminPassword: more.adminPassword ?? null,
    defaultCountry: more.defaultCountry,
    supportNumbers: more.supportNumbers ?? [],
  })
  return { id: workspace.id, adminId, adminEmail, admin: await signInAs(server, workspace.id, adminId) }
}

/** A user of this role, with a session. */
export async function addPerson(
  server: TestServer,
  workspaceId: string,
  role: Role,
  more: { name?: string; supabaseUserId?: string; passwordHash?: string } = {},
): Promise<{ id: string; email: string; as: Credentials }> {
  const email = newEmail()
  const id = await server.db.inWorkspace(workspaceId, async tx => {
    const { name = 'Pat', supabaseUserId = null, passwordHash = null } = more
    const userId = await insertUser(tx, { email, name, role, passwordHash, supabaseUserId })
    if (role === 'agent') await ensureAgent(tx, userId)
    return userId
  })
  return { id, email, as: await signInAs(server, workspaceId, id) }
}

/** A new session's cookie. */
export async function signInAs(server: TestServer, workspaceId: string, userId: string): Promise<Credentials> {
  const { token } = await server.db.inWorkspace(workspaceId, tx => openSession(tx, userId))
  return { cookie: `${createSessionCookie(server.app.config.publicUrl).name}=${token}` }
}

/** A new API key. */
export async function addKey(server: TestServer, workspaceId: string, permissions: Permission[]): Promise<Credentials> {
  const { key } = await server.db.inWorkspace(workspaceId, tx =>
    insertKey(tx, { name: 'Key', permissions, expiresAt: null, createdBy: null }),
  )
  return { 'x-api-key': key }
}

/** The workspace's event log, oldest first. */
export async function eventsOf(server: TestServer, workspaceId: string): Promise<CenterEvent[]> {
  const rows = await server.db.asSystem(sql =>
    sql.query<{ data: CenterEvent }>('select data from events where workspace_id = $1 order by seq', [workspaceId]),
  )
  return rows.map(row => row.data)
}

export const unknownId = (): string => newId()

/** The cookie that an answer sets, as a browser would send it back. */
export const cookieOf = (answered: Pick<Answered<unknown>, 'headers'>): Credentials => ({
  cookie: String(answered.headers['set-cookie']).split(';')[0]!,
})
