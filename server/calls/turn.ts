import { isOver } from '../../core/call.ts'
import { advance, type CallInput, instructions } from '../../core/callTurn.ts'
import { type Cause, CENTER, causedByProvider } from '../../core/cause.ts'
import { CallRefusal } from '../../core/refusal.ts'
import { type Tx, violates } from '../platform/db.ts'
import { conflict, notFound, Refusal } from '../platform/refusal.ts'
import type { Batch, Means, Turning } from './batch.ts'
import { loadFacts } from './batchFacts.ts'
import { factsOf } from './callFacts.ts'
import type { CallRecord } from './callStore.ts'
import { createCommands } from './commands.ts'
import { createFloorNews } from './floorNews.ts'
import { createFlowEffects } from './flowEffects.ts'
import { Ledger } from './ledger.ts'
import { keepMetadata } from './metadataStore.ts'
import { neverDialled } from './outboundCall.ts'
import { createOutgoingCalls } from './outgoingCalls.ts'
import { createQuestions } from './questions.ts'
import { createReports } from './reports.ts'
import { type Departure, recordRosters } from './rosterStore.ts'
import { standDown } from './standDown.ts'
import { type Aftermath, NOTHING, type TurnInput, type TurnResult } from './turnInput.ts'

/** Whether another process created the same call while this turn was taken: taking it again finds that call. */
export const lostRace = (error: unknown): boolean => violates(error, 'calls_provider_call_id_key')

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
  const facts = await loadFacts(tx, { inputs, signals, departures }, means.floor, means.now)
  const ledger = new Ledger(facts.calls)

  const turns = createTurns({ ...means, facts, ledger, at: tx.now })
  turns.passTime()
  const results = asked.map(({ input, cause }) => turns.take(input, cause))
  for (const departure of departures) turns.depart(departure)

  const aftermath = await ledger.save(tx, means.takesCommands)
  for (const input of inputs) if (input.type === 'place') await keepMetadata(tx, input.callId, input.metadata)
  return { results: results.map(result => result()), aftermath: { ...aftermath, dueAt: means.floor.dueAt() } }
}

function createTurns(batch: Batch) {
  const { floor, now, at, facts, ledger } = batch
  const { settings } = floor
  const { calls } = facts
  const turning: Turning = { apply, follow }
  const effects = createFlowEffects(batch, turning)
  const outgoing = createOutgoingCalls(batch, turning)
  const questions = createQuestions({
    floor,
    now,
    find: callId => calls.find(callId),
    talk: (record, talk, by) => apply(record, { type: 'talk', talk, by }),
    follow,
  })
  const news = createFloorNews(batch, turning, { effects, questions, outgoing })
  const reports = createReports(batch, turning, effects)
  const commands = createCommands(batch, turning, { questions })

  function apply(record: CallRecord, input: CallInput, facts = factsOf(batch, record)): void {
    const before = record.call
    const turn = advance(before, input, facts, at)
    record.call = turn.call
    if (turn.call !== before) calls.touched.add(record)
    ledger.emit(...turn.events)
    for (const effect of turn.effects) effects.act(record, effect)
    // Whoever was asked is asked no longer, whatever ended it.
    questions.settle(before, record.call)
    outgoing.settleReturn(record.call)
    if (isOver(record.call) && record.call.control === 'provider') floor.vacate(record.call.id, now)
    else if (isOver(record.call) || record.call.flow?.awaiting.type === 'end') floor.leave(record.call.id, now)
    follow()
  }

  function follow(): void {
    for (let happened = floor.tell(); happened.length > 0; happened = floor.tell())
      for (const event of happened) news.hear(event)
  }

  /** What comes of it is read when all turns have been taken. */
  function decide(input: TurnInput): () => TurnResult {
    switch (input.type) {
      case 'delivery':
        return reports.deliver(input)
      case 'command': {
        const record = commands.command(input)
        return () => ({ ...NOTHING, call: record.call })
      }
      case 'accept':
      case 'decline': {
        const offer = commands.answer(input)
        return () => ({ ...NOTHING, offer, call: calls.get(offer.callId).call })
      }
      case 'choosePresence':
        if (!settings.agents.has(input.agentId)) throw notFound('agent')
        if (input.silentSince === undefined || facts.silent.has(input.agentId)) news.choosePresence(input)
        return () => NOTHING
      case 'standDown':
        standDown(batch, turning, news, input)
        return () => NOTHING
      case 'wrapUp':
        commands.wrapUp(input)
        return () => NOTHING
      case 'fetched': {
        const record = calls.find(input.callId)
        const { step, answer } = input
        if (record !== null) apply(record, { type: 'flow', input: { type: 'fetched', step, answer } })
        if (input.answers) ledger.answered.add(input.callId)
        return () =>
          record === null ? NOTHING : { ...NOTHING, call: record.call, actions: instructions(record.call, settings) }
      }
      case 'undialled': {
        const record = calls.find(input.callId)
        // Whose telephone has been heard of was dialled after all.
        if (record?.call.legs.length === 0) apply(record, { type: 'signal', signal: neverDialled(record.call) })
        return () => NOTHING
      }
      case 'place': {
        const call = outgoing.place(input)
        return () => ({ ...NOTHING, call })
      }
      case 'finishWork':
        floor.leave(input.workId, now)
        follow()
        return () => NOTHING
      case 'places':
        return () => ({ ...NOTHING, places: Object.fromEntries(input.callIds.map(id => [id, floor.placeOf(id)])) })
      case 'explain':
        return () => ({ ...NOTHING, waiting: floor.whyWaiting(input.callId) })
      case 'look':
        return () => NOTHING
      default:
        return input satisfies never
    }
  }

  return {
    /** What is due happens before anything else. */
    passTime(): void {
      floor.passTime(now)
      follow()
      ledger.attribute(CENTER)
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
        ledger.attribute(cause)
      }
    },
    /** Calls that a provider's roster no longer names. */
    depart({ provider, extensionId, providerCallIds, at }: Departure): void {
      for (const providerCallId of providerCallIds) {
        const record = calls.heardAs({ provider, providerCallId })
        if (record !== null) apply(record, { type: 'vanished', extensionId, at })
      }
      ledger.attribute(causedByProvider(provider))
    },
  }
}
