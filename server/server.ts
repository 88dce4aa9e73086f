import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { createEngine as createVoiceEngine } from '../voice/engine.ts'
import { createStudio } from '../voice/speech/studio.ts'
import { createAccess } from './access/access.ts'
import { keyRoutes } from './access/keyRoutes.ts'
import { leavingRoutes } from './access/leavingRoutes.ts'
import { meRoutes } from './access/meRoutes.ts'
import { createRequestBudgets, tellStanding } from './access/requestBudgets.ts'
import { secondFactorRoutes } from './access/secondFactorRoutes.ts'
import { sessionRoutes } from './access/sessionRoutes.ts'
import { signInRoutes } from './access/signInRoutes.ts'
import { userRoutes } from './access/userRoutes.ts'
import { activityRoutes } from './activity/activityRoutes.ts'
import { agentRoutes } from './agents/agentRoutes.ts'
import { createDesks } from './agents/desks.ts'
import { presenceRoutes } from './agents/presenceRoutes.ts'
import { apiRoutes } from './api/apiRoutes.ts'
import { noteOperations } from './api/operations.ts'
import type { App } from './app.ts'
import { auditRoutes } from './audit/auditRoutes.ts'
import { callbackRoutes } from './callbacks/callbackRoutes.ts'
import { callQueueRoutes } from './calls/callQueueRoutes.ts'
import { callRoutes } from './calls/callRoutes.ts'
import { type Center, createCenter } from './calls/center.ts'
import { type Config, DEFAULT_PORT, isLoopback } from './config.ts'
import { connectorRoutes } from './connectors/connectorRoutes.ts'
import { createConnectors } from './connectors/connectors.ts'
import { contactRoutes } from './contacts/contactRoutes.ts'
import { customFieldRoutes } from './contacts/customFieldRoutes.ts'
import { callActionRoutes } from './crm/callActionRoutes.ts'
import { crmCallRoutes } from './crm/crmCallRoutes.ts'
import { customerRoutes } from './crm/customerRoutes.ts'
import { departmentRoutes } from './crm/departmentRoutes.ts'
import { monitorRoutes } from './crm/monitorRoutes.ts'
import { flowRoutes } from './flows/flowRoutes.ts'
import { hoursRoutes } from './hours/hoursRoutes.ts'
import { traceRequests } from './platform/cause.ts'
import { type Db, isReadOnly } from './platform/db.ts'
import { createDrain } from './platform/drain.ts'
import { openEnvelopes } from './platform/envelope.ts'
import { asRefusal, errorBody } from './platform/errors.ts'
import { createFeed } from './platform/feed.ts'
import { answerErrors } from './platform/http.ts'
import { forgetOldAnswers } from './platform/idempotency.ts'
import type { Log } from './platform/log.ts'
import { createOpenConnections } from './platform/openConnections.ts'
import { headersOf, secureHeaders, servePages } from './platform/pages.ts'
import { atMost } from './platform/patience.ts'
import { Refusal } from './platform/refusal.ts'
import { limitSlowBodies } from './platform/slowBodies.ts'
import { createSockets } from './platform/sockets.ts'
import { keepStatistics } from './platform/statistics.ts'
import { openStorage } from './platform/storage.ts'
import { createStreams } from './platform/streams.ts'
import { answerUnreadable } from './platform/unreadable.ts'
import { createKeeping } from './privacy/keeping.ts'
import { privacyRoutes } from './privacy/privacyRoutes.ts'
import { promptRoutes } from './prompts/promptRoutes.ts'
import { createVoices } from './prompts/voices.ts'
import { queueRoutes } from './queues/queueRoutes.ts'
import { createArchive } from './recordings/archive.ts'
import { recordingRoutes } from './recordings/recordingRoutes.ts'
import { requestRoutes } from './requests/requestRoutes.ts'
import { keyUseRoutes } from './resealing/keyUseRoutes.ts'
import { createResealing } from './resealing/resealing.ts'
import { offerRoutes } from './routing/offerRoutes.ts'
import { callSettingRoutes } from './settings/callSettingRoutes.ts'
import { diallingRoutes } from './settings/diallingRoutes.ts'
import { createDirectory } from './telephony/directory.ts'
import { mediaRoutes } from './telephony/mediaRoutes.ts'
import { createOutside } from './telephony/outside.ts'
import { ringcentralRoutes } from './telephony/ringcentralRoutes.ts'
import { keepRingcentralSubscription } from './telephony/ringcentralSubscription.ts'
import { webhookRoutes } from './telephony/webhookRoutes.ts'
import { transcriptRoutes } from './transcripts/transcriptRoutes.ts'
import { createTranscripts } from './transcripts/transcripts.ts'
import { phoneRoutes } from './voice/phoneRoutes.ts'
import { createVoice } from './voice/voice.ts'
import { voicemailRoutes } from './voicemails/voicemailRoutes.ts'
import { createBuiltinRooms } from './voip/builtinRooms.ts'
import { createLiveKitRooms } from './voip/livekitRooms.ts'
import { livekitRoutes } from './voip/livekitRoutes.ts'
import { participantRoutes } from './voip/participantRoutes.ts'
import { createVoip } from './voip/voip.ts'
import { voipRoutes } from './voip/voipRoutes.ts'
import { createCouriers } from './webhooks/couriers.ts'
import { deliveryRoutes } from './webhooks/deliveryRoutes.ts'
import { endpointRoutes } from './webhooks/endpointRoutes.ts'
import { workspaceRoutes } from './workspaces/workspaceRoutes.ts'

