import type { AgentProfile, AgentState } from './agent.ts'
import { before, byRank, Heap, type Ranked } from './heap.ts'
import type { Strategy } from './queue.ts'
import type { Turn } from './snapshot.ts'

/** An agent as far as the order among agents goes. */
export interface Candidate {
  /** Decides between equals; no two agents share it. */
  order: number
  profile: AgentProfile
  state: AgentState
  /** Of agents with the same queues and skills. */
  group: { index: number }
}

/** An agent's place in one {@link Ordering}. */
export interface Seat<Agent extends Candidate> extends Ranked {
  agent: Agent
}

/** Groups of agents that will do, by index. For `skill-based` the highest `scores` come first. */
interface Choice {
  groups: readonly number[]
  /** Sum of the levels of the required skills, per entry of `groups`. */
  scores: readonly number[]
}

/**
 * The free agents, in the order in which a strategy asks them. Strategies that do not depend on the list of a queue
 * share one ordering between all queues.
 */
export class Ordering<Agent extends Candidate> {
  readonly strategy: Strategy
  /** Free agents, per group. */
  private readonly free: Heap<Seat<Agent>>[] = []
  /** Lowest key of the free agents per group, Infinity where there are none: a decision reads hardly more than this. */
  private readonly heads: number[] = []
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

  /** Another group of agents; of this ordering or not, so that the indices are those of all groups. */
  addGroup(): void {
    this.free.push(new Heap())
    this.heads.push(Number.POSITIVE_INFINITY)
  }

  /** The agent is free; `stays`: it was before, and keeps its turn. */
  enter(seat: Seat<Agent>, stays: boolean, now: number): void {
    if (!stays || this.strategy !== 'round-robin') this.rank(seat, now)
    this.put(seat)
  }

  /** The agent is not free any more; it must have been. */
  leave(seat: Seat<Agent>): void {
    const { index } = seat.agent.group
    const heap = this.free[index]!
    heap.remove(seat)
    this.heads[index] = heap.first()?.key ?? Number.POSITIVE_INFINITY
  }

  /** Who is to be asked; undefined: nobody is free. */
  best({ groups, scores }: Choice): Agent | undefined {
    const { heads } = this
    const bySkill = this.strategy === 'skill-based'
    let best = -1
    let bestKey = Number.POSITIVE_INFINITY
    for (let i = 0; i < groups.length; i++) {
      // The best skilled come first: once one of them is free, the less skilled are not asked.
      if (bySkill && best >= 0 && scores[i] !== scores[i - 1]) break
      const index = groups[i]!
      const key = heads[index]!
      if (key < bestKey || (key === bestKey && best >= 0 && before(this.head(index), this.head(best)))) {
        best = index
        bestKey = key
      }
    }
    return best < 0 ? undefined : this.head(best).agent
  }

  /** The same the long way round, when some of them will not do. */
  bestOf({ groups, scores }: Choice, willDo: (agent: Agent) => boolean): Agent | undefined {
    let best: Seat<Agent> | undefined
    for (let i = 0; i < groups.length; i++) {
      if (this.strategy === 'skill-based' && best !== undefined && scores[i] !== scores[i - 1]) break
      const found = this.free[groups[i]!]!.bestOf(seat => willDo(seat.agent))
      if (found !== undefined && (best === undefined || before(found, best))) best = found
    }
    return best?.agent
  }

  /** All who are free, in the order in which they came. */
  all({ groups }: Choice): Agent[] {
    const seats = groups.flatMap(group => this.free[group]!.all())
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
    const passedOver = this.free.flatMap(heap => heap.all().filter(seat => seat.key <= this.turn)).sort(byRank)
    return {
      reached: this.turn < 0 ? null : this.list[this.turn % this.list.length]!,
      passedOver: passedOver.map(seat => seat.agent.profile.id),
    }
  }

  /** Goes on from where another one stood. */
  restore({ reached, passedOver }: Turn): void {
    // Who was reached may no longer be in the list: then the round begins anew.
    this.turn = (reached === null ? undefined : this.places.get(reached)) ?? -1
    for (const seat of this.free.flatMap(heap => [...heap.all()])) {
      const place = passedOver.indexOf(seat.agent.profile.id)
      this.rerank(seat, place < 0 ? this.nextTurn(seat.agent) : this.turn - passedOver.length + place)
    }
  }

  private rerank(seat: Seat<Agent>, key: number): void {
    this.free[seat.agent.group.index]!.remove(seat)
    seat.key = key
    this.put(seat)
  }

  private put(seat: Seat<Agent>): void {
    const { index } = seat.agent.group
    const heap = this.free[index]!
    heap.push(seat)
    this.heads[index] = heap.first()!.key
  }

  private head(group: number): Seat<Agent> {
    return this.free[group]!.first()!
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
