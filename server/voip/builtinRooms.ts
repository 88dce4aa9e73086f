import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { RecordingSignal } from '../../core/signal.ts'
import { COME_BACK_SECONDS, isOver, type Side, sideOf } from '../../core/voipCall.ts'
import { NoSuchLeg } from '../../providers/builtin/exchange.ts'
import type { Engine, EngineEvent } from '../../voice/engine.ts'
import type { App } from '../app.ts'
import { recordingFile } from '../recordings/recordingRoutes.ts'
import type { Page, PageLeg } from '../voice/page.ts'
import type { Rooms } from './rooms.ts'
import { readRoomToken, roomToken } from './tokens.ts'
import type { Voip } from './voip.ts'
import { findCallId, isRecorded } from './voipStore.ts'

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
  talking: boolean
  over: boolean
  /** Whether it has been decided if it is recorded. */
  recordingDecided: boolean
  places: Map<Side, Place>
  /** What is told of it, one after the other. */
  told: Promise<unknown>
}

interface Place {
  page: Page
  /** Under which the present connection is known; null while there is none. */
  stay: string | null
}

/** How often those who are here are vouched for. */
const VOUCH_MS = 30_000
/** What is shorter has nothing in it to listen to. */
const SHORTEST_RECORDING_MS = 1000
const PAIRS = [
  ['from', 'to'],
  ['to', 'from'],
] as const

const newRoom = (workspaceId: string, roomName: string): Room => ({
  workspaceId,
  roomName,
  callId: null,
  talking: false,
  over: false,
  recordingDecided: false,
  places: new Map(),
  told: Promise.resolve(),
})

const engineRoom = (roomName: string): string => `voip:${roomName}`
const legName = (roomName: string, side: Side): string => `${roomName}.${side}`

