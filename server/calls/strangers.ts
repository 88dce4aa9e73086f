import type { Call } from '../../core/call.ts'
import type { Card } from '../../core/card.ts'
import { decideMatch, type MatchState } from '../../core/contact.ts'
import type { Address } from '../../core/phoneNumber.ts'
import type { LegSignal } from '../../core/signal.ts'
import { type Caller, findMatches, loadCards } from '../contacts/contactMatch.ts'
import type { Sql } from '../platform/db.ts'
import { type CallRecord, keyOf } from './callStore.ts'
import { heardFromInside, isBegunByUs } from './outboundCall.ts'

/** What is known of a customer who is heard of for the first time. */
export interface Stranger {
  card: Card
  contact: Call['contact']
  matchState: MatchState
}

/**
 * Looks up everybody who is new in this batch, together: who they may be, and what we have had to do with them. `called`:
 * those whom we call, by call.
 */
export async function meetStrangers(
  sql: Sql,
  ends: Map<LegSignal, Ends>,
  records: Map<string, CallRecord>,
  called: Map<string, Address>,
): Promise<Map<string, Stranger>> {
  const customers = new Map(called)
  for (const [signal, both] of ends) {
    const key = keyOf(signal)
    const record = records.get(key) ?? null
    if (customers.has(key) || (record && record.customerKey !== null)) continue
    const customer = customerOf(signal, both, record)
    if (customer) customers.set(key, customer)
  }
  const matches = await findMatches(sql, [...customers.values()])
  const callers: Caller[] = []
  const strangers = new Map<string, Stranger>()
  for (const [key, customer] of customers) {
    const match = decideMatch(customer.kind, matches.get(customer.key ?? '') ?? [])
    const [candidate] = match.candidates
    const contact =
      match.state === 'matched' && candidate
        ? { id: candidate.contactId, name: candidate.name, email: candidate.email }
        : null
    callers.push({ key: customer.key, contactId: contact?.id ?? null })
    strangers.set(key, { card: { match, lastCalls: [], openRequests: [] }, contact, matchState: match.state })
  }
  const cards = await loadCards(sql, callers)
  ;[...strangers.values()].forEach((stranger, index) => {
    Object.assign(stranger.card, cards[index])
  })
  return strangers
}

/** Both ends of a call, read in the workspace's country. */
export interface Ends {
  from: Address
  to: Address
}

/** What is said of a call that we began is said from the provider's side, whose caller is our own agent. */
export const asHeard = (signal: LegSignal, record: CallRecord | null): LegSignal =>
  record !== null && isBegunByUs(record.call) ? heardFromInside(signal) : signal

/** The customer's end; null when the signal does not name it. */
export function customerOf(signal: LegSignal, { from, to }: Ends, record: CallRecord | null): Address | null {
  const inbound = (record?.call.direction ?? signal.direction ?? 'inbound') === 'inbound'
  if ((inbound ? signal.from : signal.to) === null) return null
  return inbound ? from : to
}

/** Of whom nothing is known, not even a number. */
export const EMPTY_CARD: Card = { match: { state: 'withheld', candidates: [] }, lastCalls: [], openRequests: [] }
