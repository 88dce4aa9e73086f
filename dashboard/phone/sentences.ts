import type { Ending, PhoneState } from './phone.ts'
import type { PhoneText } from './words.ts'

/** What happens with the call, in one sentence. */
export function situation({ stage, incoming, leg, line }: PhoneState, text: PhoneText): string {
  if (stage === 'asking') return text.asking
  if (stage === 'dialling') return incoming === null ? text.dialling : text.connecting
  if (stage === 'returning') return text.returning
  if (leg?.connection === 'connecting') return text.connecting
  if (line === null) return text.connecting
  switch (line.phase) {
    case 'waiting':
      return text.waiting(line.position, line.waitSeconds)
    case 'ringing':
      return text.ringing(line.agent)
    case 'talking':
      return text.talking(line.agent)
    case 'held':
      return text.held(line.agent)
    case 'over':
      return text.ended
    default:
      return text[line.phase]
  }
}

/** What stands in the way of it, most urgent first; null: nothing. */
export function trouble(phone: PhoneState, text: PhoneText): string | null {
  const { stage, socket, leg } = phone
  if (stage === 'idle' || stage === 'asking') return null
  if (socket === 'offline') return text.offline
  if (socket === 'reconnecting') return text.noServer
  if (leg?.connection === 'reconnecting') return text.reconnecting
  if (phone.silenced) return text.silenced
  if (leg?.quality?.level === 'poor') return text.poorHint
  if (leg?.via === 'socket') return text.overSocket
  return null
}

/** How the last call ended, and what to do about it. */
export function farewell(ending: Ending, text: PhoneText): { title: string; remedy: string | null } {
  switch (ending.type) {
    case 'left':
      return { title: text.ended, remedy: null }
    case 'no-microphone':
      return text.microphoneTroubles[ending.problem]
    case 'refused':
      return { title: text.refusals[ending.code] ?? ending.message, remedy: null }
    case 'ended':
      return {
        title: (ending.outcome !== null && text.outcomes[ending.outcome]) || text.reasons[ending.reason],
        remedy: ending.outcome === 'callback' ? text.keepOpen : null,
      }
  }
}
