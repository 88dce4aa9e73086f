import { type AgentProfile, type AgentState, isOpen } from '../agent.ts'
import type { Group } from './eligibility.ts'
import type { Candidate, Ordering, Seat } from './ordering.ts'
import type { QueuedCall } from './snapshot.ts'

/** An agent in the routing. Its seats are in the orderings of its queues for exactly as long as it may be offered a call. */
export interface Desk extends Candidate {
  group: Group
  /** Those of its queues. Which queues it is in depends on their settings alone: whatever becomes of its skills, they remain. */
  orderings: readonly Ordering<Desk>[]
  /** One in each of the orderings. */
  seats: Seat<Desk>[]
  /** Calls that it still writes about, by id. They may be in line again, or with somebody else, meanwhile. */
  wrapUps: Map<string, QueuedCall>
}

/** In no ordering yet: see {@link sitDown}. */
export function newDesk(
  order: number,
  profile: AgentProfile,
  state: AgentState,
  group: Group,
  orderings: readonly Ordering<Desk>[],
): Desk {
  const desk: Desk = { order, profile, state, group, orderings, seats: [], wrapUps: new Map() }
  desk.seats = orderings.map(() => ({ key: 0, second: 0, order, at: -1, agent: desk }))
  return desk
}

export const seatIn = (ordering: Ordering<Desk>, desk: Desk): Seat<Desk> =>
  desk.seats[desk.orderings.indexOf(ordering)]!

/** Other skills or another capacity than before. */
export function changeProfile(desk: Desk, profile: AgentProfile, group: Group, now: number): void {
  const wasSeated = isSeated(desk)
  standUp(desk)
  desk.profile = profile
  desk.group = group
  if (isOpen(profile, desk.state)) sitDown(desk, wasSeated, now)
}

/** Everything that an agent does or undergoes comes through here, so that the orderings always show who is free. */
export function changeState(desk: Desk, state: AgentState, now: number): void {
  const wasSeated = isSeated(desk)
  const before = desk.state
  desk.state = state
  const open = isOpen(desk.profile, state)
  const unmoved =
    before.readySince === state.readySince &&
    before.callsTaken === state.callsTaken &&
    before.idleFrom === state.idleFrom &&
    before.idleBefore === state.idleBefore
  if (wasSeated && open && unmoved) return
  standUp(desk)
  if (open) sitDown(desk, wasSeated, now)
}

const isSeated = ({ seats }: Desk): boolean => seats.length > 0 && seats[0]!.at >= 0

/** `stays`: it was free already, and keeps its turn. */
function sitDown({ orderings, seats }: Desk, stays: boolean, now: number): void {
  for (let i = 0; i < seats.length; i++) orderings[i]!.enter(seats[i]!, stays, now)
}

function standUp(desk: Desk): void {
  if (!isSeated(desk)) return
  const { orderings, seats } = desk
  for (let i = 0; i < seats.length; i++) orderings[i]!.leave(seats[i]!)
}
