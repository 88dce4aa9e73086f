import {
  type AgentProfile,
  type AgentState,
  activity,
  callOver,
  callTaken,
  choosePresence,
  isOpen,
  occupiedSlots,
  offerMade,
  offerMissed,
  offerOver,
  type Skills,
  startShift,
  wrapUpOver,
} from './agent.ts'
import { type Offer, type OfferOutcome, wasPassedUp } from './offer.ts'
import { type Presence, takesCalls } from './presence.ts'
import {
  levelOf,
  meets,
  type Overflow,
  placeInLine,
  type QueueSettings,
  queueProblems,
  requirement,
  type Strategy,
  stepsAt,
} from './queue.ts'

/** A call as it joins a queue. */
export interface QueuedCall {
  id: string
  queueId: string
  /** What this caller needs beyond what the queue asks for. */
  requires: Skills
  /** Added to the queue's; higher goes first. */
  priority: number
  /** Who shall be asked first, if anybody in particular. */
  preferredAgentId: string | null
  /** Since when it counts as waiting, milliseconds since the epoch; may be earlier than its arrival here. */
  enqueuedAt: number
}

/** What an input leads to, in the order in which it came about. */
export type RoutingEvent =
  | { type: 'offer.made'; offer: Offer }
  | { type: 'offer.ended'; offer: Offer; outcome: OfferOutcome }
  | { type: 'call.accepted'; callId: string; agentId: string }
  /** It may not wait here (any longer); it is no longer part of the queue. */
  | { type: 'call.overflowed'; callId: string; overflow: Overflow }
  /** The agent has time to write until then; whoever drives the routing says `endWrapUp`. */
  | { type: 'wrapUp.started'; callId: string; agentId: string; until: number }
  /** An agent let it ring out and is taken out of the line. */
  | { type: 'agent.missed'; agentId: string; callId: string; presence: Presence }
  /** Somebody accepted what is no longer theirs to accept. */
  | { type: 'accept.refused'; offerId: number }

/** Why an agent of the queue cannot be asked. */
export type Hindrance =
  | { type: 'unknown' }
  | { type: 'presence'; presence: Presence }
  | { type: 'no-free-slot'; occupied: number; capacity: number }
  | { type: 'skill'; skill: string; needs: number; has: number }
  | { type: 'passed-it-up' }
  | { type: 'held-for'; agentId: string }

/** “Why did this call go to Ana?” */
export interface Explanation {
  callId: string
  queueId: string
  strategy: Strategy
  requires: Skills
  /** Whom it rings at just now. */
  offeredTo: string[]
  /** Who could be asked as well, first choice first. */
  eligible: string[]
  hindered: { agentId: string; hindrances: Hindrance[] }[]
}

/** Something in a {@link Heap}: ordered by `key`, then `second`, then `order`, which no two share. */
interface Ranked {
  key: number
  second: number
  order: number
  /** Index in the heap; −1 while in none. */
  at: number
}

/** One way to order agents. Strategies that do not depend on the list of a queue share one between all queues. */
interface Ordering {
  index: number
  strategy: Strategy
  /** Place of each agent in the list, for `in-order` and `round-robin`. */
  places: Map<string, number> | null
  /** `round-robin`: the place asked last, counted on through all rounds. */
  turn: number
  /** Lowest key of the free agents per group, Infinity where there are none: a decision reads only this. */
  heads: number[]
}

interface Line {
  settings: QueueSettings
  ordering: Ordering
  members: Set<string>
  /** Calls that wait, the ones held for their preferred agent included. */
  waiting: number
  /** Kinds by what a call asks for itself and the steps of relaxation: most calls ask for one of a few same things. */
  kinds: WeakMap<Skills, Kind[]>
}

/** Agents with the same queues and skills: for any call either all of them will do or none. */
interface Group {
  index: number
  queueIds: Set<string>
  skills: Skills
  orderings: Ordering[]
  /** Free agents, per `Ordering.index`. */
  free: (Heap<Seat> | undefined)[]
  /** Indices of the kinds of call they can take. */
  kinds: number[]
}

/** Calls of one queue with the same requirement: for any agent either all of them will do or none. */
interface Kind {
  index: number
  line: Line
  requires: Skills
  waiting: Heap<Waiting>
  /** Indices of the groups that can take them; for `skill-based` the best skilled first. */
  groups: number[]
  /** Sum of the levels of the required skills, per entry of `groups`. */
  scores: number[]
}

interface Desk {
  order: number
  profile: AgentProfile
  state: AgentState
  group: Group
  /** One per ordering of the group. */
  seats: Seat[]
  /** Calls that wait for this agent alone. */
  held: Heap<Waiting> | null
}

interface Seat extends Ranked {
  desk: Desk
}

