import { v7 as newId } from 'uuid'
import type { Destination } from '../../core/action.ts'
import { type Call, type Named, told } from '../../core/call.ts'
import { mayRecord } from '../../core/consent.ts'
import { type Barred, dialling, limited, whyBarred } from '../../core/dialling.ts'
import { beginFlow } from '../../core/flowRun.ts'
import { conflict } from '../platform/refusal.ts'
import type { Work } from '../routing/routingStore.ts'
import { type Batch, reachOf, type Turning } from './batch.ts'
import type { CallRecord } from './callStore.ts'
import { UNREACHABLE } from './flowEffects.ts'
import { flowFacts } from './flowFacts.ts'
import {
  AGENT_RING_SECONDS,
  callbackOf,
  type Outbound,
  outboundFlowOf,
  outcomeOfReturn,
  prepareOutbound,
} from './outboundCall.ts'
import type { TurnInput } from './turnInput.ts'

/** How often agents who accept a callback may turn out unreachable before a person has to see to it. */
const MAX_RETURNS = 3

/** Calls that we begin. */
export interface OutgoingCalls {
  /** An agent asks for a call. It is one of the agent's own queue, and occupies it like any other. Throws a refusal. */
  place(input: Extract<TurnInput, { type: 'place' }>): Call
  /**
   * Begins the call that returns a promise, and tells its id. Null where we cannot, and the agent calls by hand: it has
   * no telephone, the provider takes no commands, or calls may not go there.
   */
  dialBack(work: Work, agent: Named): string | null
  /** What has come of a return call is what comes of the promise, once. */
  settleReturn(call: Call): void
}

export function createOutgoingCalls(batch: Batch, { follow }: Pick<Turning, 'follow'>): OutgoingCalls {
  const { floor, now, at: startedAt, facts, ledger, takesCommands, hasSoftphones, recordsBridges } = batch
  const { settings } = floor
  const { calls, promises, strangers, read } = facts
  let { begun } = facts

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
    const call = prepareOutbound(outbound, isRecorded, startedAt)
    const { run } = beginFlow(outboundFlowOf(callbackId, to), facts)
    const record: CallRecord = { call: { ...call, flow: run }, ...known, requestId: null }
    begun++
    calls.begin(record)
    const state = told(record.call)
    ledger.emitWithCard(call.id, card => ({ type: 'call.arrived', call: state, card }))
    ledger.emit({ type: 'call.assigned', call: state, agent })
    ledger.command(call, { type: 'dial', to: at, from, ringSeconds: AGENT_RING_SECONDS })
    return record
  }

  /**
   * Why no call is begun that leads to these telephones, the customer’s first: to which of them calls may not go. Null: it
   * may be begun. Softphones are no telephones.
   */
  function barredOf(to: string, at: Destination): { number: string; barred: Barred } | null {
    for (const end of [to, at]) {
      if (typeof end !== 'string' && end.type !== 'number') continue
      const number = typeof end === 'string' ? end : end.number
      const { barred } = dialling(number, settings.dialling)
      if (barred !== null) return { number, barred }
    }
    const barred = limited(settings.dialling, begun)
    return barred && { number: to, barred }
  }

  return {
    place({ callId, agent, to, provider }) {
      const at = reachOf(batch, { provider }, agent.id)
      if (at === null) throw conflict('no_telephone', 'You have no telephone to call from. Set its number first.')
      const refused = barredOf(to, at)
      if (refused !== null) throw conflict('call_barred', whyBarred(refused.barred))
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
      floor.assign({ ...work, preferredAgentId: agent.id, enqueuedAt: now }, agent.id, now)
      follow()
      return record.call
    },
    dialBack(work, agent) {
      const origin = calls.find(work.callId)
      const promise = promises.get(work.id)
      if (origin === null || promise === undefined) return null
      const { provider, to, queue, contact, callerName } = origin.call
      const at = reachOf(batch, origin.call, agent.id)
      const own = read(to).e164
      if (at === null || own === null || !settings.numbers.has(own) || !takesCommands(provider)) return null
      const refused = barredOf(promise.number, at)
      if (refused !== null) {
        ledger.emit({ type: 'call.barred', call: told(origin.call), ...refused })
        return null
      }
      const ends = { id: newId(), from: own, to: promise.number, agent, at }
      const known = { customerKey: read(promise.number).key, matchState: origin.matchState }
      begin({ ...ends, provider, queue, contact, callerName }, known, work.id)
      return ends.id
    },
    settleReturn(call) {
      const promise = promises.get(callbackOf(call) ?? '')
      const outcome = outcomeOfReturn(call)
      if (promise === undefined || promise.returnCallId !== call.id || call.agent === null || outcome === null) return
      // That they have talked may be heard late; what else is settled, also by hand, stays.
      if (promise.status !== 'in-progress' && !(promise.status === 'failed' && outcome === 'returned')) return
      const { id, callId } = promise
      ledger.settled.add(promise)
      if (outcome === 'returned') {
        const by = call.agent
        promise.status = 'done'
        ledger.emitOf(callId, () => ({ type: 'callback.done', callbackId: id, call: calls.stateOf(callId), by }))
        floor.leave(id, now)
        return
      }
      const again = outcome === 'agent-unreachable' && promise.attempts < MAX_RETURNS && floor.holderOf(id) !== null
      const reason = outcome === 'agent-unreachable' && !again ? 'too-many-attempts' : outcome
      ledger.emitOf(callId, () => ({ type: 'callback.failed', callbackId: id, call: calls.stateOf(callId), reason }))
      if (again) {
        promise.status = 'waiting'
        promise.returnCallId = null
        floor.putBack(id, UNREACHABLE, now)
      } else {
        // Calling a customer again who does not answer is for a person to decide.
        promise.status = 'failed'
        floor.leave(id, now)
      }
    },
  }
}
