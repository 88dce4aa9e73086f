import { v7 as newId } from 'uuid'
import type { Destination } from '../../core/action.ts'
import {
  advance,
  type Call,
  type CallFacts,
  type CallInput,
  instructions,
  isOver,
  type Named,
  told,
} from '../../core/call.ts'
import type { Card } from '../../core/card.ts'
import { type Cause, CENTER, causedByProvider } from '../../core/cause.ts'
import { mayRecord } from '../../core/consent.ts'
import type { CenterEvent, DiversionReason } from '../../core/event.ts'
import { beginFlow, type FlowEffect } from '../../core/flowRun.ts'
import type { OfferOutcome } from '../../core/offer.ts'
import { type Address, readAddress } from '../../core/phoneNumber.ts'
import { type Presence, takesCalls } from '../../core/presence.ts'
import { CallRefusal } from '../../core/refusal.ts'
import type { InputSignal, LegSignal, RecordingSignal, Signal } from '../../core/signal.ts'
import {
  listPromised,
  lockCallbacks,
  type Promised,
  promiseCallbacks,
  settleCallbacks,
  takeUpCallbacks,
} from '../callbacks/callbackStore.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict, notFound, Refusal } from '../platform/refusal.ts'
import { keepRecordings, listKnown, type RecordingChange } from '../recordings/recordingStore.ts'
import type { Floor, FloorEvent } from '../routing/floor.ts'
import { offerState } from '../routing/offerView.ts'
import type { LiveOffer, Work } from '../routing/routingStore.ts'
import { loadVersions } from '../routing/settings.ts'
import { keepVoicemails, takeUpVoicemails } from '../voicemails/voicemailStore.ts'
import { type CallRecord, findCalls, keyOf, lockByProviderIds, lockCalls, saveCalls } from './callStore.ts'
import { dealCards } from './cards.ts'
import { flowFacts, loadAcquaintances, startFlowOf } from './flowFacts.ts'
import { keepMetadata } from './metadataStore.ts'
import {
  AGENT_RING_SECONDS,
  callbackOf,
  isBegunByUs,
  isUndialled,
  neverDialled,
  type Outbound,
  outboundFlowOf,
  outcomeOfReturn,
  prepareOutbound,
} from './outboundCall.ts'
import { createQuestions, isAsked, lineOf } from './questions.ts'
import { type Departure, recordRosters } from './rosterStore.ts'
import { asHeard, customerOf, EMPTY_CARD, type Ends, meetStrangers } from './strangers.ts'
import type { Aftermath, Command, Fetch, ProviderCommand, TakenWork, TurnInput, TurnResult } from './turnInput.ts'

/** What the turns work on and with. */
export interface Means {
  floor: Floor
  /** Milliseconds since the epoch; never earlier than the turn before. */
  now: number
  /** Whether the provider takes commands outside of its own questions. */
  takesCommands(provider: string): boolean
  /** Whether agents speak in the browser on its calls. */
  hasSoftphones(provider: string): boolean
  /** Whether it records conversations by telephone where the script says so. */
  recordsBridges(provider: string): boolean
}

/** Whether another process created the same call while this turn was taken: taking it again finds that call. */
export const lostRace = (error: unknown): boolean => violates(error, 'calls_provider_call_id_key')

/** Before live calls, however long it has lain there: nobody is on the line. */
const VOICEMAIL_PRIORITY = -100
/** How often agents who accept a callback may turn out unreachable before a person has to see to it. */
const MAX_RETURNS = 3
const UNREACHABLE: Presence = { status: 'busy', reason: 'unreachable' }

/**
 * Takes one turn for each input, in their order, in the transaction handed in, which must hold the workspace's routing
 * lock: reads everything that any of them can need, decides without waiting, then writes it all.
 */
export async function takeTurns(
  tx: Tx,
  asked: { input: TurnInput; cause: Cause }[],
  means: Means,
): Promise<{ results: TurnResult[]; aftermath: Aftermath }> {
  const inputs = asked.map(({ input }) => input)
  const signals = inputs.flatMap(input => (input.type === 'delivery' ? input.signals : []))
  const departures = await recordRosters(
    tx,
    signals.filter(signal => signal.type === 'roster'),
  )
  const ledger = await openLedger(tx, inputs, signals, departures, means)
  ledger.passTime()
  const results = asked.map(({ input, cause }) => ledger.take(input, cause))
  for (const departure of departures) ledger.depart(departure)
  const aftermath = await ledger.close()
  for (const input of inputs) if (input.type === 'place') await keepMetadata(tx, input.callId, input.metadata)
  return { results: results.map(result => result()), aftermath }
}

const notSendable = () => conflict('not_controllable', 'A call that we began cannot be sent elsewhere.')

const NOTHING: TurnResult = { call: null, actions: [], refusal: null, offer: null, waiting: null, places: {} }

