import type { CallOutcome, CallStatus, Direction } from './call.ts'
import type { Match } from './contact.ts'
import type { RequestPriority, RequestStatus } from './request.ts'

/** Everything the person who may take a call needs to see, sent with the event itself so that nobody asks again. */
export interface Card {
  match: Match
  /** The matched contact's, else this number's, latest calls before this one; newest first, at most five. */
  lastCalls: CardCall[]
  /** Support requests of theirs that nobody has finished; newest first, at most five. */
  openRequests: CardRequest[]
}

export interface CardCall {
  id: string
  direction: Direction
  status: CallStatus
  outcome: CallOutcome | null
  subject: string | null
  agentName: string | null
  startedAt: string
  durationSeconds: number | null
}

export interface CardRequest {
  id: string
  subject: string
  priority: RequestPriority
  status: RequestStatus
  createdAt: string
}