interface Waiting extends Ranked {
  call: QueuedCall
  line: Line
  kind: Kind
  state: 'waiting' | 'held' | 'offered' | 'talking' | 'wrap-up'
  /** Who passed it up, and in which ready period. */
  passedBy: Map<Desk, number> | null
  offers: Offer[]
  owner: Desk | null
  alarm: Alarm | null
}

/** When a waiting call's requirement changes next. */
interface Alarm extends Ranked {
  waiting: Waiting
}

/**
 * The matchmaker of one group of queues: told what happens, it says who is offered what. It holds who waits, who is
 * free and who talks, and works out after every input exactly the offers that have become possible, so that no waiting
 * call and no agent who could take it are ever left side by side.
 *
 * It reads no clock: every input comes with its time in milliseconds, which must not run backwards. The deadlines of
 * ringing, wrap-up and maximum wait are the driver's, who says when they are over; changes of requirement during the
 * wait are kept here ({@link dueAt}, {@link passTime}; any other input catches up first). Given the same inputs it gives the same offers, ties included.
 *
 * Agents are kept in one heap per group of equal agents, calls in one heap per kind of equal calls, so that a decision
 * costs a scan over kinds or groups and the logarithm of a line, however many wait or are free.
 *
 * A changed setting is a new routing, filled with the agents and calls that are there.
 */
export class Routing {
  private readonly lines = new Map<string, Line>()
  private readonly orderings: Ordering[] = []
  private readonly groups: Group[] = []
  private readonly groupByKey = new Map<string, Group>()
  private readonly kinds: Kind[] = []
  private readonly kindByKey = new Map<string, Kind>()
  /** Lowest key of the waiting calls per kind, Infinity where there are none. */
  private readonly fronts: number[] = []
  private readonly desks = new Map<string, Desk>()
  private readonly calls = new Map<string, Waiting>()
  private readonly offers = new Map<number, Offer>()
  private readonly alarms = new Heap<Alarm>()
  private arrivals = 0
  private attempts = 0
  private offersMade = 0
  private log: RoutingEvent[] = []

  /** Throws when settings cannot be used (see `queueProblems`) or two queues share an id. */
  constructor(queues: readonly QueueSettings[]) {
    const shared = new Map<Strategy, Ordering>()
    for (const settings of queues) {
      const problems = queueProblems(settings)
      if (this.lines.has(settings.id)) problems.push('Another queue has the same id.')
      if (problems.length > 0) throw new Error(`Queue “${settings.id}”: ${problems.join(' ')}`)
      const byList = settings.strategy === 'in-order' || settings.strategy === 'round-robin'
      const known = byList ? undefined : shared.get(settings.strategy)
      const ordering = known ?? {
        index: this.orderings.length,
        strategy: settings.strategy,
        places: byList ? new Map(settings.agents.map((id, place) => [id, place])) : null,
        turn: -1,
        heads: [],
      }
      if (known === undefined) this.orderings.push(ordering)
      if (!byList) shared.set(settings.strategy, ordering)
      const members = new Set(settings.agents)
      this.lines.set(settings.id, { settings, ordering, members, waiting: 0, kinds: new WeakMap() })
    }
  }

  // What can happen to agents

  /** An agent is there, or has other skills or another capacity than before. Starts a shift unless one is running. */
  setAgent(profile: AgentProfile, now: number): RoutingEvent[] {
    this.catchUp(now)
    const group = this.groupOf(profile)
    let desk = this.desks.get(profile.id)
    if (desk === undefined) {
      desk = { order: this.desks.size, profile, state: startShift(now), group, seats: [], held: null }
      this.desks.set(profile.id, desk)
    } else this.unlist(desk)
    desk.profile = profile
    desk.group = group
    desk.seats = group.orderings.map(() => ({ key: 0, second: 0, order: desk.order, at: -1, desk }))
    this.list(desk, now)
    this.seekAll(this.letGo(desk), now)
    this.match([desk], now)
    return this.told()
  }

  /** The agent has chosen what to be. Whatever rings at somebody who is no longer available goes on to others. */
  setPresence(agentId: string, presence: Presence, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    // Nothing that becomes possible at this very moment goes to somebody who has just left.
    if (takesCalls(presence)) this.catchUp(now)
    this.update(desk, choosePresence(desk.state, presence, now), now)
    if (!takesCalls(presence)) {
      this.catchUp(now)
      const offers = this.liveOffers().filter(offer => offer.agentId === agentId)
      if (offers.length > 0) this.passUp(offers, 'rejected', now)
      else this.seekAll(this.letGo(desk), now)
    }
    this.match([desk], now)
    return this.told()
  }

  /** The shift is over: counts and idle time begin anew. What the agent still has at hand stays. */
  beginShift(agentId: string, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    const { presence, offered, talking, wrapUp, awaySince, readyPeriod } = desk.state
    const idle = takesCalls(presence) && occupiedSlots(desk.state) === 0
    const fresh = { ...startShift(now), presence, offered, talking, wrapUp, awaySince, readyPeriod }
    this.update(desk, { ...fresh, readySince: takesCalls(presence) ? now : null, idleFrom: idle ? now : null }, now)
    return this.told()
  }

