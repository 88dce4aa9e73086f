import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { roomsFor } from '../../core/audience.ts'
import type { App } from '../app.ts'
import type { StoredEvent } from './eventLog.ts'
import type { OpenConnection, OpenConnections } from './openConnections.ts'

const HEARTBEAT_MS = 15_000
const MAX_REPLAY = 1000
/** A reader that lets this much pile up is disconnected; it resumes where it was when it comes back. */
const MAX_BACKLOG_BYTES = 1024 * 1024

interface StreamOptions extends Omit<OpenConnection, 'end'> {
  /** The rooms it hears (core/audience.ts). */
  seats: string[]
  /** An event in this stream's words; null for one that it does not tell. */
  present(event: StoredEvent): { name: string; data: unknown } | null
}

/** Server-sent events: a reader of the event log, resumed by `Last-Event-ID`. */
export interface Streams {
  open(request: FastifyRequest, reply: FastifyReply, options: StreamOptions): Promise<void>
  close(): void
}

export function createStreams(app: App, connections: OpenConnections): Streams {
  const open = new Set<{ options: StreamOptions; tell(event: StoredEvent): void; end(): void }>()

  app.feed.onEvent(stored => {
    for (const stream of open) {
      if (stream.options.workspaceId === stored.workspaceId) stream.tell(stored)
    }
  })

  return {
    async open(request, reply, options) {
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      const write = (name: string, id: number | null, data: unknown) => {
        if (raw.writableEnded) return
        raw.write(`event: ${name}\n${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`)
        if (raw.writableLength > MAX_BACKLOG_BYTES) raw.destroy()
      }
      const tell = (stored: StoredEvent) => {
        if (!roomsFor(stored.event).some(room => options.seats.includes(room))) return
        const message = options.present(stored)
        if (message) write(message.name, stored.seq, message.data)
      }
      const heartbeat = setInterval(
        () => write('heartbeat', null, { type: 'heartbeat', timestamp: new Date().toISOString() }),
        HEARTBEAT_MS,
      )
      const stream = { options, tell, end: () => raw.end() }
      const release = connections.watch({ ...options, end: stream.end })
      raw.on('close', () => {
        release()
        clearInterval(heartbeat)
        open.delete(stream)
      })

      const missed: StoredEvent[] = []
      let since = lastEventId(request)
      const join = (seq: number) => {
        if (raw.destroyed || raw.writableEnded) return
        // The id of the greeting is where a client that hears nothing more before it drops resumes.
        write('connected', since ?? seq, { type: 'connected', message: 'Call stream connected' })
        for (const stored of missed) tell(stored)
        open.add(stream)
      }
      try {
        const caughtUp = await app.feed.catchUp(
          options.workspaceId,
          since,
          stored => missed.push(stored) <= MAX_REPLAY,
          join,
        )
        if (caughtUp === null) {
          missed.length = 0
          since = null
          write('error', null, { type: 'error', message: 'Too much has happened since: load the active calls afresh.' })
          await app.feed.catchUp(options.workspaceId, null, () => true, join)
        }
      } catch (error) {
        app.log.warn({ err: error }, 'a stream could not be opened')
        write('error', null, { type: 'error', message: 'The stream could not be opened. It will be tried again.' })
        raw.end()
      }
    },
    close() {
      for (const stream of open) stream.end()
    },
  }
}

/** Where the client says it was: the header that browsers send when they reconnect, or `?lastEventId=` for the first time. */
function lastEventId(request: FastifyRequest): number | null {
  const given = request.headers['last-event-id'] ?? (request.query as { lastEventId?: unknown }).lastEventId
  return typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : null
}
