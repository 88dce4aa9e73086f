import type { Engine, EngineEvent, Lanes, Recording } from '../../voice/engine.ts'

/**
 * A voice engine without any sound, for tests: it remembers what it was asked, and says what it is told to say. An
 * offer is answered, and media flow at once.
 */
export class FakeEngine implements Engine {
  readonly rooms = new Map<string, FakeRoom>()
  /** Whether offers are answered with media. */
  connects = true
  private readonly senders = new Map<string, (frame: Uint8Array) => void>()
  private readonly frames: { room: string; leg: string; frame: number[] }[] = []
  private readonly listeners: ((event: EngineEvent) => void)[] = []

  on(listener: (event: EngineEvent) => void): void {
    this.listeners.push(listener)
  }
  say(event: EngineEvent): void {
    for (const listener of this.listeners) listener(event)
  }
  room(id: string): FakeRoom {
    const room = this.rooms.get(id) ?? { legs: new Map(), pairs: [], playing: new Map(), recordings: new Map() }
    this.rooms.set(id, room)
    return room
  }

  async connect(room: string, leg: string, offer: string): Promise<string> {
    this.room(room).legs.set(leg, 'connected')
    if (this.connects) this.say({ type: 'leg.connected', room, leg })
    return `answer to ${offer}`
  }
  async connectFrames(room: string, leg: string, send: (frame: Uint8Array) => void): Promise<void> {
    this.senders.set(`${room} ${leg}`, send)
    await this.connect(room, leg, 'frames')
  }
  frame(room: string, leg: string, frame: Uint8Array): void {
    this.frames.push({ room, leg, frame: [...frame] })
  }
  /** What a leg hears. */
  send(room: string, leg: string, frame: Uint8Array): void {
    this.senders.get(`${room} ${leg}`)?.(frame)
  }
  framesOf = (room: string, leg: string): number[][] =>
    this.frames.filter(each => each.room === room && each.leg === leg).map(({ frame }) => frame)
  disconnect(room: string, leg: string): void {
    this.room(room).legs.set(leg, 'disconnected')
  }
  leave(room: string, leg: string): void {
    const { legs, playing, recordings } = this.room(room)
    legs.delete(leg)
    playing.delete(leg)
    if (legs.size > 0) return
    for (const id of recordings.keys()) this.stopRecording(room, id)
  }
  hear(room: string, pairs: Parameters<Engine['hear']>[1]): void {
    this.room(room).pairs = pairs.map(([listener, speaker]) => `${listener} < ${speaker}`)
  }
  play(...[room, leg, id, sounds, times = 1]: Parameters<Engine['play']>): void {
    this.room(room).playing.set(leg, { id, files: sounds.map(({ file }) => file), times })
  }
  stop(room: string, leg: string): void {
    this.room(room).playing.delete(leg)
  }
  record(room: string, recording: Recording): void {
    this.room(room).recordings.set(recording.id, { ...recording, paused: false })
  }
  recordLegs(room: string, id: string, lanes: Lanes): void {
    const recording = this.room(room).recordings.get(id)
    if (recording) recording.lanes = lanes
  }
  pauseRecording(room: string, id: string, paused: boolean): void {
    const recording = this.room(room).recordings.get(id)
    if (recording) recording.paused = paused
  }
  stopRecording(room: string, id: string): void {
    this.endRecording(room, id, 'stopped')
  }
  async stats(): Promise<[]> {
    return []
  }
  async close(): Promise<void> {}

  /** What a leg is played has been heard to its end. Throws where it is played nothing, or something without an end. */
  finishPlaying(room: string, leg = 'customer'): void {
    const playing = this.room(room).playing.get(leg)
    if (playing === undefined || playing.times === 0) throw new Error(`${leg} hears nothing that ends`)
    this.room(room).playing.delete(leg)
    this.say({ type: 'play.ended', room, leg, id: playing.id })
  }
  endRecording(
    room: string,
    recordingId: string,
    reason: Extract<EngineEvent, { type: 'recording.ended' }>['reason'],
    milliseconds = 3000,
    spokenMilliseconds = milliseconds,
  ): void {
    if (!this.room(room).recordings.delete(recordingId)) return
    const bytes = milliseconds * 4
    queueMicrotask(() =>
      this.say({ type: 'recording.ended', room, recordingId, reason, milliseconds, spokenMilliseconds, bytes }),
    )
  }
  /** The media process dies: the next one plays and records on, when its legs have connected anew. */
  crash(room: string): void {
    for (const leg of [...this.room(room).legs.keys()]) this.say({ type: 'leg.lost', room, leg })
  }
}

export interface FakeRoom {
  legs: Map<string, 'connected' | 'disconnected'>
  /** `listener < speaker`. */
  pairs: string[]
  playing: Map<string, { id: string; files: string[]; times: number }>
  recordings: Map<string, Recording & { paused: boolean }>
}
