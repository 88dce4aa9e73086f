import type { Call, Card, SupportRequest } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { formatNumber, readAddress } from '../core/phoneNumber.ts'

/** A call in the queue. Without a card where nothing has been looked up for it: somebody logged it by hand. */
export type QueuedCall = Call & { kind: 'call'; card: Card | null }
export type QueuedRequest = SupportRequest & { kind: 'request' }
export type QueueItem = QueuedCall | QueuedRequest

/** Calls that ring, wait or are going on, and pending requests; newest demand first. */
export interface CallQueue {
  items: readonly QueueItem[]
  /** The event log has been heard up to here. */
  seq: number
}

export const isOver = (call: Pick<Call, 'status'>): boolean => call.status === 'completed' || call.status === 'failed'

/** What the queue is after one more event. */
export function queueAfter(queue: CallQueue, event: LiveEvent): CallQueue {
  if (event.seq <= queue.seq) return queue
  return { items: itemsAfter(queue.items, event), seq: event.seq }
}

function itemsAfter(items: readonly QueueItem[], event: LiveEvent): readonly QueueItem[] {
  switch (event.type) {
    case 'call.arrived':
      return withCall(items, event.call, event.card)
    case 'call.contact_settled':
      return withCall(items, event.call, settledCard(cardOf(items, event.call.id)))
    case 'offer.made':
      return withCall(items, event.call, event.card)
    case 'request.created':
    case 'request.updated':
      return event.request.status === 'pending'
        ? put(items, { ...event.request, kind: 'request' })
        : without(items, event.request.id)
    case 'contact.updated':
    case 'contact.deleted':
      return items.map(item => (item.kind === 'call' ? withContact(item, event) : item))
    default:
      return 'call' in event ? withCall(items, event.call, cardOf(items, event.call.id)) : items
  }
}

/** The call with its customer's new name, or without a customer that is gone; the same object if it is not theirs. */
export function withContact<Told extends Pick<Call, 'contact'>>(
  call: Told,
  { type, contact }: Extract<LiveEvent, { contact: unknown }>,
): Told {
  if (call.contact?.id !== contact.id) return call
  return { ...call, contact: type === 'contact.deleted' ? null : { ...call.contact, name: contact.name } }
}

/** A person has said who is calling, or that it is none of the candidates: from here on nobody is asked again. */
export function settledCard(card: Card | null): Card | null {
  return card && { ...card, match: { ...card.match, state: 'settled' } }
}

function withCall(items: readonly QueueItem[], call: Call, card: Card | null): readonly QueueItem[] {
  return isOver(call) ? without(items, call.id) : put(items, { ...call, kind: 'call', card })
}

const cardOf = (items: readonly QueueItem[], callId: string): Card | null => {
  const known = items.find(item => item.kind === 'call' && item.id === callId)
  return known?.kind === 'call' ? known.card : null
}

const without = (items: readonly QueueItem[], id: string): readonly QueueItem[] =>
  items.some(item => item.id === id) ? items.filter(item => item.id !== id) : items

function put(items: readonly QueueItem[], item: QueueItem): readonly QueueItem[] {
  if (items.some(other => other.id === item.id)) return items.map(other => (other.id === item.id ? item : other))
  const older = items.findIndex(other => demandedAt(other) <= demandedAt(item))
  const at = older === -1 ? items.length : older
  return [...items.slice(0, at), item, ...items.slice(at)]
}

/** When somebody began to want something of us. */
export const demandedAt = (item: QueueItem): string => (item.kind === 'call' ? item.startedAt : item.createdAt)

/** What a person sees of how far a call has got. */
export type CallState = 'ringing' | 'waiting' | 'live' | 'missed' | 'done'

export function callState(call: Pick<Call, 'status' | 'outcome' | 'direction' | 'agent' | 'answeredAt'>): CallState {
  switch (call.status) {
    case 'initiated':
    case 'ringing':
      return 'ringing'
    case 'in-progress':
      // The line is open, but only our greeting or music is on it.
      return call.direction === 'inbound' && call.agent === null && call.answeredAt === null ? 'waiting' : 'live'
    case 'failed':
      return 'missed'
    case 'completed':
      return call.outcome === 'abandoned' ? 'missed' : 'done'
  }
}

/** Whether this agent could make the call theirs. */
export const canTake = (call: Pick<Call, 'status' | 'agent' | 'direction'>): boolean =>
  call.agent === null && call.direction === 'inbound' && !isOver(call)

/** Whether a call stands in the line of a queue. */
export const inLine = (call: Pick<Call, 'status' | 'agent' | 'direction' | 'queue'>): boolean =>
  call.queue !== null && canTake(call)

/** Place in the line of its queue per call id, 1 for whoever came first. Priority may let somebody go before. */
export function placesInLine(items: readonly QueueItem[]): ReadonlyMap<string, number> {
  const calls = items.filter(item => item.kind === 'call').filter(inLine)
  const lengths = new Map<string, number>()
  const places = new Map<string, number>()
  for (const { id, queue } of calls.toSorted((a, b) => (joinedAt(a) < joinedAt(b) ? -1 : 1))) {
    const place = (lengths.get(queue!.id) ?? 0) + 1
    lengths.set(queue!.id, place)
    places.set(id, place)
  }
  return places
}

/** The telephone at the other end. */
export const partyNumber = (call: Pick<Call, 'direction' | 'from' | 'to'>): string | null =>
  call.direction === 'inbound' ? call.from : call.to

/** The other end's number as people read it; null when it is withheld, in whichever words the network says so. */
export function shownNumber(call: Pick<Call, 'direction' | 'from' | 'to'>, country: string): string | null {
  const number = partyNumber(call)
  return readAddress(number, country).kind === 'withheld' ? null : formatNumber(number, country)
}

/** When a call joined its line. */
const joinedAt = (call: Call): string => call.queuedAt ?? call.startedAt
