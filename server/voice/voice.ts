import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { Server as HttpServer } from 'node:http'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { revokedBy } from '../../core/audience.ts'
import type { CallState } from '../../core/call.ts'
import { agentIn, CUSTOMER } from '../../core/conversation.ts'
import { createExchange, type Exchange } from '../../providers/builtin/exchange.ts'
import type { Commands, Told } from '../../providers/provider.ts'
import { createEngine, type Engine } from '../../voice/engine.ts'
import type { App } from '../app.ts'
import { listCalls } from '../calls/callStore.ts'
import type { Config } from '../config.ts'
import type { Log } from '../platform/log.ts'
import { serverSecret } from '../platform/secrets.ts'
import { soundFolder } from '../prompts/promptFiles.ts'
import { recordingFile } from '../recordings/recordingRoutes.ts'
import { type Account, builtinAccount } from '../telephony/accounts.ts'
import { checkSender, documentFor, takeDelivery } from '../telephony/deliveries.ts'
import { createLegs, type Legs } from './legs.ts'
import { createLines } from './lines.ts'
import type { LiveCall } from './liveCalls.ts'
import type { Page } from './page.ts'
import { createSoftphones } from './softphones.ts'
import { createTickets } from './tickets.ts'
import { createTones } from './tones.ts'
import { giveTrial } from './trial.ts'
import { createVoiceSocket } from './voiceSocket.ts'

