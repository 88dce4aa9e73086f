import type { Pair } from './audibility.ts'
import { ForkedProcess } from './forkedProcess.ts'
import type { Command, Report } from './protocol.ts'
import { BadOffer } from './sdp.ts'

export { BadOffer }

/**
 * Audio between browsers, and between browsers and the server. This folder knows rooms, legs and sounds; it has never
 * heard of a queue, a call or a tenant.
 *
 * A **leg** is one person's audio: a microphone that is heard and ears that hear. A **room** holds the legs that can
 * hear one another; who hears whom is told at any time by {@link Engine.hear}, and changes nothing about the
 * connections. Rooms and legs have the ids that whoever uses the engine gives them. One room lives in one media process;
 * when that crashes, another takes its place and its legs are `lost` until their browsers connect anew.
 */
export interface Engine {
  /**
   * Connects a leg, or connects it anew: its place, what it hears and what is recorded of it stay. The browser offers
   * (one line of audio with its microphone, which may be heard on, too, and up to eight lines to hear with in all: as many
   * voices at once), the engine answers; nothing else is exchanged. Until the new connection is up, the old one serves.
   * Rejects with {@link BadOffer} for what is no such offer, with {@link EngineFull} when no more legs are taken.
   *
   * @returns the answer, SDP.
   */
  connect(room: string, leg: string, offer: string): Promise<string>
  /**
   * Connects a leg, or connects it anew, whose audio comes as frames (`frameLeg.ts` has their layout) over the caller's
   * own connection: for networks that let no UDP through.
   */
  connectFrames(room: string, leg: string, send: (frame: Uint8Array) => void): Promise<void>
  /** A frame that came over such a connection. What is no frame is ignored. */
  frame(room: string, leg: string, frame: Uint8Array): void
  /** The leg's connection is known to be gone, its place is not: it may connect again. */
  disconnect(room: string, leg: string): void
  /** The leg leaves for good. A room ends with its last leg, and so do its recordings. */
  leave(room: string, leg: string): void
  /**
   * Who hears whom, whole and for good: `[listener, speaker]`. Repeating it changes nothing. Legs may be named before they
   * connect. Of more than five speakers a listener hears the first five.
   */
  hear(room: string, pairs: readonly (readonly [listener: string, speaker: string])[]): void
  /**
   * Plays sounds one after the other to one leg, instead of what it is being played; while the leg has no connection, they
   * wait. `times` 0: for ever. A sound that cannot be read is left out.
   * `play.ended` tells when it was heard to its end, with the id given here; not when it is stopped or replaced.
   */
  play(room: string, leg: string, id: string, sounds: readonly Sound[], times?: number): void
  stop(room: string, leg: string): void
  /** Begins a recording. `recording.ended` is told once, whatever ends it. */
  record(room: string, recording: Recording): void
  /** From now on these legs are in this recording: `left` and `right` channel. One channel mixes its legs. */
  recordLegs(room: string, recordingId: string, lanes: Lanes): void
  /** Pauses leave a marked gap of their true length: silence, with a short tone at both ends. */
  pauseRecording(room: string, recordingId: string, paused: boolean): void
  stopRecording(room: string, recordingId: string): void
  on(listener: (event: EngineEvent) => void): void
  /** Figures for health and benches. */
  stats(): Promise<EngineStats[]>
  /** Recordings end with what is in them, connections are closed, the media processes are gone. */
  close(): Promise<void>
}

/** A file of Opus in Ogg, one channel, 48 kHz, 20 ms packets. See `sound.ts` for making them. */
export interface Sound {
  file: string
}

export interface Lanes {
  left: readonly string[]
  right: readonly string[]
}

export interface Recording {
  id: string
  /** Where it is written; the folder exists. */
  file: string
  /** `stereo`: the lanes keep their channels. `mono`: only `left` is recorded. */
  channels: 'stereo' | 'mono'
  lanes: Lanes
  /** Ends by itself after so many whole seconds in all, or of silence after (or without) speech; null: neither. */
  limits: { maxSeconds: number; silenceSeconds: number | null } | null
}

