import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { Server, type Socket } from 'socket.io'
import { z } from 'zod'
import { personOf, roomsFor, roomsOf } from '../../core/audience.ts'
import type { Principal } from '../../core/role.ts'
import type { Admitted } from '../access/access.ts'
import type { App } from '../app.ts'
import { callView, eventView } from '../calls/callView.ts'
import { asRefusal } from './errors.ts'
import type { StoredEvent } from './eventLog.ts'
import type { OpenConnections } from './openConnections.ts'
import { isOwnOrigin } from './origin.ts'
import { headersOf } from './pages.ts'

const SOCKET_PATH = '/socket.io'
/** A client that has been away for more than this many events loads everything afresh instead. */
const MAX_REPLAY = 1000
const MAX_MESSAGE_BYTES = 64 * 1024
/** Whoever opens a socket and shows no credentials has this long. */
const JOIN_WITHIN_MS = 5 * 60_000

const Since = z.object({ since: z.number().int().min(0).nullish() }).catch({})

/** How one kind of client wants its events. */
type Dialect = (event: StoredEvent) => [name: string, payload: unknown] | null

/** The desk: every event it may see, under one name, numbered. */
const desk: Dialect = event => ['event', eventView(event)]

/** Whoever follows the documents: four names, each with what happened. */
const callCenter: Dialect = ({ seq, event }) => {
  switch (event.type) {
    case 'call.arrived':
      return ['new-call', { call: callView(event.call), eventId: seq }]
    case 'call.status_changed':
      return ['call-status-updated', { call: callView(event.call), previousStatus: event.previousStatus, eventId: seq }]
    case 'call.assigned':
      return ['call-assigned', { call: callView(event.call), agent: event.agent, eventId: seq }]
    case 'request.created':
      return ['new-support-request', { request: event.request, eventId: seq }]
    default:
      return null
  }
}
const DIALECTS = { desk, callCenter }

/** Socket.IO: a reader of the event log. Each event is prepared once per dialect, however many screens are open. */
export function createSockets(server: HttpServer, app: App, connections: OpenConnections): { close(): Promise<void> } {
  const io = new Server(server, {
    path: SOCKET_PATH,
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    pingInterval: 10_000,
    pingTimeout: 15_000,
    // Browsers send cookies along from any page: only our own pages may open a socket with them.
    allowRequest: (request, decide) => decide(null, isOwnOrigin(app, request.headers)),
  })

  io.engine.on('headers', headers => void Object.assign(headers, headersOf(app.config, SOCKET_PATH)))

  io.on('connection', socket => {
    let leaveDesk = () => {}
    const end = () => void socket.disconnect(true)
    const strange = setTimeout(end, JOIN_WITHIN_MS)
    let release: (() => void) | null = null
    const join =
      (dialect: keyof typeof DIALECTS) =>
      async (message: unknown, acknowledge: unknown): Promise<void> => {
        const answer = (body: Record<string, unknown>) => {
          if (typeof acknowledge === 'function') acknowledge(body)
        }
        try {
          const { who } = await admit(app, socket)
          if (release === null && socket.connected) {
            clearTimeout(strange)
            const check = async () => (await admit(app, socket)).until
            release = connections.watch({ workspaceId: who.workspaceId, person: personOf(who), check, end })
          }
          const seq = await follow(app, socket, who, dialect, Since.parse(message).since ?? null)
          if (dialect === 'desk' && who.kind === 'user' && who.agentId !== null) {
            leaveDesk()
            leaveDesk = socket.connected ? app.desks.opened(who.workspaceId, who.agentId) : () => {}
          }
          answer(dialect === 'desk' ? { ok: true, seq } : { ok: true })
        } catch (error) {
          answer({ ok: false, error: asRefusal(error).message })
        }
      }
    socket.on('join-call-center', join('callCenter'))
    socket.on('subscribe', join('desk'))
    socket.on('disconnect', () => {
      clearTimeout(strange)
      release?.()
      leaveDesk()
    })
  })

  app.feed.onEvent(stored => {
    const named = roomsFor(stored.event)
    for (const dialect of Object.keys(DIALECTS) as (keyof typeof DIALECTS)[]) {
      const rooms = named.map(room => roomName(stored.workspaceId, dialect, room))
      if (!rooms.some(room => io.sockets.adapter.rooms.has(room))) continue // nobody to prepare it for
      const message = DIALECTS[dialect](stored)
      if (message) io.local.to(rooms).emit(...message)
    }
  })

  return { close: () => io.close() }
}

const roomName = (workspaceId: string, dialect: string, room: string): string => `${workspaceId} ${dialect} ${room}`

/** The credentials of the handshake's headers, or those a client that cannot set headers put into `auth`. */
async function admit(app: App, socket: Socket): Promise<Admitted> {
  const auth = z
    .object({ token: z.string().optional(), apiKey: z.string().optional() })
    .catch({})
    .parse(socket.handshake.auth)
  const request: IncomingMessage = socket.request
  return app.access.admit({
    method: 'GET',
    headers: {
      ...request.headers,
      ...(auth.apiKey !== undefined && { 'x-api-key': auth.apiKey }),
      ...(auth.token !== undefined && { authorization: `Bearer ${auth.token}` }),
    },
  })
}

/** Sends what the socket has missed, then lets it hear what happens from exactly there on. */
async function follow(
  app: App,
  socket: Socket,
  who: Principal,
  dialect: keyof typeof DIALECTS,
  since: number | null,
): Promise<number> {
  const seats = roomsOf(who)
  const rooms = seats.map(room => roomName(who.workspaceId, dialect, room))
  const sit = () => void socket.join(rooms)
  let replayed = 0
  const seq = await app.feed.catchUp(
    who.workspaceId,
    since,
    stored => {
      if (++replayed > MAX_REPLAY) return false
      const message = DIALECTS[dialect](stored)
      if (message && roomsFor(stored.event).some(room => seats.includes(room))) socket.emit(...message)
      return true
    },
    sit,
  )
  if (seq !== null) return seq
  return (await app.feed.catchUp(
    who.workspaceId,
    null,
    () => true,
    head => {
      sit()
      socket.emit('resync', { seq: head })
    },
  ))!
}
