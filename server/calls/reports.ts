import { told } from '../../core/call.ts'
import { advance, instructions } from '../../core/callTurn.ts'
import type { InputSignal, LegSignal, RecordingSignal, Signal } from '../../core/signal.ts'
import type { Batch, Turning } from './batch.ts'
import { factsHeard } from './callFacts.ts'
import { type CallRecord, keyOf } from './callStore.ts'
import type { FlowEffects } from './flowEffects.ts'
import { asHeard, customerOf } from './strangers.ts'
import { NOTHING, type TurnInput, type TurnResult } from './turnInput.ts'

/** What providers report. */
export interface Reports {
  /** Hears all of it; the result is to be asked for when all turns have been taken. */
  deliver(input: Extract<TurnInput, { type: 'delivery' }>): () => TurnResult
}

export function createReports(batch: Batch, { apply, follow }: Turning, { act }: Pick<FlowEffects, 'act'>): Reports {
  const { floor, at, facts, ledger, hasSoftphones } = batch
  const { calls, recordings } = facts

  function heed(signal: LegSignal | InputSignal | RecordingSignal): CallRecord | null {
    switch (signal.type) {
      case 'leg':
        return hear(signal)
      case 'input':
        return heedInput(signal)
      case 'recording':
        return heedRecording(signal)
      default:
        return signal satisfies never
    }
  }

  /** A side of a call, which may be the first that is heard of it. */
  function hear(raw: LegSignal): CallRecord {
    const record = calls.heardAs(raw)
    const signal = asHeard(raw, record)
    const ends = facts.ends.get(raw)!
    const input = { type: 'signal', signal } as const
    const known = factsHeard(batch, signal, ends, record)
    const customer = customerOf(signal, ends, record)
    const matchState = facts.strangers.get(keyOf(signal))?.matchState ?? 'withheld'
    if (record !== null) {
      if (record.customerKey === null && record.matchState === 'withheld' && customer) {
        record.customerKey = customer.key
        record.matchState = matchState
      }
      apply(record, input, known)
      return record
    }
    const { call, events, effects } = advance(null, input, known, at)
    const met = customer
      ? { customerKey: customer.key, matchState }
      : { customerKey: null, matchState: 'withheld' as const }
    const begun: CallRecord = { call, ...met, requestId: null }
    calls.create(begun)
    ledger.emit(...events)
    for (const effect of effects) act(begun, effect)
    follow()
    return begun
  }

  function heedInput(signal: InputSignal): CallRecord | null {
    const record = calls.heardAs(signal)
    const { step, key, result } = signal
    if (record !== null) apply(record, { type: 'flow', input: { type: 'input', step, key, result } })
    return record
  }

  function heedRecording(signal: RecordingSignal): CallRecord | null {
    const record = calls.heardAs(signal)
    if (record === null) return null
    noteRecording(record, signal)
    const { of, status, recordingId, url, seconds } = signal
    // A caller who hung up while recording has left a message all the same.
    if (of === 'voicemail' && status === 'completed' && url !== null) {
      const result = { type: 'recorded' as const, recordingId, url, seconds: seconds ?? 0 }
      apply(record, { type: 'flow', input: { type: 'input', step: null, key: null, result } })
    }
    return record
  }

  function noteRecording({ call }: CallRecord, signal: RecordingSignal): void {
    const { recordingId, of, url, seconds, provider } = signal
    const status = signal.status === 'absent' ? 'failed' : signal.status
    const known = recordings.get(recordingId)
    if (known !== undefined && (known !== 'in-progress' || known === status)) return
    recordings.set(recordingId, status)
    // Where it can be heard is ours to say where the audio is.
    const elsewhere = hasSoftphones(provider) ? null : url
    ledger.recordings.push({ id: recordingId, callId: call.id, kind: of, provider, status, url: elsewhere, seconds })
    if (status === 'completed')
      ledger.emit({ type: 'recording.completed', recordingId, call: told(call), of, seconds: seconds ?? 0 })
    if (status === 'failed') ledger.emit({ type: 'recording.failed', recordingId, call: told(call) })
  }

  return {
    deliver({ signals, answers }) {
      // What was recorded before the caller hung up comes with the news of the end, and goes first. What rang until then
      // comes with it too, and goes last: nobody is to blame for not having answered.
      const [first] = signals
      const known = first !== undefined && first.type !== 'roster' && calls.heardAs(first) !== null
      const inOrder = known ? signals.toSorted((a, b) => rankOf(a) - rankOf(b)) : signals
      let record: CallRecord | null = null
      for (const signal of inOrder) if (signal.type !== 'roster') record = heed(signal) ?? record
      if (record === null) return () => NOTHING
      if (answers) ledger.answered.add(record.call.id)
      const spokenOf = record
      return () => ({ ...NOTHING, call: spokenOf.call, actions: instructions(spokenOf.call, floor.settings) })
    },
  }
}

const rankOf = (signal: Signal): number => (signal.type === 'input' && signal.result.type === 'recorded' ? 0 : 1)
