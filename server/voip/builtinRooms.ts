import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { LegRole } from '../../client/voice/protocol.ts'
import { type Conversation, type Party, supervisorsIn } from '../../core/conversation.ts'
import type { CenterEvent } from '../../core/event.ts'
import type { RecordingSignal } from '../../core/signal.ts'
import { COME_BACK_SECONDS, customerOf, hangUp, isOver, type Side, sideOf, type VoipCall } from '../../core/voipCall.ts'
import { evidenceOf } from '../../core/voipConsent.ts'
import { NoSuchLeg } from '../../providers/builtin/exchange.ts'
import type { Engine, EngineEvent, Lanes } from '../../voice/engine.ts'
import type { App } from '../app.ts'
import { recordingFile } from '../recordings/recordingFile.ts'
import type { Page, PageLeg } from '../voice/page.ts'
import type { Giver } from '../voice/softphones.ts'
import { lanesOf, pairsOf } from './roomAudio.ts'
import type { Rooms } from './rooms.ts'
import { readRoomToken, roomToken } from './tokens.ts'
import type { Voip } from './voip.ts'
import { findCenterCall } from './voipStore.ts'

/** Rooms of this server's own voice engine. */
export interface BuiltinRooms extends Rooms {
  /** Lets pages in from now on, and tells who is there. */
  open(voip: Voip): void
  /** The server stops. Who is in a room may come back to the next one that starts. */
  stop(): void
}

/** One call whose audio is in this process. */
interface Room {
  workspaceId: string
  roomName: string
  callId: string | null
  customer: Side
  /** Who hears whom; null: they do not talk yet. */
  conversation: Conversation | null
  /** What the customer's page has said about recording. */
  consent: VoipCall['consent']
  /** The customer is played, or was, that the call may be recorded. */
  announced: boolean
  /** Null: it is not recorded, or not yet, or not any more. */
  recordingId: string | null
  over: boolean
  /** By leg: the two sides, and who listens. */
  places: Map<string, Place>
  /** What is told of it, one after the other. */
  told: Promise<unknown>
}

interface Place {
  page: Page
  /** Under which the present connection of one of the two is known; null while there is none. */
  stay: string | null
}

/** How often those who are here are vouched for. */
const VOUCH_MS = 30_000
/** What is shorter has nothing in it to listen to. */
const SHORTEST_RECORDING_MS = 1000

const newRoom = (workspaceId: string, roomName: string): Room => ({
  workspaceId,
  roomName,
  callId: null,
  customer: 'from',
  conversation: null,
  consent: null,
  announced: false,
  recordingId: null,
  over: false,
  places: new Map(),
  told: Promise.resolve(),
})

const engineRoom = (roomName: string): string => `voip:${roomName}`
const legName = (roomName: string, leg: string): string => `${roomName}.${leg}`
const isSide = (leg: string): leg is Side => leg === 'from' || leg === 'to'

