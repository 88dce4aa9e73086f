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
   * (its microphone and at least one more audio line to hear with), the engine answers; nothing else is exchanged.
   * Rejects with {@link BadOffer} for what is no such offer, with {@link EngineFull} when no more legs are taken.
   *
   * @returns the answer, SDP.
   */
  connect(room: string, leg: string, offer: string): Promise<string>
  /**
   * Connects a leg, or connects it anew, whose audio comes as {@link frames} over the caller's own connection: for
   * networks that let no UDP through.
   */
  connectFrames(room: string, leg: string, send: (frame: Uint8Array) => void): Promise<void>
  /** A frame that came over such a connection. What is no frame is ignored. */
  frame(room: string, leg: string, frame: Uint8Array): void
  /** The leg's connection is known to be gone, its place is not: it may connect again. */
  disconnect(room: string, leg: string): void
  /** The leg leaves for good. A room ends with its last leg, and so do its recordings. */
  leave(room: string, leg: string): void
  /** Who hears whom, whole and for good: `[listener, speaker]`. Repeating it changes nothing. Legs may be named before they connect. */
  hear(room: string, pairs: readonly (readonly [listener: string, speaker: string])[]): void
  /**
   * Plays sounds one after the other to one leg, instead of what it is being played. `times` 0: for ever.
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

/** What a browser sent is not an offer that can be answered. The message is for whoever wrote that client. */
export class BadOffer extends Error {}

/** All media processes have as many legs as they take. */
export class EngineFull extends Error {}
