import { OFFLINE } from '../../core/presence.ts'
import { conflict, notFound } from '../platform/refusal.ts'
import type { Work } from '../routing/routingStore.ts'
import { agentNamed, type Batch, type Turning } from './batch.ts'
import type { FloorNews } from './floorNews.ts'
import type { TurnInput } from './turnInput.ts'

/**
 * Frees an agent's hands for good: what rings there and what it has taken up goes on to others, nothing is left to write.
 * Throws a 409 refusal while somebody is on the line: nobody is taken out of a conversation.
 */
export function standDown(
  batch: Batch,
  { follow }: Pick<Turning, 'follow'>,
  { choosePresence }: FloorNews,
  { agentId, by }: Extract<TurnInput, { type: 'standDown' }>,
): void {
  const { floor, now, facts, ledger } = batch
  if (!floor.settings.agents.has(agentId)) throw notFound('agent')
  const agent = agentNamed(floor, agentId)
  const held = floor.heldBy(agentId)
  if (held.some(isSpoken))
    throw conflict('agent_on_call', `${agent.name} is on a call. Wait until it is over, or end it, and try again.`)

  choosePresence({ type: 'choosePresence', agentId, presence: OFFLINE, by })
  for (const work of held) {
    const { id, kind, callId } = work
    floor.putBack(id, OFFLINE, now)
    if (kind === 'voicemail') {
      ledger.putBack.push(id)
      ledger.emitOf(callId, () => ({
        type: 'voicemail.put_back',
        voicemailId: id,
        call: facts.calls.stateOf(callId),
        agent,
      }))
    } else {
      const promise = facts.promises.get(id)
      if (promise?.status === 'in-progress') {
        promise.status = 'waiting'
        ledger.settled.add(promise)
      }
      ledger.emitOf(callId, () => ({
        type: 'callback.put_back',
        callbackId: id,
        call: facts.calls.stateOf(callId),
        agent,
      }))
    }
    follow()
  }
  floor.endWrapUps(agentId, now)
  follow()

  /** A voicemail is no conversation, nor is a promise that the agent keeps by hand, for all that we know of it. */
  function isSpoken({ id, kind }: Work): boolean {
    if (kind === 'voicemail') return false
    return kind !== 'callback' || (facts.promises.get(id)?.returnCallId ?? null) !== null
  }
}
