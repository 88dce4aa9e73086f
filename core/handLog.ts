import {
  type Call,
  type CallStatus,
  type ContactRef,
  type Direction,
  isOver,
  type Named,
  newCall,
  told,
} from './call.ts'
import type { CallEvent } from './event.ts'

/** What a person says of a call that no telephone system tells us of. Times are ISO 8601, durations whole seconds. */
export interface HandLogged {
  id: string
  direction: Direction
  /** The customer's number, as it is shown; null when only the contact is known. */
  customer: string | null
  contact: ContactRef | null
  agent: Named | null
  subject: string | null
  status: CallStatus
  startedAt: string
  durationSeconds: number | null
}

/** A call entered by hand: a returned call, a follow-up, one that another telephone took. */
export function logByHand(said: HandLogged, by: Named): { call: Call; events: CallEvent[] } {
  const over = isOver(said)
  const answered = said.status === 'completed' || said.status === 'in-progress'
  const duration = over ? (said.durationSeconds ?? 0) : null
  const call = newCall({
    id: said.id,
    provider: 'manual',
    providerCallId: said.id,
    control: 'nobody',
    direction: said.direction,
    from: said.direction === 'inbound' ? said.customer : null,
    to: said.direction === 'inbound' ? null : said.customer,
    subject: said.subject,
    status: said.status,
    outcome: over ? (answered ? 'answered' : 'failed') : null,
    agent: said.agent,
    contact: said.contact,
    startedAt: said.startedAt,
    answeredAt: answered ? said.startedAt : null,
    endedAt: duration === null ? null : new Date(Date.parse(said.startedAt) + duration * 1000).toISOString(),
    durationSeconds: duration,
  })
  return { call, events: [{ type: 'call.logged', call: told(call), by }] }
}
