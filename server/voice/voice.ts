import { randomBytes } from 'node:crypto'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '../../providers/builtin/exchange.ts'
import type { Commands, Told } from '../../providers/provider.ts'
import { createEngine, type Engine } from '../../voice/engine.ts'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import type { Db } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { serverSecret } from '../platform/secrets.ts'
import { recordingFile } from '../recordings/recordingFile.ts'
import { type Account, builtinAccount } from '../telephony/accounts.ts'
import { findOrphans } from './adoption.ts'
import { clientAddress } from './clientAddress.ts'
import { forward, forwardedClient } from './forwarding.ts'
import { createVoiceHost } from './host.ts'
import type { Page } from './page.ts'
import type { Softphones } from './softphones.ts'
import { openSwitchboard, type Switchboard } from './switchboard.ts'
import { createTickets } from './tickets.ts'
import { isForVoice, refuseUpgrade } from './voiceSocket.ts'

/** Calls over the web: the voice engine, our own exchange on top of it, and the pages that speak and hear. */
export interface Voice {
  /** Our own exchange, as one of the providers. */
  account: Account
  /** Whether calls over the web are carried at all, by this process or another one. */
  readonly isOffered: boolean
  /** Why no call can be carried just now, in words; null: they can, or are not to be. */
  readonly problem: string | null
  /** The engine, for rooms of another kind; null while it is not up. */
  readonly engine: Engine | null
  /** The pages of people who have signed in; null while the engine is not up. */
  readonly softphones: Softphones | null
  /** Who lets pages into rooms with tokens. Until somebody does, nobody gets in. */
  onEnter(handler: (page: Page, token: string) => Promise<void>): void
  /** Begins; waits for the engine a moment, but not for long: {@link problem} says how it stands. */
  start(http: HttpServer, app: App): Promise<void>
  /** Calls stay as they are in the database: whoever starts next goes on with them. */
  stop(): Promise<void>
}

/** How long a start waits for the engine. */
const PATIENCE_MS = 1000
const FIRST_PORT = 40_000
const LAST_PORT = 40_100
/** What one media process takes at most: a machine's processors are at their limit long before. */
const MAX_LEGS = 1000

export function createVoice(config: Config, db: Db, log: Log, start: typeof createEngine = createEngine): Voice {
  const { processes, udpPort, publicAddresses } = config.voice
  const host = createVoiceHost(db, log, processes > 0)
  // Reports are signed and checked in this process alone.
  const secret = randomBytes(32).toString('hex')
  const stopping = new AbortController()
  let up: { engine: Engine; switchboard: Switchboard } | null = null
  let beginning: Promise<void> = Promise.resolve()
  let passOn: (request: IncomingMessage, socket: Duplex, head: Buffer) => void = () => {}
  let enter: Parameters<Voice['onEnter']>[0] = async page =>
    page.refuse(null, 'no_rooms', 'There are no rooms to enter here.')

  const isOffered = processes > 0 || db.shared
  const commands = isOffered ? lateCommands(() => up?.switchboard.exchange.commands ?? null) : null
  const account = builtinAccount(secret, commands, () => db.shared && !host.isHere)

  async function begin(http: HttpServer, app: App, forwarding: Uint8Array): Promise<void> {
    const tickets = createTickets(await serverSecret(app, 'voice tickets'))
    const fileOf = (workspaceId: string, id: string) => recordingFile(config.dataDir, workspaceId, id)
    const engine = await startEngine()
    try {
      stopping.signal.throwIfAborted()
      const orphans = await findOrphans(db, account.name, fileOf)
      const means = { app, http, engine, account, secret, tickets, orphans, forwarding }
      const switchboard = await openSwitchboard({ ...means, enter: (page, token) => enter(page, token) })
      up = { engine, switchboard }
    } catch (error) {
      await engine.close()
      throw error
    }
  }

  async function end(): Promise<void> {
    const ending = up
    up = null
    await ending?.switchboard.stop()
  }

  /** On the port that is set, or else the first that is free. */
  async function startEngine(): Promise<Engine> {
    const warn = (message: string, details: Record<string, unknown>) => log.warn(details, message)
    const options = { processes, publicAddresses, maxLegs: MAX_LEGS, warn }
    if (udpPort !== null) return start({ ...options, udpPort })
    for (let port = FIRST_PORT; ; port += processes) {
      try {
        return await start({ ...options, udpPort: port })
      } catch (error) {
        if (port >= LAST_PORT) throw error
      }
    }
  }

  return {
    account,
    isOffered,
    get problem() {
      if (processes === 0 || up !== null || host.elsewhere !== null) return null
      return 'The voice engine is not up yet.'
    },
    get engine() {
      return up?.engine ?? null
    },
    get softphones() {
      return up?.switchboard.softphones ?? null
    },
    onEnter(handler) {
      enter = handler
    },
    async start(http, app) {
      if (!isOffered) return
      app.feed.onEvent(event => up?.switchboard.heard(event))
      const forwarding = await serverSecret(app, 'voice forwarding')
      passOn = (request, socket, head) => {
        if (up !== null || !isForVoice(request)) return
        const client = clientAddress(request, config.trustedProxies)
        // One that was passed on to us already has been passed on too late: nobody carries calls just now.
        if (host.elsewhere === null || forwardedClient(request, forwarding) !== null) refuseUpgrade(socket)
        else forward(request, socket, head, { address: host.elsewhere, client, secret: forwarding })
      }
      http.on('upgrade', passOn)
      const address = config.internalAddress ?? addressOf(http)
      beginning = host.start(address, () => begin(http, app, forwarding), end)
      await Promise.race([beginning, sleep(PATIENCE_MS, null, { ref: false })])
    },
    async stop() {
      stopping.abort()
      await host.stop()
      await end()
    },
  }
}

/** How processes on the same network find this one: by its name, unless it listens to itself alone. */
function addressOf(http: HttpServer): string {
  const { address, port, family } = http.address() as AddressInfo
  if (address === '0.0.0.0' || address === '::') return `${hostname()}:${port}`
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** What cannot be done before the engine is up is tried again. */
function lateCommands(ready: () => Exchange['commands'] | null): Commands {
  const starting: Told = { done: false, gone: false, retryable: true, reason: 'The voice engine is not up yet.' }
  return {
    ask: async (...given) => ready()?.ask(...given) ?? starting,
    hangUp: async (...given) => ready()?.hangUp(...given) ?? starting,
    dial: async (...given) => ready()?.dial(...given) ?? starting,
    sendText: async (...given) => ready()?.sendText(...given) ?? starting,
    arrange: async (...given) => ready()?.arrange(...given) ?? starting,
  }
}
