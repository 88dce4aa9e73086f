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
  startShift,
  wrapUpOver,
} from './agent.ts'
import type { Explanation } from './explanation.ts'
import { type Offer, type OfferOutcome, wasPassedUp } from './offer.ts'
import { OFFLINE, type Presence, takesCalls } from './presence.ts'
import { meets, type Overflow, type QueueSettings, requirement, stepsAt } from './queue.ts'
import { Backlog } from './routing/backlog.ts'
import { explain, holderOf, isFreeFor, whomToAsk } from './routing/choice.ts'
import { changeProfile, changeState, type Desk, newDesk, seatIn } from './routing/desk.ts'
import { Eligibility, type Group } from './routing/eligibility.ts'
import { type Entry, newEntry, passUp, takenUp } from './routing/entry.ts'
import { before, byRank } from './routing/heap.ts'
import { type Line, linesOf } from './routing/line.ts'
import type { QueuedCall, Snapshot, TakenUp, Turn } from './routing/snapshot.ts'

export type { Explanation, Hindrance } from './explanation.ts'
export type { OfferTakenUp, QueuedCall, Snapshot, Stage, TakenUp, Turn } from './routing/snapshot.ts'

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
 * What it is made of, in `routing/`: who can take what (`eligibility`), the free agents in the order in which each queue
 * asks them (`ordering`), the calls in the order in which they are taken (`backlog`), and who of the free is asked
 * (`choice`). Agents are kept in one heap per group of equal agents, calls in one heap per kind of equal calls, so that
 * a decision costs a scan over kinds or groups and the logarithm of a line, however many wait or are free.
 *
 * A changed setting is a new routing, filled with the agents and calls that are there ({@link snapshot}, {@link from}).
 */
