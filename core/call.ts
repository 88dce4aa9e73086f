import type { Consent } from './consent.ts'
import { type Conversation, withoutUnseen } from './conversation.ts'
import type { CallEvent } from './event.ts'
import type { FlowRun } from './flowRun.ts'
import { earliest, type Leg, type Telling } from './leg.ts'

/** What the outside sees of how far a call has got (CRM API vocabulary). */
export type CallStatus = 'initiated' | 'ringing' | 'in-progress' | 'completed' | 'failed'

/** How a call ended. Null while it lives. */
export type CallOutcome =
  | 'answered'
  | 'abandoned'
  | 'voicemail'
  | 'callback'
  | 'overflowed'
  | 'rejected'
  | 'busy'
  | 'no-answer'
  | 'canceled'
  | 'failed'

export type Direction = 'inbound' | 'outbound'

/**
 * Who decides what happens to a call next: `ours` (the provider executes our instructions), `provider` (it only tells
 * us), `nobody` (a person logged it after the fact).
 */
export type CallControl = 'ours' | 'provider' | 'nobody'

/** A conversation by telephone from the first ring to the last hang-up. Times are ISO 8601 in UTC, durations whole seconds. */
export interface Call {
  id: string
  provider: string
  providerCallId: string
  control: CallControl
  direction: Direction
  from: string | null
  to: string | null
  callerName: string | null
  subject: string | null
  status: CallStatus
  outcome: CallOutcome | null
  queue: Named | null
  agent: Named | null
  contact: ContactRef | null
  startedAt: string
  answeredAt: string | null
  endedAt: string | null
  durationSeconds: number | null
  /** When it last joined a line; null: never. */
  queuedAt: string | null
  /** When an agent took it whose media do not come by telephone: from then on they are talking. */
  takenAt: string | null
  /** What became of it without an agent, by the center's own means. */
  divertedTo: 'voicemail' | 'callback' | 'overflowed' | null
  /** Where it is in its flow; null for calls without one, and those that others control. */
  flow: FlowRun | null
  /** What came of it, in the words of whoever had it. */
  disposition: string | null
  /** Who is in it and who hears whom; null where that is not ours to say. */
  conversation: Conversation | null
  /** What the customer was told or asked about being recorded; null: nothing. */
  consent: Consent | null
  legs: Leg[]
}

/** A call as events tell it: without its sides and its place in the flow, which only the call itself keeps. */
export type CallState = Omit<Call, 'legs' | 'flow'>

export interface Named {
  id: string
  name: string
}

export interface ContactRef extends Named {
  email: string | null
}

/** A call of which nothing is known but this. */
export const newCall = (
  known: Pick<Call, 'id' | 'provider' | 'providerCallId' | 'control' | 'direction' | 'startedAt'> & Partial<Call>,
): Call => ({
  from: null,
  to: null,
  callerName: null,
  subject: null,
  status: 'initiated',
  outcome: null,
  queue: null,
  agent: null,
  contact: null,
  answeredAt: null,
  endedAt: null,
  durationSeconds: null,
  queuedAt: null,
  takenAt: null,
  divertedTo: null,
  flow: null,
  disposition: null,
  conversation: null,
  consent: null,
  legs: [],
  ...known,
})

/** What events say of a call: who listens unseen stands in events of their own. */
export const told = ({ legs: _, flow: __, conversation, ...state }: Call): CallState => ({
  ...state,
  conversation: conversation && withoutUnseen(conversation),
})

/** Whether the call has ended: it never comes back from there. */
export const isOver = (call: Pick<Call, 'status'>): boolean => call.status === 'completed' || call.status === 'failed'

/** The call as its legs tell it. Only an end, once seen, is kept against what the legs say later. */
export function derive(told: Call): Call {
  const call = { ...told, ...tellingOf(told) }
  const { legs } = call
  const over = isOver(call) || (legs.length > 0 && legs.every(leg => leg.status === 'ended'))
  const startedAt = legs.reduce((at, leg) => earliest(at, leg.startedAt)!, call.startedAt)
  const answeredAt = answerTime(call)
  if (!over) return { ...call, status: liveStatus(call), startedAt, answeredAt }
  const last = lastToEnd(legs)
  const endedAt = last?.endedAt ?? call.endedAt ?? startedAt
  const outcome = outcomeOf(call, last, answeredAt)
  return {
    ...call,
    status: UNCONNECTED.has(outcome) ? 'failed' : 'completed',
    outcome,
    startedAt,
    answeredAt,
    endedAt,
    conversation: null,
    durationSeconds: last?.durationSeconds ?? wholeSeconds(answeredAt ?? startedAt, endedAt),
  }
}

