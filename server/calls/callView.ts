import type { z } from 'zod'
import type * as contract from '../../client/contract.ts'
import type { Call, CallState } from '../../core/call.ts'
import { type Conversation, withoutUnseen } from '../../core/conversation.ts'
import type { StoredEvent } from '../platform/eventLog.ts'

/** A call as everybody outside sees it. */
export const callView = (call: CallState): z.input<typeof contract.Call> => ({
  id: call.id,
  provider: call.provider,
  providerCallId: call.providerCallId,
  control: call.control,
  direction: call.direction,
  from: call.from,
  to: call.to,
  callerName: call.callerName,
  subject: call.subject,
  status: call.status,
  outcome: call.outcome,
  queue: call.queue,
  agent: call.agent,
  contact: call.contact,
  startedAt: call.startedAt,
  answeredAt: call.answeredAt,
  endedAt: call.endedAt,
  durationSeconds: call.durationSeconds,
  // Calls in events that were written before calls stood in lines have none.
  queuedAt: call.queuedAt ?? null,
  disposition: call.disposition ?? null,
  consent: call.consent ?? null,
  conversation: call.conversation ? conversationView(withoutUnseen(call.conversation)) : null,
})

const conversationView = ({ parties, held, recording, consultation }: Conversation) => ({
  parties: parties.map(party => ({
    id: party.id,
    role: party.role,
    person: party.role === 'customer' ? null : party.person,
    muted: 'muted' in party && party.muted,
    listening: party.role === 'supervisor' ? party.listening : null,
  })),
  held,
  recording,
  consultation: consultation && { asked: consultation.asked, state: consultation.state },
})

export const legView = (leg: Call['legs'][number]): z.input<typeof contract.Leg> => ({
  providerLegId: leg.providerLegId,
  party: leg.party,
  status: leg.status,
  endReason: leg.endReason,
  startedAt: leg.startedAt,
  answeredAt: leg.answeredAt,
  endedAt: leg.endedAt,
  durationSeconds: leg.durationSeconds,
})

/** An event as screens get it and the activity log lists it. */
export const eventView = ({ seq, at, event }: StoredEvent): z.input<typeof contract.CenterEvent> =>
  'call' in event ? { seq, at, ...event, call: callView(event.call) } : { seq, at, ...event }
