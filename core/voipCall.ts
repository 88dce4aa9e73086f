import type { Named } from './call.ts'
import { CallRefusal } from './refusal.ts'
import type { LegSignal } from './signal.ts'
import { allowsRecording, answerConsent, type PageAnswer, type VoipConsent } from './voipConsent.ts'

/**
 * A call between two people who both sit at a browser: a user of the CRM and a customer in the portal, or two users. Who
 * hears whom needs no saying; how far it has got does. Times are ISO 8601 in UTC. Pure: time is handed in, and what
 * changes nothing returns the very same object.
 */
export interface VoipCall {
  id: string
  /** By this both enter the room in which they hear each other. */
  roomName: string
  /** Who carries the audio. */
  provider: string
  from: VoipParty
  to: VoipParty
  status: VoipStatus
  startedAt: string
  answeredAt: string | null
  endedAt: string | null
  /** When it ends by itself unless something happens until then; null: it is over. */
  dueAt: string | null
  connections: Connection[]
  /** What the customer has to know before it is recorded; null: it is not. */
  consent: VoipConsent | null
}

/** Somebody as a call names them, whatever becomes of them later. */
export interface VoipParty {
  id: string
  supabaseUserId: string
  type: ParticipantType
  name: string
  /** As it was given; null where it is not known. */
  phone: string | null
}

export type ParticipantType = 'CRM_USER' | 'PORTAL_CUSTOMER'

/** `MISSED`: nobody answered, or the caller did not wait. `FAILED`: it was answered, and they never heard each other. */
export type VoipStatus = 'RINGING' | 'IN_PROGRESS' | 'COMPLETED' | 'MISSED' | 'DECLINED' | 'FAILED'

export type Side = 'from' | 'to'

/** One stay of somebody in the room. Who loses the network comes back as another one. */
export interface Stay {
  id: string
  side: Side
}

/**
 * A stay as far as it is known. `gone` never goes back, so news of coming and going may arrive twice and in any order.
 * `until`: so long it is taken to last of which nothing more is heard.
 */
export interface Connection extends Stay {
  gone: boolean
  until: string
}

export const RING_SECONDS = 45
/** How long whoever has answered may take to get its microphone to work. */
export const ARRIVE_SECONDS = 120
/** How long somebody may be gone who was there. */
export const COME_BACK_SECONDS = 15
/** How long somebody is taken to be in the room of whom nothing more is heard. */
export const LIFE_SECONDS = 90
/** Somebody who comes and goes for hours is not remembered for ever. */
const MAX_CONNECTIONS = 40

export type NewVoipCall = Pick<VoipCall, 'id' | 'roomName' | 'provider' | 'from' | 'to' | 'consent'>

export const ring = (call: NewVoipCall, now: string): VoipCall => ({
  ...call,
  status: 'RINGING',
  startedAt: now,
  answeredAt: null,
  endedAt: null,
  dueAt: later(now, RING_SECONDS),
  connections: [],
})

export const isOver = ({ status }: Pick<VoipCall, 'status'>): boolean =>
  status !== 'RINGING' && status !== 'IN_PROGRESS'

/** Which side of the call this participant is; null for one who has nothing to do with it. */
export const sideOf = ({ from, to }: Pick<VoipCall, 'from' | 'to'>, participantId: string): Side | null =>
  from.id === participantId ? 'from' : to.id === participantId ? 'to' : null

/** Throws {@link CallRefusal} when it does not ring any more, and for the caller itself. */
export function accept(call: VoipCall, by: Side, now: string): VoipCall {
  if (by === 'from') throw new CallRefusal('not_yours_to_answer', 'Only who is called can answer.')
  if (call.status === 'IN_PROGRESS') return call
  if (isOver(call)) throw new CallRefusal('call_over', 'This call is over.')
  const after: VoipCall = { ...call, status: 'IN_PROGRESS', answeredAt: now }
  return { ...after, dueAt: dueAfter(after, now) }
}

/** By the caller it is the same as not waiting any longer. Throws {@link CallRefusal} once it is answered. */
export function decline(call: VoipCall, by: Side, now: string): VoipCall {
  if (isOver(call)) return call
  if (call.status === 'IN_PROGRESS') throw new CallRefusal('call_answered', 'This call is answered already: end it.')
  return over(call, by === 'to' ? 'DECLINED' : 'MISSED', now)
}

