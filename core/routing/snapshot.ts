import type { AgentProfile, AgentState, Skills } from '../agent.ts'

/** A call as it joins a queue. */
export interface QueuedCall {
  id: string
  queueId: string
  /** What this caller needs beyond what the queue asks for. */
  requires: Skills
  /** Added to the queue's; higher goes first. */
  priority: number
  /** Who shall be asked first, if anybody in particular. */
  preferredAgentId: string | null
  /** Since when it counts as waiting, milliseconds since the epoch; may be earlier than its arrival here. */
  enqueuedAt: number
  /** No caller waits in line for it, as for a voicemail or a colleague’s question: `maxLength` neither counts it nor turns it away. */
  withoutCaller?: boolean
}

/**
 * Everything a routing knows, as plain data: what another process, or the same one with other settings, needs to go on
 * exactly where this one stands (`Routing.from`).
 */
export interface Snapshot {
  /** In the order in which they came: it decides between equals. */
  agents: { profile: AgentProfile; state: AgentState }[]
  /** In the order in which they came, for the same reason. */
  items: TakenUp[]
  /** Of the round-robin queues, by id. */
  turns: Readonly<Record<string, Turn>>
  /** Higher than every offer and attempt so far, so that no number is given twice. */
  nextOfferId: number
}

/**
 * A call and how far it has come. The states of the agents already count what is at their hands: taking up a call
 * changes none of them.
 */
export interface TakenUp {
  call: QueuedCall
  /** Who let it pass, in which ready period; those who are no longer there do not matter. */
  passedBy: { agentId: string; readyPeriod: number }[]
  stage: Stage
}

/**
 * `wrap-up` belongs to an agent and a call; the same call may be in line again meanwhile, and then is taken up twice.
 */
export type Stage =
  | { type: 'waiting' }
  | { type: 'offered'; offers: OfferTakenUp[] }
  | { type: 'talking'; agentId: string }
  | { type: 'wrap-up'; agentId: string }

export interface OfferTakenUp {
  id: number
  attempt: number
  agentId: string
  madeAt: number
  expiresAt: number
}

/** Where a round-robin queue stands. */
export interface Turn {
  /** The agent up to whom this round has come; null: a round is about to begin. */
  reached: string | null
  /** Who has been free since the round went past, and goes first at the next call that it can take; in this order. */
  passedOver: readonly string[]
}