export type EngineEvent =
  /** Media flows: for the first time, or anew. */
  | { type: 'leg.connected'; room: string; leg: string }
  /** Nothing has come from it for five seconds although it is connected; `leg.connected` tells when it does again. */
  | { type: 'leg.silent'; room: string; leg: string }
  /** The connection is gone, by itself or with its media process: connect anew, with everything that it is to hear. */
  | { type: 'leg.lost'; room: string; leg: string }
  /** A key by RFC 4733, once per press. */
  | { type: 'digit'; room: string; leg: string; digit: string }
  | { type: 'play.ended'; room: string; leg: string; id: string }
  | {
      type: 'recording.ended'
      room: string
      recordingId: string
      /** `failed`: the file could not be written any further (a full disk); what is there can be played. */
      reason: 'stopped' | 'silence' | 'limit' | 'failed'
      /** Length of the file, and of what was spoken in it. */
      milliseconds: number
      spokenMilliseconds: number
      bytes: number
    }

export interface EngineStats {
  processId: number
  legs: number
  rooms: number
  cpuSeconds: number
  residentBytes: number
  /** Milliseconds. */
  loopDelay: { p50: number; p99: number; max: number }
}

export interface EngineOptions {
  /** How many media processes. */
  processes: number
  /** The UDP port of the first one, the next ones follow; 0: any that are free. */
  udpPort: number
  /** Addresses at which browsers reach this machine, best first; empty: its own. */
  publicAddresses: string[]
  /** Legs that one process takes. */
  maxLegs: number
  warn(message: string, details: Record<string, unknown>): void
}

/** All media processes have as many legs as they take. */
export class EngineFull extends Error {}

/**
 * Starts the media processes.
 *
 * A process that crashes is replaced. Its legs are `lost` and connect anew; who hears whom is as it was, what was played
 * begins anew, and recordings go on in the same file, with silence for the time in between.
 *
 * @throws when a process cannot begin, as when its port is taken.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const engine = new ForkedEngine(options)
  try {
    await engine.start()
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}

/** A room that has no legs for so long has been forgotten by whoever named it. */
const FORGOTTEN_MS = 60_000

interface RoomState {
  home: Home
  legs: Map<string, LegState>
  pairs: readonly Pair[]
  plays: Map<string, Extract<Command, { type: 'play' }>>
  /** Since when it has no legs; null while it has any. */
  emptySince: number | null
}

interface LegState {
  /** Attempts to connect it that are not decided. */
  connecting: number
  /** One has succeeded: it has its place until it leaves. */
  known: boolean
  /** It has a connection, or waits for one that was answered. */
  connected: boolean
  /** Takes its frames, when it is connected that way. */
  send: ((frame: Uint8Array) => void) | null
}

interface RecordingState {
  room: string
  recording: Recording
  startedAt: number
  paused: boolean
  stopped: boolean
  spokenMilliseconds: number
}

/** A media process and what the next one in its place would have to be told. */
interface Home {
  process: ForkedProcess
  rooms: Set<string>
  recordings: Map<string, RecordingState>
}

class ForkedEngine implements Engine {
  readonly #options: EngineOptions
  readonly #homes: Home[]
  readonly #rooms = new Map<string, RoomState>()
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  readonly #sweep: NodeJS.Timeout

  constructor(options: EngineOptions) {
    this.#options = options
    this.#homes = Array.from({ length: options.processes }, (_, index) => this.#home(index))
    this.#sweep = setInterval(() => this.#endForgotten(), FORGOTTEN_MS / 2)
    this.#sweep.unref()
  }

