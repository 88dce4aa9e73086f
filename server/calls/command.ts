import { advance, type Call, type CallFacts, type CallInput, CallRefusal } from '../../core/call.ts'
import type { Tx } from '../platform/db.ts'
import { conflict, notFound } from '../platform/refusal.ts'
import { type CallRecord, lockCall, saveCalls } from './callStore.ts'

/** What people ask of a call needs nothing but the call itself. */
const NO_FACTS: CallFacts = {
  newCallId: '',
  from: null,
  to: null,
  card: { match: { state: 'withheld', candidates: [] }, lastCalls: [], openRequests: [] },
  contact: null,
  queue: null,
  greeting: { text: '', language: '' },
}

/**
 * One turn of a call for what a person asks. `admit` throws when they may not see the call.
 * Throws a 404 refusal when there is no such call, a 409 one when its state does not allow what is asked.
 */
export async function commandCall(
  tx: Tx,
  id: string,
  admit: (record: CallRecord) => void,
  input: Extract<CallInput, { type: 'take' | 'finish' | 'settleContact' }>,
): Promise<Call> {
  const record = await lockCall(tx, id)
  if (!record) throw notFound('call')
  admit(record)
  const turn = decide(record.call, input, tx.now)
  if (turn.call !== record.call) {
    const settled = input.type === 'settleContact' ? { matchState: 'settled' as const } : {}
    await saveCalls(tx, [{ ...record, ...settled, call: turn.call }])
    tx.emit(...turn.events)
  }
  return turn.call
}

function decide(call: Call, input: CallInput, now: string) {
  try {
    return advance(call, input, NO_FACTS, now)
  } catch (error) {
    if (error instanceof CallRefusal) throw conflict(error.code, error.message)
    throw error
  }
}