  // What can happen to calls

  /** A call joins its queue. Throws if it is here already or the queue is unknown. */
  arrive(call: QueuedCall, now: number): RoutingEvent[] {
    this.catchUp(now)
    const line = this.lines.get(call.queueId)
    if (line === undefined) throw new Error(`There is no queue “${call.queueId}”.`)
    if (this.calls.has(call.id)) throw new Error(`Call “${call.id}” is here already.`)
    const waiting: Waiting = {
      key: placeInLine(line.settings, call.priority, call.enqueuedAt),
      second: 0,
      order: this.arrivals++,
      at: -1,
      call,
      line,
      kind: this.kindOf(line, call.requires, stepsAt(line.settings, call.enqueuedAt, now)),
      state: 'waiting',
      passedBy: null,
      offers: [],
      owner: null,
      alarm: null,
    }
    this.calls.set(call.id, waiting)
    if (this.offerNow(waiting, now)) return this.told()
    const { maxLength, overflow } = line.settings
    if (maxLength !== null && line.waiting >= maxLength) {
      this.calls.delete(call.id)
      this.log.push({ type: 'call.overflowed', callId: call.id, overflow })
      return this.told()
    }
    this.enqueue(waiting, now)
    return this.told()
  }

  /** The caller hung up, in whatever state the call is, or it goes elsewhere. Unknown calls are ignored. */
  leave(callId: string, now: number): RoutingEvent[] {
    const waiting = this.calls.get(callId)
    if (waiting?.state === 'talking') return this.endCall(callId, now)
    const here = waiting !== undefined && waiting.state !== 'wrap-up'
    if (here) this.calls.delete(callId)
    if (here && waiting.state !== 'offered') this.dequeue(waiting)
    // Only now: who has hung up is not offered at the very moment at which it would have become possible.
    this.catchUp(now)
    if (here) this.match(this.withdraw(waiting, 'canceled', now), now)
    return this.told()
  }

