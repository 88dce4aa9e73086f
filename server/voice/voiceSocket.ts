import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { type FromBrowser, VOICE_PATH } from '../../client/voice/protocol.ts'
import { CUSTOMER } from '../../core/conversation.ts'
import { PHONE } from '../../providers/builtin/numberLeg.ts'
import { network } from '../access/signInLimits.ts'
import type { App } from '../app.ts'
import { isOwnOrigin } from '../platform/origin.ts'
import { clientAddress } from './clientAddress.ts'
import { forwardedClient } from './forwarding.ts'
import { iceServersFor } from './iceServers.ts'
import type { Legs } from './legs.ts'
import { nameOf } from './legs.ts'
import type { Lines } from './lines.ts'
import { readMessage } from './messages.ts'
import { Page } from './page.ts'
import type { Phones } from './phones.ts'
import type { Softphones } from './softphones.ts'
import type { Tickets } from './tickets.ts'

const MAX_MESSAGE_BYTES = 64 * 1024
/** A page that says more than this ahead of what is done is not read on until then. */
const MAX_UNSERVED = 50
/** A page of which nothing was heard for so long is gone. */
const HEARTBEAT_MS = 10_000
const CALLS_PER_MINUTE = 20

/** Whether a page asks for this WebSocket, and not for another one. */
export const isForVoice = (request: IncomingMessage): boolean =>
  new URL(request.url ?? '/', 'http://here').pathname === VOICE_PATH

/** The page tries again by itself. */
export const refuseUpgrade = (socket: Duplex): void =>
  void socket.end('HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\r\n')

export interface VoiceSocketMeans {
  /** What other processes of ours prove with that they pass a page on. */
  forwarding: Uint8Array
  app: Pick<App, 'config' | 'access' | 'log'>
  lines: Lines
  softphones: Softphones
  phones: Phones
  legs: Legs
  tickets: Tickets
  /** A page wants into the room of a call between two people, with this token. */
  enter(page: Page, token: string): Promise<void>
  /** A page wants a leg to try its network with. */
  giveTrial(page: Page): void
}

/**
 * The WebSocket of every page that speaks and hears, beside Socket.IO on the same server. Anonymous callers may come from
 * pages of any origin; who somebody is, is believed of our own pages only.
 */
export function createVoiceSocket(server: HttpServer, means: VoiceSocketMeans): { close(): Promise<void> } {
  const { app, lines, softphones, phones, legs, tickets } = means
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  const limiter = new RateLimiterMemory({ points: CALLS_PER_MINUTE, duration: 60 })

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!isForVoice(request)) return
    sockets.handleUpgrade(request, socket, head, opened => attend(opened, request))
  }

  function attend(socket: WebSocket, request: IncomingMessage): void {
    const page = new Page(socket, app.log)
    const client = forwardedClient(request, means.forwarding) ?? clientAddress(request, app.config.trustedProxies)
    const address = network(client)
    let isAlive = true
    const heartbeat = setInterval(() => {
      if (!isAlive) {
        socket.terminate()
        return
      }
      isAlive = false
      socket.ping()
    }, HEARTBEAT_MS)
    /** One after the other, so that who somebody is is known before it asks for what is its own. */
    let heard = Promise.resolve()
    let unserved = 0

    socket.on('pong', () => {
      isAlive = true
    })
    socket.on('message', (data: RawData, isBinary: boolean) => {
      isAlive = true
      const bytes = data as Buffer
      if (isBinary) {
        page.hearFrame(bytes)
        return
      }
      const message = readMessage(bytes.toString())
      if (message === null) {
        page.refuse(null, 'bad_message', 'This is not a message of the voice protocol.')
        return
      }
      if (++unserved >= MAX_UNSERVED) socket.pause()
      heard = heard
        .then(() => hear(page, message, request, address))
        .catch(error => {
          app.log.error({ err: error, type: message.type }, 'a message of a page could not be served')
          page.refuse('leg' in message ? message.leg : null, 'failed', 'That did not work. Try again.')
        })
        .finally(() => {
          isAlive = true
          if (--unserved < MAX_UNSERVED) socket.resume()
        })
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearInterval(heartbeat)
      page.closed()
    })
    page.send({ type: 'ready', iceServers: iceServersFor(app.config.voice.turn, 'ringside', Date.now()) })
  }

  async function hear(page: Page, message: FromBrowser, request: IncomingMessage, address: string): Promise<void> {
    if (!page.isOpen) return
    switch (message.type) {
      case 'call':
        if (await hasTries(address)) await lines.call(page, message)
        else page.refuse(null, 'too_many_calls', 'Too many calls from here. Wait a minute, then try again.')
        break
      case 'resume':
        resume(page, message.ticket)
        break
      case 'reachable':
        await phones.open(page, message.ticket)
        break
      case 'answer':
        phones.answer(page, message.ring)
        break
      case 'decline':
        phones.decline(page, message.ring)
        break
      case 'desk':
        await openDesk(page, request)
        break
      case 'beFirst':
        softphones.beFirst(page)
        break
      case 'try':
        if (await hasTries(address)) means.giveTrial(page)
        else page.refuse(null, 'too_many_calls', 'Too many tries from here. Wait a minute, then try again.')
        break
      case 'enter':
        await means.enter(page, message.token)
        break
      case 'ping':
        page.send({ type: 'pong' })
        break
      default:
        await page.hear(message)
    }
  }

  const hasTries = (address: string): Promise<boolean> =>
    limiter.consume(address).then(
      () => true,
      () => false,
    )

  function resume(page: Page, ticket: string): void {
    const known = tickets.read(ticket)
    if (known === null) {
      page.refuse(null, 'bad_ticket', 'This ticket is not of this center.')
      return
    }
    const { room, leg } = known
    if (leg === CUSTOMER || leg === PHONE) {
      if (legs.give(page, room, leg, 'caller')) lines.resumed(room, leg)
      else page.send({ type: 'ended', leg: nameOf(room, leg), reason: 'lost' })
      return
    }
    const as = softphones.roleOf(room, leg)
    // Of a person who has signed out, or whose first page is another one by now, it is no longer this page's.
    if (!softphones.isTheirs(page, leg) || as === null || !legs.give(page, room, leg, as))
      page.send({ type: 'ended', leg: nameOf(room, leg), reason: as === null ? 'lost' : 'elsewhere' })
  }

  async function openDesk(page: Page, { headers }: IncomingMessage): Promise<void> {
    const who = isOwnOrigin(app, headers)
      ? await app.access.identify({ method: 'GET', headers }).catch(() => null)
      : null
    if (who?.kind !== 'user') page.refuse(null, 'unauthenticated', 'Sign in to use the softphone.')
    else if (page.isOpen) softphones.opened(page, who)
  }

  server.on('upgrade', upgrade)
  return {
    async close() {
      server.off('upgrade', upgrade)
      for (const socket of sockets.clients) socket.close(1012, 'The server restarts.')
      const stragglers = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
      }, 1000)
      await new Promise<void>(resolve => void sockets.close(() => resolve()))
      clearTimeout(stragglers)
    },
  }
}
