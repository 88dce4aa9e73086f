import type * as contract from '../../client/contract.ts'
import type { VoipEvent } from '../../core/event.ts'
import { durationOf, type VoipCall } from '../../core/voipCall.ts'

/** A call as both of its people see it. */
export const voipView = (call: Omit<VoipCall, 'dueAt' | 'connections'>): contract.VoipCall => ({
  id: call.id,
  fromUserId: call.from.id,
  toUserId: call.to.id,
  fromUserType: call.from.type,
  toUserType: call.to.type,
  fromName: call.from.name,
  toName: call.to.name,
  fromSupabaseUserId: call.from.supabaseUserId,
  toSupabaseUserId: call.to.supabaseUserId,
  roomName: call.roomName,
  startedAt: call.startedAt,
  answeredAt: call.answeredAt,
  endedAt: call.endedAt,
  duration: durationOf(call),
  status: call.status,
})

/** What this participant is told of an event of its own call; null: nothing. */
export function voipMessage(
  { type, voip }: VoipEvent,
  participantId: string,
): { name: contract.VoipEvent['type']; data: contract.VoipEvent } | null {
  const name = nameOf(type)
  if (name === 'incoming-call' && voip.to.id !== participantId) return null
  return { name, data: { type: name, call: voipView(voip) } }
}

function nameOf(type: VoipEvent['type']): contract.VoipEvent['type'] {
  switch (type) {
    case 'voip.started':
      return 'incoming-call'
    case 'voip.accepted':
      return 'call-accepted'
    case 'voip.declined':
      return 'call-declined'
    case 'voip.missed':
    case 'voip.ended':
      return 'call-ended'
    default:
      return type satisfies never
  }
}