  /** It has waited for as long as its queue allows. Ignored unless it still waits or rings. */
  overflow(callId: string, now: number): RoutingEvent[] {
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.owner !== null) return this.passTime(now)
    this.log.push({ type: 'call.overflowed', callId, overflow: waiting.line.settings.overflow })
    return this.leave(callId, now)
  }

  /** The conversation is over. Ignored unless there is one. */
  endCall(callId: string, now: number): RoutingEvent[] {
    this.catchUp(now)
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.state !== 'talking') return this.told()
    const desk = waiting.owner!
    const { wrapUpMs } = waiting.line.settings
    this.update(desk, callOver(desk.state, wrapUpMs > 0, now), now)
    if (wrapUpMs > 0) {
      waiting.state = 'wrap-up'
      this.log.push({ type: 'wrapUp.started', callId, agentId: desk.profile.id, until: now + wrapUpMs })
    } else this.calls.delete(callId)
    this.match([desk], now)
    return this.told()
  }

  /** The agent has written what there was to write. Ignored unless it was in wrap-up for this call. */
  endWrapUp(callId: string, now: number): RoutingEvent[] {
    this.catchUp(now)
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.state !== 'wrap-up') return this.told()
    const desk = waiting.owner!
    this.calls.delete(callId)
    this.update(desk, wrapUpOver(desk.state, now), now)
    this.match([desk], now)
    return this.told()
  }

  // What can happen to offers

  /** The first to accept has the call; everybody else is told that it is gone. */
  accept(offerId: number, now: number): RoutingEvent[] {
    this.catchUp(now)
    const offer = this.offers.get(offerId)
    if (offer === undefined) {
      this.log.push({ type: 'accept.refused', offerId })
      return this.told()
    }
    const waiting = this.calls.get(offer.callId)!
    const desk = this.desk(offer.agentId)
    this.endOffer(waiting, offer, 'accepted')
    waiting.state = 'talking'
    waiting.owner = desk
    waiting.passedBy = null
    this.log.push({ type: 'call.accepted', callId: offer.callId, agentId: offer.agentId })
    this.update(desk, callTaken(desk.state, now), now)
    this.match(this.withdraw(waiting, 'lost-race', now), now)
    return this.told()
  }

  /** The agent would rather not. Ignored when the offer has ended, as are all that follow. */
  decline(offerId: number, now: number): RoutingEvent[] {
    return this.turnDown([offerId], 'rejected', now)
  }

  /** The agent's telephone could not be reached. */
  fail(offerId: number, now: number): RoutingEvent[] {
    return this.turnDown([offerId], 'failed', now)
  }

  /** It rang out. All offers of one attempt ring for the same time, so they time out together. */
  timeOut(offerId: number, now: number): RoutingEvent[] {
    this.catchUp(now)
    const offer = this.offers.get(offerId)
    if (offer === undefined) return this.told()
    const attempt = this.calls.get(offer.callId)!.offers.map(each => each.id)
    return this.turnDown(attempt, 'timed-out', now)
  }

  // Time

  /** When {@link passTime} has something to do next; null: nothing. */
  dueAt(): number | null {
    return this.alarms.first()?.key ?? null
  }

  /** Does what has become due by waiting alone: requirements are relaxed, calls held for one agent are let go. */
  passTime(now: number): RoutingEvent[] {
    this.catchUp(now)
    return this.told()
  }

  private catchUp(now: number): void {
    const due: Waiting[] = []
    for (let alarm = this.alarms.first(); alarm !== undefined && alarm.key <= now; alarm = this.alarms.first()) {
      due.push(alarm.waiting)
      this.dequeue(alarm.waiting)
    }
    if (due.length > 0) this.seekAll(due, now)
  }

  // What others may look at

  agentState(agentId: string): AgentState {
    return this.desk(agentId).state
  }

  agentIds(): string[] {
    return [...this.desks.keys()]
  }

  liveOffers(): Offer[] {
    return [...this.offers.values()]
  }

  /** How many wait in a queue; those that ring at an agent do not count. */
  waitingIn(queueId: string): number {
    return this.lines.get(queueId)?.waiting ?? 0
  }

  /** Who has the call; null while nobody has. */
  ownerOf(callId: string): string | null {
    return this.calls.get(callId)?.owner?.profile.id ?? null
  }

  /**
   * Who could take the call at this moment and who could not, and why. Asked right after an input it explains the offer
   * that the input led to. Null when the call neither waits nor rings.
   */
  explain(callId: string): Explanation | null {
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.owner !== null) return null
    const { settings } = waiting.line
    const offeredTo = waiting.offers.map(offer => offer.agentId)
    const eligible: Desk[] = []
    const hindered: Explanation['hindered'] = []
    for (const agentId of settings.agents.filter(id => !offeredTo.includes(id))) {
      const hindrances = this.hindrances(waiting, agentId)
      if (hindrances.length > 0) hindered.push({ agentId, hindrances })
      else eligible.push(this.desk(agentId))
    }
    eligible.sort((a, b) => this.compareFor(waiting, a, b))
    return {
      callId,
      queueId: settings.id,
      strategy: settings.strategy,
      requires: waiting.kind.requires,
      offeredTo,
      eligible: eligible.map(desk => desk.profile.id),
      hindered,
    }
  }

  // Offers

  private turnDown(offerIds: number[], outcome: OfferOutcome, now: number): RoutingEvent[] {
    this.catchUp(now)
    const offers = offerIds.flatMap(id => this.offers.get(id) ?? [])
    this.passUp(offers, outcome, now)
    this.match(
      offers.map(offer => this.desk(offer.agentId)),
      now,
    )
    return this.told()
  }

  /**
   * Ends offers that agents let pass. Calls that now ring nowhere, and those held for somebody who is no longer there, go
   * back to their place and look for others: the first in line first.
   */
  private passUp(offers: readonly Offer[], outcome: OfferOutcome, now: number): void {
    const seeking: Waiting[] = []
    for (const offer of offers) {
      const waiting = this.calls.get(offer.callId)!
      const desk = this.desk(offer.agentId)
      this.endOffer(waiting, offer, outcome)
      if (wasPassedUp(outcome)) {
        waiting.passedBy ??= new Map()
        waiting.passedBy.set(desk, desk.state.readyPeriod)
      }
      this.leaveOffer(desk, offer, outcome, now)
      if (waiting.offers.length === 0) seeking.push(waiting)
    }
    for (const agentId of new Set(offers.map(offer => offer.agentId))) {
      const desk = this.desk(agentId)
      if (!takesCalls(desk.state.presence)) seeking.push(...this.letGo(desk))
    }
    this.seekAll(seeking, now)
  }

  private leaveOffer(desk: Desk, offer: Offer, outcome: OfferOutcome, now: number): void {
    const takenOut = outcome === 'timed-out' && this.lines.get(offer.queueId)!.settings.afterMissed === 'away'
    this.update(desk, takenOut ? offerMissed(desk.state, now) : offerOver(desk.state, now), now)
    if (!takenOut) return
    const { presence } = desk.state
    this.log.push({ type: 'agent.missed', agentId: offer.agentId, callId: offer.callId, presence })
  }

  /** Ends all offers of a call; returns whom that sets free. */
  private withdraw(waiting: Waiting, outcome: OfferOutcome, now: number): Desk[] {
    if (waiting.offers.length === 0) return []
    return [...waiting.offers].map(offer => {
      const desk = this.desk(offer.agentId)
      this.endOffer(waiting, offer, outcome)
      this.update(desk, offerOver(desk.state, now), now)
      return desk
    })
  }

  private endOffer(waiting: Waiting, offer: Offer, outcome: OfferOutcome): void {
    this.offers.delete(offer.id)
    waiting.offers.splice(waiting.offers.indexOf(offer), 1)
    this.log.push({ type: 'offer.ended', offer, outcome })
  }

  private offerTo(waiting: Waiting, desks: readonly Desk[], now: number): void {
    const { settings, ordering } = waiting.line
    const attempt = this.attempts++
    waiting.state = 'offered'
    for (const desk of desks) {
      if (ordering.strategy === 'round-robin') ordering.turn = Math.max(ordering.turn, seatOf(desk, ordering).key)
      const offer: Offer = {
        id: this.offersMade++,
        attempt,
        callId: waiting.call.id,
        queueId: settings.id,
        agentId: desk.profile.id,
        madeAt: now,
        expiresAt: now + settings.ringMs,
      }
      this.offers.set(offer.id, offer)
      waiting.offers.push(offer)
      this.update(desk, offerMade(desk.state, now), now)
      this.log.push({ type: 'offer.made', offer })
    }
  }

  // Matching

  /** Calls that are in no line: each is offered, or waits, by what is asked for at this point of its wait. */
  private seekAll(calls: Waiting[], now: number): void {
    if (calls.length > 1) calls.sort((a, b) => (before(a, b) ? -1 : 1))
    for (const waiting of calls) {
      const { line, call } = waiting
      waiting.kind = this.kindOf(line, call.requires, stepsAt(line.settings, call.enqueuedAt, now))
      if (!this.offerNow(waiting, now)) this.enqueue(waiting, now)
    }
  }

  private offerNow(waiting: Waiting, now: number): boolean {
    const holder = this.holder(waiting, now)
    return (holder === null || this.canTake(waiting, holder)) && this.offerToBest(waiting, now)
  }

  /** Agents that may have become free take what they can, the first call in line first. */
  private match(desks: readonly Desk[], now: number): void {
    for (;;) {
      let next: Waiting | undefined
      let finder: Desk | undefined
      for (const desk of desks) {
        if (!isOpen(desk.profile, desk.state)) continue
        const found = this.firstCallFor(desk)
        if (found !== undefined && (next === undefined || before(found, next))) {
          next = found
          finder = desk
        }
      }
      if (next === undefined || finder === undefined) return
      const heldForFinder = next.state === 'held'
      this.dequeue(next)
      // One free agent and one call: there is nothing to choose.
      const alone = desks.length === 1 && next.line.ordering.strategy !== 'ring-all'
      if (heldForFinder || alone || !this.offerToBest(next, now)) this.offerTo(next, [finder], now)
    }
  }

  private firstCallFor(desk: Desk): Waiting | undefined {
    const { fronts } = this
    const { kinds } = desk.group
    let best = -1
    let bestKey = Number.POSITIVE_INFINITY
    for (let i = 0; i < kinds.length; i++) {
      const index = kinds[i]!
      const key = fronts[index]!
      if (key < bestKey || (key === bestKey && best >= 0 && before(this.front(index), this.front(best)))) {
        best = index
        bestKey = key
      }
    }
    let first = best < 0 ? undefined : this.front(best)
    if (first !== undefined && hasPassed(first, desk)) first = this.firstNotPassedBy(desk)
    const held = desk.held?.bestOf(waiting => !hasPassed(waiting, desk))
    if (first === undefined || (held !== undefined && before(held, first))) return held ?? first
    return first
  }

  /** The same the long way round, for when the first in line was passed up by this agent. */
  private firstNotPassedBy(desk: Desk): Waiting | undefined {
    let first: Waiting | undefined
    for (const index of desk.group.kinds) {
      const found = this.kinds[index]!.waiting.bestOf(waiting => !hasPassed(waiting, desk))
      if (found !== undefined && (first === undefined || before(found, first))) first = found
    }
    return first
  }

  private front(kind: number): Waiting {
    return this.kinds[kind]!.waiting.first()!
  }

  /** Offers a call that is in no line to whom its queue's strategy names. False: nobody can take it now. */
  private offerToBest(waiting: Waiting, now: number): boolean {
    const preferred = this.preferred(waiting)
    if (preferred !== undefined && this.canTake(waiting, preferred)) this.offerTo(waiting, [preferred], now)
    else if (waiting.line.ordering.strategy === 'ring-all') {
      const all = this.everybodyFor(waiting)
      if (all.length === 0) return false
      this.offerTo(waiting, all, now)
    } else {
      const best = this.bestAgentFor(waiting)
      if (best === undefined) return false
      this.offerTo(waiting, [best], now)
    }
    return true
  }

  private bestAgentFor(waiting: Waiting): Desk | undefined {
    const { ordering } = waiting.line
    const { heads, strategy } = ordering
    const { groups, scores } = waiting.kind
    const bySkill = strategy === 'skill-based'
    if (waiting.passedBy !== null) return this.bestOfThoseLeft(waiting)
    let best = -1
    let bestKey = Number.POSITIVE_INFINITY
    for (let i = 0; i < groups.length; i++) {
      // The best skilled come first: once one of them is free, the less skilled are not asked.
      if (bySkill && best >= 0 && scores[i] !== scores[i - 1]) break
      const index = groups[i]!
      const key = heads[index]!
      if (
        key < bestKey ||
        (key === bestKey && best >= 0 && before(this.head(index, ordering), this.head(best, ordering)))
      ) {
        best = index
        bestKey = key
      }
    }
    return best < 0 ? undefined : this.head(best, ordering).desk
  }

  /** The same the long way round, for a call that somebody has passed up. */
  private bestOfThoseLeft(waiting: Waiting): Desk | undefined {
    const { ordering } = waiting.line
    const { groups, scores } = waiting.kind
    let best: Seat | undefined
    for (let i = 0; i < groups.length; i++) {
      if (ordering.strategy === 'skill-based' && best !== undefined && scores[i] !== scores[i - 1]) break
      const found = this.groups[groups[i]!]!.free[ordering.index]!.bestOf(seat => !hasPassed(waiting, seat.desk))
      if (found !== undefined && (best === undefined || before(found, best))) best = found
    }
    return best?.desk
  }

  private everybodyFor(waiting: Waiting): Desk[] {
    const { index } = waiting.line.ordering
    return waiting.kind.groups
      .flatMap(group => this.groups[group]!.free[index]!.all())
      .map(seat => seat.desk)
      .filter(desk => !hasPassed(waiting, desk))
      .sort((a, b) => a.order - b.order)
  }

  private head(group: number, ordering: Ordering): Seat {
    return this.groups[group]!.free[ordering.index]!.first()!
  }

  private preferred(waiting: Waiting): Desk | undefined {
    const { preferredAgentId } = waiting.call
    return preferredAgentId === null ? undefined : this.desks.get(preferredAgentId)
  }

  /** Whom a call must wait for just now; null: for anybody. */
  private holder(waiting: Waiting, now: number): Desk | null {
    const { preferredHoldMs } = waiting.line.settings
    if (preferredHoldMs <= 0 || now >= waiting.call.enqueuedAt + preferredHoldMs) return null
    const desk = this.preferred(waiting)
    // Whoever is not at work, cannot take it or has passed it up is not waited for.
    if (desk === undefined || !takesCalls(desk.state.presence)) return null
    return this.fits(waiting, desk) && !hasPassed(waiting, desk) ? desk : null
  }

  private canTake(waiting: Waiting, desk: Desk): boolean {
    return isOpen(desk.profile, desk.state) && this.fits(waiting, desk) && !hasPassed(waiting, desk)
  }

  private fits(waiting: Waiting, desk: Desk): boolean {
    return desk.group.queueIds.has(waiting.line.settings.id) && meets(desk.profile.skills, waiting.kind.requires)
  }

  // Lines of calls

  private enqueue(waiting: Waiting, now: number): void {
    const holder = this.holder(waiting, now)
    waiting.line.waiting++
    if (holder === null) {
      waiting.state = 'waiting'
      waiting.kind.waiting.push(waiting)
      this.fronts[waiting.kind.index] = waiting.kind.waiting.first()!.key
    } else {
      waiting.state = 'held'
      holder.held ??= new Heap()
      holder.held.push(waiting)
      waiting.owner = null
    }
    this.setAlarm(waiting, now, holder !== null)
  }

  private dequeue(waiting: Waiting): void {
    waiting.line.waiting--
    if (waiting.state === 'held') this.preferred(waiting)!.held!.remove(waiting)
    else {
      waiting.kind.waiting.remove(waiting)
      this.fronts[waiting.kind.index] = waiting.kind.waiting.first()?.key ?? Number.POSITIVE_INFINITY
    }
    if (waiting.alarm !== null) this.alarms.remove(waiting.alarm)
    waiting.alarm = null
  }

  private setAlarm(waiting: Waiting, now: number, held: boolean): void {
    const { relaxation, preferredHoldMs } = waiting.line.settings
    const { enqueuedAt } = waiting.call
    const step = relaxation[stepsAt(waiting.line.settings, enqueuedAt, now)]
    const relaxes = step === undefined ? Number.POSITIVE_INFINITY : enqueuedAt + step.afterMs
    const key = held ? Math.min(relaxes, enqueuedAt + preferredHoldMs) : relaxes
    if (key === Number.POSITIVE_INFINITY) return
    waiting.alarm = { key, second: waiting.key, order: waiting.order, at: -1, waiting }
    this.alarms.push(waiting.alarm)
  }

  // Lines of agents

  /** Everything that changes an agent comes through here, so that the lines always show who is free. */
  private update(desk: Desk, state: AgentState, now: number): void {
    const wasListed = desk.seats.length > 0 && desk.seats[0]!.at >= 0
    const before = desk.state
    desk.state = state
    const open = isOpen(desk.profile, state)
    const unmoved =
      before.readySince === state.readySince &&
      before.callsTaken === state.callsTaken &&
      before.idleFrom === state.idleFrom
    if (wasListed && open && unmoved) return
    if (wasListed) this.unlist(desk)
    if (open) this.list(desk, now)
  }

  private list(desk: Desk, now: number): void {
    if (!isOpen(desk.profile, desk.state)) return
    const { group, seats } = desk
    for (let i = 0; i < seats.length; i++) {
      const ordering = group.orderings[i]!
      const seat = seats[i]!
      this.rank(seat, ordering, now)
      const heap = group.free[ordering.index]!
      heap.push(seat)
      ordering.heads[group.index] = heap.first()!.key
    }
  }

  private unlist(desk: Desk): void {
    const { group, seats } = desk
    for (let i = 0; i < seats.length; i++) {
      if (seats[i]!.at < 0) continue
      const ordering = group.orderings[i]!
      const heap = group.free[ordering.index]!
      heap.remove(seats[i]!)
      ordering.heads[group.index] = heap.first()?.key ?? Number.POSITIVE_INFINITY
    }
  }

  /** The lowest key is asked first. */
  private rank(seat: Seat, ordering: Ordering, now: number): void {
    const { state, profile } = seat.desk
    const readySince = state.readySince ?? now
    seat.second = 0
    switch (ordering.strategy) {
      case 'longest-idle':
      case 'skill-based':
      case 'ring-all':
        seat.key = readySince
        break
      case 'most-idle':
        // The idle time of all who are idle grows alike, so the difference to the clock orders them for good.
        seat.key = (state.idleFrom ?? now) - state.idleBefore
        break
      case 'fewest-calls':
        seat.key = state.callsTaken
        seat.second = readySince
        break
      case 'in-order':
        seat.key = ordering.places!.get(profile.id)!
        break
      case 'round-robin': {
        const length = ordering.places!.size
        const next = ordering.turn + 1
        seat.key = next + ((((ordering.places!.get(profile.id)! - next) % length) + length) % length)
        break
      }
    }
  }

  /** Calls held for somebody who has left or changed look anew for whom to wait. */
  private letGo(desk: Desk): Waiting[] {
    const held = [...(desk.held?.all() ?? [])]
    for (const waiting of held) this.dequeue(waiting)
    return held
  }

  // Groups and kinds

  private groupOf(profile: AgentProfile): Group {
    const mine = [...this.lines.values()].filter(line => line.members.has(profile.id))
    const key = JSON.stringify([mine.map(line => line.settings.id), Object.entries(profile.skills).sort()])
    const known = this.groupByKey.get(key)
    if (known !== undefined) return known
    const group: Group = {
      index: this.groups.length,
      queueIds: new Set(mine.map(line => line.settings.id)),
      skills: profile.skills,
      orderings: [...new Set(mine.map(line => line.ordering))],
      free: [],
      kinds: [],
    }
    for (const ordering of this.orderings) ordering.heads.push(Number.POSITIVE_INFINITY)
    for (const ordering of group.orderings) group.free[ordering.index] = new Heap()
    this.groups.push(group)
    this.groupByKey.set(key, group)
    for (const kind of this.kinds) this.introduce(group, kind)
    return group
  }

  private kindOf(line: Line, own: Skills, steps: number): Kind {
    let bySteps = line.kinds.get(own)
    if (bySteps === undefined) {
      bySteps = []
      line.kinds.set(own, bySteps)
    }
    bySteps[steps] ??= this.kindRequiring(line, requirement(line.settings, own, steps))
    return bySteps[steps]
  }

  private kindRequiring(line: Line, requires: Skills): Kind {
    const key = JSON.stringify([line.settings.id, requires])
    const known = this.kindByKey.get(key)
    if (known !== undefined) return known
    const kind: Kind = { index: this.kinds.length, line, requires, waiting: new Heap(), groups: [], scores: [] }
    this.kinds.push(kind)
    this.fronts.push(Number.POSITIVE_INFINITY)
    this.kindByKey.set(key, kind)
    for (const group of this.groups) this.introduce(group, kind)
    return kind
  }

  /** Notes whether these agents can take these calls. */
  private introduce(group: Group, kind: Kind): void {
    if (!group.queueIds.has(kind.line.settings.id) || !meets(group.skills, kind.requires)) return
    group.kinds.push(kind.index)
    const score = Object.keys(kind.requires).reduce((sum, skill) => sum + levelOf(group.skills, skill), 0)
    let place = kind.groups.length
    if (kind.line.ordering.strategy === 'skill-based') while (place > 0 && kind.scores[place - 1]! < score) place--
    kind.groups.splice(place, 0, group.index)
    kind.scores.splice(place, 0, score)
  }

  // Explanations

  private hindrances(waiting: Waiting, agentId: string): Hindrance[] {
    const desk = this.desks.get(agentId)
    if (desk === undefined) return [{ type: 'unknown' }]
    const { state, profile } = desk
    const hindrances: Hindrance[] = []
    const occupied = occupiedSlots(state)
    if (!takesCalls(state.presence)) hindrances.push({ type: 'presence', presence: state.presence })
    if (occupied >= profile.capacity) hindrances.push({ type: 'no-free-slot', occupied, capacity: profile.capacity })
    for (const [skill, needs] of Object.entries(waiting.kind.requires)) {
      const has = levelOf(profile.skills, skill)
      if (has < needs) hindrances.push({ type: 'skill', skill, needs, has })
    }
    if (hasPassed(waiting, desk)) hindrances.push({ type: 'passed-it-up' })
    const holder = waiting.state === 'held' ? this.preferred(waiting) : undefined
    if (holder !== undefined && holder !== desk) hindrances.push({ type: 'held-for', agentId: holder.profile.id })
    return hindrances
  }

  private compareFor(waiting: Waiting, a: Desk, b: Desk): number {
    const { ordering } = waiting.line
    const preferred = this.preferred(waiting)
    if (a === preferred || b === preferred) return a === preferred ? -1 : 1
    if (ordering.strategy === 'skill-based') {
      const score = (desk: Desk) =>
        Object.keys(waiting.kind.requires).reduce((sum, skill) => sum + levelOf(desk.profile.skills, skill), 0)
      if (score(a) !== score(b)) return score(b) - score(a)
    }
    return before(seatOf(a, ordering), seatOf(b, ordering)) ? -1 : 1
  }

  private desk(agentId: string): Desk {
    const desk = this.desks.get(agentId)
    if (desk === undefined) throw new Error(`There is no agent “${agentId}”.`)
    return desk
  }

  private told(): RoutingEvent[] {
    const told = this.log
    if (told.length > 0) this.log = []
    return told
  }
}