const MAX_BODY_BYTES = 1024 * 1024
/** A megabyte comes in this time over any connection that a call could be held on. */
const BODY_WITHIN_MS = 20_000

/** What is being answered when the server stops has this long. */
const GRACE_MS = 2000
/** So has each half of a stop; both, and the database, are to be done in 9 s (main.ts). */
const FINISH_MS = 4000

/** A server on one database, listening. */
export interface RunningServer {
  app: App
  /** `http://host:port`, as this machine reaches it. */
  url: string
  /** Answers requests without a network. */
  inject: FastifyInstance['inject']
  /** Every route there is, in the order in which they were made: whoever must not forget one asks here. */
  routes: { method: string; url: string }[]
  /** Lets what is in flight finish, if it does so in a few seconds, and closes everything but the database. */
  stop(): Promise<void>
}

/**
 * Puts the parts together on a migrated database and begins to listen. Throws when the configured port is taken.
 * `createEngine`: another voice engine than our own, for tests.
 */
export async function startServer(
  config: Config,
  db: Db,
  log: Log,
  createEngine?: typeof createVoiceEngine,
): Promise<RunningServer> {
  const http = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    routerOptions: { maxParamLength: 200 },
    // A connection that falls silent, or that sends its headers drop by drop, is given up. A whole request may take
    // longer: a file of contacts is read no faster than it is imported.
    connectionTimeout: 20_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5000 },
    requestTimeout: 15 * 60_000,
    keepAliveTimeout: 65_000,
    return503OnClosing: true,
    clientErrorHandler: answerUnreadable(config),
    // An address that cannot be read never gets as far as the hooks.
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      const refusal = asRefusal(error)
      reply.headers(headersOf(config, '/')).code(refusal.status).send(errorBody(refusal))
    },
  })
  const drain = createDrain(http.server)
  const addresses: string[] = []
  const voice = createVoice(config, db, log, createEngine)
  const take: Center['take'] = (...given) => center.take(...given)
  const outside = createOutside({ config, db, log, addresses, builtin: voice.account, take })
  const { takesCommands, hasSoftphones, recordsBridges, carryOut } = outside
  const center = createCenter({ db, log, takesCommands, hasSoftphones, recordsBridges, carryOut })
  const studio = createStudio()
  const app: App = {
    config,
    log,
    db,
    feed: createFeed(db, log),
    envelopes: await openEnvelopes(config, db),
    storage: openStorage(config),
    access: createAccess({ config, db }),
    budgets: createRequestBudgets({ config, db, log }),
    center,
    desks: createDesks({ db, log, take: center.take }),
    outside,
    directory: createDirectory(db),
    voices: createVoices({ config, db, log, studio }),
    studio,
    voice,
    addresses,
  }
  takeJson(http)
  const routes: RunningServer['routes'] = []
  http.addHook('onRoute', ({ method, url }) => void routes.push(...[method].flat().map(one => ({ method: one, url }))))
  traceRequests(http)
  secureHeaders(http, config)
  limitSlowBodies(http, BODY_WITHIN_MS)
  answerErrors(http, app)
  tellStanding(http)
  const connections = createOpenConnections(app)
  const streams = createStreams(app, connections)
  const operations = noteOperations(http)
  healthRoutes(http, app)
  for (const addTo of [
    signInRoutes,
    meRoutes,
    sessionRoutes,
    secondFactorRoutes,
    userRoutes,
    leavingRoutes,
    keyRoutes,
    keyUseRoutes,
    workspaceRoutes,
    queueRoutes,
    agentRoutes,
    presenceRoutes,
    offerRoutes,
    hoursRoutes,
    voicemailRoutes,
    callbackRoutes,
    flowRoutes,
    promptRoutes,
    callRoutes,
    recordingRoutes,
    transcriptRoutes,
    privacyRoutes,
    callQueueRoutes,
    requestRoutes,
    contactRoutes,
    customFieldRoutes,
    crmCallRoutes,
    monitorRoutes,
    callActionRoutes,
    departmentRoutes,
    customerRoutes,
    activityRoutes,
    auditRoutes,
    webhookRoutes,
    mediaRoutes,
    participantRoutes,
    phoneRoutes,
    callSettingRoutes,
    diallingRoutes,
  ]) {
    addTo(http, app)
  }
  ringcentralRoutes(http, app, streams)
  const couriers = createCouriers(app)
  endpointRoutes(http, app, couriers)
  deliveryRoutes(http, app, couriers)
  const connectors = createConnectors(app)
  connectorRoutes(http, app, connectors)
  const builtinRooms = createBuiltinRooms(app)
  const rooms = config.livekit === null ? builtinRooms : createLiveKitRooms(app, config.livekit)
  const voip = createVoip(app, rooms)
  builtinRooms.open(voip)
  voipRoutes(http, app, voip, rooms, streams)
  if (config.livekit !== null) livekitRoutes(http, app, voip, config.livekit)
  apiRoutes(http, app, operations)
  servePages(http)

  const background = [createTranscripts(app), createArchive(app), createKeeping(app), createResealing(app)]
  keepStatistics(db, log)
  const stopForgetting = forgetOldAnswers(db, log)
  const sockets = createSockets(http.server, app, connections)
  await app.feed.start()
  const url = await listen(http, config)
  app.addresses.push(...addressesOf(config, url))
  await center.start()
  outside.start()
  app.desks.start()
  for (const { start } of background) await start()
  await voice.start(http.server, app)
  await voip.start()
  await couriers.start()
  await connectors.start()
  const ending = new AbortController()
  keepRingcentralSubscription(app, ending.signal)

  return {
    app,
    url,
    inject: http.inject.bind(http) as FastifyInstance['inject'],
    routes,
    async stop() {
      ending.abort()
      stopForgetting()
      streams.close()
      builtinRooms.stop()
      await atMost(FINISH_MS, Promise.all([voice.stop(), sockets.close(), http.close(), drain(GRACE_MS)]))
      center.stop()
      couriers.stop()
      connectors.stop()
      for (const { stop } of background) stop()
      outside.stop()
      app.desks.stop()
      voip.stop()
      // Whoever does not come to an end is left alone, as if the process had died: what it does is durable.
      await atMost(
        FINISH_MS,
        Promise.all([
          app.budgets.stop(),
          // Turns ask things of the outside world.
          center.idle().then(outside.idle),
          couriers.idle(),
          connectors.idle(),
          // What is being drawn for the archive is given up.
          studio.stop(),
          ...background.map(({ idle }) => idle()),
        ]),
      )
      app.feed.stop()
    },
  }
}

