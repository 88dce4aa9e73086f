import type { Pair } from './audibility.ts'
import type { EngineEvent, EngineStats, Lanes, Recording } from './engine.ts'

/** What a media process is told. Commands are carried out in their order; what they say is whole, not a change. */
export type Command =
  /** Asks for `answered` or `refused`. */
  | { type: 'connect'; request: number; room: string; leg: string; offer: string }
  /** Asks for `answered`. */
  | { type: 'connectFrames'; request: number; room: string; leg: string }
  | { type: 'frame'; room: string; leg: string; frame: Uint8Array }
  | { type: 'disconnect'; room: string; leg: string }
  | { type: 'leave'; room: string; leg: string }
  | { type: 'end'; room: string }
  | { type: 'hear'; room: string; pairs: readonly Pair[] }
  | { type: 'play'; room: string; leg: string; id: string; files: string[]; times: number }
  | { type: 'stop'; room: string; leg: string }
  /** `startedAt`: milliseconds since 1970. `continued`: its process is gone; so much had been spoken then. */
  | {
      type: 'record'
      room: string
      recording: Recording
      startedAt: number
      continued: { spokenMilliseconds: number } | null
    }
  | { type: 'recordLegs'; room: string; recordingId: string; lanes: Lanes }
  | { type: 'pauseRecording'; room: string; recordingId: string; paused: boolean }
  | { type: 'stopRecording'; room: string; recordingId: string }
  /** Asks for `pong`: a process that does not answer is replaced. */
  | { type: 'ping'; request: number }
  /** Asks for `stats`. */
  | { type: 'stats'; request: number }
  /** Asks for `closed`, after which the process ends. */
  | { type: 'close'; request: number }

/** What a media process tells. */
export type Report =
  | { type: 'ready' }
  /** It cannot begin, and ends. */
  | { type: 'unready'; message: string }
  | { type: 'answered'; request: number; answer: string }
  | { type: 'refused'; request: number; message: string; badOffer: boolean }
  | { type: 'pong'; request: number }
  | { type: 'stats'; request: number; stats: EngineStats }
  | { type: 'closed'; request: number }
  | { type: 'frame'; room: string; leg: string; frame: Uint8Array }
  | { type: 'recorded'; room: string; recordingId: string; spokenMilliseconds: number }
  | { type: 'warning'; message: string; details: Record<string, unknown> }
  | { type: 'event'; event: EngineEvent }

/** How a media process is started; handed over as JSON. */
export interface MediaProcessOptions {
  /** 0: any that is free. */
  udpPort: number
  /** Empty: this machine's own. */
  addresses: readonly string[]
}
