import type { Call, Card } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { isOver, type QueuedCall, settledCard } from './callQueue.ts'
import { occupies } from './conversation.ts'

/**
 * The call that an agent is on, or is asked about; after its end, until they put it away, so that a note can still be
 * finished.
 */
export type Hand = {
  call: Call
  card: Card | null
  /** It is written up: it stays, even if the call goes on with somebody else. */
  writing?: true
} | null

export type HandInput =
  /** `card` is what is known of the call from before, for events that bring none. */
  | { type: 'event'; event: LiveEvent; card: Card | null }
  /** The call queue has been fetched. */
  | { type: 'queue'; calls: readonly QueuedCall[] }
  /** A page that opens finds the call that its agent still writes up, though it is over. */
  | { type: 'wrap_up'; call: Call; card: Card | null }
  /** They may not see it any more: it has gone on to people they have nothing to do with. */
  | { type: 'out_of_sight'; callId: string; calls: readonly QueuedCall[] }
  /** Put away; `calls` may hold another that is theirs. */
  | { type: 'close'; calls: readonly QueuedCall[] }

/** What the agent has at hand after one input. */
export function handAfter(hand: Hand, input: HandInput, agentId: string | null): Hand {
  switch (input.type) {
    case 'event':
      return 'call' in input.event ? afterEvent(hand, input.event, input.card, agentId) : hand
    case 'queue': {
      const same = input.calls.find(call => call.id === hand?.call.id)
      if (same && occupies(same, agentId)) return holding(same)
      if (same && !hand?.writing) return newest(input.calls, agentId)
      // Not in the queue any more: it has ended meanwhile, but is not put away.
      return hand ?? newest(input.calls, agentId)
    }
    case 'wrap_up':
      return hand ?? { call: input.call, card: input.card, writing: true }
    case 'out_of_sight':
      return hand?.call.id === input.callId && !hand.writing ? newest(input.calls, agentId) : hand
    case 'close':
      return newest(
        input.calls.filter(call => call.id !== hand?.call.id),
        agentId,
      )
    default:
      return input satisfies never
  }
}

function afterEvent(
  hand: Hand,
  event: Extract<LiveEvent, { call: unknown }>,
  known: Card | null,
  agentId: string | null,
): Hand {
  const { call } = event
  const mine = occupies(call, agentId)
  if (event.type === 'agent.wrap_up_started' && event.agent.id === agentId) {
    if (hand === null || hand.call.id === call.id) return { call, card: hand?.card ?? known, writing: true }
  }
  if (hand?.call.id === call.id) {
    if (!mine && !hand.writing) return null
    const card = event.type === 'call.contact_settled' ? settledCard(hand.card) : hand.card
    return { ...hand, call, card }
  }
  if (!mine || isOver(call)) return hand
  const free = hand === null || isOver(hand.call)
  const takenUp =
    event.type === 'call.assigned' || (event.type === 'consultation.answered' && event.agent.id === agentId)
  if (!takenUp && !free) return hand
  return { call, card: event.type === 'call.arrived' ? event.card : known }
}

const newest = (calls: readonly QueuedCall[], agentId: string | null): Hand => {
  const mine = calls.find(call => occupies(call, agentId))
  return mine ? holding(mine) : null
}

const holding = ({ kind: _, card, ...call }: QueuedCall): Hand => ({ call, card })