/**
 * JSON and nothing else. A request that says it is JSON and sends nothing, as many clients do with POST, has no body. A
 * field called `__proto__`, which nobody means, is left out rather than held against the thousands of lines around it.
 */
function takeJson(http: FastifyInstance): void {
  const parse = http.getDefaultJsonParser('remove', 'remove')
  http.removeContentTypeParser(['application/json', 'text/plain'])
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else parse(request, body as string, done)
  })
}

function healthRoutes(http: FastifyInstance, app: App): void {
  http.get('/healthz', async () => ({ status: 'ok' }))
  http.get('/readyz', async (_request, reply) => {
    const refuse = (why: string) => reply.code(503).send(errorBody(new Refusal(503, 'not_ready', why)))
    try {
      if (await app.db.asSystem(isReadOnly)) return refuse('The database is read-only just now.')
    } catch {
      return refuse('The database cannot be reached just now.')
    }
    // Without the database there is no voice either: that is the consequence, not the cause.
    return app.voice.problem === null ? { status: 'ok' } : refuse(app.voice.problem)
  })
}

async function listen(http: FastifyInstance, config: Config): Promise<string> {
  let port = config.port ?? DEFAULT_PORT
  for (;;) {
    try {
      await http.listen({ host: config.host, port })
      const { port: bound } = http.server.address() as AddressInfo
      return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${bound}`
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken) throw error
      if (config.port !== null) throw new Error(`Port ${port} is taken by another program. Choose another PORT.`)
      if (++port > DEFAULT_PORT + 100) throw new Error(`Ports ${DEFAULT_PORT} to ${port - 1} are all taken. Set PORT.`)
    }
  }
}

/** Without a public address this server goes by every loopback name: whoever signs for one of them is on this machine. */
function addressesOf(config: Config, url: string): string[] {
  if (config.publicUrl !== null) return [config.publicUrl]
  const { port } = new URL(url)
  // Listening everywhere includes here; nobody can open http://0.0.0.0 in a browser.
  const everywhere = config.host === '0.0.0.0' || config.host === '::'
  const names = isLoopback(config.host) || everywhere ? [`http://localhost:${port}`, `http://127.0.0.1:${port}`] : []
  return [...new Set(everywhere ? names : [url, ...names])]
}