/**
 * Who calls whom, from what the legs say: the customer's side first, then by id, never by which was heard of first.
 * A call with one inbound leg is inbound, whoever is dialled from within it.
 */
function tellingOf(call: Call): Pick<Call, 'direction' | 'from' | 'to' | 'callerName'> {
  const legs = call.legs.toSorted(
    (a, b) =>
      Number(b.party === 'customer') - Number(a.party === 'customer') || order(a.providerLegId, b.providerLegId),
  )
  const first = <Field extends keyof Telling>(field: Field): Telling[Field] | null =>
    legs.find(leg => leg[field] != null)?.[field] ?? null
  const direction = legs.some(leg => leg.direction === 'inbound') ? 'inbound' : first('direction')
  return {
    direction: direction ?? call.direction,
    from: first('from') ?? call.from,
    to: first('to') ?? call.to,
    callerName: first('callerName') ?? call.callerName,
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Ends that the CRM API calls `failed`: the two sides never met, for a reason that the provider names. */
const UNCONNECTED: ReadonlySet<CallOutcome> = new Set(['busy', 'no-answer', 'canceled', 'rejected', 'failed'])

/**
 * Where the provider routes the call, what counts is the telephone it rings on: the caller's own side is “answered” as
 * soon as the provider's menu speaks.
 */
function liveStatus({ legs, control }: Call): CallStatus {
  const live = legs.filter(leg => leg.status !== 'ended')
  const agents = live.filter(leg => leg.party === 'agent')
  const telling = control === 'provider' && agents.length > 0 ? agents : live
  if (telling.some(leg => leg.status === 'in-progress')) return 'in-progress'
  return telling.some(leg => leg.status === 'ringing') ? 'ringing' : 'initiated'
}

/**
 * When somebody took the call. Where we control it, only an agent's leg counts: the customer's leg is “answered” as
 * soon as our greeting plays; where we began the call, our agent was rung first, and only the customer's leg counts.
 * Where the provider routes it, any answer does.
 */
function answerTime(call: Call): string | null {
  if (isBegunByUs(call))
    return call.legs.reduce<string | null>(
      (at, leg) => (leg.party === 'customer' ? earliest(at, leg.answeredAt) : at),
      null,
    )
  const answers = call.legs.filter(
    leg => call.control !== 'ours' || leg.party === 'agent' || call.direction === 'outbound',
  )
  const sides = answers.some(leg => leg.party === 'agent') ? answers.filter(leg => leg.party === 'agent') : answers
  return sides.reduce<string | null>((at, leg) => earliest(at, leg.answeredAt), call.takenAt)
}

/** Only calls that come in, and those that we begin ourselves, go through a flow. */
const isBegunByUs = (call: Call): boolean => call.direction === 'outbound' && call.flow !== null

function lastToEnd(legs: Leg[]): Leg | null {
  const customer = legs.find(leg => leg.party === 'customer' && leg.status === 'ended')
  if (customer) return customer
  return legs.reduce<Leg | null>((last, leg) => {
    if (leg.endedAt === null) return last
    return last === null || Date.parse(leg.endedAt) > Date.parse(last.endedAt!) ? leg : last
  }, null)
}

function outcomeOf(call: Call, last: Leg | null, answeredAt: string | null): CallOutcome {
  if (answeredAt !== null) return 'answered'
  if (call.divertedTo !== null) return call.divertedTo
  switch (last?.endReason ?? 'hangup') {
    case 'completed':
      // By our own agent, who did not wait for the customer.
      if (isBegunByUs(call) && last?.party === 'agent') return 'canceled'
      // The provider says it was answered. If it was our greeting that answered, nobody took the caller.
      return call.control === 'ours' && call.direction === 'inbound' ? 'abandoned' : 'answered'
    case 'hangup':
      return call.direction === 'inbound' ? 'abandoned' : 'no-answer'
    case 'busy':
      return 'busy'
    case 'no-answer':
      return 'no-answer'
    case 'canceled':
      return 'canceled'
    case 'rejected':
      return 'rejected'
    case 'failed':
      return 'failed'
    default:
      return last?.endReason as never
  }
}

/** What is to be told of a call that has become another by what was heard of it. */
export function changes(before: Call, after: Call): CallEvent[] {
  if (before.status !== after.status)
    return [{ type: 'call.status_changed', call: told(after), previousStatus: before.status }]
  const shown: (keyof Call)[] = ['outcome', 'from', 'to', 'callerName', 'answeredAt', 'endedAt', 'durationSeconds']
  const changed = shown.some(field => before[field] !== after[field]) || before.contact?.id !== after.contact?.id
  return changed ? [{ type: 'call.updated', call: told(after) }] : []
}

/** Never less than none: clocks differ. */
export function wholeSeconds(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
}
