import { v7 as newId } from 'uuid'
import type { Action } from '../../core/action.ts'
import { advance, type Call, type CallFacts, type CallInput, type Named } from '../../core/call.ts'
import type { Card } from '../../core/card.ts'
import { decideMatch, type MatchState } from '../../core/contact.ts'
import type { CallEvent } from '../../core/event.ts'
import { type Address, readAddress } from '../../core/phoneNumber.ts'
import type { LegSignal, Signal } from '../../core/signal.ts'
import { type Caller, findMatches, loadCards } from '../contacts/contactMatch.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { type CallKey, type CallRecord, lockByProviderIds, saveCalls } from './callStore.ts'
import { type Departure, recordRosters } from './rosterStore.ts'

/** What one delivery of a provider made of the calls it spoke of. */
export interface TurnResult {
  /** The last call it spoke of, as it is now; null when it spoke of none. */
  call: Call | null
  actions: Action[]
}

interface Workspace {
  country: string
  greeting: { text: string; language: string }
  /** The queues behind those of our numbers that were dialled, by number. */
  queues: Map<string, Named>
}

/** Whether another process created the same call while this turn was taken: taking it again finds that call. */
export const lostRace = (error: unknown): boolean => violates(error, 'calls_provider_call_id_key')

/**
 * Takes one turn for each delivery, in their order, in the transaction handed in: reads everything that any of them can
 * need, decides without waiting, then writes it all.
 */
export async function takeTurns(tx: Tx, deliveries: Signal[][]): Promise<TurnResult[]> {
  const signals = deliveries.flat()
  const legs = signals.filter(signal => signal.type === 'leg')
  const departures = await recordRosters(
    tx,
    signals.filter(signal => signal.type === 'roster'),
  )
  const ledger = await openLedger(tx, legs, departures)

  const results = deliveries.map(delivery => {
    const result: TurnResult = { call: null, actions: [] }
    for (const signal of delivery) {
      const turn = signal.type === 'leg' ? ledger.hear(signal) : null
      if (turn) Object.assign(result, turn)
    }
    return result
  })
  for (const departure of departures) ledger.depart(departure)

  await saveCalls(tx, ledger.changed())
  tx.emit(...ledger.events)
  return results
}

/** The calls of one batch while turns are taken: loaded once, changed in memory, written once. */
async function openLedger(tx: Tx, signals: LegSignal[], departures: Departure[]) {
  const workspace = await loadWorkspace(tx, signals)
  const records = new Map<string, CallRecord>()
  const keep = (record: CallRecord) => records.set(keyOf(record.call), record)
  const left = departures.flatMap(({ provider, providerCallIds }) =>
    providerCallIds.map(providerCallId => ({ provider, providerCallId })),
  )
  const keys = [...new Map([...signals, ...left].map(key => [keyOf(key), key])).values()]
  for (const record of await lockByProviderIds(tx, keys)) keep(record)
  // Read once per batch: every webhook asks more than once, and all of them dialled the same few numbers.
  const addresses = new Map<string | null, Address>()
  const read = (raw: string | null): Address => {
    const known = addresses.get(raw) ?? readAddress(raw, workspace.country)
    addresses.set(raw, known)
    return known
  }
  const ends = new Map<LegSignal, Ends>()
  for (const signal of signals) ends.set(signal, { from: read(signal.from), to: read(signal.to) })
  const strangers = await meetStrangers(tx, ends, records)
  const touched = new Set<CallRecord>()
  const events: CallEvent[] = []

  function take(record: CallRecord | null, input: CallInput, facts: Facts): { call: Call; actions: Action[] } {
    const before = record?.call ?? null
    const turn = advance(before, input, facts, tx.now)
    const kept: CallRecord = record ?? { call: turn.call, customerKey: null, matchState: 'withheld', requestId: null }
    kept.call = turn.call
    if (kept.customerKey === null && kept.matchState === 'withheld' && facts.customer) {
      kept.customerKey = facts.customer.key
      kept.matchState = facts.matchState
    }
    keep(kept)
    // A repeat changes nothing and writes nothing.
    if (turn.call !== before) touched.add(kept)
    events.push(...turn.events)
    return turn
  }

  return {
    events,
    changed: () => [...touched],
    hear(signal: LegSignal) {
      const record = records.get(keyOf(signal)) ?? null
      const { from, to } = ends.get(signal)!
      return take(
        record,
        { type: 'signal', signal },
        {
          ...noFacts(workspace, record),
          ...strangers.get(keyOf(signal)),
          from: from.text,
          to: to.text,
          queue: signal.control === 'ours' ? (workspace.queues.get(to.e164 ?? '') ?? null) : null,
          customer: customerOf(signal, { from, to }, record),
        },
      )
    },
    depart({ provider, extensionId, providerCallIds, at }: Departure) {
      for (const providerCallId of providerCallIds) {
        const record = records.get(keyOf({ provider, providerCallId }))
        if (record) take(record, { type: 'vanished', extensionId, at }, noFacts(workspace, record))
      }
    },
  }
}