export function createBuiltinRooms(app: App): BuiltinRooms {
  const { db, log, feed, config, center } = app
  const rooms = new Map<string, Room>()
  /** Engines come and go; each is listened to once. */
  const listenedTo = new WeakSet<Engine>()
  let voip: Voip
  let vouching: NodeJS.Timeout | undefined
  let stopping = false

  async function enter(page: Page, token: string): Promise<void> {
    const pass = await readRoomToken(db, token)
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
    room.callId ??= await db.inWorkspace(workspaceId, tx => findCallId(tx, roomName))
    if (!side || isOver(call) || room.over) {
      if (room.places.size === 0) rooms.delete(roomName)
      return page.refuse(null, 'call_over', 'This call is over.')
    }
    if (!page.isOpen) return
    listenTo(engine)
    room.talking ||= call.status === 'IN_PROGRESS'
    const before = room.places.get(side)
    room.places.set(side, { page, stay: before?.stay ?? null })
    if (before !== undefined && before.page !== page) before.page.end(legName(roomName, side), 'elsewhere')
    page.give(pageLeg(engine, room, side, page), { ticket: '', callId: room.callId ?? '', as: 'participant' })
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

  function pageLeg(engine: Engine, room: Room, side: Side, page: Page): PageLeg {
    const { roomName } = room
    const at = engineRoom(roomName)
    const isHere = () => rooms.get(roomName) === room && room.places.get(side)?.page === page
    const leave = () => {
      if (!isHere()) return
      settleGone(room, side)
      room.places.delete(side)
      engine.leave(at, side)
    }
    return {
      id: legName(roomName, side),
      async connect(offer) {
        if (!isHere()) throw new NoSuchLeg()
        return engine.connect(at, side, offer)
      },
      async connectFrames(send) {
        if (!isHere()) throw new NoSuchLeg()
        await engine.connectFrames(at, side, send)
      },
      frame: frame => engine.frame(at, side, frame),
      digits() {},
      callMeBack() {},
      hangUp() {
        leave()
        page.end(legName(roomName, side), 'hung-up')
      },
      detach(viaSocket) {
        if (!isHere() || stopping) return
        settleGone(room, side)
        if (viaSocket) engine.disconnect(at, side)
        // Nobody may come back for it: then the call ends, and with it the room.
        const lost = setTimeout(leave, COME_BACK_SECONDS * 1000)
        lost.unref()
      },
    }
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
      case 'leg.lost': {
        const side: Side = event.leg === 'from' ? 'from' : 'to'
        settleGone(room, side)
        if (event.type === 'leg.connected') settleCome(engine, room, side)
        else room.places.get(side)?.page.send({ type: 'again', leg: legName(room.roomName, side) })
        return
      }
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

  function settleCome(engine: Engine, room: Room, side: Side): void {
    const place = room.places.get(side)
    if (place === undefined) return
    place.stay = `${side}:${randomUUID()}`
    tell(room, { id: place.stay, side }, 'come')
    converse(engine, room)
  }

  function settleGone(room: Room, side: Side): void {
    const place = room.places.get(side)
    if (place?.stay == null) return
    const { stay } = place
    place.stay = null
    tell(room, { id: stay, side }, 'go')
  }

  function tell(room: Room, stay: { id: string; side: Side }, what: 'come' | 'go'): void {
    const { workspaceId, roomName } = room
    room.told = room.told
      .then(() => voip[what](workspaceId, roomName, stay))
      .catch(error => log.error({ err: error }, 'who is in a room could not be told; signs of life follow'))
  }

  /** Both hear each other from when the call is answered, whoever was here first. */
  function converse(engine: Engine, room: Room): void {
    if (!room.talking) return
    engine.hear(engineRoom(room.roomName), PAIRS)
    const areBothHere = (['from', 'to'] as const).every(side => room.places.get(side)?.stay != null)
    if (!areBothHere || room.recordingDecided) return
    room.recordingDecided = true
    void record(engine, room).catch(error => log.error({ err: error }, 'a call is not recorded'))
  }

  async function record(engine: Engine, room: Room): Promise<void> {
    const { workspaceId, roomName } = room
    const call = await voip.find(workspaceId, roomName)
    if (call === null || !(await db.inWorkspace(workspaceId, tx => isRecorded(tx, call)))) return
    const id = randomUUID()
    const file = recordingFile(config.dataDir, workspaceId, id)
    await mkdir(path.dirname(file), { recursive: true })
    if (room.over) return
    // Our side left, as in every recording.
    const [left, right]: Side[] =
      call.to.type === 'CRM_USER' && call.from.type !== 'CRM_USER' ? ['to', 'from'] : ['from', 'to']
    const lanes = { left: [left!], right: [right!] }
    engine.record(engineRoom(roomName), { id, file, channels: 'stereo', lanes, limits: null })
    await tellRecording(room, id, { status: 'in-progress', url: null, seconds: null })
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

  function close(room: Room): void {
    const { engine } = app.voice
    room.over = true
    for (const [side, { page }] of room.places) {
      room.places.delete(side)
      engine?.leave(engineRoom(room.roomName), side)
      page.end(legName(room.roomName, side), 'hung-up')
    }
    // What the engine says of its recording still has to find it.
    const forget = setTimeout(() => rooms.delete(room.roomName), COME_BACK_SECONDS * 1000)
    forget.unref()
  }

  return {
    provider: 'builtin',
    url: null,
    tokenFor: (workspaceId, { roomName }, { id }) => roomToken(db, { workspaceId, roomName, participantId: id }),
    tokenForSupervisor: null,
    async met() {},
    async closed() {},
    // Whoever is here is vouched for in time: of others nothing is known.
    alive: async () => [],
    open(given) {
      voip = given
      app.voice.onEnter(enter)
      feed.onEvent(({ event }) => {
        const room = 'voip' in event ? rooms.get(event.voip.roomName) : undefined
        if (!('voip' in event) || room === undefined) return
        if (isOver(event.voip)) close(room)
        else if (event.type === 'voip.accepted' && app.voice.engine !== null) {
          room.talking = true
          converse(app.voice.engine, room)
        }
      })
      vouching = setInterval(() => {
        for (const room of rooms.values())
          for (const [side, { stay }] of room.places) if (stay !== null) tell(room, { id: stay, side }, 'come')
      }, VOUCH_MS)
      vouching.unref()
    },
    stop() {
      stopping = true
      clearInterval(vouching)
    },
  }
}