  async start(): Promise<void> {
    await Promise.all(this.#homes.map(({ process }) => process.start()))
  }

  async connect(room: string, leg: string, offer: string): Promise<string> {
    return this.#connect({ type: 'connect', room, leg, offer }, null)
  }

  async connectFrames(room: string, leg: string, send: (frame: Uint8Array) => void): Promise<void> {
    await this.#connect({ type: 'connectFrames', room, leg }, send)
  }

  frame(room: string, leg: string, frame: Uint8Array): void {
    this.#tell(room, { type: 'frame', room, leg, frame })
  }

  disconnect(room: string, leg: string): void {
    const state = this.#rooms.get(room)?.legs.get(leg)
    if (state) unplug(state)
    this.#tell(room, { type: 'disconnect', room, leg })
  }

  leave(room: string, leg: string): void {
    const state = this.#rooms.get(room)
    state?.legs.delete(leg)
    state?.plays.delete(leg)
    if (state?.legs.size === 0) this.#end(room)
    else this.#tell(room, { type: 'leave', room, leg })
  }

  hear(room: string, pairs: readonly Pair[]): void {
    const state = this.#room(room)
    state.pairs = pairs
    state.home.process.send({ type: 'hear', room, pairs })
  }

  play(room: string, leg: string, id: string, sounds: readonly Sound[], times = 1): void {
    const state = this.#room(room)
    const play = { type: 'play', room, leg, id, files: sounds.map(({ file }) => file), times } as const
    state.plays.set(leg, play)
    state.home.process.send(play)
  }

  stop(room: string, leg: string): void {
    this.#rooms.get(room)?.plays.delete(leg)
    this.#tell(room, { type: 'stop', room, leg })
  }

  record(room: string, recording: Recording): void {
    const { home } = this.#room(room)
    const state = { room, recording, startedAt: Date.now(), paused: false, stopped: false, spokenMilliseconds: 0 }
    home.recordings.set(keyOf(room, recording.id), state)
    home.process.send({ type: 'record', room, recording, startedAt: state.startedAt, continued: null })
  }

  recordLegs(room: string, recordingId: string, lanes: Lanes): void {
    const state = this.#recording(room, recordingId)
    if (state) state.recording = { ...state.recording, lanes }
    this.#tell(room, { type: 'recordLegs', room, recordingId, lanes })
  }

  pauseRecording(room: string, recordingId: string, paused: boolean): void {
    const state = this.#recording(room, recordingId)
    if (state) state.paused = paused
    this.#tell(room, { type: 'pauseRecording', room, recordingId, paused })
  }

  stopRecording(room: string, recordingId: string): void {
    const state = this.#recording(room, recordingId)
    if (state) state.stopped = true
    this.#tell(room, { type: 'stopRecording', room, recordingId })
  }

  on(listener: (event: EngineEvent) => void): void {
    this.#listeners.add(listener)
  }

  async stats(): Promise<EngineStats[]> {
    const answers = await Promise.allSettled(this.#homes.map(({ process }) => process.ask({ type: 'stats' })))
    return answers.flatMap(answer =>
      answer.status === 'fulfilled' && answer.value.type === 'stats' ? answer.value.stats : [],
    )
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep)
    await Promise.all(this.#homes.map(({ process }) => process.close()))
  }

  #home(index: number): Home {
    const { udpPort, publicAddresses, warn } = this.#options
    const home: Home = {
      process: new ForkedProcess(
        { udpPort: udpPort === 0 ? 0 : udpPort + index, addresses: publicAddresses },
        {
          report: report => this.#hearOf(home, report),
          lost: () => this.#lost(home),
          ready: () => this.#restore(home),
          warn,
        },
      ),
      rooms: new Set(),
      recordings: new Map(),
    }
    return home
  }

  /** @throws EngineFull, BadOffer, or that the media process is not there. */
  async #connect(question: Attempt, send: LegState['send']): Promise<string> {
    const { room, leg } = question
    const state = this.#place(room, leg)
    const place = state.legs.get(leg)!
    const before = place.send
    // Its frames may come together with the answer.
    if (send) place.send = send
    place.connecting++
    try {
      const answer = await state.home.process.ask(question)
      if (answer.type === 'refused' && answer.badOffer) throw new BadOffer(answer.message)
      if (answer.type !== 'answered') throw new Error(answer.type === 'refused' ? answer.message : 'No answer.')
      place.known = true
      place.connected = true
      return answer.answer
    } catch (error) {
      place.send = before
      throw error
    } finally {
      place.connecting--
      if (!place.known && place.connecting === 0 && state.legs.get(leg) === place) this.#forget(room, leg)
    }
  }

