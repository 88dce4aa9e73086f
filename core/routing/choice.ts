import { isOpen } from '../agent.ts'
import { type Explanation, type Hindrance, hindrancesOf } from '../explanation.ts'
import { takesCalls } from '../presence.ts'
import { type Desk, seatIn } from './desk.ts'
import { canTake, skillScore } from './eligibility.ts'
import { type Entry, hasPassed } from './entry.ts'
import { before } from './heap.ts'

/** The agents, by id. */
export type Desks = ReadonlyMap<string, Desk>

/** Whom to offer the call to at this moment: one agent, or all at once where the queue rings at all. Empty: nobody is free. */
export function whomToAsk(entry: Entry, desks: Desks): Desk[] {
  const { kind, line, passedBy } = entry
  const { ordering } = line
  const preferred = preferredOf(entry, desks)
  if (preferred !== undefined && isFreeFor(entry, preferred)) return [preferred]
  if (ordering.strategy === 'ring-all') return ordering.all(kind.tiers).filter(desk => !hasPassed(entry, desk))
  const best =
    passedBy === null ? ordering.best(kind.tiers) : ordering.bestOf(kind.tiers, desk => !hasPassed(entry, desk))
  return best === undefined ? [] : [best]
}

/** For whom alone a call waits just now; null: for anybody. */
export function holderOf(entry: Entry, desks: Desks, now: number): Desk | null {
  const { preferredHoldMs } = entry.line.settings
  if (preferredHoldMs <= 0 || now >= entry.call.enqueuedAt + preferredHoldMs) return null
  const desk = preferredOf(entry, desks)
  // Whoever is not at work, cannot take it or has passed it up is not waited for.
  if (desk === undefined || !takesCalls(desk.state.presence)) return null
  return mayTake(entry, desk) ? desk : null
}

/** Whether the agent can be asked now. */
export const isFreeFor = (entry: Entry, desk: Desk): boolean => isOpen(desk.profile, desk.state) && mayTake(entry, desk)

const mayTake = (entry: Entry, desk: Desk): boolean => canTake(desk.group, entry.kind) && !hasPassed(entry, desk)

function preferredOf({ call }: Entry, desks: Desks): Desk | undefined {
  return call.preferredAgentId === null ? undefined : desks.get(call.preferredAgentId)
}

/** Who could take the call at this moment and who could not, and why. */
export function explain(entry: Entry, desks: Desks): Explanation {
  const { settings } = entry.line
  const offeredTo = entry.offers.map(offer => offer.agentId)
  const eligible: Desk[] = []
  const hindered: Explanation['hindered'] = []
  for (const agentId of settings.agents.filter(id => !offeredTo.includes(id))) {
    const desk = desks.get(agentId)
    const hindrances = hindrancesFor(entry, desk)
    if (desk === undefined || hindrances.length > 0) hindered.push({ agentId, hindrances })
    else eligible.push(desk)
  }
  const preferred = preferredOf(entry, desks)
  return {
    callId: entry.call.id,
    queueId: settings.id,
    strategy: settings.strategy,
    requires: entry.kind.requires,
    offeredTo,
    eligible: eligible.sort((a, b) => compareFor(entry, preferred, a, b)).map(desk => desk.profile.id),
    hindered,
  }
}

function hindrancesFor(entry: Entry, desk: Desk | undefined): Hindrance[] {
  if (desk === undefined) return [{ type: 'unknown' }]
  const heldFor = entry.state === 'held' ? entry.call.preferredAgentId : null
  return hindrancesOf(desk, { requires: entry.kind.requires, passedUp: hasPassed(entry, desk), heldFor })
}

/** The order in which {@link whomToAsk} would come to them. */
function compareFor({ line, kind }: Entry, preferred: Desk | undefined, a: Desk, b: Desk): number {
  if (a === preferred || b === preferred) return a === preferred ? -1 : 1
  if (line.ordering.strategy === 'skill-based') {
    const difference = skillScore(b.profile.skills, kind.requires) - skillScore(a.profile.skills, kind.requires)
    if (difference !== 0) return difference
  }
  return before(seatIn(line.ordering, a), seatIn(line.ordering, b)) ? -1 : 1
}
