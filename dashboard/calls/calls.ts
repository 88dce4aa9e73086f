import type { Call, CallDetails } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import { settledCard, withContact } from '../../react/callQueue.ts'
import { mapItems, type Pages, withItem } from '../live/pages.ts'
import { isTalkedIn } from '../live/supervision.ts'

export interface CallFilter {
  status?: Call['status'] | undefined
  direction?: Call['direction'] | undefined
  /** Id of a queue. */
  queue?: string | undefined
  /** Id of an agent. */
  agent?: string | undefined
  /** Id of a contact. */
  contact?: string | undefined
  /** Started at or after, ISO 8601. */
  since?: string | undefined
  /** Started before. */
  until?: string | undefined
  /** Any part of a number, a name or a subject. */
  q?: string | undefined
}

/** Whether a call belongs in the list that the server gives for this filter. */
export function fitsFilter(call: Call, filter: CallFilter): boolean {
  return (
    (filter.status === undefined || call.status === filter.status) &&
    (filter.direction === undefined || call.direction === filter.direction) &&
    (filter.queue === undefined || call.queue?.id === filter.queue) &&
    (filter.agent === undefined || call.agent?.id === filter.agent) &&
    (filter.contact === undefined || call.contact?.id === filter.contact) &&
    (filter.since === undefined || Date.parse(call.startedAt) >= Date.parse(filter.since)) &&
    (filter.until === undefined || Date.parse(call.startedAt) < Date.parse(filter.until)) &&
    (filter.q === undefined || mentions(call, filter.q))
  )
}

function mentions(call: Call, q: string): boolean {
  const words = q.trim().toLowerCase()
  const digits = words.replace(/\D/g, '')
  const texts = [call.from, call.to, call.callerName, call.subject, call.contact?.name]
  return (
    texts.some(text => text?.toLowerCase().includes(words)) ||
    (digits.length >= 3 && [call.from, call.to].some(number => number?.replace(/\D/g, '').includes(digits)))
  )
}

export function callsAfter(calls: Pages<Call>, event: LiveEvent, filter: CallFilter): Pages<Call> {
  if ('call' in event) {
    return withItem(calls, event.call, { belongs: fitsFilter(event.call, filter), at: call => call.startedAt })
  }
  if (event.type === 'contact.updated' || event.type === 'contact.deleted') {
    return mapItems(calls, call => withContact(call, event))
  }
  return calls
}

export function callDetailsAfter(details: CallDetails, event: LiveEvent): CallDetails {
  if (event.type === 'contact.updated' || event.type === 'contact.deleted') return withContact(details, event)
  if (!('call' in event) || event.call.id !== details.id) return details
  const card = event.type === 'call.contact_settled' ? settledCard(details.card)! : details.card
  return {
    ...details,
    ...event.call,
    card,
    match: card.match,
    notes:
      event.type === 'call.note_added' && !details.notes.some(note => note.id === event.note.id)
        ? [...details.notes, { ...event.note, author: event.by.name, createdAt: event.at, callId: details.id }]
        : details.notes,
    supervisors: supervisorsAfter(details.supervisors, event),
    events: details.events.some(({ seq }) => seq === event.seq) ? details.events : [...details.events, { ...event }],
  }
}

function supervisorsAfter(supervisors: CallDetails['supervisors'], event: LiveEvent): CallDetails['supervisors'] {
  switch (event.type) {
    case 'supervision.started':
    case 'supervision.changed': {
      const { by, listening } = event
      return [...supervisors.filter(({ id }) => id !== by.id), { ...by, listening }]
    }
    case 'supervision.ended':
      return supervisors.filter(({ id }) => id !== event.by.id)
    default:
      return 'call' in event && !isTalkedIn(event.call) ? [] : supervisors
  }
}
