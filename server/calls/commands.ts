import { v7 as newId } from 'uuid'
import { isOver, type Named } from '../../core/call.ts'
import { conflict, notFound } from '../platform/refusal.ts'
import type { LiveOffer } from '../routing/routingStore.ts'
import { agentNamed, type Batch, reachOf, type Turning } from './batch.ts'
import type { CallRecord } from './callStore.ts'
import { isBegunByUs } from './outboundCall.ts'
import { isAsked, lineOf, type Questions } from './questions.ts'
import type { Command, TurnInput } from './turnInput.ts'

/** What people ask. All of them throw a refusal where it cannot be. */
export interface Commands {
  /** Of a call. */
  command(input: Extract<TurnInput, { type: 'command' }>): CallRecord
  /** To accept or decline an offer. */
  answer(input: Extract<TurnInput, { type: 'accept' | 'decline' }>): LiveOffer
  /** More time to write about a call, or none. */
  wrapUp(input: Extract<TurnInput, { type: 'wrapUp' }>): void
}

export function createCommands(
  batch: Batch,
  { apply, follow }: Turning,
  { questions }: { questions: Questions },
): Commands {
  const { floor, now, facts, ledger } = batch
  const { settings } = floor
  const { calls } = facts

  function obey(record: CallRecord, asked: Command): void {
    switch (asked.type) {
      case 'take':
        pickUp(record, asked.agent)
        return
      case 'join':
        join(record, asked.agent)
        return
      case 'consult':
        questions.ask(record, asked)
        return
      case 'talk':
        questions.converse(record, asked)
        return
      case 'supervise': {
        const { listening, by } = asked
        const visible = settings.queues.get(record.call.queue?.id ?? '')?.supervisionVisible ?? true
        apply(record, { type: 'talk', talk: { type: 'supervise', listening, visible }, by })
        return
      }
      case 'sendToAgent': {
        mustBeSendable(record)
        const { agentId, by } = asked
        const queueId = lineOf(floor, agentId, record.call)
        const { name } = agentNamed(floor, agentId)
        apply(record, { type: 'send', to: { type: 'queue', queueId, agentId }, name, by })
        return
      }
      case 'finish':
        if (isAsked(record.call, asked.agentId))
          apply(record, { type: 'talk', talk: { type: 'endConsultation', reason: 'left' }, by: asked.by })
        else apply(record, asked)
        return
      case 'send':
        mustBeSendable(record)
        apply(record, asked)
        // Whoever has sent it where nobody waits in line has done with it all the same.
        if (record.call.flow?.awaiting.type !== 'queue') floor.leave(record.call.id, now)
        follow()
        return
      case 'settleContact':
        apply(record, asked)
        if (calls.touched.has(record)) record.matchState = 'settled'
        return
      case 'dispose':
      case 'consent':
      case 'pageConsent':
        apply(record, asked)
        return
      default:
        asked satisfies never
    }
  }

  /** An agent takes a call by hand: out of its line, or from wherever the caller is. */
  function pickUp(record: CallRecord, agent: Named): void {
    const { call } = record
    const at = reachOf(batch, call, agent.id)
    if (call.agent !== null || call.flow === null || isOver(call)) {
      apply(record, { type: 'take', agent, at, queueId: null })
      return
    }
    const full = () =>
      conflict('no_free_slot', 'You have your hands full: finish what you have before you take another.')
    if (floor.work(call.id) === null) {
      // In no line yet, as in a menu: it counts as one of the agent's own queue, be that closed or not.
      const queueId = firstQueueOf(agent.id)
      if (queueId === undefined) throw conflict('no_queue', 'You take calls of no queue. An admin can change that.')
      if (call.flow.awaiting.type === 'bridge')
        throw conflict('call_taken', 'This call has been sent on to a telephone already.')
      // Asked before anything happens: who is refused leaves the caller where it is.
      if (!floor.hasFreeSlot(agent.id)) throw full()
      const work = { id: call.id, kind: 'call' as const, callId: call.id, queueId, requires: {}, priority: 0 }
      floor.assign({ ...work, preferredAgentId: agent.id, enqueuedAt: now }, agent.id, now)
      apply(record, { type: 'take', agent, at, queueId })
      return
    }
    if (!floor.pick(call.id, agent.id, now)) throw full()
    follow()
  }

  /** Whoever is on a call of another kind is not offered those that wait: it counts as one of the agent's own queue. */
  function join(record: CallRecord, agent: Named): void {
    const { call } = record
    if (call.agent === null) apply(record, { type: 'take', agent, at: null, queueId: null })
    const queueId = firstQueueOf(agent.id)
    if (isOver(call) || queueId === undefined) return
    const work = { id: newId(), kind: 'call' as const, callId: call.id, queueId, requires: {}, priority: 0 }
    floor.occupy({ ...work, preferredAgentId: null, enqueuedAt: now }, agent.id, now)
    follow()
  }

  const firstQueueOf = (agentId: string): string | undefined =>
    [...settings.queues.values()].find(({ agents }) => agents.includes(agentId))?.id

  /** It is the agent's own side that plays our scripts where we began: the customer would be left behind. */
  function mustBeSendable({ call }: CallRecord): void {
    if (isBegunByUs(call)) throw conflict('not_controllable', 'A call that we began cannot be sent elsewhere.')
  }

  return {
    command({ callId, admit, input }) {
      const record = calls.find(callId)
      if (record === null) throw notFound('call')
      admit(record)
      obey(record, input)
      return record
    },
    answer({ type, offerId, agentId }) {
      const found = floor.offer(offerId)
      if (found === null || found.offer.agentId !== agentId)
        throw conflict('offer_gone', 'Somebody else was faster, or time is up.')
      if (type === 'accept') floor.accept(found.number, now)
      else floor.decline(found.number, now)
      follow()
      ledger.mention(found.offer.callId)
      return found.offer
    },
    wrapUp({ agentId, callId, seconds }) {
      const workId = floor.wrapUpOf(agentId, callId)
      if (workId === null) throw conflict('no_wrap_up', 'The wrap-up of this call is over.')
      if (seconds === null) floor.endWrapUp(agentId, workId, now)
      else {
        const until = now + seconds * 1000
        floor.extendWrapUp(agentId, workId, until)
        const agent = agentNamed(floor, agentId)
        ledger.emit({ type: 'agent.wrap_up_extended', agent, callId, until: new Date(until).toISOString() })
      }
      follow()
    },
  }
}
