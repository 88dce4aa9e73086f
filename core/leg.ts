/** How far one side of a call has got. `ended` never goes back. */
export type LegStatus = 'initiated' | 'ringing' | 'in-progress' | 'ended'

/**
 * Why a leg ended. `completed`: it had been answered. `hangup`: it ended, and the provider does not say whether anybody
 * had answered.
 */
export type EndReason = 'completed' | 'hangup' | 'busy' | 'no-answer' | 'canceled' | 'rejected' | 'failed'

/**
 * One side of a call: the customer's, or that of somebody who takes the call.
 * All times are ISO 8601 in UTC. They are the provider's where it sends any, else the time of receipt.
 */
export interface Leg {
  /** The provider's own id of this leg. */
  providerLegId: string
  party: 'customer' | 'agent' | 'supervisor'
  status: LegStatus
  /** Where the last report stands in the provider's own order; null where the provider gives none. */
  order: number | null
  endReason: EndReason | null
  startedAt: string
  answeredAt: string | null
  endedAt: string | null
  durationSeconds: number | null
  /** What this leg's reports say about the call as a whole; null where none of them does. */
  direction: 'inbound' | 'outbound' | null
  from: string | null
  to: string | null
  callerName: string | null
  extensionId: string | null
}

/** What a leg tells about its call. */
export type Telling = Pick<Leg, 'direction' | 'from' | 'to' | 'callerName' | 'extensionId'>

const RANK: Record<LegStatus, number> = { initiated: 0, ringing: 1, 'in-progress': 2, ended: 3 }
const REASON_RANK: Record<EndReason, number> = {
  hangup: 0,
  'no-answer': 1,
  canceled: 2,
  busy: 3,
  rejected: 4,
  failed: 5,
  completed: 6,
}

/** What a provider says about one leg at one moment. A status that is not in our words is null. */
export interface LegReport extends Telling {
  providerLegId: string
  party: Leg['party']
  status: LegStatus | null
  order: number | null
  endReason: EndReason | null
  at: string
  durationSeconds: number | null
}

/**
 * What is known after one more report. The result does not depend on the order in which reports arrive, nor on how
 * often: the furthest status wins, within one status the latest by the provider's own order, and the earliest time at
 * which each step was seen. (A join: commutative, associative, idempotent.) A report that says nothing new returns the
 * very same leg.
 */
export function mergeReport(leg: Leg | null, report: LegReport): Leg {
  const reported: Leg = {
    providerLegId: report.providerLegId,
    party: report.party,
    status: report.status ?? 'initiated',
    order: report.status === null ? null : report.order,
    endReason: report.status === 'ended' ? (report.endReason ?? 'hangup') : null,
    startedAt: report.at,
    answeredAt: report.status === 'in-progress' ? report.at : null,
    endedAt: report.status === 'ended' ? report.at : null,
    durationSeconds: report.status === 'ended' ? report.durationSeconds : null,
    direction: report.direction,
    from: report.from,
    to: report.to,
    callerName: report.callerName,
    extensionId: report.extensionId,
  }
  if (leg === null) return reported
  const startedAt = earliest(leg.startedAt, reported.startedAt)!
  const answeredAt = earliest(leg.answeredAt, reported.answeredAt)
  const merged = {
    ...(isFurther(reported, leg) ? reported : leg),
    startedAt,
    answeredAt,
    direction: firstOf(leg.direction, reported.direction),
    from: firstOf(leg.from, reported.from),
    to: firstOf(leg.to, reported.to),
    callerName: firstOf(leg.callerName, reported.callerName),
    extensionId: firstOf(leg.extensionId, reported.extensionId),
  }
  return (Object.keys(merged) as (keyof Leg)[]).every(field => merged[field] === leg[field]) ? leg : merged
}

function isFurther(a: Leg, b: Leg): boolean {
  const difference =
    RANK[a.status] - RANK[b.status] ||
    (a.order ?? -1) - (b.order ?? -1) ||
    reasonRank(a) - reasonRank(b) ||
    // Two reports of the same end: the one with a duration knows more, and the earlier clock is nearer the truth.
    (a.durationSeconds ?? -1) - (b.durationSeconds ?? -1) ||
    Date.parse(b.endedAt ?? b.startedAt) - Date.parse(a.endedAt ?? a.startedAt)
  return difference > 0
}

/** Of two that are told, the first by the alphabet: any choice will do that does not depend on which came first. */
function firstOf<Text extends string>(a: Text | null, b: Text | null): Text | null {
  if (a === null || b === null) return a ?? b
  return a <= b ? a : b
}

const reasonRank = (leg: Leg): number => (leg.endReason === null ? -1 : REASON_RANK[leg.endReason])

/** The earlier of two ISO times, either of which may be unknown. */
export function earliest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return Date.parse(a) <= Date.parse(b) ? a : b
}
