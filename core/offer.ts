/**
 * A call asks an agent: "yours?" It is live until it ends, exactly once, in one of {@link OfferOutcome}.
 * Times are milliseconds since the epoch.
 */
export interface Offer {
  /** Counts up within one routing; whoever stores offers gives them ids of their own. */
  id: number
  /** Offers of one attempt share this number: one for most strategies, one per agent when it rings at all of them. */
  attempt: number
  callId: string
  queueId: string
  agentId: string
  madeAt: number
  /** When it rings out. Nothing here watches the clock: whoever drives the routing says `timeOut` then. */
  expiresAt: number
}

/**
 * - `accepted`: this agent took the call.
 * - `rejected`: the agent declined, or left while it rang.
 * - `timed-out`: it rang out (RONA).
 * - `canceled`: the caller hung up or was sent elsewhere.
 * - `lost-race`: somebody else in the same attempt was faster.
 * - `failed`: the agent's telephone could not be reached.
 */
export type OfferOutcome = 'accepted' | 'rejected' | 'timed-out' | 'canceled' | 'lost-race' | 'failed'

export const OFFER_OUTCOMES: readonly OfferOutcome[] = [
  'accepted',
  'rejected',
  'timed-out',
  'canceled',
  'lost-race',
  'failed',
]

/** Whether the agent had its chance: it is not offered the same call again in the same ready period. */
export const wasPassedUp = (outcome: OfferOutcome): boolean =>
  outcome === 'rejected' || outcome === 'timed-out' || outcome === 'failed'