/** A routing for one group of queues: those that share agents. Throws when settings cannot be used. */
export const createRouting = (queues: readonly QueueSettings[]): Routing => new Routing(queues)

/** What an agent is doing just now, in one word. */
export const activityOf = (routing: Routing, agentId: string) => activity(routing.agentState(agentId))

const seatOf = (desk: Desk, ordering: Ordering): Seat => desk.seats[desk.group.orderings.indexOf(ordering)]!

const hasPassed = (waiting: Waiting, desk: Desk): boolean =>
  waiting.passedBy !== null && waiting.passedBy.get(desk) === desk.state.readyPeriod

function before(a: Ranked, b: Ranked): boolean {
  if (a.key !== b.key) return a.key < b.key
  if (a.second !== b.second) return a.second < b.second
  return a.order < b.order
}

/** A binary heap whose items know where they are, so that any of them can be taken out. */
class Heap<Item extends Ranked> {
  private readonly items: Item[] = []

  first(): Item | undefined {
    return this.items[0]
  }

  all(): readonly Item[] {
    return this.items
  }

  push(item: Item): void {
    this.items.push(item)
    this.rise(item, this.items.length - 1)
  }

  remove(item: Item): void {
    const hole = item.at
    const last = this.items.pop()!
    item.at = -1
    if (last === item) return
    if (hole > 0 && before(last, this.items[(hole - 1) >> 1]!)) this.rise(last, hole)
    else this.sink(last, hole)
  }

  /** The first item that will do; costs only as much as there are items before it that will not. */
  bestOf(willDo: (item: Item) => boolean): Item | undefined {
    let best: Item | undefined
    const open = [0]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const item = this.items[at]
      if (item === undefined || (best !== undefined && !before(item, best))) continue
      if (willDo(item)) best = item
      else open.push(2 * at + 2, 2 * at + 1)
    }
    return best
  }

  private rise(item: Item, from: number): void {
    const { items } = this
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above]!
      if (!before(item, parent)) break
      items[at] = parent
      parent.at = at
      at = above
    }
    items[at] = item
    item.at = at
  }

  private sink(item: Item, from: number): void {
    const { items } = this
    const { length } = items
    let at = from
    for (;;) {
      let below = 2 * at + 1
      if (below >= length) break
      if (below + 1 < length && before(items[below + 1]!, items[below]!)) below++
      const child = items[below]!
      if (!before(child, item)) break
      items[at] = child
      child.at = at
      at = below
    }
    items[at] = item
    item.at = at
  }
}
