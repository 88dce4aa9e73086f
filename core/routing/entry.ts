import type { Offer } from '../offer.ts'
import { placeInLine } from '../queue.ts'
import type { Desk } from './desk.ts'
import type { Kind } from './eligibility.ts'
import type { Ranked } from './heap.ts'
import type { Line } from './line.ts'
import type { QueuedCall, TakenUp } from './snapshot.ts'

/** A call in the routing. Its rank is its place in line, which it keeps while it rings. */
export interface Entry extends Ranked {
  call: QueuedCall
  line: Line
  kind: Kind
  /** `held`: it waits for its preferred agent alone. */
  state: 'waiting' | 'held' | 'offered' | 'talking'
  /** Who passed it up, and in which ready period. */
  passedBy: Map<Desk, number> | null
  offers: Offer[]
  owner: Desk | null
}

/** `order`: how many came before it. */
export const newEntry = (call: QueuedCall, line: Line, kind: Kind, order: number): Entry => ({
  key: placeInLine(line.settings, call.priority, call.enqueuedAt),
  second: 0,
  order,
  at: -1,
  call,
  line,
  kind,
  state: 'waiting',
  passedBy: null,
  offers: [],
  owner: null,
})

/** The agent had its chance: it is not asked again before its next ready period. */
export function passUp(entry: Entry, desk: Desk): void {
  entry.passedBy ??= new Map()
  entry.passedBy.set(desk, desk.state.readyPeriod)
}

export const hasPassed = (entry: Entry, desk: Desk): boolean =>
  entry.passedBy !== null && entry.passedBy.get(desk) === desk.state.readyPeriod

/** The entry as it is stored. */
export function takenUp(entry: Entry): TakenUp {
  const passedBy = [...(entry.passedBy ?? [])]
    .filter(([desk]) => hasPassed(entry, desk))
    .sort(([a], [b]) => a.order - b.order)
    .map(([desk, readyPeriod]) => ({ agentId: desk.profile.id, readyPeriod }))
  return { call: entry.call, passedBy, stage: stageOf(entry) }
}

function stageOf({ state, owner, offers }: Entry): TakenUp['stage'] {
  if (owner !== null) return { type: 'talking', agentId: owner.profile.id }
  if (state !== 'offered') return { type: 'waiting' }
  return {
    type: 'offered',
    offers: offers.map(({ id, attempt, agentId, madeAt, expiresAt }) => ({ id, attempt, agentId, madeAt, expiresAt })),
  }
}
