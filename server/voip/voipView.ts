import type * as contract from '../../client/contract.ts'
import type { VoipEvent, VoipState } from '../../core/event.ts'
import { customerOf, durationOf, sideOf } from '../../core/voipCall.ts'
import { choicesOf } from '../../core/voipConsent.ts'

/** A call as both of its people see it. */
export const voipView = (call: VoipState): contract.VoipCall => ({
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

/** What this participant is to know about recording; null: nothing. */
export function recordingView(call: VoipState, participantId: string): contract.VoipRecording | null {
  const { consent } = call
  if (consent === null || consent.mode === 'none') return null
  const isCustomer = sideOf(call, participantId) === customerOf(call)
  const { mode, words, said } = consent
  return { mode, yours: isCustomer, words, said: said?.choice ?? null, choices: isCustomer ? choicesOf(consent) : [] }
}

/**
 * What this participant is told of an event of its own call; null: nothing. `knowsRecording`: whether its page does. An
 * older one takes an event that it does not know for the end of its call.
 */
export function voipMessage(
  { type, voip }: VoipEvent,
  participantId: string,
  knowsRecording: boolean,
): { name: contract.VoipEvent['type']; data: contract.VoipEvent } | null {
  const name = nameOf(type)
  if (name === 'call-recording') {
    const recording = recordingView(voip, participantId)
    return knowsRecording && recording ? { name, data: { type: name, call: voipView(voip), recording } } : null
  }
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
    case 'voip.consent_noted':
      return 'call-recording'
    default:
      return type satisfies never
  }
}
