import { v7 as newId } from 'uuid'
import type { Call, Named } from '../../core/call.ts'
import { agentIn, consultantIn } from '../../core/conversation.ts'
import type { OfferOutcome } from '../../core/offer.ts'
import { takesCalls } from '../../core/presence.ts'
import type { Talk } from '../../core/talk.ts'
import { conflict, notFound } from '../platform/refusal.ts'
import type { Floor } from '../routing/floor.ts'
import type { LiveOffer, Work } from '../routing/routingStore.ts'
import type { CallRecord } from './callStore.ts'
import { isBegunByUs } from './outboundCall.ts'
import type { Command } from './turnInput.ts'

/** Agents ask colleagues about a call: a question is work that is offered like a call, and ends with what it is about. */
export interface Questions {
  /** Throws a refusal where nobody can be asked. */
  ask(record: CallRecord, command: Extract<Command, { type: 'consult' }>): void
  /** Somebody has accepted the question. */
  answer(work: Work, agent: Named): void
  /** An offer of it has ended otherwise. */
  unanswered(offer: LiveOffer, outcome: OfferOutcome): void
  /** What is asked of the conversation, of which the question may be a part. */
  converse(record: CallRecord, command: Extract<Command, { type: 'talk' }>): void
  /** What has happened to the call may have ended the question. */
  settle(before: Call, after: Call): void
}

export interface QuestionsMeans {
  floor: Floor
  now: number
  find(callId: string): CallRecord | null
  talk(record: CallRecord, talk: Talk, by: Named | null): void
  /** Lets the calls know what has happened on the floor. */
  follow(): void
}

export function createQuestions({ floor, now, find, talk, follow }: QuestionsMeans): Questions {
  const { settings } = floor
  return {
    ask(record, { whom, by }) {
      const { call } = record
      // Its agent is the side that opened it: handed over, it would end with that agent.
      if (isBegunByUs(call))
        throw conflict(
          'not_controllable',
          'On a call that we began, colleagues cannot be asked: it cannot be handed over.',
        )
      const queue = whom.type === 'queue' ? settings.queues.get(whom.id) : undefined
      if (whom.type === 'queue' && queue === undefined) throw notFound('queue')
      const queueId = queue?.id ?? lineOf(floor, whom.id, call)
      const workId = newId()
      const asked = { type: whom.type, id: whom.id, name: queue?.name ?? settings.agents.get(whom.id)!.name }
      talk(record, { type: 'consult', consultation: { workId, asked } }, by)
      const preferredAgentId = whom.type === 'agent' ? whom.id : null
      const work = { id: workId, kind: 'consultation' as const, callId: call.id, queueId, requires: {}, priority: 0 }
      floor.arrive({ ...work, preferredAgentId, enqueuedAt: now }, now)
      follow()
    },
    answer(work, agent) {
      const record = find(work.callId)!
      const { conversation } = record.call
      const asked = conversation?.consultation?.workId === work.id
      // Nobody is asked by itself, though its own queue may offer it.
      if (!asked || conversation === null || agentIn(conversation)?.person.id === agent.id) {
        floor.dismiss(work.id, now)
        if (asked) talk(record, { type: 'endConsultation', reason: 'unanswered' }, null)
        return
      }
      talk(record, { type: 'answerConsultation', agent }, null)
    },
    // One agent is asked once; a queue, until somebody answers.
    unanswered({ workId, callId }, outcome) {
      const record = find(callId)
      const consultation = record?.call.conversation?.consultation
      if (!record || consultation?.workId !== workId || consultation.asked.type === 'queue') return
      if (outcome !== 'rejected' && outcome !== 'timed-out' && outcome !== 'failed') return
      talk(record, { type: 'endConsultation', reason: outcome === 'rejected' ? 'declined' : 'unanswered' }, null)
    },
    converse(record, { talk: asked, by }) {
      const consultation = record.call.conversation?.consultation
      // The floor first: whoever takes over must not be free in between. What is refused below was not possible here either.
      if (asked.type === 'handOver' && consultation && consultation.state !== 'asking')
        floor.handOver(record.call.id, consultation.workId, now)
      talk(record, asked, by)
    },
    settle(before, after) {
      const question = before.conversation?.consultation?.workId
      if (question !== undefined && after.conversation?.consultation?.workId !== question) floor.dismiss(question, now)
    },
  }
}

/** Whether this agent is the colleague who has joined. */
export const isAsked = ({ conversation }: Call, agentId: string | null): boolean =>
  conversation !== null && agentId !== null && consultantIn(conversation)?.person.id === agentId

/** In whose name, and by which queue's rules, somebody who is free is asked. Throws a refusal where it is not. */
export function lineOf(floor: Floor, agentId: string, call: Call): string {
  const { settings } = floor
  const agent = settings.agents.get(agentId)
  if (agent === undefined) throw notFound('agent')
  const { presence } = floor.routing.agentState(agentId)
  if (!takesCalls(presence)) throw conflict('agent_not_free', `${agent.name} is not available just now.`)
  if (!floor.hasFreeSlot(agentId)) throw conflict('agent_not_free', `${agent.name} is busy with another call.`)
  const own = [...settings.queues.values()].filter(queue => queue.agents.includes(agentId))
  const queue = own.find(({ id }) => id === call.queue?.id) ?? own[0]
  if (queue === undefined) throw conflict('no_queue', `${agent.name} takes calls of no queue.`)
  return queue.id
}
