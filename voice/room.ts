import { type Pair, voicesOf } from './audibility.ts'
import type { EngineEvent, Lanes } from './engine.ts'
import { type FrameConnection, openFrames } from './frameLeg.ts'
import { type Connection, type ConnectionEvents, Leg } from './leg.ts'
import { Player } from './player.ts'
import type { Recorder } from './recorder.ts'
import type { Source } from './source.ts'

/** An event of a room, without its name: the room adds it. */
type Told = EngineEvent extends infer Event ? (Event extends EngineEvent ? Omit<Event, 'room'> : never) : never

interface Recorded {
  recorder: Recorder
  lanes: Lanes
}

/** Legs that can hear one another, what is played to them and what is recorded of them. */
export class Room {
  readonly #tell: (event: Told) => void
  readonly #now: () => number
  readonly #legs = new Map<string, Leg>()
  readonly #frames = new Map<string, FrameConnection>()
  /** What is asked to be played to a leg; its player is there when the sounds have been read. */
  readonly #plays = new Map<string, { id: string }>()
  readonly #recordings = new Map<string, Recorded>()
  #voices = new Map<string, string[]>()

  /** @param now a clock, milliseconds. */
  constructor(id: string, event: (event: EngineEvent) => void, now: () => number) {
    this.#tell = told => event({ room: id, ...told } as EngineEvent)
    this.#now = now
  }

  /** Legs that have a place. */
  get legs(): number {
    return this.#legs.size
  }

  /**
   * Lets a leg wait for a connection that `open` makes; it is the leg's when it is up.
   * @throws what `open` throws; the leg stays as it was.
   */
  connect<Opened extends { connection: Connection }>(id: string, open: (events: ConnectionEvents) => Opened): Opened {
    const leg = this.#legs.get(id) ?? new Leg(id, this.#now)
    const isCurrent = () => leg.isFrom(opened.connection)
    const opened = open({
      connected: () => {
        leg.take(opened.connection)
        this.#settle()
        this.#tell({ type: 'leg.connected', leg: id })
      },
      audio: packet => {
        if (isCurrent() && leg.hear(packet)) this.#tell({ type: 'leg.connected', leg: id })
      },
      restarted: () => {
        if (isCurrent()) leg.restart()
      },
      digit: digit => {
        if (isCurrent()) this.#tell({ type: 'digit', leg: id, digit })
      },
      lost: () => {
        if (leg.lose(opened.connection)) this.#tell({ type: 'leg.lost', leg: id })
      },
    })
    this.#legs.set(id, leg)
    leg.expect(opened.connection)
    return opened
  }

  connectFrames(id: string, send: (frame: Uint8Array) => void): void {
    const { connection, connected } = this.connect(id, events => ({
      connection: openFrames(send, events),
      connected: events.connected,
    }))
    this.#frames.set(id, connection)
    connected()
  }

  frame(id: string, bytes: Uint8Array): void {
    this.#frames.get(id)?.frame(bytes)
  }

  disconnect(id: string): void {
    this.#legs.get(id)?.disconnect()
    this.#frames.delete(id)
  }

  leave(id: string): void {
    this.disconnect(id)
    this.#plays.delete(id)
    this.#legs.delete(id)
    this.#settle()
  }

  hear(pairs: readonly Pair[]): void {
    this.#voices = voicesOf(pairs)
    this.#settle()
  }

  /**
   * Plays to a leg what is being read; with the leg away it waits.
   * @param sounds packets of 20 ms.
   */
  async play(legId: string, id: string, sounds: Promise<readonly Uint8Array[]>, times: number): Promise<void> {
    const leg = this.#legs.get(legId) ?? new Leg(legId, this.#now)
    this.#legs.set(legId, leg)
    const play = { id }
    this.#plays.set(legId, play)
    const packets = await sounds
    if (this.#plays.get(legId) !== play) return
    leg.player = new Player(packets, times)
    this.#settle()
  }

  stop(legId: string): void {
    this.#plays.delete(legId)
    const leg = this.#legs.get(legId)
    if (leg) leg.player = null
    this.#settle()
  }

  /** The next 20 ms of everything that is played. */
  tick(): void {
    for (const [legId, { id }] of this.#plays) {
      const leg = this.#legs.get(legId)
      if (!leg?.player || !leg.connected || leg.player.tick()) continue
      this.stop(legId)
      this.#tell({ type: 'play.ended', leg: legId, id })
    }
  }

  record(id: string, recorder: Recorder, lanes: Lanes): void {
    this.#recordings.set(id, { recorder, lanes })
    void recorder.finished.then(() => this.#recordings.delete(id))
    this.#settle()
  }

  recordLegs(id: string, lanes: Lanes): void {
    const recorded = this.#recordings.get(id)
    if (recorded) recorded.lanes = lanes
    this.#settle()
  }

  recorder(id: string): Recorder | undefined {
    return this.#recordings.get(id)?.recorder
  }

  /** Tells which legs nothing comes from any more. To be called each second. */
  listenForSilence(): void {
    for (const leg of this.#legs.values()) {
      if (leg.becameSilent()) this.#tell({ type: 'leg.silent', leg: leg.id })
    }
  }

  end(): void {
    for (const { recorder } of this.#recordings.values()) recorder.stop()
    for (const id of [...this.#legs.keys()]) this.leave(id)
  }

  /** Connects what is to be heard with who is here. Repeating it changes nothing. */
  #settle(): void {
    const present = (ids: readonly string[]): Source[] => ids.flatMap(id => this.#legs.get(id) ?? [])
    for (const leg of this.#legs.values()) leg.listenTo(present(this.#voices.get(leg.id) ?? []))
    for (const { recorder, lanes } of this.#recordings.values())
      recorder.follow(present(lanes.left), present(lanes.right))
  }
}
