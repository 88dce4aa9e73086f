import type { Named } from './call.ts'

/**
 * Who is in a call, and who hears whom. It is stored with the call; whoever carries the audio is told it whole, again
 * and again, and makes it so.
 */
export interface Conversation {
  /** Counts up with every change: an older one that comes later is ignored. */
  revision: number
  parties: Party[]
  /** The customer hears music, and is heard by nobody. */
  held: boolean
  /** Whether the consultant speaks with the agent alone (the customer hears music) or with both. */
  consultation: 'private' | 'three-way' | null
  recording: 'off' | 'on' | 'paused'
}

export type Party =
  | { id: string; role: 'customer'; person: null }
  /** Whose call it is. */
  | { id: string; role: 'agent'; person: Named; muted: boolean }
  /** Whom the agent asks. */
  | { id: string; role: 'consultant'; person: Named; muted: boolean }
  | { id: string; role: 'supervisor'; person: Named; listening: Listening }

/** `monitor`: heard by nobody. `whisper`: heard by the agent alone. `barge`: heard by all. */
export type Listening = 'monitor' | 'whisper' | 'barge'
