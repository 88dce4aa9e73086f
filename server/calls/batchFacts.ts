import { type Address, readAddress } from '../../core/phoneNumber.ts'
import type { LegSignal, Signal } from '../../core/signal.ts'
import { lockSilent } from '../agents/agentStore.ts'
import { listPromised, lockCallbacks, type Promised } from '../callbacks/callbackStore.ts'
import type { Tx } from '../platform/db.ts'
import { listKnown, type RecordingChange } from '../recordings/recordingStore.ts'
import type { Floor } from '../routing/floor.ts'
import { loadVersions } from '../routing/settings.ts'
import { BatchCalls } from './batchCalls.ts'
import { countBegun, keyOf, lockByProviderIds, lockCalls } from './callStore.ts'
import { type Acquaintance, loadAcquaintances } from './flowFacts.ts'
import { callbackOf } from './outboundCall.ts'
import type { Departure } from './rosterStore.ts'
import { asHeard, type Ends, meetStrangers, type Stranger } from './strangers.ts'
import type { TurnInput } from './turnInput.ts'

/** Everything that any turn of one batch can need beside the floor: a turn reads nothing by itself. */
export interface BatchFacts {
  calls: BatchCalls
  /** Promises that calls keep or agents accept, by id. */
  promises: Map<string, Promised>
  /** Numbers to which a call back is promised already. */
  promised: Set<string>
  /** Calls that we have begun within the last hour. */
  begun: number
  /** Both ends of what is heard of a side of a call. */
  ends: Map<LegSignal, Ends>
  /** Who is heard of for the first time, by call. */
  strangers: Map<string, Stranger>
  /** By contact. */
  acquaintances: Map<string, Acquaintance>
  /** Agents of whose desks indeed nothing has been heard, of those of whom it was said. */
  silent: Set<string>
  /** How far the recordings that are heard of had come. */
  recordings: Map<string, RecordingChange['status']>
  /** A number as it is dialled or shown, read in the workspace's country. */
  read(raw: string | null): Address
}

/** Reads it, one statement for each kind of thing, and locks the calls before anything else. */
export async function loadFacts(
  tx: Tx,
  { inputs, signals, departures }: { inputs: TurnInput[]; signals: Signal[]; departures: Departure[] },
  floor: Floor,
  now: number,
): Promise<BatchFacts> {
  const { settings } = floor
  const calls = await lockAll(tx, { inputs, signals, departures }, floor, now)
  const promises = await lockCallbacks(tx, [
    ...calls.all().flatMap(({ call }) => callbackOf(call) ?? []),
    ...inputs.flatMap(input => (input.type === 'accept' ? (floor.offer(input.offerId)?.offer.workId ?? []) : [])),
    ...inputs.flatMap(input => (input.type === 'standDown' ? floor.heldBy(input.agentId).map(({ id }) => id) : [])),
  ])
  await loadVersions(
    tx,
    settings,
    calls.all().map(({ call }) => call.flow?.versions ?? {}),
  )

  // Read once per batch: every webhook asks more than once, and all of them dialled the same few numbers.
  const addresses = new Map<string | null, Address>()
  const read = (raw: string | null): Address => {
    const known = addresses.get(raw) ?? readAddress(raw, settings.country)
    addresses.set(raw, known)
    return known
  }
  const ends = new Map<LegSignal, Ends>()
  for (const signal of signals) {
    if (signal.type !== 'leg') continue
    const { from, to } = asHeard(signal, calls.heardAs(signal))
    ends.set(signal, { from: read(from), to: read(to) })
  }
  const called = new Map(
    inputs.flatMap(input => (input.type === 'place' ? [[input.callId, read(input.to)] as const] : [])),
  )
  const strangers = await meetStrangers(tx, ends, calls.byKey, called)
  const acquaintances = await loadAcquaintances(
    tx,
    settings,
    calls.all().map(({ call }) => call.contact?.id ?? null),
    [...strangers.values()].map(({ contact }) => contact?.id ?? null),
  )
  const recordings = await listKnown(
    tx,
    signals.flatMap(signal => (signal.type === 'recording' ? [signal.recordingId] : [])),
  )
  const promised = signals.some(({ type }) => type === 'input') ? await listPromised(tx) : new Set<string>()
  const begins = inputs.some(({ type }) => type === 'place' || type === 'accept')
  const begun = begins ? await countBegun(tx) : 0
  const silent = await lockSilent(
    tx,
    inputs.flatMap(input =>
      input.type === 'choosePresence' && input.silentSince ? [{ id: input.agentId, since: input.silentSince }] : [],
    ),
  )
  return { calls, promises, promised, begun, silent, ends, strangers, acquaintances, recordings, read }
}

/** The calls that are spoken of, by either id, or about which something may be due. */
async function lockAll(
  tx: Tx,
  { inputs, signals, departures }: { inputs: TurnInput[]; signals: Signal[]; departures: Departure[] },
  floor: Floor,
  now: number,
): Promise<BatchCalls> {
  const calls = new BatchCalls()
  const left = departures.flatMap(({ provider, providerCallIds }) =>
    providerCallIds.map(providerCallId => ({ provider, providerCallId })),
  )
  const spoken = signals.filter(signal => signal.type !== 'roster')
  const keys = [...new Map([...spoken, ...left].map(key => [keyOf(key), key])).values()]
  for (const record of await lockByProviderIds(tx, keys)) calls.add(record)
  const wanted = new Set([
    ...floor.overdueCalls(now),
    ...floor.callsWithQuestions(),
    ...inputs.flatMap(input => callsOf(input, floor)),
  ])
  for (const { call } of calls.all()) wanted.delete(call.id)
  for (const record of await lockCalls(tx, [...wanted])) calls.add(record)
  const introductions = [
    ...signals.filter(signal => signal.type === 'leg'),
    ...signals.filter(signal => signal.type === 'input'),
  ]
  for (const signal of introductions) calls.introduce(signal)
  return calls
}

/** Calls that an input speaks of by id. */
function callsOf(input: TurnInput, floor: Floor): string[] {
  switch (input.type) {
    case 'command':
    case 'fetched':
    case 'undialled':
      return [input.callId]
    case 'delivery':
      return input.signals.flatMap(signal => ('callId' in signal ? (signal.callId ?? []) : []))
    case 'accept':
    case 'decline': {
      const found = floor.offer(input.offerId)
      return found === null ? [] : [found.offer.callId]
    }
    default:
      return []
  }
}
