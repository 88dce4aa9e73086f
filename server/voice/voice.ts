import { randomBytes } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '../../providers/builtin/exchange.ts'
import type { Commands, Told } from '../../providers/provider.ts'
import { createEngine, type Engine } from '../../voice/engine.ts'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import type { Log } from '../platform/log.ts'
import { serverSecret } from '../platform/secrets.ts'
import { recordingFile } from '../recordings/recordingRoutes.ts'
import { type Account, builtinAccount } from '../telephony/accounts.ts'
import { findOrphans, type Orphan } from './adoption.ts'
import type { LiveCall } from './liveCalls.ts'
import type { Page } from './page.ts'
import { createRollCall, type RollCall } from './rollCall.ts'
import { openSwitchboard, type Switchboard } from './switchboard.ts'
import { createTickets } from './tickets.ts'

/** Calls over the web: the voice engine, our own exchange on top of it, and the pages that speak and hear. */
export interface Voice {
  /** Our own exchange, as one of the providers. */
  account: Account
  /** Why no call can be carried just now, in words; null: they can, or are not to be. */
  readonly problem: string | null
  /** The engine, for rooms of another kind; null while it is not up. */
  readonly engine: Engine | null
  /** Who lets pages into rooms with tokens. Until somebody does, nobody gets in. */
  onEnter(handler: (page: Page, token: string) => Promise<void>): void
  /** Begins; waits for the engine a moment, but not for long: {@link problem} says how it stands. */
  start(http: HttpServer, app: App): Promise<void>
  /** Calls stay as they are in the database: whoever starts next goes on with them. */
  stop(): Promise<void>
}

/** How long a start waits for the engine. */
const PATIENCE_MS = 1000
const RETRY_MS = 5000
const FIRST_PORT = 40_000
const LAST_PORT = 40_100
/** What one media process takes at most: a machine's processors are at their limit long before. */
const MAX_LEGS = 1000

export function createVoice(config: Config, log: Log, start: typeof createEngine = createEngine): Voice {
  const { processes, udpPort, publicAddresses } = config.voice
  // Reports are signed and checked in this process alone.
  const secret = randomBytes(32).toString('hex')
  const stopping = new AbortController()
  /** What this process carries, by room. */
  const live = new Map<string, LiveCall>()
  let rollCall: RollCall | null = null
  let up: { engine: Engine; switchboard: Switchboard } | null = null
  let beginning: Promise<void> = Promise.resolve()
  let enter: Parameters<Voice['onEnter']>[0] = async page =>
    page.refuse(null, 'no_rooms', 'There are no rooms to enter here.')

  const commands = processes === 0 ? null : lateCommands(() => up?.switchboard.exchange.commands ?? null)
  const account = builtinAccount(secret, commands)

  async function begin(http: HttpServer, app: App): Promise<void> {
    const tickets = createTickets(await serverSecret(app.db, 'voice tickets'))
    const fileOf = (workspaceId: string, id: string) => recordingFile(config.dataDir, workspaceId, id)
    const engine = await startEngine()
    try {
      stopping.signal.throwIfAborted()
      const orphans = await unlessCarried(app, await findOrphans(app.db, account.name, fileOf))
      const means = { app, http, engine, account, secret, tickets, orphans, live }
      const switchboard = await openSwitchboard({ ...means, enter: (page, token) => enter(page, token) })
      up = { engine, switchboard }
    } catch (error) {
      await engine.close()
      throw error
    }
  }

  /** Those that no other process carries, nor is about to. */
  async function unlessCarried({ db }: App, orphans: Orphan[]): Promise<Orphan[]> {
    rollCall ??= await createRollCall(db, () => [...live.keys()])
    if (orphans.length === 0) return []
    const elsewhere = await rollCall.carriedElsewhere()
    return elsewhere === null ? [] : orphans.filter(({ call }) => !elsewhere.has(call.providerCallId))
  }

  async function beginSooner(http: HttpServer, app: App): Promise<void> {
    while (up === null && !stopping.signal.aborted) {
      try {
        await begin(http, app)
      } catch (error) {
        if (stopping.signal.aborted) return
        log.error({ err: error }, 'calls over the web cannot be carried; it is tried again')
        await sleep(RETRY_MS, null, { signal: stopping.signal, ref: false }).catch(() => {})
      }
    }
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
    get problem() {
      return processes === 0 || up !== null ? null : 'The voice engine is not up yet.'
    },
    get engine() {
      return up?.engine ?? null
    },
    onEnter(handler) {
      enter = handler
    },
    async start(http, app) {
      if (processes === 0) return
      app.feed.onEvent(event => up?.switchboard.heard(event))
      beginning = beginSooner(http, app)
      await Promise.race([beginning, sleep(PATIENCE_MS, null, { ref: false })])
    },
    async stop() {
      stopping.abort()
      await beginning
      await up?.switchboard.stop()
      up = null
    },
  }
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
