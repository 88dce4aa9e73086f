import type { EngineEvent, EngineStats } from './engine.ts'
import type { Connection, ConnectionEvents } from './leg.ts'
import { Ticker } from './player.ts'
import type { Command, Report } from './protocol.ts'
import { Recorder } from './recorder.ts'
import { Room } from './room.ts'
import { BadOffer } from './sdp.ts'

export interface HostOptions {
  report(report: Report): void
  /** @throws BadOffer, at once or with the answer. */
  openWebrtc(offer: string, events: ConnectionEvents): { connection: Connection; answer: Promise<string> }
  /** @returns packets of 20 ms. */
  readSound(file: string): Promise<readonly Uint8Array[]>
  /** The tone at both ends of a pause in a recording, 20 ms each. */
  mark: readonly Uint8Array[]
  /** A clock that only goes forward, milliseconds. */
  now(): number
  /** Milliseconds since 1970. */
  wallClock(): number
  usage(): Omit<EngineStats, 'legs' | 'rooms'>
}

const RECORDERS_EVERY_MS = 500
const SILENCES_EVERY_MS = 1000

/** What a media process does, whatever carries its audio and whoever commands it. */
export class Host {
  readonly #options: HostOptions
  readonly #rooms = new Map<string, Room>()
  readonly #recorders = new Set<Recorder>()
  readonly #players: Ticker
  #recordersAt = 0
  #silencesAt = 0

  constructor(options: HostOptions) {
    this.#options = options
    this.#players = new Ticker(options.now, () => {
      for (const room of this.#rooms.values()) room.tick()
    })
  }

  /** To be called each 20 ms. */
  tick(): void {
    this.#players.run()
    const now = this.#options.now()
    if (now >= this.#recordersAt) {
      this.#recordersAt = now + RECORDERS_EVERY_MS
      for (const recorder of this.#recorders) recorder.step()
    }
    if (now >= this.#silencesAt) {
      this.#silencesAt = now + SILENCES_EVERY_MS
      for (const room of this.#rooms.values()) room.listenForSilence()
    }
  }

  run(command: Command): void {
    switch (command.type) {
      case 'connect':
        void this.#connect(command)
        return
      case 'connectFrames': {
        const { request, room, leg } = command
        this.#room(room).connectFrames(leg, frame => this.#options.report({ type: 'frame', room, leg, frame }))
        this.#options.report({ type: 'answered', request, answer: '' })
        return
      }
      case 'frame':
        this.#rooms.get(command.room)?.frame(command.leg, command.frame)
        return
      case 'disconnect':
        this.#rooms.get(command.room)?.disconnect(command.leg)
        return
      case 'leave':
        this.#rooms.get(command.room)?.leave(command.leg)
        return
      case 'end':
        this.#end(command.room)
        return
      case 'hear':
        this.#room(command.room).hear(command.pairs)
        return
      case 'play':
        void this.#room(command.room).play(command.leg, command.id, this.#sounds(command.files), command.times)
        return
      case 'stop':
        this.#rooms.get(command.room)?.stop(command.leg)
        return
      case 'record':
        this.#record(command)
        return
      case 'recordLegs':
        this.#rooms.get(command.room)?.recordLegs(command.recordingId, command.lanes)
        return
      case 'pauseRecording':
        this.#rooms.get(command.room)?.recorder(command.recordingId)?.pause(command.paused)
        return
      case 'stopRecording':
        this.#rooms.get(command.room)?.recorder(command.recordingId)?.stop()
        return
      case 'ping':
        this.#options.report({ type: 'pong', request: command.request })
        return
      case 'stats':
        this.#options.report({ type: 'stats', request: command.request, stats: this.#stats() })
        return
      case 'close':
        void this.close().then(() => this.#options.report({ type: 'closed', request: command.request }))
        return
    }
  }

  /** Ends everything; done when all recordings are on the disk. */
  async close(): Promise<void> {
    for (const id of [...this.#rooms.keys()]) this.#end(id)
    await Promise.all([...this.#recorders].map(recorder => recorder.finished))
  }

  #room(id: string): Room {
    const known = this.#rooms.get(id)
    if (known) return known
    const room = new Room(id, event => this.#tell(event), this.#options.now)
    this.#rooms.set(id, room)
    return room
  }

  #end(id: string): void {
    this.#rooms.get(id)?.end()
    this.#rooms.delete(id)
  }

  async #connect({ request, room, leg, offer }: Extract<Command, { type: 'connect' }>): Promise<void> {
    const { report, openWebrtc } = this.#options
    try {
      const { answer } = this.#room(room).connect(leg, events => openWebrtc(offer, events))
      report({ type: 'answered', request, answer: await answer })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      report({ type: 'refused', request, message, badOffer: error instanceof BadOffer })
    }
  }

  /** Sounds one after the other. One that cannot be read is left out: whoever waits for the end is not to wait for ever. */
  async #sounds(files: string[]): Promise<readonly Uint8Array[]> {
    const { readSound, report } = this.#options
    const sounds = await Promise.all(
      files.map(file =>
        readSound(file).catch(error => {
          report({ type: 'warning', message: 'a sound cannot be played', details: { file, error: String(error) } })
          return []
        }),
      ),
    )
    return sounds.flat()
  }

  #record({ room: roomId, recording, startedAt, continued }: Extract<Command, { type: 'record' }>): void {
    const { now, wallClock, mark, report } = this.#options
    const recordingId = recording.id
    const recorder = new Recorder({
      recording,
      now,
      startedAt: now() - (wallClock() - startedAt),
      continued,
      mark,
      progress: spokenMilliseconds => report({ type: 'recorded', room: roomId, recordingId, spokenMilliseconds }),
    })
    this.#recorders.add(recorder)
    this.#room(roomId).record(recordingId, recorder, recording.lanes)
    void recorder.finished.then(outcome => {
      this.#recorders.delete(recorder)
      this.#tell({ type: 'recording.ended', room: roomId, recordingId, ...outcome })
    })
  }

  #tell(event: EngineEvent): void {
    this.#options.report({ type: 'event', event })
  }

  #stats(): EngineStats {
    const legs = [...this.#rooms.values()].reduce((sum, room) => sum + room.legs, 0)
    return { ...this.#options.usage(), legs, rooms: this.#rooms.size }
  }
}