/** The calls of one batch while turns are taken: loaded once, changed in memory, written once. */
async function openLedger(
  tx: Tx,
  inputs: TurnInput[],
  signals: Signal[],
  departures: Departure[],
  { floor, now, takesCommands, hasSoftphones, recordsBridges }: Means,
) {
  const { settings } = floor
  const legs = signals.filter(signal => signal.type === 'leg')
  const records = new Map<string, CallRecord>()
  const byId = new Map<string, CallRecord>()
  const keep = (record: CallRecord) => {
    records.set(keyOf(record.call), record)
    byId.set(record.call.id, record)
  }
  const left = departures.flatMap(({ provider, providerCallIds }) =>
    providerCallIds.map(providerCallId => ({ provider, providerCallId })),
  )
  const spoken = signals.filter(signal => signal.type !== 'roster')
  const keys = [...new Map([...spoken, ...left].map(key => [keyOf(key), key])).values()]
  for (const record of await lockByProviderIds(tx, keys)) keep(record)
  const wanted = new Set([
    ...floor.overdueCalls(now),
    ...floor.callsWithQuestions(),
    ...inputs.flatMap(input => callsOf(input, floor)),
  ])
  for (const record of byId.values()) wanted.delete(record.call.id)
  for (const record of await lockCalls(tx, [...wanted])) keep(record)
  // What is heard first of a call that we began says our id; from then on it is known by the provider's.
  const touched = new Set<CallRecord>()
  const introduced = new Set<CallRecord>()
  const inputSignals = signals.filter(signal => signal.type === 'input')
  for (const { callId, provider, providerCallId } of [...legs, ...inputSignals]) {
    const record = byId.get(callId ?? '')
    if (record === undefined || record.call.provider !== provider || !isUndialled(record.call)) continue
    record.call = { ...record.call, providerCallId }
    keep(record)
    touched.add(record)
    introduced.add(record)
  }
  const promises = await lockCallbacks(tx, [
    ...[...byId.values()].flatMap(({ call }) => callbackOf(call) ?? []),
    ...inputs.flatMap(input => (input.type === 'accept' ? (floor.offer(input.offerId)?.offer.workId ?? []) : [])),
  ])
  await loadVersions(
    tx,
    settings,
    [...byId.values()].map(({ call }) => call.flow?.versions ?? {}),
  )

  // Read once per batch: every webhook asks more than once, and all of them dialled the same few numbers.
  const addresses = new Map<string | null, Address>()
  const read = (raw: string | null): Address => {
    const known = addresses.get(raw) ?? readAddress(raw, settings.country)
    addresses.set(raw, known)
    return known
  }
  const ends = new Map<LegSignal, Ends>()
  for (const signal of legs) {
    const { from, to } = asHeard(signal, records.get(keyOf(signal)) ?? null)
    ends.set(signal, { from: read(from), to: read(to) })
  }
  const called = new Map(
    inputs.flatMap(input => (input.type === 'place' ? [[input.callId, read(input.to)] as const] : [])),
  )
  const strangers = await meetStrangers(tx, ends, records, called)
  const acquaintances = await loadAcquaintances(
    tx,
    settings,
    [...byId.values()].map(({ call }) => call.contact?.id ?? null),
    [...strangers.values()].map(({ contact }) => contact?.id ?? null),
  )

  const recordingsKnown = await listKnown(
    tx,
    signals.flatMap(signal => (signal.type === 'recording' ? [signal.recordingId] : [])),
  )
  const promised = inputSignals.length > 0 ? await listPromised(tx) : new Set<string>()

  const before = new Map([...byId.values()].map(record => [record, record.call]))
  /** Calls whose script goes back with the answer to a delivery. */
  const answered = new Set<string>()
  /** Events in order; those that need what is not loaded yet are made at the end. */
  const events: (() => CenterEvent)[] = []
  /** Whose doing each of them is. */
  const causes: Cause[] = []
  const cards = new Map<string, Card>()
  const voicemails: Parameters<typeof keepVoicemails>[1] = []
  const recordings: RecordingChange[] = []
  const callbacks: Parameters<typeof promiseCallbacks>[1] = []
  const taken: TakenWork[] = []
  const settled = new Set<Promised>()
  const chosen: string[] = []
  const fetches: Fetch[] = []
  const commands: ProviderCommand[] = []

  const emit = (event: CenterEvent) => void events.push(() => event)
  /** What has happened since the last time is the doing of `cause`. */
  const attribute = (cause: Cause) => {
    while (causes.length < events.length) causes.push(cause)
  }
  const agentNamed = (id: string): Named => ({ id, name: settings.agents.get(id)?.name ?? '' })
  const stateOf = (callId: string) => told(byId.get(callId)!.call)

  const factsOf = (record: CallRecord | null): CallFacts => ({
    newCallId: record?.call.id ?? newId(),
    from: null,
    to: null,
    card: EMPTY_CARD,
    contact: null,
    startFlow: null,
    flow:
      record?.call.control === 'ours'
        ? flowFacts(floor, record.call, {
            contact: acquaintances.get(record.call.contact?.id ?? '') ?? null,
            canText: takesCommands(record.call.provider),
            softphones: hasSoftphones(record.call.provider),
            recordsBridges: recordsBridges(record.call.provider),
            now,
          })
        : null,
    greeting: settings.greeting,
  })

  function apply(record: CallRecord, input: CallInput, facts: CallFacts = factsOf(record)): void {
    const known = record.call
    const turn = advance(known, input, facts, tx.now)
    record.call = turn.call
    if (turn.call !== known) touched.add(record)
    for (const event of turn.events) emit(event)
    for (const effect of turn.effects) act(record, effect)
    // Whoever was asked is asked no longer, whatever ended it.
    questions.settle(known, record.call)
    settleReturn(record.call)
    if (isOver(record.call) && record.call.control === 'provider') floor.vacate(record.call.id, now)
    else if (isOver(record.call) || record.call.flow?.awaiting.type === 'end') floor.leave(record.call.id, now)
    follow()
  }

  /** What a flow asks of the world. */
  function act(record: CallRecord, effect: FlowEffect): void {
    const { call } = record
    switch (effect.type) {
      case 'enqueue': {
        const { queueId, requires, priority, preferredAgentId: asked } = effect
        const queue = settings.queues.get(queueId)!
        const known = acquaintances.get(call.contact?.id ?? '')
        const preferredAgentId = asked ?? (queue.stickyAgent ? (known?.lastAgentId ?? null) : null)
        const work = { id: call.id, kind: 'call' as const, callId: call.id, queueId, requires, priority }
        const only = onlyAgentOf(call)
        if (only !== null && !isFree(only)) {
          turnAway(record, 'nobody')
          return
        }
        floor.arrive({ ...work, preferredAgentId, enqueuedAt: now }, now, only === null ? null : queue.ringMs)
        if (floor.work(call.id) !== null && !floor.canEverBeTaken(call.id)) {
          floor.leave(call.id, now)
          turnAway(record, 'nobody')
        } else if (floor.work(call.id) !== null) apply(record, { type: 'flow', input: { type: 'queued' } })
        return
      }
      case 'leaveQueue':
        floor.leave(call.id, now)
        return
      case 'requeue':
        floor.putBack(call.id, UNREACHABLE, now)
        apply(record, { type: 'flow', input: { type: 'queued' } })
        return
      case 'fetch':
        fetches.push({ ...effect, callId: call.id })
        return
      case 'sendText': {
        const from = call.direction === 'inbound' ? call.to : call.from
        if (from === null) return
        const command = { type: 'sendText' as const, to: effect.to, from, text: effect.text }
        commands.push({ id: newId(), callId: call.id, provider: call.provider, command })
        return
      }
      case 'keepVoicemail': {
        const { queueId, recordingId, url, seconds } = effect
        const id = newId()
        voicemails.push({ id, callId: call.id, queueId, recordingId, url, seconds, leftAt: tx.now })
        emit({ type: 'voicemail.left', voicemailId: id, call: told(call), seconds })
        lineUp({ id, kind: 'voicemail', callId: call.id, queueId }, VOICEMAIL_PRIORITY, now)
        return
      }
      case 'promiseCallback': {
        const { queueId, number } = effect
        if (promised.has(number)) return
        promised.add(number)
        const id = newId()
        callbacks.push({ id, callId: call.id, queueId, number, promisedAt: tx.now })
        emit({ type: 'callback.promised', callbackId: id, call: told(call), number })
        // The place that the caller had is the place that it keeps.
        const since = call.queuedAt === null ? now : Date.parse(call.queuedAt)
        lineUp({ id, kind: 'callback', callId: call.id, queueId }, 0, since)
        return
      }
      case 'divert':
      case 'noteConsent':
        return
      default:
        effect satisfies never
    }
  }

  /** Work that nobody is on the line for. Where nobody could ever take it, it is listed and waits for a person to see it. */
  function lineUp(work: Pick<Work, 'id' | 'kind' | 'callId' | 'queueId'>, priority: number, enqueuedAt: number): void {
    floor.arrive({ ...work, requires: {}, priority, preferredAgentId: null, enqueuedAt }, now)
    if (floor.work(work.id) !== null && !floor.canEverBeTaken(work.id)) floor.leave(work.id, now)
    follow()
  }

  /** Lets the calls know what has happened on the floor. */
  function follow(): void {
    for (let happened = floor.tell(); happened.length > 0; happened = floor.tell())
      for (const event of happened) hearFloor(event)
  }

  function hearFloor(event: FloorEvent): void {
    switch (event.type) {
      case 'offer.made': {
        const { offer } = event
        const state = offerState(offer, settings)
        const { explanation } = offer
        events.push(() => ({
          type: 'offer.made',
          offer: state,
          call: stateOf(offer.callId),
          card: cards.get(offer.callId) ?? EMPTY_CARD,
          explanation,
        }))
        offered.add(offer.callId)
        return
      }
      case 'offer.ended': {
        const { offer, outcome } = event
        const state = offerState(offer, settings)
        mentioned.add(offer.callId)
        events.push(() => ({ type: 'offer.ended', offer: state, call: stateOf(offer.callId), outcome }))
        if (offer.kind === 'consultation') questions.unanswered(offer, outcome)
        else if (offer.kind === 'call') declined(offer, outcome)
        return
      }
      case 'accepted': {
        const { work, agentId } = event
        if (work.kind === 'consultation') {
          questions.answer(work, agentNamed(agentId))
          return
        }
        if (work.kind !== 'call') {
          mentioned.add(work.callId)
          const agent = agentNamed(agentId)
          events.push(() =>
            work.kind === 'callback'
              ? { type: 'callback.taken_up', callbackId: work.id, call: stateOf(work.callId), agent }
              : { type: 'voicemail.taken_up', voicemailId: work.id, call: stateOf(work.callId), agent },
          )
          const returnCallId = work.kind === 'callback' ? dialBack(work, agent) : null
          taken.push({ kind: work.kind, workId: work.id, agentId, returnCallId })
          return
        }
        const { queueId } = work
        const record = byId.get(work.callId)!
        apply(record, { type: 'take', agent: agentNamed(agentId), at: reachOf(record.call, agentId), queueId })
        return
      }
      case 'overflowed': {
        if (event.work.kind !== 'call') return
        const { overflow } = settings.queues.get(event.work.queueId)!
        const input = { type: 'overflowed' as const, overflow }
        apply(byId.get(event.work.callId)!, { type: 'flow', input, reason: event.reason })
        return
      }
      case 'wrapUp.started': {
        const { agentId, callId, until } = event.wrapUp
        mentioned.add(callId)
        events.push(() => ({
          type: 'agent.wrap_up_started',
          agent: agentNamed(agentId),
          call: stateOf(callId),
          until: new Date(until).toISOString(),
        }))
        return
      }
      case 'wrapUp.ended':
        emit({
          type: 'agent.wrap_up_ended',
          agent: agentNamed(event.wrapUp.agentId),
          callId: event.wrapUp.callId,
        })
        return
      case 'presence.changed':
        emit({
          type: 'agent.presence_changed',
          agent: agentNamed(event.agentId),
          presence: event.presence,
          previous: event.previous,
          by: event.byCenter ? null : chooser,
        })
        return
      default:
        event satisfies never
    }
  }

  /**
   * Begins the call that returns a promise, and tells its id. Null where we cannot, and the agent calls by hand: it has
   * no telephone, or the provider takes no commands.
   */
  function dialBack(work: Work, agent: Named): string | null {
    const origin = byId.get(work.callId)?.call
    const promise = promises.get(work.id)
    const at = origin === undefined ? null : reachOf(origin, agent.id)
    const own = read(origin?.to ?? null).e164
    if (origin === undefined || promise === undefined || at === null || own === null) return null
    if (!settings.numbers.has(own) || !takesCommands(origin.provider)) return null
    const { provider, queue, contact, callerName } = origin
    const ends = { id: newId(), from: own, to: promise.number, agent, at }
    const known = { customerKey: read(promise.number).key, matchState: byId.get(origin.id)!.matchState }
    begin({ ...ends, provider, queue, contact, callerName }, known, work.id)
    return ends.id
  }

  /** An agent asks for a call. It is one of the agent's own queue, and occupies it like any other. */
  function place({ callId, agent, to, provider }: Extract<TurnInput, { type: 'place' }>): Call {
    const at = reachOf({ provider }, agent.id)
    if (at === null) throw conflict('no_telephone', 'You have no telephone to call from. Set its number first.')
    const queue = [...settings.queues.values()].find(({ agents }) => agents.includes(agent.id))
    if (queue === undefined) throw conflict('no_queue', 'You take calls of no queue. An admin can change that.')
    if (!floor.hasFreeSlot(agent.id))
      throw conflict('no_free_slot', 'You have your hands full: finish what you have before you call.')
    const numbers = [...settings.numbers].sort(
      ([, a], [, b]) => Number(b.queueId === queue.id) - Number(a.queueId === queue.id),
    )
    const from = numbers[0]?.[0]
    if (from === undefined) throw conflict('no_number', 'This center has no number of its own to call from.')
    const stranger = strangers.get(callId)
    const ends = { id: callId, from, to, agent, at, queue: { id: queue.id, name: queue.name } }
    const known = { customerKey: read(to).key, matchState: stranger?.matchState ?? 'unknown' }
    const record = begin({ ...ends, provider, contact: stranger?.contact ?? null, callerName: null }, known, null)
    const work = { id: callId, kind: 'call' as const, callId, queueId: queue.id, requires: {}, priority: 0 }
    floor.arrive({ ...work, preferredAgentId: agent.id, enqueuedAt: now }, now)
    floor.pick(callId, agent.id, now)
    follow()
    return record.call
  }

  function begin(
    outbound: Outbound,
    known: Pick<CallRecord, 'customerKey' | 'matchState'>,
    callbackId: string | null,
  ): CallRecord {
    const { agent, at, from, to, provider } = outbound
    const ends = { ...outbound, direction: 'outbound' } as const
    const facts = flowFacts(floor, ends, {
      contact: null,
      canText: true,
      softphones: hasSoftphones(provider),
      recordsBridges: recordsBridges(provider),
      now,
    })
    const isRecorded = facts.recording === 'here' && mayRecord(facts.consent.mode, null)
    const call = prepareOutbound(outbound, isRecorded, tx.now)
    const record: CallRecord = { call, ...known, requestId: null }
    record.call = { ...call, flow: beginFlow(outboundFlowOf(callbackId, to), facts).run }
    keep(record)
    // Nothing is to be asked of it: it comes for its script by itself.
    before.set(record, record.call)
    touched.add(record)
    const state = told(record.call)
    events.push(() => ({ type: 'call.arrived', call: state, card: cards.get(call.id) ?? EMPTY_CARD }))
    offered.add(call.id)
    emit({ type: 'call.assigned', call: state, agent })
    const command = { type: 'dial' as const, to: at, from, ringSeconds: AGENT_RING_SECONDS }
    commands.push({ id: newId(), callId: call.id, provider, command })
    return record
  }

  /** What has come of a return call is what comes of the promise, once. */
  function settleReturn(call: Call): void {
    const promise = promises.get(callbackOf(call) ?? '')
    const outcome = outcomeOfReturn(call)
    if (promise === undefined || promise.returnCallId !== call.id || call.agent === null || outcome === null) return
    // That they have talked may be heard late; what else is settled, also by hand, stays.
    if (promise.status !== 'in-progress' && !(promise.status === 'failed' && outcome === 'returned')) return
    const { id, callId } = promise
    mentioned.add(callId)
    settled.add(promise)
    if (outcome === 'returned') {
      const by = call.agent
      promise.status = 'done'
      events.push(() => ({ type: 'callback.done', callbackId: id, call: stateOf(callId), by }))
      floor.leave(id, now)
      return
    }
    const again = outcome === 'agent-unreachable' && promise.attempts < MAX_RETURNS && floor.holderOf(id) !== null
    const reason = outcome === 'agent-unreachable' && !again ? 'too-many-attempts' : outcome
    events.push(() => ({ type: 'callback.failed', callbackId: id, call: stateOf(callId), reason }))
    if (again) {
      promise.status = 'waiting'
      promise.returnCallId = null
      floor.putBack(id, UNREACHABLE, now)
    } else {
      // Calling a customer again who does not answer is for a person to decide.
      promise.status = 'failed'
      floor.leave(id, now)
    }
  }
  /** Calls that events tell of, with and without their card. */
  const offered = new Set<string>()
  const mentioned = new Set<string>()
  let chooser: Named | null = null

  function hear(raw: LegSignal): CallRecord {
    const record = records.get(keyOf(raw)) ?? null
    const signal = asHeard(raw, record)
    const { from, to } = ends.get(raw)!
    const stranger = strangers.get(keyOf(signal))
    const contactId = record?.call.contact?.id ?? stranger?.contact?.id ?? ''
    const facts: CallFacts = {
      ...factsOf(record),
      ...stranger,
      from: from.text,
      to: to.text,
      startFlow: signal.control === 'ours' ? startFlowOf(settings, to.key) : null,
    }
    if (signal.control === 'ours' && facts.flow === null) {
      const ends = { from: from.text, to: to.text, callerName: signal.callerName, contact: stranger?.contact ?? null }
      const direction = signal.direction ?? 'inbound'
      facts.flow = flowFacts(
        floor,
        { id: facts.newCallId, direction, ...ends },
        {
          contact: acquaintances.get(contactId) ?? null,
          canText: takesCommands(signal.provider),
          softphones: hasSoftphones(signal.provider),
          recordsBridges: recordsBridges(signal.provider),
          language: signal.language ?? null,
          now,
        },
      )
    }
    const customer = customerOf(signal, { from, to }, record)
    const kept: CallRecord = record ?? {
      call: null as unknown as Call,
      customerKey: null,
      matchState: 'withheld',
      requestId: null,
    }
    if (kept.customerKey === null && kept.matchState === 'withheld' && customer) {
      kept.customerKey = customer.key
      kept.matchState = stranger?.matchState ?? 'withheld'
    }
    if (record === null) {
      const turn = advance(null, { type: 'signal', signal }, facts, tx.now)
      kept.call = turn.call
      keep(kept)
      touched.add(kept)
      for (const event of turn.events) emit(event)
      for (const effect of turn.effects) act(kept, effect)
      follow()
    } else apply(kept, { type: 'signal', signal }, facts)
    return kept
  }

  function heed(signal: InputSignal): CallRecord | null {
    const record = records.get(keyOf(signal)) ?? null
    if (record === null) return null
    const { step, key, result } = signal
    apply(record, { type: 'flow', input: { type: 'input', step, key, result } })
    return record
  }

  function heedRecording(signal: RecordingSignal): CallRecord | null {
    const record = records.get(keyOf(signal)) ?? null
    const { status, recordingId, url, seconds } = signal
    if (record !== null) noteRecording(record, signal)
    // A caller who hung up while recording has left a message all the same.
    if (record !== null && signal.of === 'voicemail' && status === 'completed' && url !== null) {
      const result = { type: 'recorded' as const, recordingId, url, seconds: seconds ?? 0 }
      apply(record, { type: 'flow', input: { type: 'input', step: null, key: null, result } })
    }
    return record
  }

  function noteRecording(
    record: CallRecord,
    { recordingId, of, status: heard, url, seconds, provider }: RecordingSignal,
  ) {
    const status = heard === 'absent' ? 'failed' : heard
    const known = recordingsKnown.get(recordingId)
    if (known !== undefined && (known !== 'in-progress' || known === status)) return
    recordingsKnown.set(recordingId, status)
    const { call } = record
    // Where it can be heard is ours to say where the audio is.
    const elsewhere = hasSoftphones(provider) ? null : url
    recordings.push({ id: recordingId, callId: call.id, kind: of, provider, status, url: elsewhere, seconds })
    if (status === 'completed')
      emit({ type: 'recording.completed', recordingId, call: told(call), of, seconds: seconds ?? 0 })
    if (status === 'failed') emit({ type: 'recording.failed', recordingId, call: told(call) })
  }

  function deliver(input: Extract<TurnInput, { type: 'delivery' }>): () => TurnResult {
    let record: CallRecord | null = null
    // What was recorded before the caller hung up comes with the news of the end, and goes first. What rang until then
    // comes with it too, and goes last: nobody is to blame for not having answered.
    const [first] = input.signals
    const known = first !== undefined && first.type !== 'roster' && records.has(keyOf(first))
    const inOrder = known ? input.signals.toSorted((a, b) => rankOf(a) - rankOf(b)) : input.signals
    for (const signal of inOrder) {
      if (signal.type === 'leg') record = hear(signal)
      else if (signal.type === 'input') record = heed(signal) ?? record
      else if (signal.type === 'recording') record = heedRecording(signal) ?? record
    }
    if (record === null) return () => NOTHING
    if (input.answers) answered.add(record.call.id)
    const spokenOf = record
    return () => ({
      ...NOTHING,
      call: spokenOf.call,
      actions: instructions(spokenOf.call, settings),
    })
  }

  function command(input: Extract<TurnInput, { type: 'command' }>): () => TurnResult {
    const record = byId.get(input.callId)
    if (record === undefined) throw notFound('call')
    input.admit(record)
    const asked = input.input
    if (asked.type === 'take') pickUp(record, asked.agent)
    else if (asked.type === 'join') join(record, asked.agent)
    else if (asked.type === 'consult') questions.ask(record, asked)
    else if (asked.type === 'talk') questions.converse(record, asked)
    else if (asked.type === 'supervise') supervise(record, asked)
    else if (asked.type === 'finish' && isAsked(record.call, asked.agentId))
      apply(record, { type: 'talk', talk: { type: 'endConsultation', reason: 'left' }, by: asked.by })
    else if (asked.type === 'sendToAgent') sendToAgent(record, asked)
    else {
      const settles = asked.type === 'settleContact'
      // It is the agent's own side that plays our scripts here: the customer would be left behind.
      if (asked.type === 'send' && isBegunByUs(record.call)) throw notSendable()
      apply(record, asked)
      // Whoever sends a call out of the house has done with it.
      if (asked.type === 'send' && asked.to.type === 'number') floor.leave(record.call.id, now)
      follow()
      if (settles && touched.has(record)) record.matchState = 'settled'
    }
    return () => ({ ...NOTHING, call: record.call })
  }

  /** An agent takes a call by hand: out of its line, or from wherever the caller is. */
  function pickUp(record: CallRecord, agent: Named): void {
    const { call } = record
    const at = reachOf(call, agent.id)
    if (call.agent !== null || call.flow === null || isOver(call)) {
      apply(record, { type: 'take', agent, at, queueId: null })
      return
    }
    const full = () =>
      conflict('no_free_slot', 'You have your hands full: finish what you have before you take another.')
    if (floor.work(call.id) === null) {
      // In no line yet, as in a menu: it counts as one of the agent's own queue, be that closed or not.
      const queueId = firstQueueOf(agent.id)
      if (queueId === undefined) throw conflict('no_queue', 'You take calls of no queue. An admin can change that.')
      if (call.flow.awaiting.type === 'bridge')
        throw conflict('call_taken', 'This call has been sent on to a telephone already.')
      // Asked before anything happens: who is refused leaves the caller where it is.
      if (!floor.hasFreeSlot(agent.id)) throw full()
      const work = { id: call.id, kind: 'call' as const, callId: call.id, queueId, requires: {}, priority: 0 }
      floor.arrive({ ...work, preferredAgentId: agent.id, enqueuedAt: now }, now)
    }
    if (!floor.pick(call.id, agent.id, now)) throw full()
    follow()
  }

  /** Whoever is on a call of another kind is not offered those that wait: it counts as one of the agent's own queue. */
  function join(record: CallRecord, agent: Named): void {
    const { call } = record
    if (call.agent === null) apply(record, { type: 'take', agent, at: null, queueId: null })
    const queueId = firstQueueOf(agent.id)
    if (isOver(call) || queueId === undefined) return
    const work = { id: newId(), kind: 'call' as const, callId: call.id, queueId, requires: {}, priority: 0 }
    floor.occupy({ ...work, preferredAgentId: null, enqueuedAt: now }, agent.id, now)
    follow()
  }

  const firstQueueOf = (agentId: string): string | undefined =>
    [...settings.queues.values()].find(({ agents }) => agents.includes(agentId))?.id

  /** It may not wait: its flow, or its queue, says what becomes of it. */
  function turnAway(record: CallRecord, reason: DiversionReason): void {
    const awaiting = record.call.flow?.awaiting
    const queue = awaiting?.type === 'queue' ? settings.queues.get(awaiting.queueId) : undefined
    if (queue === undefined) return
    apply(record, { type: 'flow', input: { type: 'overflowed', overflow: queue.overflow }, reason })
  }

  const isFree = (agentId: string): boolean =>
    settings.agents.has(agentId) && takesCalls(floor.routing.agentState(agentId).presence) && floor.hasFreeSlot(agentId)

  /** Whom the flow leads the call to, and nobody else. */
  const onlyAgentOf = ({ flow }: Call): string | null =>
    (flow?.awaiting.type === 'queue' ? flow.awaiting.forAgentId : undefined) ?? null

  function declined({ callId }: LiveOffer, outcome: OfferOutcome): void {
    const record = byId.get(callId)
    if (!record || outcome !== 'rejected' || onlyAgentOf(record.call) === null) return
    floor.leave(callId, now)
    turnAway(record, 'nobody')
  }

  // Conversations whose audio is ours

  /** Where an agent is reached for this call; null: by a way that we do not know of. */
  function reachOf({ provider }: Pick<Call, 'provider'>, agentId: string): Destination | null {
    if (hasSoftphones(provider)) return { type: 'softphone', agentId }
    const number = settings.agents.get(agentId)?.phone ?? null
    return number === null ? null : { type: 'number', number }
  }

  function sendToAgent(record: CallRecord, { agentId, by }: Extract<Command, { type: 'sendToAgent' }>): void {
    if (isBegunByUs(record.call)) throw notSendable()
    const queueId = lineOf(floor, agentId, record.call)
    apply(record, { type: 'send', to: { type: 'queue', queueId, agentId }, name: agentNamed(agentId).name, by })
  }

  const questions = createQuestions({
    floor,
    now,
    find: callId => byId.get(callId) ?? null,
    talk: (record, talk, by) => apply(record, { type: 'talk', talk, by }),
    follow,
  })

  function supervise(record: CallRecord, { listening, by }: Extract<Command, { type: 'supervise' }>): void {
    const visible = settings.queues.get(record.call.queue?.id ?? '')?.supervisionVisible ?? true
    apply(record, { type: 'talk', talk: { type: 'supervise', listening, visible }, by })
  }

  function answer(input: Extract<TurnInput, { type: 'accept' | 'decline' }>): () => TurnResult {
    const found = floor.offer(input.offerId)
    if (found === null || found.offer.agentId !== input.agentId)
      throw conflict('offer_gone', 'Somebody else was faster, or time is up.')
    if (input.type === 'accept') floor.accept(found.number, now)
    else floor.decline(found.number, now)
    follow()
    mentioned.add(found.offer.callId)
    return () => ({ ...NOTHING, offer: found.offer, call: byId.get(found.offer.callId)!.call })
  }

  function wrapUp({ agentId, callId, seconds }: Extract<TurnInput, { type: 'wrapUp' }>): void {
    const none = () => conflict('no_wrap_up', 'The wrap-up of this call is over.')
    const workId = floor.wrapUpOf(agentId, callId)
    if (workId === null) throw none()
    if (seconds === null) floor.endWrapUp(agentId, workId, now)
    else {
      const until = now + seconds * 1000
      floor.extendWrapUp(agentId, workId, until)
      const agent = agentNamed(agentId)
      emit({ type: 'agent.wrap_up_extended', agent, callId, until: new Date(until).toISOString() })
    }
    follow()
  }

  function decide(input: TurnInput): () => TurnResult {
    switch (input.type) {
      case 'delivery':
        return deliver(input)
      case 'command':
        return command(input)
      case 'accept':
      case 'decline':
        return answer(input)
      case 'choosePresence':
        if (!settings.agents.has(input.agentId)) throw notFound('agent')
        chooser = input.by
        floor.setPresence(input.agentId, input.presence, now)
        follow()
        chooser = null
        chosen.push(input.agentId)
        return () => NOTHING
      case 'wrapUp':
        wrapUp(input)
        return () => NOTHING
      case 'fetched': {
        const record = byId.get(input.callId)
        if (record) apply(record, { type: 'flow', input: { type: 'fetched', step: input.step, answer: input.answer } })
        if (input.answers) answered.add(input.callId)
        return () => ({
          ...NOTHING,
          call: record?.call ?? null,
          actions: record ? instructions(record.call, settings) : [],
        })
      }
      case 'undialled': {
        const call = byId.get(input.callId)?.call
        // Whose telephone has been heard of was dialled after all.
        if (call?.legs.length === 0) apply(byId.get(call.id)!, { type: 'signal', signal: neverDialled(call) })
        return () => NOTHING
      }
      case 'place': {
        const call = place(input)
        return () => ({ ...NOTHING, call })
      }
      case 'finishWork':
        floor.leave(input.workId, now)
        follow()
        return () => NOTHING
      case 'places':
        return () => ({
          ...NOTHING,
          places: Object.fromEntries(input.callIds.map(id => [id, floor.placeOf(id)])),
        })
      case 'explain':
        return () => ({ ...NOTHING, waiting: floor.whyWaiting(input.callId) })
      case 'look':
        return () => NOTHING
      default:
        return input satisfies never
    }
  }

  return {
    passTime() {
      floor.passTime(now)
      follow()
      attribute(CENTER)
    },
    /** One refused input must not undo the others of the batch: a refusal is a result. */
    take(input: TurnInput, cause: Cause): () => TurnResult {
      try {
        return decide(input)
      } catch (error) {
        const refusal = error instanceof CallRefusal ? conflict(error.code, error.message) : error
        if (!(refusal instanceof Refusal)) throw error
        return () => ({ ...NOTHING, refusal })
      } finally {
        attribute(cause)
      }
    },
    depart({ provider, extensionId, providerCallIds, at }: Departure) {
      for (const providerCallId of providerCallIds) {
        const record = records.get(keyOf({ provider, providerCallId }))
        if (record) apply(record, { type: 'vanished', extensionId, at })
      }
      attribute(causedByProvider(provider))
    },
    async close(): Promise<Aftermath> {
      for (const record of touched) {
        const { call } = record
        const step = before.get(record)?.flow?.step
        if (call.flow === null || call.flow.step === step || answered.has(call.id) || isOver(call)) continue
        // It comes as if the script that it leaves had ended: naming the new one, its coming would be taken for silence.
        const left = call.flow.step - 1
        const command = { type: 'ask' as const, providerCallId: call.providerCallId, step: left }
        commands.push({ id: newId(), callId: call.id, provider: call.provider, command })
      }
      for (const record of touched) {
        const { provider, providerCallId, conversation, id } = record.call
        // Where others lead the call, whoever carries its audio follows what happens to it.
        if (conversation === null || record.call.control !== 'ours' || isUndialled(record.call)) continue
        if (conversation.revision === before.get(record)?.conversation?.revision && !introduced.has(record)) continue
        const command = { type: 'arrange' as const, providerCallId, conversation }
        commands.push({ id: newId(), callId: id, provider, command })
      }
      const feasible = commands.filter(({ provider }) => takesCommands(provider))
      await loadMentioned(tx, [...offered, ...mentioned], offered, byId, cards)
      await saveCalls(tx, [...touched])
      await keepVoicemails(tx, voicemails)
      await keepRecordings(tx, recordings)
      await promiseCallbacks(tx, callbacks)
      await takeUpVoicemails(tx, taken)
      await takeUpCallbacks(tx, taken)
      await settleCallbacks(tx, [...settled])
      await noteChosen(tx, chosen)
      await storeCommands(tx, feasible)
      for (const [index, event] of events.entries()) tx.emitFor(causes[index] ?? CENTER, event())
      return { fetches, commands: feasible, dueAt: floor.dueAt() }
    },
  }
}

