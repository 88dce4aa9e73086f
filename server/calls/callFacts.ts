import { v7 as newId } from 'uuid'
import type { CallFacts } from '../../core/callTurn.ts'
import type { LegSignal } from '../../core/signal.ts'
import type { Batch } from './batch.ts'
import { type CallRecord, keyOf } from './callStore.ts'
import { flowFacts, startFlowOf } from './flowFacts.ts'
import { EMPTY_CARD, type Ends } from './strangers.ts'

/** What a call needs to know for whatever it hears; null: a call that is not there yet. */
export const factsOf = (batch: Batch, record: CallRecord | null): CallFacts => ({
  newCallId: record?.call.id ?? newId(),
  from: null,
  to: null,
  card: EMPTY_CARD,
  contact: null,
  startFlow: null,
  flow: record?.call.control === 'ours' ? flowFactsOf(batch, record.call.provider, record.call) : null,
  greeting: batch.floor.settings.greeting,
})

/** What it needs to know when something is heard of one of its sides: with it, the call may begin. */
export function factsHeard(batch: Batch, signal: LegSignal, { from, to }: Ends, record: CallRecord | null): CallFacts {
  const stranger = batch.facts.strangers.get(keyOf(signal))
  const facts: CallFacts = {
    ...factsOf(batch, record),
    ...stranger,
    from: from.text,
    to: to.text,
    startFlow: signal.control === 'ours' ? startFlowOf(batch.floor.settings, to.key) : null,
  }
  if (signal.control !== 'ours' || facts.flow !== null) return facts
  const contact = record?.call.contact ?? stranger?.contact ?? null
  const begun = {
    id: facts.newCallId,
    direction: signal.direction ?? 'inbound',
    from: from.text,
    to: to.text,
    callerName: signal.callerName,
    contact,
  }
  return { ...facts, flow: flowFactsOf(batch, signal.provider, begun, signal.language ?? null) }
}

const flowFactsOf = (
  { floor, now, facts, takesCommands, hasSoftphones, recordsBridges }: Batch,
  provider: string,
  call: Parameters<typeof flowFacts>[1],
  language: string | null = null,
) =>
  flowFacts(floor, call, {
    contact: facts.acquaintances.get(call.contact?.id ?? '') ?? null,
    canText: takesCommands(provider),
    softphones: hasSoftphones(provider),
    recordsBridges: recordsBridges(provider),
    language,
    now,
  })
