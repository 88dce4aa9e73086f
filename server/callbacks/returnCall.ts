import { type Call, isOver, type Named } from '../../core/call.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import { phrase } from '../../core/phrase.ts'
import type { LegSignal } from '../../core/signal.ts'

/**
 * The call that keeps a promise: the agent's telephone rings first, so that no customer is called only to wait, and
 * whoever takes it up there is led to the customer by a flow of its own. It is a call like any other, but for this: the
 * side that opens it is ours, and the one that is dialled from within is the customer's.
 */

const RETURN = 'callback:'
/** How long the agent's telephone rings, and the customer's. Whole seconds. */
export const AGENT_RING_SECONDS = 30
const CUSTOMER_RING_SECONDS = 45
const UNREACHABLE = 'unreachable'

/**
 * - `returned`: the two have talked.
 * - `agent-unreachable`: nobody took up the agent's telephone, or it could not be dialled.
 * - `customer-unreachable`: the agent was there, and the customer was not, or the agent did not wait for it.
 */
export type ReturnOutcome = 'returned' | 'agent-unreachable' | 'customer-unreachable'

/** `from`: our number that the promise was made on; `to`: the number that was promised a call. Both E.164. */
export type ReturnEnds = { id: string; from: string; to: string; agent: Named }

/** The call as it is before it is dialled. `origin`: the one that the promise was made in. */
export function prepareReturn({ id, from, to, agent }: ReturnEnds, origin: Call, now: string): Call {
  return {
    id,
    provider: origin.provider,
    // Its own becomes known with the first that is heard of it.
    providerCallId: placeholderOf(id),
    control: 'ours',
    direction: 'outbound',
    from,
    to,
    callerName: origin.callerName,
    subject: null,
    status: 'initiated',
    outcome: null,
    queue: origin.queue,
    agent,
    contact: origin.contact,
    startedAt: now,
    answeredAt: null,
    endedAt: null,
    durationSeconds: null,
    queuedAt: null,
    takenAt: null,
    divertedTo: null,
    flow: null,
    disposition: null,
    conversation: null,
    legs: [],
  }
}

const placeholderOf = (callId: string): string => `return:${callId}`

/** Whether the provider has not told its own id for this call yet. */
export const isUndialled = ({ id, providerCallId }: Call): boolean => providerCallId === placeholderOf(id)

/** Whoever answers is led to the number by this flow; everything it needs is in its id. */
export const returnFlowOf = (callbackId: string, number: string) => ({
  id: `${RETURN}${callbackId}:${number}`,
  version: 0,
})

/** Null: the call has no flow, or another one. */
export function callbackOf({ flow }: Pick<Call, 'flow'>): string | null {
  if (flow === null || !flow.flowId.startsWith(RETURN)) return null
  return flow.flowId.slice(RETURN.length).split(':')[0]!
}

/** The flow of this id; null where it is none of ours. `language`: what agents are spoken to in. */
export function returnFlow(flowId: string, language: string): FlowDefinition | null {
  if (!flowId.startsWith(RETURN)) return null
  const [, number = ''] = flowId.slice(RETURN.length).split(':')
  const sorry = phrase('customer-unreachable', language)
  return {
    start: 'ring',
    language: sorry.language,
    nodes: {
      ring: {
        type: 'ring',
        target: { type: 'number', number },
        ringSeconds: CUSTOMER_RING_SECONDS,
        unanswered: UNREACHABLE,
      },
      [UNREACHABLE]: { type: 'hangUp', prompt: { text: { [sorry.language]: sorry.text } } },
    },
  }
}

/** A report on a side of such a call. Who calls whom is known: what the provider says of it is the agent's telephone. */
export const heardFromInside = (signal: LegSignal): LegSignal => ({
  ...signal,
  party: signal.party === 'customer' ? 'agent' : 'customer',
  direction: null,
  from: null,
  to: null,
  callerName: null,
})

/** That the agent's telephone could not be dialled, as if it had been and the network had refused. */
export const neverDialled = ({ provider, providerCallId }: Call): LegSignal => ({
  type: 'leg',
  provider,
  providerCallId,
  providerLegId: providerCallId,
  party: 'agent',
  status: 'ended',
  endReason: 'failed',
  order: null,
  at: null,
  durationSeconds: null,
  direction: null,
  from: null,
  to: null,
  callerName: null,
  control: 'provider',
  extensionId: null,
})

/** What has come of it; null while that is open. A late report can still turn `customer-unreachable` into `returned`. */
export function outcomeOfReturn(call: Call): ReturnOutcome | null {
  const { flow, legs } = call
  const led = flow?.awaiting.type === 'end'
  if (!isOver(call) && !led) return null
  if (call.outcome === 'answered' || call.answeredAt !== null) return 'returned'
  if (!isOver(call)) return flow!.path.includes(UNREACHABLE) ? 'customer-unreachable' : null
  const taken = legs.some(leg => leg.party === 'agent' && (leg.answeredAt !== null || leg.endReason === 'completed'))
  return taken ? 'customer-unreachable' : 'agent-unreachable'
}