/** Calls that an input speaks of by id, to be locked before anything is decided. */
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

const rankOf = (signal: Signal): number => (signal.type === 'input' && signal.result.type === 'recorded' ? 0 : 1)

/** Loads the calls that events tell of and that no turn has touched, and deals the cards of those that are offered. */
async function loadMentioned(
  sql: Sql,
  ids: string[],
  offered: Set<string>,
  byId: Map<string, CallRecord>,
  cards: Map<string, Card>,
): Promise<void> {
  const missing = [...new Set(ids)].filter(id => !byId.has(id))
  for (const record of await findCalls(sql, missing)) byId.set(record.call.id, record)
  const records = [...offered].map(id => byId.get(id)!)
  if (records.length === 0) return
  const dealt = await dealCards(sql, records)
  records.forEach((record, index) => {
    cards.set(record.call.id, dealt[index]!)
  })
}

async function storeCommands(tx: Tx, commands: ProviderCommand[]): Promise<void> {
  if (commands.length === 0) return
  await tx.query(
    `insert into provider_commands (workspace_id, id, call_id, provider, command, due_at)
     select current_workspace(), n.id, n.call_id, n.provider, n.command, $2::timestamptz
     from json_to_recordset($1) as n(id uuid, call_id uuid, provider text, command jsonb)`,
    [
      JSON.stringify(commands.map(({ id, callId, provider, command }) => ({ id, call_id: callId, provider, command }))),
      // Whoever wrote it carries it out at once; only when that process is gone does another take it up.
      new Date(Date.parse(tx.now) + COMMAND_LEASE_MS).toISOString(),
    ],
  )
}

export const COMMAND_LEASE_MS = 10_000

/** Presence that a person has chosen holds until its desk, once open, closes. */
async function noteChosen(tx: Tx, agentIds: string[]): Promise<void> {
  if (agentIds.length === 0) return
  await tx.query('update agents set seen_at = null where workspace_id = current_workspace() and id = any($1::uuid[])', [
    agentIds,
  ])
}