export function hangUp(call: VoipCall, by: Side, now: string): VoipCall {
  if (isOver(call)) return call
  return call.status === 'IN_PROGRESS' ? over(call, 'COMPLETED', now) : decline(call, by, now)
}

/**
 * The customer's page says that it has shown what there is to know about recording, or what the customer has chosen.
 * Throws {@link CallRefusal} for anybody else's page, and for what that page cannot say (now).
 */
export function answerRecording(call: VoipCall, by: Side, answer: Omit<PageAnswer, 'at'>, now: string): VoipCall {
  if (by !== customerOf(call))
    throw new CallRefusal('not_yours_to_answer', 'Whether it is recorded, only the customer is asked.')
  if (isOver(call)) throw new CallRefusal('call_over', 'This call is over.')
  // It rings on every page of whoever is called; only the one that answers is surely looked at.
  if (call.status === 'RINGING' && by === 'to')
    throw new CallRefusal('not_answered', 'This call is not answered yet: say so from the page that answers it.')
  if (call.consent === null) throw new CallRefusal('not_recorded', 'This call is not recorded.')
  const consent = answerConsent(call.consent, { ...answer, at: now })
  return consent === call.consent ? call : { ...call, consent }
}

/** Whether what the two say may be recorded from now on. */
export const isToBeRecorded = (call: VoipCall): boolean =>
  isConversation(call) && call.consent !== null && allowsRecording(call.consent)

/** What carried the audio cannot any more. */
export const breakOff = (call: VoipCall, now: string): VoipCall => {
  if (isOver(call)) return call
  return over(call, call.status === 'IN_PROGRESS' && haveMet(call) ? 'COMPLETED' : 'FAILED', now)
}

/** Somebody is in the room now; of one who is known to be, a sign of life. */
export function come(call: VoipCall, stay: Stay, now: string): VoipCall {
  if (isOver(call) || isGone(call, stay)) return call
  return withConnections(call, seen(call.connections, stay, now), now)
}

/** One stay in the room is over; the same one is not begun again by news that come late. */
export function go(call: VoipCall, { id, side }: Stay, now: string): VoipCall {
  if (isOver(call) || isGone(call, { id, side })) return call
  const others = call.connections.filter(other => other.id !== id)
  return withConnections(call, [...others, { id, side, gone: true, until: now }], now)
}

const isGone = ({ connections }: VoipCall, stay: Stay): boolean =>
  connections.some(({ id, gone }) => id === stay.id && gone)

function seen(connections: Connection[], { id, side }: Stay, now: string): Connection[] {
  const there = { id, side, gone: false, until: later(now, LIFE_SECONDS) }
  const known = connections.some(other => other.id === id)
  return known ? connections.map(other => (other.id === id ? there : other)) : [...connections, there]
}

/**
 * What has become of it by now. `alive`: who is in the room for sure, also where nobody had told of it; null: that cannot
 * be told just now, and everybody is taken to be where they were.
 */
export function passTime(call: VoipCall, alive: readonly Stay[] | null, now: string): VoipCall {
  if (call.dueAt === null || Date.parse(now) < Date.parse(call.dueAt)) return call
  if (call.status === 'RINGING') return over(call, 'MISSED', call.dueAt)
  const there = (alive ?? call.connections).filter(stay => !isGone(call, stay))
  const connections = there
    .reduce((known, stay) => seen(known, stay, now), call.connections)
    .map(one => ({ ...one, gone: one.gone || Date.parse(one.until) <= Date.parse(now) }))
  const after = { ...call, connections: trimmed(connections) }
  if (areTogether(after) || alive === null) return { ...after, dueAt: soonestEnd(after) ?? later(now, LIFE_SECONDS) }
  return over(after, haveMet(after) ? 'COMPLETED' : 'FAILED', call.dueAt)
}

/** Seconds from the beginning to the end; 0 where nobody answered, null while it lives. */
export function durationOf({
  startedAt,
  answeredAt,
  endedAt,
}: Pick<VoipCall, 'startedAt' | 'answeredAt' | 'endedAt'>): number | null {
  if (endedAt === null) return null
  return answeredAt === null ? 0 : Math.max(0, Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000))
}

/** Whether this side has a connection in the room. */
export const isThere = ({ connections }: Pick<VoipCall, 'connections'>, side: Side): boolean =>
  connections.some(connection => connection.side === side && !connection.gone)

const areTogether = (call: VoipCall): boolean => isThere(call, 'from') && isThere(call, 'to')

