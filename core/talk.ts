import type { Call, Named } from './call.ts'
import {
  agentIn,
  answered,
  asked,
  type Consultation,
  type Conversation,
  consultantIn,
  held,
  type Listening,
  merged,
  muted,
  partyOfSupervisor,
  recorded,
  supervised,
  supervisorsIn,
  taken,
  unasked,
} from './conversation.ts'
import type { ConsultationEnd } from './event.ts'
import { CallRefusal } from './refusal.ts'

/** What is asked of a conversation while it lasts. */
export type Talk =
  | { type: 'hold'; held: boolean }
  /** This agent or colleague is no longer heard, or is again; null: whose call it is. */
  | { type: 'mute'; muted: boolean; agentId: string | null }
  | { type: 'record'; recording: Conversation['recording'] }
  | { type: 'consult'; consultation: Omit<Consultation, 'state'> }
  /** Whoever is asked has answered, and is let in. */
  | { type: 'answerConsultation'; agent: Named }
  | { type: 'merge'; threeWay: boolean }
  | { type: 'endConsultation'; reason: ConsultationEnd }
  /** The consultant has the call from now on, and the agent has done with it. */
  | { type: 'handOver' }
  /** Somebody who leads listens; null: no longer. */
  | { type: 'supervise'; listening: Listening | null; visible: boolean }

/** What happened to the conversation, for the log; the call as it is then is added to it. */
export type TalkEvent =
  | { type: 'call.held' | 'call.resumed' | 'call.muted' | 'call.unmuted'; by: Named }
  | { type: 'recording.started' | 'recording.paused' | 'recording.resumed' | 'recording.stopped'; by: Named }
  | { type: 'consultation.asked'; asked: Consultation['asked']; by: Named }
  | { type: 'consultation.answered'; agent: Named }
  | { type: 'consultation.merged'; threeWay: boolean; by: Named }
  /** `left`: who had joined. */
  | {
      type: 'consultation.ended'
      asked: Consultation['asked']
      reason: ConsultationEnd
      by: Named | null
      left: Named | null
    }
  | { type: 'call.transferred'; to: string; by: Named; left: Named }
  | { type: 'call.assigned'; agent: Named }
  | { type: 'supervision.started' | 'supervision.changed'; listening: Listening; visible: boolean; by: Named }
  | { type: 'supervision.ended'; visible: boolean; by: Named }

/** What the conversation is then, and what has happened; nothing has where it is as it was. */
export interface Talked {
  conversation: Conversation
  events: TalkEvent[]
}

/**
 * What one request makes of a call's conversation. `by`: who asks; the center itself where nobody did. Throws
 * {@link CallRefusal} for what it does not allow.
 */
export function talk(call: Pick<Call, 'conversation'>, input: Talk, by: Named | null): Talked {
  const before = call.conversation
  if (before === null)
    throw new CallRefusal('not_controllable', 'This call is on another telephone system: what you ask is done there.')
  if (agentIn(before) === null) throw new CallRefusal('not_talking', 'Nobody is talking with this caller yet.')
  const who = by ?? { id: '', name: '' }
  switch (input.type) {
    case 'hold':
      return told(before, held(before, input.held), { type: input.held ? 'call.held' : 'call.resumed', by: who })
    case 'mute': {
      const agentId = input.agentId ?? agentIn(before)!.person.id
      const party = before.parties.find(each => 'muted' in each && each.person.id === agentId)
      if (party === undefined) throw new CallRefusal('not_in_call', 'You do not speak in this call.')
      if ('muted' in party && party.muted === input.muted) return { conversation: before, events: [] }
      const after = muted(before, party.id, input.muted)
      return told(before, after, { type: input.muted ? 'call.muted' : 'call.unmuted', by: who })
    }
    case 'record':
      return told(before, recorded(before, input.recording), {
        type: RECORDED[`${before.recording} ${input.recording}`] ?? 'recording.started',
        by: who,
      })
    case 'consult':
      if (before.consultation !== null)
        throw new CallRefusal('consulting', `${before.consultation.asked.name} is being asked already.`)
      return told(before, asked(before, input.consultation), {
        type: 'consultation.asked',
        asked: input.consultation.asked,
        by: who,
      })
    case 'answerConsultation':
      if (before.consultation === null) throw new CallRefusal('not_consulting', 'Nobody is being asked any more.')
      return told(before, answered(before, input.agent), { type: 'consultation.answered', agent: input.agent })
    case 'merge':
      withConsultant(before)
      return told(before, merged(before, input.threeWay), {
        type: 'consultation.merged',
        threeWay: input.threeWay,
        by: who,
      })
    case 'endConsultation': {
      if (before.consultation === null) throw new CallRefusal('not_consulting', 'Nobody is being asked.')
      const { reason } = input
      const { asked } = before.consultation
      const left = consultantIn(before)?.person ?? null
      return told(before, unasked(before), { type: 'consultation.ended', asked, reason, by, left })
    }
    case 'handOver': {
      const { person } = withConsultant(before)
      return {
        conversation: taken(before, person),
        events: [
          { type: 'call.transferred', to: person.name, by: who, left: agentIn(before)!.person },
          { type: 'call.assigned', agent: person },
        ],
      }
    }
    case 'supervise':
      return supervise(before, input, who)
    default:
      return input satisfies never
  }
}

const RECORDED: Record<string, 'recording.paused' | 'recording.resumed' | 'recording.stopped'> = {
  'on paused': 'recording.paused',
  'paused on': 'recording.resumed',
  'on off': 'recording.stopped',
  'paused off': 'recording.stopped',
}

function supervise(before: Conversation, input: Extract<Talk, { type: 'supervise' }>, by: Named): Talked {
  const known = supervisorsIn(before).find(({ id }) => id === partyOfSupervisor(by.id))
  const { listening } = input
  if ((known?.listening ?? null) === listening) return { conversation: before, events: [] }
  // Whom the agent has been told of does not vanish from its sight by changing what it does.
  const visible = known?.visible ?? input.visible
  const after = supervised(before, by, listening, visible)
  if (listening === null) return told(before, after, { type: 'supervision.ended', visible, by })
  const type = known === undefined ? 'supervision.started' : 'supervision.changed'
  return told(before, after, { type, listening, visible, by })
}

function withConsultant(conversation: Conversation) {
  const consultant = consultantIn(conversation)
  if (consultant === null) throw new CallRefusal('not_consulting', 'Nobody has answered yet.')
  return consultant
}

const told = (before: Conversation, conversation: Conversation, event: TalkEvent): Talked => ({
  conversation,
  events: conversation === before ? [] : [event],
})

/** Somebody's audio has ended for good: who only listened or was asked is out of it. Null: it is neither of them. */
export function parted({ conversation }: Pick<Call, 'conversation'>, partyId: string): Talked | null {
  const party = conversation?.parties.find(({ id }) => id === partyId)
  if (!conversation || party === undefined) return null
  if (party.role === 'supervisor') {
    const { person, visible } = party
    return {
      conversation: supervised(conversation, person, null, visible),
      events: [{ type: 'supervision.ended', visible, by: person }],
    }
  }
  if (party.role !== 'consultant' || conversation.consultation === null) return null
  const { asked } = conversation.consultation
  return {
    conversation: unasked(conversation),
    events: [{ type: 'consultation.ended', asked, reason: 'left', by: party.person, left: party.person }],
  }
}
