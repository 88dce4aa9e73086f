import {
  type AgentProfile,
  type AgentState,
  activity,
  callOver,
  callPicked,
  callReturned,
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
import { type Explanation, type Hindrance, hindrancesOf } from './explanation.ts'
import { before, byRank, Heap, type Ranked } from './heap.ts'
import { type Offer, type OfferOutcome, wasPassedUp } from './offer.ts'
import { type Candidate, Ordering, type Seat } from './ordering.ts'
import { OFFLINE, type Presence, takesCalls } from './presence.ts'
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
import type { QueuedCall, Snapshot, TakenUp, Turn } from './snapshot.ts'

export type { Explanation, Hindrance } from './explanation.ts'
export type { OfferTakenUp, QueuedCall, Snapshot, Stage, TakenUp, Turn } from './snapshot.ts'

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
  /** Somebody wanted a call that is no longer there to be taken, or has no room for it. */
  | { type: 'pick.refused'; callId: string; agentId: string; reason: PickRefusal }

/** `not-waiting`: it neither waits nor rings. */
export type PickRefusal = 'not-waiting' | 'no-free-slot'

/** What may be different about a call in another queue. */
export type Changes = Partial<Omit<QueuedCall, 'id' | 'queueId'>>

interface Line {
  settings: QueueSettings
  ordering: Ordering<Desk>
  members: Set<string>
  /** Calls that wait, the ones held for their preferred agent included. */
  waiting: Set<Waiting>
  /** Kinds by what a call asks for itself and the steps of relaxation: most calls ask for one of a few same things. */
  kinds: WeakMap<Skills, Kind[]>
}

/** Agents with the same queues and skills: for any call either all of them will do or none. */
interface Group {
  index: number
  queueIds: Set<string>
  skills: Skills
  orderings: Ordering<Desk>[]
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

interface Desk extends Candidate {
  group: Group
  /** One per ordering of the group. */
  seats: Seat<Desk>[]
  /** Calls that wait for this agent alone. */
  held: Heap<Waiting> | null
  /** Calls that it still writes about, by id. They may be in line again, or with somebody else, meanwhile. */
  wrapUps: Map<string, QueuedCall>
}

interface Waiting extends Ranked {
  call: QueuedCall
  line: Line
  kind: Kind
  state: 'waiting' | 'held' | 'offered' | 'talking'
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
 * wait are kept here ({@link dueAt}, {@link passTime}; any other input catches up as well). Given the same inputs it
 * gives the same offers, ties included.
 *
 * Agents are kept in one heap per group of equal agents, calls in one heap per kind of equal calls, so that a decision
 * costs a scan over kinds or groups and the logarithm of a line, however many wait or are free.
 *
 * A changed setting is a new routing, filled with the agents and calls that are there ({@link snapshot}, {@link from}).
 */
export class Routing {
  private readonly lines = new Map<string, Line>()
  private readonly orderings: Ordering<Desk>[] = []
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
  /** Waiting calls by whom they are to be held for, as long as their queue holds any. */
  private readonly asking = new Map<string, Set<Waiting>>()
  /** What is still to be restored when filling ends; null: it has ended, offers are made. */
  private filling: Filling | null
  private agentsSeen = 0
  private arrivals = 0
  private nextOfferId: number
  private log: RoutingEvent[] = []

  /**
   * With `filling`, agents and calls that were stored are handed in first ({@link setAgent}, {@link takeUp}), and
   * nothing is offered before {@link begin}. Throws when settings cannot be used (see `queueProblems`) or two queues
   * share an id.
   */
  constructor(queues: readonly QueueSettings[], filling: Filling | null = null) {
    this.filling = filling
    this.nextOfferId = filling?.nextOfferId ?? 0
    const shared = new Map<Strategy, Ordering<Desk>>()
    for (const settings of queues) {
      const problems = queueProblems(settings)
      if (this.lines.has(settings.id)) problems.push('Another queue has the same id.')
      if (problems.length > 0) throw new Error(`Queue “${settings.id}”: ${problems.join(' ')}`)
      const byList = settings.strategy === 'in-order' || settings.strategy === 'round-robin'
      const known = byList ? undefined : shared.get(settings.strategy)
      const ordering = known ?? new Ordering<Desk>(settings.strategy, settings.agents)
      if (known === undefined) this.orderings.push(ordering)
      if (!byList) shared.set(settings.strategy, ordering)
      const members = new Set(settings.agents)
      this.lines.set(settings.id, { settings, ordering, members, waiting: new Set(), kinds: new WeakMap() })
    }
  }

  // Storing and taking up

  /**
   * A routing that knows what another one knew, perhaps with other settings; say {@link begin} to let it go on. Throws
   * when a call is in a queue that is not there.
   */
  static from(queues: readonly QueueSettings[], snapshot: Snapshot, now: number): Routing {
    const routing = new Routing(queues, snapshot)
    for (const { profile, state } of snapshot.agents) routing.setAgent(profile, now, state)
    for (const item of snapshot.items) routing.takeUp(item, now)
    return routing
  }

  snapshot(): Snapshot {
    const desks = [...this.desks.values()]
    const wrapUps = desks.flatMap(({ profile, wrapUps }) =>
      [...wrapUps.values()].map(
        (call): TakenUp => ({ call, passedBy: [], stage: { type: 'wrap-up', agentId: profile.id } }),
      ),
    )
    return {
      agents: desks.map(({ profile, state }) => ({ profile, state })),
      items: [...wrapUps, ...[...this.calls.values()].map(waiting => this.stored(waiting))],
      turns: this.turns(),
      nextOfferId: this.nextOfferId,
    }
  }

  private stored(waiting: Waiting): TakenUp {
    const { call, state, owner, offers } = waiting
    const passedBy = [...(waiting.passedBy ?? [])]
      .filter(([desk]) => hasPassed(waiting, desk))
      .sort(([a], [b]) => a.order - b.order)
      .map(([desk, readyPeriod]) => ({ agentId: desk.profile.id, readyPeriod }))
    if (owner !== null) return { call, passedBy, stage: { type: 'talking', agentId: owner.profile.id } }
    if (state !== 'offered') return { call, passedBy, stage: { type: 'waiting' } }
    const stored = offers.map(({ id, attempt, agentId, madeAt, expiresAt }) => ({
      id,
      attempt,
      agentId,
      madeAt,
      expiresAt,
    }))
    return { call, passedBy, stage: { type: 'offered', offers: stored } }
  }

  /** Where the round-robin queues stand, by id. */
  turns(): Record<string, Turn> {
    const turns: Record<string, Turn> = {}
    for (const { settings, ordering } of this.lines.values())
      if (settings.strategy === 'round-robin') turns[settings.id] = ordering.stand()
    return turns
  }

  /**
   * Fills in a call that was stored; its agents must be there. Throws when one is not, when the call is here already, its
   * queue is unknown, it rings nowhere, or the routing has begun.
   */
  takeUp({ call, passedBy, stage }: TakenUp, now: number): void {
    if (this.filling === null) throw new Error('The routing has begun.')
    if (stage.type === 'wrap-up') {
      const { wrapUps } = this.desk(stage.agentId)
      if (wrapUps.has(call.id)) throw new Error(`Call “${call.id}” is here already.`)
      wrapUps.set(call.id, call)
      return
    }
    const offers = stage.type === 'offered' ? stage.offers : []
    if (stage.type === 'offered' && offers.length === 0) throw new Error(`Call “${call.id}” rings nowhere.`)
    // What it asked for when it began to ring is what explains the offer.
    const waiting = this.add(call, offers[0]?.madeAt ?? now)
    const passers = passedBy.flatMap(({ agentId, readyPeriod }) => {
      const desk = this.desks.get(agentId)
      return desk === undefined ? [] : [[desk, readyPeriod] as const]
    })
    if (passers.length > 0) waiting.passedBy = new Map(passers)
    if (stage.type === 'talking') {
      waiting.owner = this.desk(stage.agentId)
      waiting.state = 'talking'
    } else if (stage.type === 'waiting') this.enqueue(waiting, now)
    else waiting.state = 'offered'
    for (const each of offers) {
      const offer: Offer = {
        ...each,
        agentId: this.desk(each.agentId).profile.id,
        callId: call.id,
        queueId: call.queueId,
      }
      waiting.offers.push(offer)
      this.offers.set(offer.id, offer)
      this.nextOfferId = Math.max(this.nextOfferId, offer.id + 1, offer.attempt + 1)
    }
  }

  /** Everything stored is there again: from now on offers are made, beginning with all that are possible. */
  begin(now: number): RoutingEvent[] {
    const { filling } = this
    if (filling === null) return this.passTime(now)
    for (const { settings, ordering } of this.lines.values()) {
      const turn = filling.turns[settings.id]
      if (turn !== undefined && settings.strategy === 'round-robin') ordering.restore(turn)
    }
    const offers = [...this.offers.values()].sort((a, b) => a.id - b.id)
    this.offers.clear()
    for (const offer of offers) this.offers.set(offer.id, offer)
    this.filling = null
    const waiting = [...this.lines.values()].flatMap(line => [...line.waiting])
    for (const each of waiting) this.dequeue(each)
    return this.settle(waiting, [], now)
  }

  // What can happen to agents

  /**
   * An agent is there, or has other skills or another capacity than before. Who is new here begins a shift, or goes on
   * from a stored state.
   */
  setAgent(profile: AgentProfile, now: number, state: AgentState = startShift(now)): RoutingEvent[] {
    const group = this.groupOf(profile)
    const desk = this.desks.get(profile.id) ?? this.addDesk(profile, state, group)
    const wasListed = isListed(desk)
    this.unlist(desk)
    desk.profile = profile
    desk.group = group
    this.list(desk, now, wasListed)
    const seekers = this.letGo(desk, now)
    this.hold(desk, now)
    return this.settle(seekers, [desk], now)
  }

  private addDesk(profile: AgentProfile, state: AgentState, group: Group): Desk {
    const order = this.agentsSeen++
    const desk: Desk = { order, profile, state, group, seats: [], held: null, wrapUps: new Map() }
    // Which queues an agent is in depends on their settings alone: whatever becomes of its skills, these seats remain.
    desk.seats = group.orderings.map(() => ({ key: 0, second: 0, order, at: -1, agent: desk }))
    this.desks.set(profile.id, desk)
    return desk
  }

  /** The agent is no more; what rings there goes on to others. Throws while it talks or writes. */
  removeAgent(agentId: string, now: number): RoutingEvent[] {
    const { state } = this.desk(agentId)
    if (state.talking + state.wrapUp > 0) throw new Error(`Agent “${agentId}” is still at work.`)
    const events = this.setPresence(agentId, OFFLINE, now)
    this.desks.delete(agentId)
    return events
  }

  /** The agent has chosen what to be. Whatever rings at somebody who is no longer available goes on to others. */
  setPresence(agentId: string, presence: Presence, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    this.update(desk, choosePresence(desk.state, presence, now), now)
    if (takesCalls(presence)) return this.settle([], [desk], now)
    const offers = this.liveOffers().filter(offer => offer.agentId === agentId)
    const seekers = this.passUp(offers, 'rejected', now)
    seekers.push(...this.letGo(desk, now))
    return this.settle(seekers, [], now)
  }

  /** The shift is over: counts and idle time begin anew. What the agent still has at hand stays. */
  beginShift(agentId: string, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    const { presence, offered, talking, wrapUp, awaySince, readyPeriod } = desk.state
    const idle = takesCalls(presence) && occupiedSlots(desk.state) === 0
    const fresh = { ...startShift(now), presence, offered, talking, wrapUp, awaySince, readyPeriod }
    this.update(desk, { ...fresh, readySince: takesCalls(presence) ? now : null, idleFrom: idle ? now : null }, now)
    return this.settle([], [], now)
  }

  // What can happen to calls

  /** A call joins its queue. Throws if it is here already or the queue is unknown. */
  arrive(call: QueuedCall, now: number): RoutingEvent[] {
    return this.settle([], [], now, this.add(call, now))
  }

  /** It waits, unless the line is full. */
  private admit(waiting: Waiting, now: number): void {
    const { maxLength, overflow } = waiting.line.settings
    if (maxLength !== null && waiting.line.waiting.size >= maxLength) {
      this.calls.delete(waiting.call.id)
      this.log.push({ type: 'call.overflowed', callId: waiting.call.id, overflow })
    } else this.enqueue(waiting, now)
  }

  private add(call: QueuedCall, now: number): Waiting {
    const line = this.line(call.queueId)
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
    return waiting
  }

  /** The caller hung up, in whatever state the call is, or it goes elsewhere. Unknown calls are ignored. */
  leave(callId: string, now: number): RoutingEvent[] {
    const waiting = this.calls.get(callId)
    if (waiting?.state === 'talking') return this.endCall(callId, now)
    if (waiting === undefined) return this.passTime(now)
    this.remove(waiting)
    return this.settle([], this.withdraw(waiting, 'canceled', now), now)
  }

  /** It has waited for as long as its queue allows. Ignored unless it still waits or rings. */
  overflow(callId: string, now: number): RoutingEvent[] {
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.owner !== null) return this.passTime(now)
    this.log.push({ type: 'call.overflowed', callId, overflow: waiting.line.settings.overflow })
    return this.leave(callId, now)
  }

  /**
   * It goes to another queue, whatever it is doing: what rings is canceled, a conversation is over as in
   * {@link endCall}, and who had it is not asked again in the same ready period. What `changes` does not name stays, the
   * place in line (`enqueuedAt`) included. Unknown calls are ignored; throws if the queue is unknown.
   */
  move(callId: string, queueId: string, changes: Changes, now: number): RoutingEvent[] {
    this.line(queueId)
    const was = this.calls.get(callId)
    if (was === undefined) return this.passTime(now)
    this.remove(was)
    const moved = this.add({ ...was.call, ...changes, id: callId, queueId }, now)
    moved.passedBy = was.passedBy
    const freed = was.owner === null ? this.withdraw(was, 'canceled', now) : [this.release(was, now)]
    if (was.owner !== null) passUpBy(moved, was.owner)
    return this.settle([], freed, now, moved)
  }

  /**
   * An agent takes a call that waits or rings, whatever its skills, queues and presence, but not beyond its capacity: by
   * hand, without being asked.
   */
  pick(callId: string, agentId: string, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    const waiting = this.calls.get(callId)
    const offer = waiting?.offers.find(each => each.agentId === agentId)
    const reason = pickRefusal(waiting, desk, offer)
    if (waiting === undefined || reason !== null) {
      this.log.push({ type: 'pick.refused', callId, agentId, reason: reason ?? 'not-waiting' })
      return this.passTime(now)
    }
    if (waiting.state !== 'offered') this.dequeue(waiting)
    return this.take(waiting, desk, offer, now)
  }

  /**
   * An agent talks in something that no line has brought, and has a hand less until {@link dismiss}: also where it had
   * none free, for it does talk. Throws if the call is here already or the queue is unknown.
   */
  occupy(call: QueuedCall, agentId: string, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    const waiting = this.add(call, now)
    waiting.state = 'talking'
    waiting.owner = desk
    this.update(desk, callPicked(desk.state, now), now)
    return this.settle([], [], now)
  }

  /** The conversation is over. Ignored unless there is one. */
  endCall(callId: string, now: number): RoutingEvent[] {
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.state !== 'talking') return this.passTime(now)
    this.calls.delete(callId)
    return this.settle([], [this.release(waiting, now)], now)
  }

  /** The conversation is over, and there is nothing to write about it. Ignored unless there is one. */
  dismiss(callId: string, now: number): RoutingEvent[] {
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.state !== 'talking') return this.passTime(now)
    this.calls.delete(callId)
    const desk = waiting.owner!
    this.update(desk, callOver(desk.state, false, now), now)
    return this.settle([], [desk], now)
  }

  /**
   * Whoever talks in `byCallId` has the conversation `callId` from now on instead; its agent until now has done with it,
   * as in {@link endCall}. Ignored unless two agents are in these conversations.
   */
  handOver(callId: string, byCallId: string, now: number): RoutingEvent[] {
    const handed = this.calls.get(callId)
    const by = this.calls.get(byCallId)
    if (!handed?.owner || !by?.owner || handed.owner === by.owner) return this.passTime(now)
    const freed = this.release(handed, now)
    handed.owner = by.owner
    this.calls.delete(byCallId)
    return this.settle([], [freed], now)
  }

  /** Ends a conversation for its agent, who may have to write. */
  private release(waiting: Waiting, now: number): Desk {
    const desk = waiting.owner!
    const { call, line } = waiting
    const { wrapUpMs } = line.settings
    // An agent writes once about a call: what comes now takes the place of what was left from before.
    if (wrapUpMs > 0 && desk.wrapUps.has(call.id)) this.update(desk, wrapUpOver(desk.state, now), now)
    this.update(desk, callOver(desk.state, wrapUpMs > 0, now), now)
    if (wrapUpMs > 0) {
      desk.wrapUps.set(call.id, call)
      this.log.push({ type: 'wrapUp.started', callId: call.id, agentId: desk.profile.id, until: now + wrapUpMs })
    }
    return desk
  }

  /** The agent has written what there was to write. Ignored unless it was in wrap-up for this call. */
  endWrapUp(callId: string, agentId: string, now: number): RoutingEvent[] {
    const desk = this.desks.get(agentId)
    if (desk === undefined || !desk.wrapUps.delete(callId)) return this.passTime(now)
    this.update(desk, wrapUpOver(desk.state, now), now)
    return this.settle([], [desk], now)
  }

  /**
   * An accepted call goes back to its place in line: its agent could not be reached after all, and counts as having
   * passed it up. Say first ({@link setPresence}) if nothing else is to ring there either. Ignored unless somebody has it.
   */
  putBack(callId: string, now: number): RoutingEvent[] {
    const waiting = this.calls.get(callId)
    const desk = waiting?.owner
    if (waiting === undefined || desk === null || desk === undefined) return this.passTime(now)
    waiting.owner = null
    passUpBy(waiting, desk)
    this.update(desk, callReturned(desk.state, now), now)
    return this.settle([waiting], [desk], now)
  }

  // What can happen to offers

  /** The first to accept has the call; everybody else is told that it is gone. */
  accept(offerId: number, now: number): RoutingEvent[] {
    const offer = this.offers.get(offerId)
    if (offer !== undefined) return this.take(this.calls.get(offer.callId)!, this.desk(offer.agentId), offer, now)
    this.log.push({ type: 'accept.refused', offerId })
    return this.passTime(now)
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
    const offer = this.offers.get(offerId)
    const attempt = offer === undefined ? [] : this.calls.get(offer.callId)!.offers.map(each => each.id)
    return this.turnDown(attempt, 'timed-out', now)
  }

  // Time

  /** When {@link passTime} has something to do next; null: nothing. */
  dueAt(): number | null {
    return this.alarms.first()?.key ?? null
  }

  /** Does what has become due by waiting alone: requirements are relaxed, calls held for one agent are let go. */
  passTime(now: number): RoutingEvent[] {
    return this.settle([], [], now)
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
    return this.lines.get(queueId)?.waiting.size ?? 0
  }

  /**
   * Place in the line of its queue, 1 for who is next; null: it stands in none. A call that rings keeps its place until it
   * is accepted, so that nobody behind it moves up and then back again when it is not.
   */
  positionOf(callId: string): number | null {
    const waiting = this.calls.get(callId)
    if (waiting === undefined || waiting.owner !== null) return null
    let position = 1
    for (const other of waiting.line.waiting) if (before(other, waiting)) position++
    for (const callId of new Set([...this.offers.values()].map(offer => offer.callId))) {
      const other = this.calls.get(callId)!
      if (other.line === waiting.line && before(other, waiting)) position++
    }
    return position
  }

  /**
   * Whether any agent of the queue, be it at work or not, has the skills that are asked for in the end, after all
   * relaxation. False for unknown calls.
   */
  canEverBeTaken(callId: string): boolean {
    const waiting = this.calls.get(callId)
    if (waiting === undefined) return false
    const { settings } = waiting.line
    const least = requirement(settings, waiting.call.requires, settings.relaxation.length)
    return settings.agents.some(id => {
      const desk = this.desks.get(id)
      return desk !== undefined && meets(desk.profile.skills, least)
    })
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

  /** The agent has the call, which is in no line: by accepting this offer, or by hand. */
  private take(waiting: Waiting, desk: Desk, offer: Offer | undefined, now: number): RoutingEvent[] {
    const callId = waiting.call.id
    if (offer !== undefined) this.endOffer(waiting, offer, 'accepted')
    waiting.state = 'talking'
    waiting.owner = desk
    this.log.push({ type: 'call.accepted', callId, agentId: desk.profile.id })
    this.update(desk, offer === undefined ? callPicked(desk.state, now) : callTaken(desk.state, now), now)
    return this.settle([], this.withdraw(waiting, 'lost-race', now), now)
  }

  private turnDown(offerIds: number[], outcome: OfferOutcome, now: number): RoutingEvent[] {
    const offers = offerIds.flatMap(id => this.offers.get(id) ?? [])
    const seekers = this.passUp(offers, outcome, now)
    const desks = offers.map(offer => this.desk(offer.agentId))
    return this.settle(seekers, desks, now)
  }

  /** Ends offers that agents let pass. Returns what now rings nowhere, or need no longer wait for one of them. */
  private passUp(offers: readonly Offer[], outcome: OfferOutcome, now: number): Waiting[] {
    const seekers: Waiting[] = []
    for (const offer of offers) {
      const waiting = this.calls.get(offer.callId)!
      const desk = this.desk(offer.agentId)
      this.endOffer(waiting, offer, outcome)
      if (wasPassedUp(outcome)) passUpBy(waiting, desk)
      this.leaveOffer(desk, offer, outcome, now)
      if (waiting.offers.length === 0) seekers.push(waiting)
      seekers.push(...this.letGo(desk, now))
    }
    return seekers
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
    const attempt = this.nextOfferId
    waiting.state = 'offered'
    for (const desk of desks) {
      ordering.takeTurn(seatOf(desk, ordering))
      const offer: Offer = {
        id: this.nextOfferId++,
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

  /**
   * What every input ends with: all that has become possible is offered, the first in line first. `seekers` are calls
   * that are in no line, `desks` agents that may have become free, `newcomer` a seeker that the line may be too full for;
   * what is due by waiting alone comes in addition.
   */
  private settle(
    seekers: Waiting[],
    desks: readonly Desk[],
    now: number,
    newcomer: Waiting | null = null,
  ): RoutingEvent[] {
    if (newcomer !== null) seekers.push(newcomer)
    this.takeDue(seekers, now)
    if (seekers.length > 1) seekers.sort(byRank)
    let rejected = false
    for (const waiting of seekers) {
      const { line, call } = waiting
      waiting.kind = this.kindOf(line, call.requires, stepsAt(line.settings, call.enqueuedAt, now))
      this.match(desks, now, waiting)
      if (this.offerNow(waiting, now)) continue
      if (waiting === newcomer) rejected = true
      else this.enqueue(waiting, now)
    }
    this.match(desks, now)
    if (newcomer !== null && rejected) this.admit(newcomer, now)
    return this.told()
  }

  /** Calls of which less is asked from now on, or which are no longer held, leave their line to look anew. */
  private takeDue(seekers: Waiting[], now: number): void {
    for (let alarm = this.alarms.first(); alarm !== undefined && alarm.key <= now; alarm = this.alarms.first()) {
      seekers.push(alarm.waiting)
      this.dequeue(alarm.waiting)
    }
  }

  private offerNow(waiting: Waiting, now: number): boolean {
    if (this.filling !== null) return false
    const holder = this.holder(waiting, now)
    return (holder === null || this.canTake(waiting, holder)) && this.offerToBest(waiting, now)
  }

  /**
   * Agents that may have become free take what they can, the first call in line first; if `ahead` is given, only what
   * comes before it.
   */
  private match(desks: readonly Desk[], now: number, ahead?: Waiting): void {
    if (this.filling !== null) return
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
      if (next === undefined || finder === undefined || (ahead !== undefined && before(ahead, next))) return
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
    const asked = this.whomToAsk(waiting)
    if (asked.length > 0) this.offerTo(waiting, asked, now)
    return asked.length > 0
  }

  private whomToAsk(waiting: Waiting): Desk[] {
    const { kind, line, passedBy } = waiting
    const { ordering } = line
    const preferred = this.preferred(waiting)
    if (preferred !== undefined && this.canTake(waiting, preferred)) return [preferred]
    if (ordering.strategy === 'ring-all') return ordering.all(kind).filter(desk => !hasPassed(waiting, desk))
    const best = passedBy === null ? ordering.best(kind) : ordering.bestOf(kind, desk => !hasPassed(waiting, desk))
    return best === undefined ? [] : [best]
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
    waiting.line.waiting.add(waiting)
    const { preferredAgentId } = waiting.call
    if (preferredAgentId !== null && waiting.line.settings.preferredHoldMs > 0) {
      const asking = this.asking.get(preferredAgentId)
      if (asking === undefined) this.asking.set(preferredAgentId, new Set([waiting]))
      else asking.add(waiting)
    }
    if (holder === null) {
      waiting.state = 'waiting'
      waiting.kind.waiting.push(waiting)
      this.fronts[waiting.kind.index] = waiting.kind.waiting.first()!.key
    } else {
      waiting.state = 'held'
      holder.held ??= new Heap()
      holder.held.push(waiting)
    }
    this.setAlarm(waiting, now, holder !== null)
  }

  private dequeue(waiting: Waiting): void {
    waiting.line.waiting.delete(waiting)
    const { preferredAgentId } = waiting.call
    if (preferredAgentId !== null) this.asking.get(preferredAgentId)?.delete(waiting)
    if (waiting.state === 'held') this.preferred(waiting)!.held!.remove(waiting)
    else {
      waiting.kind.waiting.remove(waiting)
      this.fronts[waiting.kind.index] = waiting.kind.waiting.first()?.key ?? Number.POSITIVE_INFINITY
    }
    if (waiting.alarm !== null) this.alarms.remove(waiting.alarm)
    waiting.alarm = null
  }

  /** The call is no longer here; its offers are still to be ended. */
  private remove(waiting: Waiting): void {
    this.calls.delete(waiting.call.id)
    if (waiting.state === 'waiting' || waiting.state === 'held') this.dequeue(waiting)
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
    const wasListed = isListed(desk)
    const before = desk.state
    desk.state = state
    const open = isOpen(desk.profile, state)
    const unmoved =
      before.readySince === state.readySince &&
      before.callsTaken === state.callsTaken &&
      before.idleFrom === state.idleFrom &&
      before.idleBefore === state.idleBefore
    if (before.readyPeriod !== state.readyPeriod) this.hold(desk, now)
    if (wasListed && open && unmoved) return
    if (wasListed) this.unlist(desk)
    if (open) this.list(desk, now, wasListed)
  }

  /** `stays`: it was free already, and keeps its turn. */
  private list(desk: Desk, now: number, stays: boolean): void {
    if (!isOpen(desk.profile, desk.state)) return
    const { group, seats } = desk
    for (let i = 0; i < seats.length; i++) group.orderings[i]!.enter(seats[i]!, stays, now)
  }

  private unlist(desk: Desk): void {
    if (!isListed(desk)) return
    const { group, seats } = desk
    for (let i = 0; i < seats.length; i++) group.orderings[i]!.leave(seats[i]!)
  }

  /** Takes calls that need no longer wait for this agent out of their line, so that they look for others. */
  private letGo(desk: Desk, now: number): Waiting[] {
    const free = desk.held?.all().filter(waiting => this.holder(waiting, now) !== desk) ?? []
    for (const waiting of free) this.dequeue(waiting)
    return free
  }

  /** Calls that are to wait for this agent, now that it can take them, do. */
  private hold(desk: Desk, now: number): void {
    const asking = this.asking.get(desk.profile.id)
    if (asking === undefined) return
    for (const waiting of [...asking]) {
      // What is due looks anew in any case.
      if (waiting.state !== 'waiting' || isDue(waiting, now) || this.holder(waiting, now) !== desk) continue
      this.dequeue(waiting)
      this.enqueue(waiting, now)
    }
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
      kinds: [],
    }
    for (const ordering of this.orderings) ordering.addGroup()
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
    const heldFor = waiting.state === 'held' ? waiting.call.preferredAgentId : null
    return hindrancesOf(desk, { requires: waiting.kind.requires, passedUp: hasPassed(waiting, desk), heldFor })
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

  private line(queueId: string): Line {
    const line = this.lines.get(queueId)
    if (line === undefined) throw new Error(`There is no queue “${queueId}”.`)
    return line
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

/** What is known of offers and turns before a stored routing is filled. */
export type Filling = Pick<Snapshot, 'turns' | 'nextOfferId'>

/** A routing for one group of queues: those that share agents. Throws when settings cannot be used. */
export const createRouting = (queues: readonly QueueSettings[]): Routing => new Routing(queues)

/** What an agent is doing just now, in one word. */
export const activityOf = (routing: Routing, agentId: string) => activity(routing.agentState(agentId))

const seatOf = (desk: Desk, ordering: Ordering<Desk>): Seat<Desk> => desk.seats[desk.group.orderings.indexOf(ordering)]!

const isDue = ({ alarm }: Waiting, now: number): boolean => alarm !== null && alarm.key <= now

const isListed = (desk: Desk): boolean => desk.seats.length > 0 && desk.seats[0]!.at >= 0

function passUpBy(waiting: Waiting, desk: Desk): void {
  waiting.passedBy ??= new Map()
  waiting.passedBy.set(desk, desk.state.readyPeriod)
}

function pickRefusal(waiting: Waiting | undefined, desk: Desk, offer: Offer | undefined): PickRefusal | null {
  if (waiting === undefined || waiting.owner !== null) return 'not-waiting'
  return offer === undefined && occupiedSlots(desk.state) >= desk.profile.capacity ? 'no-free-slot' : null
}

const hasPassed = (waiting: Waiting, desk: Desk): boolean =>
  waiting.passedBy !== null && waiting.passedBy.get(desk) === desk.state.readyPeriod