const keyOf = (key: CallKey): string => `${key.provider}\n${key.providerCallId}`

async function loadWorkspace(sql: Sql, signals: LegSignal[]): Promise<Workspace> {
  // The planner believes that a plan made for exactly these lists is worth planning anew for every batch: it takes many
  // times longer than running the plan that it has. From here on in this transaction it keeps the one.
  const dialled = [...new Set(signals.filter(signal => signal.control === 'ours').map(signal => signal.to))]
  const [row] = await sql.query<{
    default_country: string
    greeting: string
    greeting_language: string
    queues: { e164: string; id: string; name: string }[] | null
  }>(
    `select w.default_country, w.greeting, w.greeting_language, set_config('plan_cache_mode', 'force_generic_plan', true),
       (select json_agg(json_build_object('e164', n.e164, 'id', q.id, 'name', q.display_name))
        from numbers n join queues q on q.workspace_id = n.workspace_id and q.id = n.queue_id
        where n.workspace_id = w.id and n.e164 = any($1)) as queues
     from workspaces w where w.id = current_workspace()`,
    [dialled],
  )
  if (!row) throw new Error('the workspace is gone')
  return {
    country: row.default_country,
    greeting: { text: row.greeting, language: row.greeting_language },
    queues: new Map((row.queues ?? []).map(({ e164, id, name }) => [e164, { id, name }])),
  }
}

/** What is known of a customer who is heard of for the first time. */
interface Stranger {
  card: Card
  contact: Call['contact']
  matchState: MatchState
}

interface Facts extends CallFacts {
  customer: Address | null
  matchState: MatchState
}

/** Looks up everybody who is new in this batch, together: who they may be, and what we have had to do with them. */
async function meetStrangers(
  sql: Sql,
  ends: Map<LegSignal, Ends>,
  records: Map<string, CallRecord>,
): Promise<Map<string, Stranger>> {
  const customers = new Map<string, Address>()
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
interface Ends {
  from: Address
  to: Address
}

/** The customer's end; null when the signal does not name it. */
function customerOf(signal: LegSignal, { from, to }: Ends, record: CallRecord | null): Address | null {
  const inbound = (record?.call.direction ?? signal.direction ?? 'inbound') === 'inbound'
  if ((inbound ? signal.from : signal.to) === null) return null
  return inbound ? from : to
}

const EMPTY_CARD: Card = { match: { state: 'withheld', candidates: [] }, lastCalls: [], openRequests: [] }

const noFacts = (workspace: Workspace, record: CallRecord | null): Facts => ({
  newCallId: record?.call.id ?? newId(),
  from: null,
  to: null,
  card: EMPTY_CARD,
  contact: null,
  queue: null,
  greeting: workspace.greeting,
  customer: null,
  matchState: 'withheld',
})
