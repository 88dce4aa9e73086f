import type { Named } from '../../core/call.ts'
import type { OfferOutcome } from '../../core/offer.ts'
import type { FloorEvent } from '../routing/floor.ts'
import { offerState } from '../routing/offerView.ts'
import type { LiveOffer, Work } from '../routing/routingStore.ts'
import { agentNamed, type Batch, reachOf, type Turning } from './batch.ts'
import { type FlowEffects, onlyAgentOf } from './flowEffects.ts'
import type { OutgoingCalls } from './outgoingCalls.ts'
import type { Questions } from './questions.ts'
import type { TurnInput } from './turnInput.ts'

export interface FloorNews {
  /** Something has happened on the floor: the log, and the call that it is about, hear of it. */
  hear(event: FloorEvent): void
  /** An agent has chosen what to be, or somebody for it. */
  choosePresence(input: Extract<TurnInput, { type: 'choosePresence' }>): void
}

export function createFloorNews(
  batch: Batch,
  { apply, follow }: Turning,
  { effects, questions, outgoing }: { effects: FlowEffects; questions: Questions; outgoing: OutgoingCalls },
): FloorNews {
  const { floor, now, facts, ledger } = batch
  const { settings } = floor
  const { calls } = facts
  /** Who chooses a presence just now; null: whoever has it, or the center. */
  let chooser: Named | null = null

  function hear(event: FloorEvent): void {
    switch (event.type) {
      case 'offer.made': {
        const { callId, explanation } = event.offer
        const offer = offerState(event.offer, settings)
        ledger.emitWithCard(callId, card => ({
          type: 'offer.made',
          offer,
          call: calls.stateOf(callId),
          card,
          explanation,
        }))
        return
      }
      case 'offer.ended': {
        const { offer, outcome } = event
        const { callId } = offer
        const state = offerState(offer, settings)
        ledger.emitOf(callId, () => ({ type: 'offer.ended', offer: state, call: calls.stateOf(callId), outcome }))
        if (offer.kind === 'consultation') questions.unanswered(offer, outcome)
        else if (offer.kind === 'call') declined(offer, outcome)
        return
      }
      case 'accepted':
        accepted(event.work, agentNamed(floor, event.agentId))
        return
      case 'overflowed': {
        const { work, reason } = event
        if (work.kind !== 'call') return
        const { overflow } = settings.queues.get(work.queueId)!
        apply(calls.get(work.callId), { type: 'flow', input: { type: 'overflowed', overflow }, reason })
        return
      }
      case 'wrapUp.started': {
        const { agentId, callId, until } = event.wrapUp
        const agent = agentNamed(floor, agentId)
        ledger.emitOf(callId, () => ({
          type: 'agent.wrap_up_started',
          agent,
          call: calls.stateOf(callId),
          until: new Date(until).toISOString(),
        }))
        return
      }
      case 'wrapUp.ended': {
        const { agentId, callId } = event.wrapUp
        ledger.emit({ type: 'agent.wrap_up_ended', agent: agentNamed(floor, agentId), callId })
        return
      }
      case 'presence.changed': {
        const { agentId, presence, previous, byCenter } = event
        const by = byCenter ? null : chooser
        ledger.emit({ type: 'agent.presence_changed', agent: agentNamed(floor, agentId), presence, previous, by })
        return
      }
      default:
        event satisfies never
    }
  }

  function accepted(work: Work, agent: Named): void {
    const { id, kind, callId, queueId } = work
    switch (kind) {
      case 'consultation':
        questions.answer(work, agent)
        return
      case 'call': {
        const record = calls.get(callId)
        apply(record, { type: 'take', agent, at: reachOf(batch, record.call, agent.id), queueId })
        return
      }
      case 'callback':
        // Whoever has called it done takes it out of the line a moment later: nobody is called twice.
        if (facts.promises.get(id)?.status === 'done') {
          floor.dismiss(id, now)
          return
        }
        ledger.emitOf(callId, () => ({
          type: 'callback.taken_up',
          callbackId: id,
          call: calls.stateOf(callId),
          agent,
        }))
        ledger.taken.push({ kind, workId: id, agentId: agent.id, returnCallId: outgoing.dialBack(work, agent) })
        return
      case 'voicemail':
        ledger.emitOf(callId, () => ({
          type: 'voicemail.taken_up',
          voicemailId: id,
          call: calls.stateOf(callId),
          agent,
        }))
        ledger.taken.push({ kind, workId: id, agentId: agent.id, returnCallId: null })
        return
      default:
        kind satisfies never
    }
  }

  /** Whom alone the call was for would rather not. */
  function declined({ callId }: LiveOffer, outcome: OfferOutcome): void {
    const record = calls.find(callId)
    if (record === null || outcome !== 'rejected' || onlyAgentOf(record.call) === null) return
    floor.leave(callId, now)
    effects.turnAway(record, 'nobody')
  }

  return {
    hear,
    choosePresence({ agentId, presence, by }) {
      chooser = by
      floor.setPresence(agentId, presence, now)
      follow()
      chooser = null
      ledger.chosen.push(agentId)
    },
  }
}
