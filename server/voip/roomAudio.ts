import { agentIn, audibility, type Conversation, CUSTOMER, recordedLanes } from '../../core/conversation.ts'
import { otherSide, type Side } from '../../core/voipCall.ts'
import type { Lanes } from '../../voice/engine.ts'

/*
 * A conversation as a room carries it: its legs are named by the two sides of the call, and by party for who listens.
 */

/** Who hears whom, `[listener, speaker]`. */
export function pairsOf(conversation: Conversation, customer: Side): [listener: string, speaker: string][] {
  const legOf = legsOf(conversation, customer)
  return audibility(conversation).map(([listener, speaker]) => [legOf(listener), legOf(speaker)])
}

/** Who is recorded in which channel. */
export function lanesOf(conversation: Conversation, customer: Side): Lanes {
  const legOf = legsOf(conversation, customer)
  const { left, right } = recordedLanes(conversation)
  return { left: left.map(legOf), right: right.map(legOf) }
}

function legsOf(conversation: Conversation, customer: Side): (party: string) => string {
  const agent = agentIn(conversation)
  return party => (party === CUSTOMER ? customer : party === agent?.id ? otherSide(customer) : party)
}