const haveMet = ({ connections }: VoipCall): boolean =>
  (['from', 'to'] as const).every(side => connections.some(connection => connection.side === side))

/** Whether the two have begun to talk. */
export const isConversation = (call: VoipCall): boolean => call.status === 'IN_PROGRESS' && haveMet(call)

function withConnections(call: VoipCall, connections: Connection[], now: string): VoipCall {
  const after = { ...call, connections: trimmed(connections) }
  return { ...after, dueAt: dueAfter(after, now) }
}

function dueAfter(call: VoipCall, now: string): string | null {
  if (call.status !== 'IN_PROGRESS') return call.dueAt
  if (areTogether(call)) return soonestEnd(call)
  if (!haveMet(call)) return later(call.answeredAt!, ARRIVE_SECONDS)
  const comeBackBy = later(now, COME_BACK_SECONDS)
  // Of two who leave one after the other, the first is waited for no longer because of the second.
  return call.dueAt !== null && Date.parse(call.dueAt) < Date.parse(comeBackBy) ? call.dueAt : comeBackBy
}

/** Without the oldest of those that are gone, where there are too many. */
function trimmed(connections: Connection[]): Connection[] {
  if (connections.length <= MAX_CONNECTIONS) return connections
  const there = connections.filter(({ gone }) => !gone)
  return [...connections.filter(({ gone }) => gone).slice(there.length - MAX_CONNECTIONS), ...there]
}

/** When the first of two who are together has to be seen again. */
function soonestEnd({ connections }: VoipCall): string | null {
  const lasts = (['from', 'to'] as const).map(side =>
    connections
      .filter(one => one.side === side && !one.gone)
      .map(({ until }) => until)
      .toSorted()
      .at(-1),
  )
  return lasts.filter(until => until !== undefined).toSorted()[0] ?? null
}

const over = (call: VoipCall, status: VoipStatus, endedAt: string): VoipCall => ({
  ...call,
  status,
  endedAt,
  dueAt: null,
  connections: call.connections.map(connection => ({ ...connection, gone: true })),
})

const later = (time: string, seconds: number): string => new Date(Date.parse(time) + seconds * 1000).toISOString()

/** Whose side is the customer's, for the call center: the portal's; between two users, that of whoever is called. */
export const customerOf = ({ from }: Pick<VoipCall, 'from'>): Side => (from.type === 'PORTAL_CUSTOMER' ? 'from' : 'to')

export const otherSide = (side: Side): Side => (side === 'from' ? 'to' : 'from')

/**
 * The call as the call center knows calls: everything that has happened to both sides so far, so that it can be told
 * again and again, and late.
 *
 * @param agent who speaks for us, where the audio is ours; null: it is not.
 */
export function signalsOf(call: VoipCall, agent: Named | null): LegSignal[] {
  const customer = customerOf(call)
  const steps: Pick<LegSignal, 'status' | 'at' | 'endReason'>[] = [
    { status: 'ringing', at: call.startedAt, endReason: null },
    ...(call.answeredAt === null ? [] : [{ status: 'in-progress' as const, at: call.answeredAt, endReason: null }]),
    ...(call.endedAt === null ? [] : [{ status: 'ended' as const, at: call.endedAt, endReason: endReasonOf(call) }]),
  ]
  return (['from', 'to'] as const).flatMap(side =>
    steps.map((step, order) => ({
      type: 'leg' as const,
      provider: call.provider,
      providerCallId: call.roomName,
      providerLegId: `${call.roomName}/${side}`,
      party: side === customer ? ('customer' as const) : ('agent' as const),
      ...step,
      order,
      durationSeconds: null,
      direction: customer === 'from' ? ('inbound' as const) : ('outbound' as const),
      from: call.from.phone ?? call.from.name,
      to: call.to.phone ?? call.to.name,
      callerName: call.from.name,
      control: 'provider' as const,
      extensionId: null,
      ...(agent !== null && { conversation: { agent, consent: call.consent?.mode ?? null } }),
    })),
  )
}

function endReasonOf(call: VoipCall): LegSignal['endReason'] {
  switch (call.status) {
    case 'COMPLETED':
      return 'completed'
    case 'DECLINED':
      return 'rejected'
    case 'FAILED':
      return 'failed'
    default:
      // A customer who hangs up while it rings has given up; whoever we call and who does not answer, has not answered.
      return call.from.type === 'PORTAL_CUSTOMER' ? 'hangup' : 'no-answer'
  }
}