export function createBuiltinRooms(app: App): BuiltinRooms {
  const { db, log, feed, config, center } = app
  const rooms = new Map<string, Room>()
  /** Engines come and go; each is listened to once. */
  const listenedTo = new WeakSet<Engine>()
  let voip: Voip
  let vouching: NodeJS.Timeout | undefined
  let stopping = false

  async function enter(page: Page, token: string): Promise<void> {
    const pass = await readRoomToken(app, token)
    const { engine } = app.voice
    if (pass === null) return page.refuse(null, 'bad_token', 'This is not a token of a call here, or it has expired.')
    if (engine === null) return page.refuse(null, 'not_ready', 'The voice engine is not up yet. Try again.')
    const { workspaceId, roomName } = pass
    await followLog(workspaceId)
    // From here on the log tells what becomes of the call: looked at after that, nothing is missed.
    const room = rooms.get(roomName) ?? newRoom(workspaceId, roomName)
    rooms.set(roomName, room)
    const call = await voip.find(workspaceId, roomName)
    const side = call && sideOf(call, pass.participantId)
    if (call !== null) {
      room.customer = customerOf(call)
      // What the log has told meanwhile is later.
      room.consent ??= call.consent
      await mkdir(path.dirname(recordingFile(config.dataDir, workspaceId, '')), { recursive: true })
      await arrange(room)
    }
    if (!side || isOver(call) || room.over) {
      if (room.places.size === 0) rooms.delete(roomName)
      return page.refuse(null, 'call_over', 'This call is over.')
    }
    if (!page.isOpen) return
    listenTo(engine)
    seat(engine, room, side, page, 'participant')
  }

  /** From now on this page speaks and hears for the leg, and no other. */
  function seat(engine: Engine, room: Room, leg: string, page: Page, as: LegRole): void {
    const before = room.places.get(leg)
    room.places.set(leg, { page, stay: before?.stay ?? null })
    if (before !== undefined && before.page !== page) before.page.end(legName(room.roomName, leg), 'elsewhere')
    page.give(pageLeg(engine, room, leg, page), { ticket: '', callId: room.callId ?? '', as })
  }

  /** Perhaps nobody here follows the workspace's log yet. */
  async function followLog(workspaceId: string): Promise<void> {
    await feed.catchUp(
      workspaceId,
      null,
      () => true,
      () => {},
    )
  }

  function pageLeg(engine: Engine, room: Room, leg: string, page: Page): PageLeg {
    const at = engineRoom(room.roomName)
    const isHere = () => isHeldBy(room, leg, page)
    return {
      id: legName(room.roomName, leg),
      async connect(offer) {
        if (!isHere()) throw new NoSuchLeg()
        return engine.connect(at, leg, offer)
      },
      async connectFrames(send) {
        if (!isHere()) throw new NoSuchLeg()
        await engine.connectFrames(at, leg, send)
      },
      frame: frame => engine.frame(at, leg, frame),
      digits() {},
      callMeBack() {},
      hangUp() {
        leave(engine, room, leg, page)
        page.end(legName(room.roomName, leg), 'hung-up')
      },
      detach(viaSocket) {
        if (!isHere() || stopping) return
        settleGone(room, leg)
        if (viaSocket) engine.disconnect(at, leg)
        leaveUnlessTakenUp(engine, room, leg, page)
      },
    }
  }

  /** `page` null: by none. */
  const isHeldBy = (room: Room, leg: string, page: Page | null): boolean =>
    rooms.get(room.roomName) === room && (room.places.get(leg)?.page ?? null) === page

  /** Nobody may come (back) for it: then the call ends, and with it the room, or the listening. */
  function leaveUnlessTakenUp(engine: Engine, room: Room, leg: string, page: Page | null): void {
    const lost = setTimeout(() => leave(engine, room, leg, page), COME_BACK_SECONDS * 1000)
    lost.unref()
  }

  /** The leg is nobody's any more, unless another page has it. */
  function leave(engine: Engine, room: Room, leg: string, page: Page | null): void {
    if (!isHeldBy(room, leg, page) || room.over) return
    settleGone(room, leg)
    remove(engine, room, leg)
    if (!isSide(leg)) listenNoMore(room, leg)
  }

  function remove(engine: Engine | null, room: Room, leg: string): void {
    room.places.delete(leg)
    engine?.leave(engineRoom(room.roomName), leg)
    app.voice.softphones?.left(room.roomName, leg)
  }

  function listenTo(engine: Engine): void {
    if (listenedTo.has(engine)) return
    listenedTo.add(engine)
    engine.on(event => {
      const room = rooms.get(event.room.replace(/^voip:/, ''))
      if (room !== undefined && event.room.startsWith('voip:')) hear(engine, room, event)
    })
  }

  function hear(engine: Engine, room: Room, event: EngineEvent): void {
    switch (event.type) {
      case 'leg.connected':
      case 'leg.lost':
        settleGone(room, event.leg)
        if (event.type === 'leg.connected') settleCome(engine, room, event.leg)
        else room.places.get(event.leg)?.page.send({ type: 'again', leg: legName(room.roomName, event.leg) })
        return
      case 'recording.ended':
        void endRecording(room, event).catch(error => log.error({ err: error }, 'a recording could not be told of'))
        return
      case 'leg.silent':
      case 'digit':
      case 'play.ended':
        return
      default:
        event satisfies never
    }
  }

  /** Who listens is not waited for, so that only of the two is told whether they are there. */
  function settleCome(engine: Engine, room: Room, leg: string): void {
    const place = room.places.get(leg)
    if (place === undefined || !isSide(leg)) return
    place.stay = `${leg}:${randomUUID()}`
    tell(room, { id: place.stay, side: leg }, 'come')
    converse(engine, room)
    announceSoon(engine, room)
  }

  function settleGone(room: Room, leg: string): void {
    const place = room.places.get(leg)
    if (place?.stay == null || !isSide(leg)) return
    const { stay } = place
    place.stay = null
    tell(room, { id: stay, side: leg }, 'go')
  }

  function tell(room: Room, stay: { id: string; side: Side }, what: 'come' | 'go'): void {
    const { workspaceId, roomName } = room
    room.told = room.told
      .then(() => voip[what](workspaceId, roomName, stay))
      .catch(error => log.error({ err: error }, 'who is in a room could not be told; signs of life follow'))
  }

  /** Makes the audio what the call center says of the conversation. Whichever is read last, the latest counts. */
  async function arrange(room: Room): Promise<void> {
    const call = await db.inWorkspace(room.workspaceId, tx => findCenterCall(tx, room.roomName))
    const { engine } = app.voice
    room.callId ??= call?.id ?? null
    const before = room.conversation
    const conversation = call?.conversation ?? null
    if (engine === null || conversation === null || room.over) return
    if (before !== null && conversation.revision <= before.revision) return
    room.conversation = conversation
    const listened = before === null ? [] : supervisorsIn(before)
    const listening = supervisorsIn(conversation)
    const isIn = (parties: Party[], { id }: Party) => parties.some(party => party.id === id)
    for (const party of listening.filter(party => !isIn(listened, party))) invite(engine, room, party)
    for (const party of listened.filter(party => !isIn(listening, party))) dismiss(engine, room, party.id)
    converse(engine, room)
  }

  const arrangeSoon = (room: Room): void =>
    void arrange(room).catch(error => log.error({ err: error }, 'who hears whom could not be looked up'))

  function converse(engine: Engine, room: Room): void {
    const { conversation, customer, recordingId, roomName } = room
    if (conversation === null) return
    engine.hear(engineRoom(roomName), pairsOf(conversation, customer))
    const lanes = lanesOf(conversation, customer)
    const areBothHere = (['from', 'to'] as const).every(side => room.places.get(side)?.stay != null)
    if (recordingId !== null && conversation.recording === 'off') {
      room.recordingId = null
      engine.stopRecording(engineRoom(roomName), recordingId)
    } else if (recordingId !== null) engine.recordLegs(engineRoom(roomName), recordingId, lanes)
    else if (conversation.recording === 'on' && areBothHere) record(engine, room, lanes)
  }

  /** What its page has shown the customer is said as well: few read what they see when somebody speaks to them. */
  async function announce(engine: Engine, room: Room): Promise<void> {
    const { workspaceId, roomName, customer, consent } = room
    const said = consent && evidenceOf(consent)
    if (said?.how !== 'announced' || !said.given || said.heard === null || said.language === null) return
    if (room.announced || room.over || room.places.get(customer)?.stay == null) return
    room.announced = true
    const words = { type: 'say' as const, text: said.heard, language: said.language }
    const sound = await app.voices.soundOf(workspaceId, words)
    if (!room.over) engine.play(engineRoom(roomName), customer, 'announcement', [sound])
  }

  const announceSoon = (engine: Engine, room: Room): void =>
    void announce(engine, room).catch(error =>
      log.warn({ err: error }, 'that a call may be recorded could not be said: its page shows it'),
    )

  function invite(engine: Engine, room: Room, party: Party): void {
    app.voice.softphones?.invite(room.roomName, party.id, party, listeners)
    leaveUnlessTakenUp(engine, room, party.id, null)
  }

  /** How somebody who listens gets in: by the softphone that this person has anyway. */
  const listeners: Giver = {
    pageOf: (roomName, leg) => rooms.get(roomName)?.places.get(leg)?.page ?? null,
    give(page, roomName, leg, as) {
      const room = rooms.get(roomName)
      const { engine } = app.voice
      if (room === undefined || room.over || engine === null) return false
      seat(engine, room, leg, page, as)
      return true
    },
  }

  function dismiss(engine: Engine | null, room: Room, leg: string): void {
    const page = room.places.get(leg)?.page
    remove(engine, room, leg)
    page?.end(legName(room.roomName, leg), 'hung-up')
  }

  /** Somebody who listened has hung up, or is gone for good. */
  function listenNoMore({ workspaceId, callId, conversation }: Room, leg: string): void {
    const listener = conversation && supervisorsIn(conversation).find(({ id }) => id === leg)
    if (!listener || callId === null) return
    const input = { type: 'supervise', listening: null, by: listener.person } as const
    void center
      .take(workspaceId, { type: 'command', callId, admit() {}, input })
      .catch(error => log.error({ err: error }, 'that somebody listens no more could not be told'))
  }

  function record(engine: Engine, room: Room, lanes: Lanes): void {
    const id = randomUUID()
    room.recordingId = id
    const file = recordingFile(config.dataDir, room.workspaceId, id)
    engine.record(engineRoom(room.roomName), { id, file, channels: 'stereo', lanes, limits: null })
    void tellRecording(room, id, { status: 'in-progress', url: null, seconds: null }).catch(error =>
      log.error({ err: error }, 'that a call is recorded could not be told'),
    )
  }

  async function endRecording(room: Room, event: Extract<EngineEvent, { type: 'recording.ended' }>): Promise<void> {
    const { recordingId: id, milliseconds } = event
    const isEmpty = milliseconds < SHORTEST_RECORDING_MS
    if (isEmpty) await rm(recordingFile(config.dataDir, room.workspaceId, id), { force: true })
    const seconds = Math.round(milliseconds / 1000)
    await tellRecording(room, id, {
      status: isEmpty ? 'absent' : 'completed',
      url: isEmpty ? null : `recording:${id}`,
      seconds: isEmpty ? null : seconds,
    })
  }

  async function tellRecording(
    { workspaceId, roomName }: Room,
    recordingId: string,
    news: Pick<RecordingSignal, 'status' | 'url' | 'seconds'>,
  ): Promise<void> {
    const about = { provider: 'builtin', providerCallId: roomName, recordingId, of: 'call' } as const
    await center.take(workspaceId, {
      type: 'delivery',
      signals: [{ type: 'recording', ...about, ...news }],
      answers: false,
    })
  }

  /** Somebody who leads says that it is over. */
  function endCall({ workspaceId, roomName }: Room): void {
    void voip
      .change(workspaceId, roomName, (call, now) => hangUp(call, 'from', now))
      .catch(error => log.error({ err: error }, 'a call could not be ended; it can be asked for again'))
  }

  function close(room: Room): void {
    room.over = true
    const listening = room.conversation === null ? [] : supervisorsIn(room.conversation).map(({ id }) => id)
    for (const leg of new Set([...room.places.keys(), ...listening])) dismiss(app.voice.engine, room, leg)
    // What the engine says of its recording still has to find it.
    const forget = setTimeout(() => rooms.delete(room.roomName), COME_BACK_SECONDS * 1000)
    forget.unref()
  }

  function follow(event: CenterEvent): void {
    if ('voip' in event) {
      const room = rooms.get(event.voip.roomName)
      if (room === undefined) return
      if (isOver(event.voip)) close(room)
      if (event.type !== 'voip.consent_noted') return
      room.consent = event.voip.consent
      if (app.voice.engine !== null) announceSoon(app.voice.engine, room)
      return
    }
    const room = 'call' in event ? rooms.get(event.call.providerCallId) : undefined
    if (!('call' in event) || room === undefined) return
    if (event.type === 'call.hung_up') endCall(room)
    else if ((event.call.conversation?.revision ?? 0) > (room.conversation?.revision ?? 0)) arrangeSoon(room)
  }

  return {
    provider: 'builtin',
    url: null,
    tokenFor: (workspaceId, { roomName }, { id }) => roomToken(app, { workspaceId, roomName, participantId: id }),
    tokenForSupervisor: null,
    records: 'of-queues',
    // It follows what the call center says of the conversation.
    async record() {},
    async closed() {},
    // Whoever is here is vouched for in time: of others nothing is known.
    alive: async () => [],
    open(given) {
      voip = given
      app.voice.onEnter(enter)
      feed.onEvent(({ event }) => follow(event))
      vouching = setInterval(() => {
        for (const room of rooms.values())
          for (const [leg, { stay }] of room.places)
            if (stay !== null && isSide(leg)) tell(room, { id: stay, side: leg }, 'come')
      }, VOUCH_MS)
      vouching.unref()
    },
    stop() {
      stopping = true
      clearInterval(vouching)
    },
  }
}
