import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { InputResult, RecordingSignal } from '../../core/signal.ts'

/**
 * What the exchange posts, as JSON: one or more pieces of news of one call. Which script an `input` answers stands in
 * the address, `?step=`; of a call that we began also our own id, `?call=`.
 */
export interface Report {
  /** Its own; a repeat has the same. */
  id: string
  call: string
  /** ISO 8601, UTC. */
  at: string
  news: News[]
}

export type News = LegNews | InputNews | RecordingNews

export interface LegNews {
  type: 'leg'
  /** The call's id for the side that opens the call, `<call>/<party>/<how often it has come in>` for any other. */
  leg: string
  /** The side that opens a call is told of as the customer's, also where we began it. */
  party: 'customer' | 'agent' | 'supervisor'
  status: LegStatus
  endReason: EndReason | null
  /** Who calls whom; only the first news of a call says it. */
  call?: {
    direction: 'inbound' | 'outbound'
    from: string | null
    to: string | null
    name: string | null
    /** The caller's, BCP 47. */
    language?: string | null
  }
}

export interface InputNews {
  type: 'input'
  result: InputResult
}

export type RecordingNews = { type: 'recording' } & Pick<
  RecordingSignal,
  'of' | 'recordingId' | 'status' | 'url' | 'seconds'
>