export class Routing {
  private readonly lines: ReadonlyMap<string, Line>
  private readonly eligibility = new Eligibility()
  private readonly desks = new Map<string, Desk>()
  /** Calls that are in here, whatever becomes of them; those that wait are in the backlog as well. */
  private readonly entries = new Map<string, Entry>()
  private readonly backlog = new Backlog()
  private readonly offers = new Map<number, Offer>()
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
    this.lines = linesOf(queues)
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
      items: [...wrapUps, ...[...this.entries.values()].map(takenUp)],
      turns: this.turns(),
      nextOfferId: this.nextOfferId,
    }
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
    const entry = this.add(call, offers[0]?.madeAt ?? now)
    const passers = passedBy.flatMap(({ agentId, readyPeriod }) => {
      const desk = this.desks.get(agentId)
      return desk === undefined ? [] : [[desk, readyPeriod] as const]
    })
    if (passers.length > 0) entry.passedBy = new Map(passers)
    if (stage.type === 'talking') {
      entry.owner = this.desk(stage.agentId)
      entry.state = 'talking'
    } else if (stage.type === 'waiting') this.enqueue(entry, now)
    else entry.state = 'offered'
    for (const each of offers) {
      const { id: agentId } = this.desk(each.agentId).profile
      this.addOffer(entry, { ...each, agentId, callId: call.id, queueId: call.queueId })
      this.nextOfferId = Math.max(this.nextOfferId, each.id + 1, each.attempt + 1)
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
    const waiting = [...this.lines.keys()].flatMap(queueId => [...this.backlog.inQueue(queueId)])
    for (const entry of waiting) this.backlog.remove(entry)
    return this.settle(waiting, [], now)
  }

  // What can happen to agents

  /**
   * An agent is there, or has other skills or another capacity than before. Who is new here begins a shift, or goes on
   * from a stored state.
   */
  setAgent(profile: AgentProfile, now: number, state: AgentState = startShift(now)): RoutingEvent[] {
    const desk = this.desks.get(profile.id) ?? this.addDesk(profile, state)
    changeProfile(desk, profile, this.groupOf(profile), now)
    const seekers = this.letGo(desk, now)
    this.hold(desk, now)
    return this.settle(seekers, [desk], now)
  }

  private addDesk(profile: AgentProfile, state: AgentState): Desk {
    const orderings = new Set(this.linesWith(profile.id).map(line => line.ordering))
    const desk = newDesk(this.agentsSeen++, profile, state, this.groupOf(profile), [...orderings])
    this.desks.set(profile.id, desk)
    return desk
  }

  private groupOf({ id, skills }: AgentProfile): Group {
    return this.eligibility.groupOf(
      this.linesWith(id).map(line => line.settings.id),
      skills,
    )
  }

  private linesWith(agentId: string): Line[] {
    return [...this.lines.values()].filter(line => line.members.has(agentId))
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
    const seekers = this.letPass(offers, 'rejected', now)
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
  private admit(entry: Entry, now: number): void {
    const { overflow } = entry.line.settings
    if (this.isTooFullFor(entry)) {
      this.entries.delete(entry.call.id)
      this.log.push({ type: 'call.overflowed', callId: entry.call.id, overflow })
    } else this.enqueue(entry, now)
  }

  private isTooFullFor({ call, line }: Entry): boolean {
    const { id, maxLength } = line.settings
    const waiting = this.backlog.inQueue(id)
    if (maxLength === null || call.withoutCaller || waiting.size < maxLength) return false
    let callers = 0
    for (const other of waiting) if (!other.call.withoutCaller) callers++
    return callers >= maxLength
  }

  private add(call: QueuedCall, now: number): Entry {
    const line = this.line(call.queueId)
    if (this.entries.has(call.id)) throw new Error(`Call “${call.id}” is here already.`)
    const steps = stepsAt(line.settings, call.enqueuedAt, now)
    const kind = this.eligibility.kindOf(line.settings, call.requires, steps)
    const entry = newEntry(call, line, kind, this.arrivals++)
    this.entries.set(call.id, entry)
    return entry
  }

  /** The caller hung up, in whatever state the call is, or it goes elsewhere. Unknown calls are ignored. */
  leave(callId: string, now: number): RoutingEvent[] {
    const entry = this.entries.get(callId)
    if (entry?.state === 'talking') return this.endCall(callId, now)
    if (entry === undefined) return this.passTime(now)
    this.remove(entry)
    return this.settle([], this.withdraw(entry, 'canceled', now), now)
  }

  /** It has waited for as long as its queue allows. Ignored unless it still waits or rings. */
  overflow(callId: string, now: number): RoutingEvent[] {
    const entry = this.entries.get(callId)
    if (entry === undefined || entry.owner !== null) return this.passTime(now)
    this.log.push({ type: 'call.overflowed', callId, overflow: entry.line.settings.overflow })
    return this.leave(callId, now)
  }

  /**
   * It goes to another queue, whatever it is doing: what rings is canceled, a conversation is over as in
   * {@link endCall}, and who had it is not asked again in the same ready period. What `changes` does not name stays, the
   * place in line (`enqueuedAt`) included. Unknown calls are ignored; throws if the queue is unknown.
   */
  move(callId: string, queueId: string, changes: Changes, now: number): RoutingEvent[] {
    this.line(queueId)
    const was = this.entries.get(callId)
    if (was === undefined) return this.passTime(now)
    this.remove(was)
    const moved = this.add({ ...was.call, ...changes, id: callId, queueId }, now)
    moved.passedBy = was.passedBy
    const freed = was.owner === null ? this.withdraw(was, 'canceled', now) : [this.release(was, now)]
    if (was.owner !== null) passUp(moved, was.owner)
    return this.settle([], freed, now, moved)
  }

  /**
   * An agent takes a call that waits or rings, whatever its skills, queues and presence, but not beyond its capacity: by
   * hand, without being asked.
   */
  pick(callId: string, agentId: string, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    const entry = this.entries.get(callId)
    const offer = entry?.offers.find(each => each.agentId === agentId)
    const reason = pickRefusal(entry, desk, offer)
    if (entry === undefined || reason !== null) {
      this.log.push({ type: 'pick.refused', callId, agentId, reason: reason ?? 'not-waiting' })
      return this.passTime(now)
    }
    if (entry.state !== 'offered') this.backlog.remove(entry)
    return this.take(entry, desk, offer, now)
  }

  /**
   * An agent talks in something that no line has brought, and has a hand less until {@link dismiss}: also where it had
   * none free, for it does talk. Throws if the call is here already or the queue is unknown.
   */
  occupy(call: QueuedCall, agentId: string, now: number): RoutingEvent[] {
    const desk = this.desk(agentId)
    const entry = this.add(call, now)
    entry.state = 'talking'
    entry.owner = desk
    this.update(desk, callPicked(desk.state, now), now)
    return this.settle([], [], now)
  }

  /** The conversation is over. Ignored unless there is one. */
  endCall(callId: string, now: number): RoutingEvent[] {
    const entry = this.entries.get(callId)
    if (entry === undefined || entry.state !== 'talking') return this.passTime(now)
    this.entries.delete(callId)
    return this.settle([], [this.release(entry, now)], now)
  }

  /** The conversation is over, and there is nothing to write about it. Ignored unless there is one. */
  dismiss(callId: string, now: number): RoutingEvent[] {
    const entry = this.entries.get(callId)
    if (entry === undefined || entry.state !== 'talking') return this.passTime(now)
    this.entries.delete(callId)
    const desk = entry.owner!
    this.update(desk, callOver(desk.state, false, now), now)
    return this.settle([], [desk], now)
  }

  /**
   * Whoever talks in `byCallId` has the conversation `callId` from now on instead; its agent until now has done with it,
   * as in {@link endCall}. Ignored unless two agents are in these conversations.
   */
  handOver(callId: string, byCallId: string, now: number): RoutingEvent[] {
    const handed = this.entries.get(callId)
    const by = this.entries.get(byCallId)
    if (!handed?.owner || !by?.owner || handed.owner === by.owner) return this.passTime(now)
    const freed = this.release(handed, now)
    handed.owner = by.owner
    this.entries.delete(byCallId)
    return this.settle([], [freed], now)
  }

  /** Ends a conversation for its agent, who may have to write. */
  private release(entry: Entry, now: number): Desk {
    const desk = entry.owner!
    const { call, line } = entry
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
    const entry = this.entries.get(callId)
    const desk = entry?.owner
    if (entry === undefined || desk === null || desk === undefined) return this.passTime(now)
    entry.owner = null
    passUp(entry, desk)
    this.update(desk, callReturned(desk.state, now), now)
    return this.settle([entry], [desk], now)
  }

  // What can happen to offers

  /** The first to accept has the call; everybody else is told that it is gone. */
  accept(offerId: number, now: number): RoutingEvent[] {
    const offer = this.offers.get(offerId)
    if (offer !== undefined) return this.take(this.entries.get(offer.callId)!, this.desk(offer.agentId), offer, now)
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
    const attempt = offer === undefined ? [] : this.entries.get(offer.callId)!.offers.map(each => each.id)
    return this.turnDown(attempt, 'timed-out', now)
  }

  // Time

  /** When {@link passTime} has something to do next; null: nothing. */
  dueAt(): number | null {
    return this.backlog.dueAt()
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
    return this.backlog.inQueue(queueId).size
  }

  ringsAtSomebody(callId: string): boolean {
    const entry = this.entries.get(callId)
    return entry !== undefined && entry.offers.length > 0
  }

  /**
   * Place in the line of its queue, 1 for who is next; null: it stands in none. A call that rings keeps its place until it
   * is accepted, so that nobody behind it moves up and then back again when it is not.
   */
  positionOf(callId: string): number | null {
    const entry = this.entries.get(callId)
    if (entry === undefined || entry.owner !== null) return null
    let position = 1
    for (const other of this.backlog.inQueue(entry.call.queueId)) if (before(other, entry)) position++
    for (const callId of new Set([...this.offers.values()].map(offer => offer.callId))) {
      const other = this.entries.get(callId)!
      if (other.line === entry.line && before(other, entry)) position++
    }
    return position
  }

  /**
   * Whether any agent of the queue, be it at work or not, has the skills that are asked for in the end, after all
   * relaxation. False for unknown calls.
   */
  canEverBeTaken(callId: string): boolean {
    const entry = this.entries.get(callId)
    if (entry === undefined) return false
    const { settings } = entry.line
    const least = requirement(settings, entry.call.requires, settings.relaxation.length)
    return settings.agents.some(id => {
      const desk = this.desks.get(id)
      return desk !== undefined && meets(desk.profile.skills, least)
    })
  }

  /** Who has the call; null while nobody has. */
  ownerOf(callId: string): string | null {
    return this.entries.get(callId)?.owner?.profile.id ?? null
  }

  /**
   * Who could take the call at this moment and who could not, and why. Asked right after an input it explains the offer
   * that the input led to. Null when the call neither waits nor rings.
   */
  explain(callId: string): Explanation | null {
    const entry = this.entries.get(callId)
    if (entry === undefined || entry.owner !== null) return null
    return explain(entry, this.desks)
  }

  // Offers

  /** The agent has the call, which is in no line: by accepting this offer, or by hand. */
  private take(entry: Entry, desk: Desk, offer: Offer | undefined, now: number): RoutingEvent[] {
    const callId = entry.call.id
    if (offer !== undefined) this.endOffer(entry, offer, 'accepted')
    entry.state = 'talking'
    entry.owner = desk
    this.log.push({ type: 'call.accepted', callId, agentId: desk.profile.id })
    this.update(desk, offer === undefined ? callPicked(desk.state, now) : callTaken(desk.state, now), now)
    return this.settle([], this.withdraw(entry, 'lost-race', now), now)
  }

  private turnDown(offerIds: number[], outcome: OfferOutcome, now: number): RoutingEvent[] {
    const offers = offerIds.flatMap(id => this.offers.get(id) ?? [])
    const seekers = this.letPass(offers, outcome, now)
    const desks = offers.map(offer => this.desk(offer.agentId))
    return this.settle(seekers, desks, now)
  }

  /** Ends offers that agents let pass. Returns what now rings nowhere, or need no longer wait for one of them. */
  private letPass(offers: readonly Offer[], outcome: OfferOutcome, now: number): Entry[] {
    const seekers: Entry[] = []
    for (const offer of offers) {
      const entry = this.entries.get(offer.callId)!
      const desk = this.desk(offer.agentId)
      this.endOffer(entry, offer, outcome)
      if (wasPassedUp(outcome)) passUp(entry, desk)
      this.leaveOffer(desk, offer, outcome, now)
      if (entry.offers.length === 0) seekers.push(entry)
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
  private withdraw(entry: Entry, outcome: OfferOutcome, now: number): Desk[] {
    if (entry.offers.length === 0) return []
    return [...entry.offers].map(offer => {
      const desk = this.desk(offer.agentId)
      this.endOffer(entry, offer, outcome)
      this.update(desk, offerOver(desk.state, now), now)
      return desk
    })
  }

  private addOffer(entry: Entry, offer: Offer): void {
    this.offers.set(offer.id, offer)
    entry.offers.push(offer)
  }

  private endOffer(entry: Entry, offer: Offer, outcome: OfferOutcome): void {
    this.offers.delete(offer.id)
    entry.offers.splice(entry.offers.indexOf(offer), 1)
    this.log.push({ type: 'offer.ended', offer, outcome })
  }

  private offerTo(entry: Entry, desks: readonly Desk[], now: number): void {
    const { settings, ordering } = entry.line
    const attempt = this.nextOfferId
    entry.state = 'offered'
    for (const desk of desks) {
      ordering.takeTurn(seatIn(ordering, desk))
      const offer: Offer = {
        id: this.nextOfferId++,
        attempt,
        callId: entry.call.id,
        queueId: settings.id,
        agentId: desk.profile.id,
        madeAt: now,
        expiresAt: now + settings.ringMs,
      }
      this.addOffer(entry, offer)
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
  private settle(seekers: Entry[], desks: readonly Desk[], now: number, newcomer: Entry | null = null): RoutingEvent[] {
    if (newcomer !== null) seekers.push(newcomer)
    for (const due of this.backlog.takeDue(now)) seekers.push(due)
    if (seekers.length > 1) seekers.sort(byRank)
    let rejected = false
    for (const entry of seekers) {
      const { line, call } = entry
      entry.kind = this.eligibility.kindOf(line.settings, call.requires, stepsAt(line.settings, call.enqueuedAt, now))
      this.match(desks, now, entry)
      if (this.offerNow(entry, now)) continue
      if (entry === newcomer) rejected = true
      else this.enqueue(entry, now)
    }
    this.match(desks, now)
    if (newcomer !== null && rejected) this.admit(newcomer, now)
    return this.told()
  }

  private offerNow(entry: Entry, now: number): boolean {
    if (this.filling !== null) return false
    const holder = holderOf(entry, this.desks, now)
    return (holder === null || isFreeFor(entry, holder)) && this.offerToBest(entry, now)
  }

  /**
   * Agents that may have become free take what they can, the first call in line first; if `ahead` is given, only what
   * comes before it.
   */
  private match(desks: readonly Desk[], now: number, ahead?: Entry): void {
    if (this.filling !== null) return
    for (;;) {
      let next: Entry | undefined
      let finder: Desk | undefined
      for (const desk of desks) {
        if (!isOpen(desk.profile, desk.state)) continue
        const found = this.backlog.firstFor(desk)
        if (found !== undefined && (next === undefined || before(found, next))) {
          next = found
          finder = desk
        }
      }
      if (next === undefined || finder === undefined || (ahead !== undefined && before(ahead, next))) return
      const heldForFinder = next.state === 'held'
      this.backlog.remove(next)
      // One free agent and one call: there is nothing to choose.
      const alone = desks.length === 1 && next.line.ordering.strategy !== 'ring-all'
      if (heldForFinder || alone || !this.offerToBest(next, now)) this.offerTo(next, [finder], now)
    }
  }

  /** Offers a call that is in no line to whom its queue's strategy names. False: nobody can take it now. */
  private offerToBest(entry: Entry, now: number): boolean {
    const asked = whomToAsk(entry, this.desks)
    if (asked.length > 0) this.offerTo(entry, asked, now)
    return asked.length > 0
  }

  // Waiting

  private enqueue(entry: Entry, now: number): void {
    this.backlog.add(entry, holderOf(entry, this.desks, now), now)
  }

  /** The call is no longer here; its offers are still to be ended. */
  private remove(entry: Entry): void {
    this.entries.delete(entry.call.id)
    if (entry.state === 'waiting' || entry.state === 'held') this.backlog.remove(entry)
  }

  private update(desk: Desk, state: AgentState, now: number): void {
    const isReadyAnew = desk.state.readyPeriod !== state.readyPeriod
    changeState(desk, state, now)
    if (isReadyAnew) this.hold(desk, now)
  }

  /** Takes calls that need no longer wait for this agent out of their line, so that they look for others. */
  private letGo(desk: Desk, now: number): Entry[] {
    const free = this.backlog.heldFor(desk.profile.id).filter(entry => holderOf(entry, this.desks, now) !== desk)
    for (const entry of free) this.backlog.remove(entry)
    return free
  }

  /** Calls that are to wait for this agent, now that it can take them, do. */
  private hold(desk: Desk, now: number): void {
    for (const entry of this.backlog.askingFor(desk.profile.id, now)) {
      if (holderOf(entry, this.desks, now) !== desk) continue
      this.backlog.remove(entry)
      this.backlog.add(entry, desk, now)
    }
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

function pickRefusal(entry: Entry | undefined, desk: Desk, offer: Offer | undefined): PickRefusal | null {
  if (entry === undefined || entry.owner !== null) return 'not-waiting'
  return offer === undefined && occupiedSlots(desk.state) >= desk.profile.capacity ? 'no-free-slot' : null
}
