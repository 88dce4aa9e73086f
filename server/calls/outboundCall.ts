import type { Destination } from '../../core/action.ts'
import { type Call, isOver, type Named, newCall } from '../../core/call.ts'
import { alone, taken } from '../../core/conversation.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import { phrase } from '../../core/phrase.ts'
import type { LegSignal } from '../../core/signal.ts'

/**
 * A call that we begin: one that an agent asks for, or that keeps a promise. The agent is reached first, so that no
 * customer is called only to wait, and is then led to the customer by a flow of its own. It is a call like any other, but
 * for this: the side that opens it is ours, and the one that is dialled from within is the customer's.
 */

const RETURN = 'callback:'
const PLACED = 'placed:'
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

/** `from`: our number; `to`: the customer's, both E.164. `at`: where the agent is reached. */
export interface Outbound {
  id: string
  provider: string
  from: string
  to: string
  agent: Named
  at: Destination
  queue: Named | null
  contact: Call['contact']
  callerName: string | null
}

/** The call as it is before it is dialled. `isRecorded`: from its beginning; else the agent has to say so first. */
export const prepareOutbound = ({ at, ...known }: Outbound, isRecorded: boolean, now: string): Call =>
  newCall({
    ...known,
    // Its own becomes known with the first that is heard of it.
    providerCallId: placeholderOf(known.id),
    control: 'ours',
    direction: 'outbound',
    startedAt: now,
    // Who hears whom is ours to say only where the agent speaks in the browser.
    conversation: at.type === 'softphone' ? taken(alone(isRecorded ? 'on' : 'off'), known.agent) : null,
  })

const placeholderOf = (callId: string): string => `outbound:${callId}`

/** Whether the provider has not told its own id for this call yet. */
export const isUndialled = ({ id, providerCallId }: Call): boolean => providerCallId === placeholderOf(id)

/** Whoever answers is led to the number by this flow; everything it needs is in its id. `callbackId` null: no promise. */
export const outboundFlowOf = (callbackId: string | null, number: string) => ({
  id: `${callbackId === null ? PLACED : `${RETURN}${callbackId}:`}${number}`,
  version: 0,
})

/** Whether it is a call that we began. */
export const isBegunByUs = ({ flow }: Pick<Call, 'flow'>): boolean =>
  flow !== null && (flow.flowId.startsWith(RETURN) || flow.flowId.startsWith(PLACED))

/** The promise that it keeps; null: none. */
export function callbackOf({ flow }: Pick<Call, 'flow'>): string | null {
  if (flow === null || !flow.flowId.startsWith(RETURN)) return null
  return flow.flowId.slice(RETURN.length).split(':')[0]!
}

/** The flow of this id; null where it is none of ours. `language`: what agents are spoken to in. */
export function outboundFlow(flowId: string, language: string): FlowDefinition | null {
  if (!flowId.startsWith(RETURN) && !flowId.startsWith(PLACED)) return null
  const number = flowId.slice(flowId.lastIndexOf(':') + 1)
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

const SEEN_FROM_INSIDE = { customer: 'agent', agent: 'customer', supervisor: 'supervisor' } as const

/** A report on a side of such a call. Who calls whom is known: what the provider says of it is the agent's telephone. */
export const heardFromInside = (signal: LegSignal): LegSignal => ({
  ...signal,
  party: SEEN_FROM_INSIDE[signal.party],
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