/** Calls over the web: the voice engine, our own exchange on top of it, and the pages that speak and hear. */
export interface Voice {
  /** Our own exchange, as one of the providers. */
  account: Account
  /** Why no call can be carried just now, in words; null: they can. */
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

export function createVoice(config: Config, log: Log, start: typeof createEngine = createEngine): Voice {
  const { processes } = config.voice
  const secret = randomBytes(32).toString('hex')
  const live = new Map<string, LiveCall>()
  let carrying: Carrying | null = null
  let handler: Parameters<Voice['onEnter']>[0] = async page =>
    page.refuse(null, 'no_rooms', 'There are no rooms to enter here.')
  const stopping = new AbortController()

  const commands = processes === 0 ? null : lateCommands(() => carrying?.exchange.commands ?? null)
  const account = builtinAccount(secret, commands)

  async function begin(http: HttpServer, app: App): Promise<void> {
    const tickets = createTickets(await serverSecret(app.db, 'voice tickets'))
    const engine = await startEngine()
    if (stopping.signal.aborted) {
      await engine.close()
      return
    }
    const tones = createTones(soundFolder(config.dataDir))
    const fileOf = (room: string, id: string) => recordingFile(config.dataDir, live.get(room)?.workspaceId ?? '', id)
    let legs: Legs
    const softphones = createSoftphones(() => legs)
    const exchange = createExchange({
      engine,
      secret,
      soundOf: (room, sound) =>
        sound.type === 'tone' ? tones(sound.tone) : app.voices.soundOf(live.get(room)?.workspaceId ?? '', sound),
      async deliver(room, webhook, purpose) {
        checkSender(account, webhook)
        const taken = await takeDelivery(app, account, webhook, purpose, live.get(room)?.workspaceId ?? null)
        if (taken.workspaceId !== null) {
          const call = await carry(app, room, taken.workspaceId)
          call.call = taken.call ?? call.call
          lines.changed(room, call)
        }
        return documentFor(account, '', taken)
      },
      recordingFile: (room, id) => ({ file: fileOf(room, id), url: `recording:${id}` }),
      discardRecording: (room, id) =>
        void rm(fileOf(room, id), { force: true }).catch(error => log.warn({ err: error }, 'a file is left over')),
      pages: {
        invite: (room, leg, party, callId) => {
          if (callId !== null) callIds.set(room, callId)
          softphones.invite(room, leg, party)
        },
        again: (room, leg) => legs.again(room, leg),
        left(room, leg, departure) {
          legs.left(room, leg, departure)
          softphones.left(room, leg)
        },
        over(room) {
          lines.over(room)
          live.delete(room)
          callIds.delete(room)
        },
      },
      warn: (message, details) => log.warn(details, message),
    })
    const callIds = new Map<string, string>()
    const lines = createLines({
      app,
      exchange,
      legs: () => legs,
      carry: (room, workspaceId) => carry(app, room, workspaceId),
      maxCalls: config.voice.maxCalls,
    })
    legs = createLegs({
      exchange,
      tickets,
      callIdOf: room => live.get(room)?.call?.id ?? callIds.get(room) ?? '',
      callMeBack: lines.callMeBack,
    })
    app.feed.onEvent(({ event }) => {
      const revoked = revokedBy(event)
      if (revoked?.startsWith('user ')) softphones.expel(revoked.slice('user '.length))
      if (!('call' in event)) return
      const state: CallState = event.call
      if (state.provider === account.name && live.has(state.providerCallId)) lines.heard(state.providerCallId, state)
    })
    // Ready before anybody waits for them; what fails is asked for again when it is needed.
    for (const tone of ['beep', 'ringback'] as const) tones(tone).catch(() => {})
    app.voices.warm('', [{ type: 'play', media: 'hold-music', loop: 0 }])
    await adopt(app, exchange, softphones.invite)
    const socket = createVoiceSocket(http, {
      app,
      isReady: () => carrying !== null,
      lines,
      softphones,
      legs,
      tickets,
      enter: (page, token) => handler(page, token),
      giveTrial: page => giveTrial(page, engine),
    })
    carrying = {
      engine,
      exchange,
      async stop() {
        lines.stop()
        await socket.close()
        await exchange.stop()
        await engine.close()
      },
    }
  }

  /** This process carries the call from now on. */
  async function carry({ feed }: App, room: string, workspaceId: string): Promise<LiveCall> {
    const known = live.get(room)
    if (known !== undefined) return known
    const call: LiveCall = { workspaceId, call: null }
    live.set(room, call)
    await mkdir(path.dirname(recordingFile(config.dataDir, workspaceId, '')), { recursive: true })
    // Perhaps nobody follows the workspace's log yet.
    await feed.catchUp(
      workspaceId,
      null,
      () => true,
      () => {},
    )
    return call
  }

  /** On the port that is set, or else the first that is free. */
  async function startEngine(): Promise<Engine> {
    const { udpPort, publicAddresses } = config.voice
    const warn = (message: string, details: Record<string, unknown>) => log.warn(details, message)
    const options = { processes, publicAddresses, maxLegs: MAX_LEGS, warn }
    if (udpPort !== null) return start({ ...options, udpPort })
    for (let port = FIRST_PORT; ; port += processes) {
      try {
        return await start({ ...options, udpPort: port })
      } catch (error) {
        if (port > FIRST_PORT + 100) throw error
      }
    }
  }

  /** Goes on with the calls that lived when the last process was stopped. Other processes have theirs themselves. */
  async function adopt(
    app: App,
    exchange: Exchange,
    invite: ReturnType<typeof createSoftphones>['invite'],
  ): Promise<void> {
    if (app.db.shared) return
    const workspaces = await app.db.asSystem(sql =>
      sql.query<{ workspace_id: string }>('select distinct workspace_id from calls where provider = $1', [
        account.name,
      ]),
    )
    for (const { workspace_id: workspaceId } of workspaces) {
      const records = await app.db.inWorkspace(workspaceId, tx =>
        listCalls(tx, { provider: account.name, onlyLive: true }, MAX_LEGS),
      )
      for (const { call } of records) {
        const { providerCallId: room, conversation } = call
        // Calls between two people are carried otherwise, and one that we have not begun to dial has nobody in it.
        if (call.control !== 'ours' || call.legs.length === 0) continue
        const carried = await carry(app, room, workspaceId)
        carried.call = call
        const opener =
          call.direction === 'inbound' ? CUSTOMER : ((conversation && agentIn(conversation)?.id) ?? CUSTOMER)
        const sides = call.legs.flatMap(({ providerLegId, status }) => {
          if (providerLegId === room || status === 'ended') return []
          const [, leg = '', entry = '1'] = providerLegId.split('/')
          return [{ leg, entry: Number(entry) }]
        })
        exchange.adopt(room, [{ leg: opener, entry: 1 }, ...sides], conversation)
        for (const party of conversation?.parties ?? []) if (exchange.has(room, party.id)) invite(room, party.id, party)
      }
    }
  }

  return {
    account,
    get problem() {
      return processes === 0 || carrying !== null ? null : 'The voice engine is not up yet.'
    },
    get engine() {
      return carrying?.engine ?? null
    },
    onEnter(given) {
      handler = given
    },
    async start(http, app) {
      if (processes === 0) return
      const starting = (async () => {
        while (!stopping.signal.aborted && carrying === null) {
          try {
            await begin(http, app)
          } catch (error) {
            log.error({ err: error }, 'the voice engine could not be started; it is tried again')
            await sleep(RETRY_MS, null, { signal: stopping.signal, ref: false }).catch(() => {})
          }
        }
      })()
      await Promise.race([starting, sleep(PATIENCE_MS, null, { ref: false })])
    },
    async stop() {
      stopping.abort()
      await carrying?.stop()
      carrying = null
    },
  }
}

/** Legs that one media process takes: an operator's two cores carry far fewer. */
const MAX_LEGS = 1000

interface Carrying {
  engine: Engine
  exchange: Exchange
  stop(): Promise<void>
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
