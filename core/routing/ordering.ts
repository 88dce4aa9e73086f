import type { AgentProfile, AgentState } from '../agent.ts'
import type { Strategy } from '../queue.ts'
import type { Tier } from './eligibility.ts'
import { byRank, type Ranked } from './heap.ts'
import { Heaps } from './heaps.ts'
import type { Turn } from './snapshot.ts'

/** An agent as far as the order among agents goes. */
export interface Candidate {
  /** Decides between equals; no two agents share it. */
  order: number
  profile: AgentProfile
  state: AgentState
  /** Of agents with the same queues and skills. */
  group: { number: number }
}

/** An agent's place in one {@link Ordering}. */
export interface Seat<Agent extends Candidate> extends Ranked {
  agent: Agent
}

/**
 * The free agents, in the order in which a strategy asks them. Strategies that do not depend on the list of a queue
 * share one ordering between all queues.
 */
export class Ordering<Agent extends Candidate> {
  readonly strategy: Strategy
  /** By group. */
  private readonly free = new Heaps<Seat<Agent>>()
  private readonly list: readonly string[]
  /** Place of each agent in the list. */
  private readonly places: Map<string, number>
  /** `round-robin`: the place up to which it has come, counted on through all rounds. */
  private turn = -1

  /** `list` matters for `in-order` and `round-robin` alone. */
  constructor(strategy: Strategy, list: readonly string[]) {
    this.strategy = strategy
    this.list = list
    this.places = new Map(list.map((id, place) => [id, place]))
  }

  /** The agent is free; `stays`: it was before, and keeps its turn. */
  enter(seat: Seat<Agent>, stays: boolean, now: number): void {
    if (!stays || this.strategy !== 'round-robin') this.rank(seat, now)
    this.free.push(seat.agent.group.number, seat)
  }

  /** The agent is not free any more; it must have been. */
  leave(seat: Seat<Agent>): void {
    this.free.remove(seat.agent.group.number, seat)
  }

  /** Who is to be asked: of the first tier in which anybody is free. Undefined: nobody is. */
  best(tiers: readonly Tier[]): Agent | undefined {
    for (const { groups } of tiers) {
      const first = this.free.firstIn(groups)
      if (first !== undefined) return first.agent
    }
    return undefined
  }

  /** The same the long way round, when some of them will not do. */
  bestOf(tiers: readonly Tier[], willDo: (agent: Agent) => boolean): Agent | undefined {
    for (const { groups } of tiers) {
      const best = this.free.bestIn(groups, seat => willDo(seat.agent))
      if (best !== undefined) return best.agent
    }
    return undefined
  }

  /** All who are free, in the order in which they came. */
  all(tiers: readonly Tier[]): Agent[] {
    const seats = tiers.flatMap(({ groups }) => this.free.allIn(groups))
    return seats.map(seat => seat.agent).sort((a, b) => a.order - b.order)
  }

  /** `round-robin`: a free agent is asked, and is next when the round comes by again. */
  takeTurn(seat: Seat<Agent>): void {
    if (this.strategy !== 'round-robin') return
    this.turn = Math.max(this.turn, seat.key)
    this.rerank(seat, this.nextTurn(seat.agent))
  }

  /** Where a round-robin queue stands. */
  stand(): Turn {
    const passedOver = this.free
      .all()
      .filter(seat => seat.key <= this.turn)
      .sort(byRank)
    return {
      reached: this.turn < 0 ? null : this.list[this.turn % this.list.length]!,
      passedOver: passedOver.map(seat => seat.agent.profile.id),
    }
  }

  /** Goes on from where another one stood. */
  restore({ reached, passedOver }: Turn): void {
    // Who was reached may no longer be in the list: then the round begins anew.
    this.turn = (reached === null ? undefined : this.places.get(reached)) ?? -1
    for (const seat of this.free.all()) {
      const place = passedOver.indexOf(seat.agent.profile.id)
      this.rerank(seat, place < 0 ? this.nextTurn(seat.agent) : this.turn - passedOver.length + place)
    }
  }

  private rerank(seat: Seat<Agent>, key: number): void {
    const { number } = seat.agent.group
    this.free.remove(number, seat)
    seat.key = key
    this.free.push(number, seat)
  }

  /** The lowest key is asked first. */
  private rank(seat: Seat<Agent>, now: number): void {
    const { state, profile } = seat.agent
    const readySince = state.readySince ?? now
    seat.second = 0
    switch (this.strategy) {
      case 'longest-idle':
      case 'skill-based':
      case 'ring-all':
        seat.key = readySince
        break
      case 'most-idle':
        // The idle time of all who are idle grows alike, so the difference to the clock orders them for good. That of
        // those who have something at hand and room for more stands still: they come after, in an order of their own.
        seat.key = state.idleFrom === null ? Number.MAX_SAFE_INTEGER : state.idleFrom - state.idleBefore
        seat.second = state.idleFrom === null ? -state.idleBefore : 0
        break
      case 'fewest-calls':
        seat.key = state.callsTaken
        seat.second = readySince
        break
      case 'in-order':
        seat.key = this.places.get(profile.id)!
        break
      case 'round-robin':
        seat.key = this.nextTurn(seat.agent)
        break
    }
  }

  /** When the round comes by next, counted as `turn` is. */
  private nextTurn({ profile }: Agent): number {
    const { length } = this.list
    const next = this.turn + 1
    return next + ((((this.places.get(profile.id)! - next) % length) + length) % length)
  }
}