  /** A leg that never was. Its room may still be needed: the next attempt is on its way. */
  #forget(room: string, leg: string): void {
    const state = this.#rooms.get(room)
    state?.legs.delete(leg)
    if (state?.legs.size === 0) state.emptySince = Date.now()
    this.#tell(room, { type: 'leave', room, leg })
  }

  /** @throws EngineFull */
  #place(room: string, leg: string): RoomState {
    const known = this.#rooms.get(room)
    if (known?.legs.has(leg)) return known
    const home = known?.home ?? this.#leastLoaded()
    if (this.#legsOf(home) >= this.#options.maxLegs) throw new EngineFull('No more legs are taken.')
    const state = this.#room(room)
    state.legs.set(leg, { connecting: 0, known: false, connected: false, send: null })
    state.emptySince = null
    return state
  }

  #room(room: string): RoomState {
    const known = this.#rooms.get(room)
    if (known) return known
    const home = this.#leastLoaded()
    const state = { home, legs: new Map(), pairs: [], plays: new Map(), emptySince: Date.now() }
    home.rooms.add(room)
    this.#rooms.set(room, state)
    return state
  }

  #recording(room: string, id: string): RecordingState | undefined {
    return this.#rooms.get(room)?.home.recordings.get(keyOf(room, id))
  }

  #leastLoaded(): Home {
    const load = (home: Home) => (home.process.ready ? this.#legsOf(home) + home.rooms.size : Number.POSITIVE_INFINITY)
    return this.#homes.reduce((least, home) => (load(home) < load(least) ? home : least))
  }

  #legsOf({ rooms }: Home): number {
    return [...rooms].reduce((sum, room) => sum + this.#rooms.get(room)!.legs.size, 0)
  }

  /** For a room that is not, nothing is to be done. */
  #tell(room: string, command: Command): void {
    this.#rooms.get(room)?.home.process.send(command)
  }

  #end(room: string): void {
    const home = this.#rooms.get(room)?.home
    this.#tell(room, { type: 'end', room })
    this.#rooms.delete(room)
    home?.rooms.delete(room)
    for (const recording of home?.recordings.values() ?? []) if (recording.room === room) recording.stopped = true
  }

  #endForgotten(): void {
    const before = Date.now() - FORGOTTEN_MS
    for (const [room, { emptySince }] of this.#rooms) if (emptySince !== null && emptySince < before) this.#end(room)
  }

  #hearOf(home: Home, report: Report): void {
    switch (report.type) {
      case 'frame':
        this.#rooms.get(report.room)?.legs.get(report.leg)?.send?.(report.frame)
        return
      case 'recorded': {
        const state = home.recordings.get(keyOf(report.room, report.recordingId))
        if (state) state.spokenMilliseconds = report.spokenMilliseconds
        return
      }
      case 'warning':
        this.#options.warn(report.message, report.details)
        return
      case 'event':
        this.#note(home, report.event)
        this.#emit(report.event)
    }
  }

  /** What has happened need not be told to a next process. */
  #note(home: Home, event: EngineEvent): void {
    const state = this.#rooms.get(event.room)
    if (event.type === 'leg.lost') {
      const leg = state?.legs.get(event.leg)
      if (leg) unplug(leg)
    } else if (event.type === 'play.ended') {
      if (state?.plays.get(event.leg)?.id === event.id) state.plays.delete(event.leg)
    } else if (event.type === 'recording.ended') {
      home.recordings.delete(keyOf(event.room, event.recordingId))
    }
  }

  #emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #lost({ rooms }: Home): void {
    for (const room of rooms) {
      for (const [leg, state] of this.#rooms.get(room)!.legs) {
        if (!state.connected) continue
        unplug(state)
        this.#emit({ type: 'leg.lost', room, leg })
      }
    }
  }

  #restore({ process, rooms, recordings }: Home): void {
    for (const room of rooms) {
      const { pairs, plays } = this.#rooms.get(room)!
      process.send({ type: 'hear', room, pairs })
      for (const play of plays.values()) process.send(play)
    }
    for (const { room, recording, startedAt, paused, stopped, spokenMilliseconds } of recordings.values()) {
      process.send({ type: 'record', room, recording, startedAt, continued: { spokenMilliseconds } })
      const recordingId = recording.id
      if (paused) process.send({ type: 'pauseRecording', room, recordingId, paused })
      if (stopped) process.send({ type: 'stopRecording', room, recordingId })
      if (!rooms.has(room)) process.send({ type: 'end', room })
    }
  }
}

type Attempt =
  | Omit<Extract<Command, { type: 'connect' }>, 'request'>
  | Omit<Extract<Command, { type: 'connectFrames' }>, 'request'>

function unplug(leg: LegState): void {
  leg.connected = false
  leg.send = null
}

const keyOf = (room: string, recordingId: string): string => JSON.stringify([room, recordingId])
