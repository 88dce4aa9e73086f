import { mkdir, rm } from 'node:fs/promises'
import type { Server as HttpServer } from 'node:http'
import path from 'node:path'
import { revokedBy } from '../../core/audience.ts'
import type { CallState } from '../../core/call.ts'
import { causedByProvider } from '../../core/cause.ts'
import { createExchange, type Exchange } from '../../providers/builtin/exchange.ts'
import type { Engine } from '../../voice/engine.ts'
import type { App } from '../app.ts'
import { onBehalfOf } from '../platform/cause.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
import { soundFolder } from '../prompts/promptFiles.ts'
import { recordingFile } from '../recordings/recordingFile.ts'
import type { Account } from '../telephony/accounts.ts'
import { checkSender, documentFor, takeDelivery } from '../telephony/deliveries.ts'
import type { Orphan } from './adoption.ts'
import { keepAttendance } from './attendance.ts'
import { createLegs, type Legs } from './legs.ts'
import { createLines } from './lines.ts'
import type { LiveCall } from './liveCalls.ts'
import type { Page } from './page.ts'
import { createPhones } from './phones.ts'
import { createSoftphones, type Softphones } from './softphones.ts'
import type { Tickets } from './tickets.ts'
import { createTones } from './tones.ts'
import { giveTrial } from './trial.ts'
import { createVoiceSocket } from './voiceSocket.ts'

/** Our own exchange and the pages that speak and hear through it, on an engine that is up. */
export interface Switchboard {
  exchange: Exchange
  softphones: Softphones
  /** What has happened in a workspace. */
  heard(event: StoredEvent): void
  /** Ends with the engine. */
  stop(): Promise<void>
}

export interface SwitchboardMeans {
  app: App
  http: HttpServer
  engine: Engine
  account: Account
  /** What the exchange signs its reports with. */
  secret: string
  tickets: Tickets
  /** Calls to go on with. */
  orphans: Orphan[]
  /** What other processes of ours prove with that they pass a page on. */
  forwarding: Uint8Array
  /** A page wants into a room, with this token. */
  enter(page: Page, token: string): Promise<void>
}

export async function openSwitchboard(means: SwitchboardMeans): Promise<Switchboard> {
  const { app, engine, account, tickets } = means
  const { config, log } = app
  const live = new Map<string, LiveCall>()
  /** Our ids of calls that we began, before anything is heard of them. */
  const begun = new Map<string, string>()
  const tones = createTones(soundFolder(config.dataDir))
  const workspaceOf = (room: string): string => live.get(room)?.workspaceId ?? ''
  const fileOf = (room: string, id: string): string => recordingFile(config.dataDir, workspaceOf(room), id)

  /** This process carries the call from now on. */
  async function carry(room: string, workspaceId: string): Promise<LiveCall> {
    const known = live.get(room)
    if (known !== undefined) return known
    const call: LiveCall = { workspaceId, call: null }
    live.set(room, call)
    await mkdir(path.dirname(fileOf(room, '')), { recursive: true })
    const nothing = () => {}
    // Perhaps nobody follows the workspace's log yet.
    await app.feed.catchUp(workspaceId, null, () => true, nothing)
    return call
  }

  const exchange = createExchange({
    engine,
    secret: means.secret,
    soundOf: (room, sound) =>
      sound.type === 'tone' ? tones(sound.tone) : app.voices.soundOf(workspaceOf(room), sound),
    async deliver(room, webhook, purpose) {
      checkSender(account, webhook)
      const taken = await onBehalfOf(causedByProvider(account.name), () =>
        takeDelivery(app, account, webhook, purpose, live.get(room)?.workspaceId ?? null),
      )
      if (taken.workspaceId !== null) {
        const call = await carry(room, taken.workspaceId)
        call.call = taken.call ?? call.call
        lines.changed(room, call)
      }
      return documentFor(account, '', taken)
    },
    recordingFile: (room, id) => ({ file: fileOf(room, id), url: `recording:${id}` }),
    discardRecording: (room, id) =>
      void rm(fileOf(room, id), { force: true }).catch(error => log.warn({ err: error }, 'a file is left over')),
    pages: {
      invite(room, leg, party, callId) {
        if (callId !== null) begun.set(room, callId)
        softphones.invite(room, leg, party)
      },
      ring: (room, leg, call) => phones.ring(room, leg, call),
      again: (room, leg) => legs.again(room, leg),
      left(room, leg, departure) {
        legs.left(room, leg, departure)
        softphones.left(room, leg)
        phones.left(room, leg)
      },
      over(room) {
        lines.over(room)
        live.delete(room)
        begun.delete(room)
      },
    },
    warn: (message, details) => log.warn(details, message),
  })
  const legs: Legs = createLegs({
    exchange,
    tickets,
    callIdOf: room => live.get(room)?.call?.id ?? begun.get(room) ?? '',
    callMeBack: room => lines.callMeBack(room),
  })
  const lines = createLines({ app, exchange, legs, carry, maxCalls: config.voice.maxCalls })
  const attendance = keepAttendance(app.db, log)
  const softphones = createSoftphones(legs, attendance)
  const phones = createPhones({
    db: app.db,
    provider: account.name,
    exchange,
    legs,
    tickets,
    workspaceOf,
    answered: (room, leg) => lines.resumed(room, leg),
  })

  for (const { workspaceId, call, sides, recordings } of means.orphans) {
    const { providerCallId: room, conversation } = call
    const carried = await carry(room, workspaceId)
    carried.call = call
    exchange.adopt(room, { sides, conversation, recordings })
    for (const party of conversation?.parties ?? [])
      if (exchange.has(room, party.id)) softphones.invite(room, party.id, party)
  }
  // Ready before anybody waits for them; what fails is asked for again when it is needed.
  for (const tone of ['beep', 'ringback'] as const) tones(tone).catch(() => {})
  app.voices.warm('', [{ type: 'play', media: 'hold-music', loop: 0 }])

  const socket = createVoiceSocket(means.http, {
    app,
    forwarding: means.forwarding,
    lines,
    softphones,
    phones,
    legs,
    tickets,
    enter: means.enter,
    giveTrial: page => giveTrial(page, engine),
  })
  return {
    exchange,
    softphones,
    heard({ event }) {
      const revoked = revokedBy(event)
      if (revoked?.startsWith('user ')) softphones.expel(revoked.slice('user '.length))
      if (!('call' in event)) return
      const state: CallState = event.call
      if (state.provider === account.name && live.has(state.providerCallId)) lines.heard(state.providerCallId, state)
    },
    async stop() {
      lines.stop()
      exchange.suspend()
      await socket.close()
      await attendance.idle()
      // Its recordings end with it, and are told of.
      await engine.close()
      await exchange.idle()
    },
  }
}
