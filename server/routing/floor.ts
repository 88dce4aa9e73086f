import { v7 as newId } from 'uuid'
import { type AgentState, occupiedSlots } from '../../core/agent.ts'
import type { WorkKind } from '../../core/event.ts'
import type { Presence } from '../../core/presence.ts'
import { type QueuedCall, Routing, type RoutingEvent, type Snapshot, type TakenUp } from '../../core/routing.ts'
import type { FloorChanges, LiveOffer, Slot, StoredFloor, Work } from './routingStore.ts'
import type { Settings } from './settings.ts'

interface WrapUp {
  agentId: string
  workId: string
  callId: string
  kind: WorkKind
  queueId: string
  until: number
}

/** Something that the routing's driver has to say to it at a certain time. */
type Deadline = { at: number } & (
  | { type: 'timeOut'; number: number }
  | { type: 'endWrapUp'; wrapUp: WrapUp }
  | { type: 'overflow'; work: Work }
)

/** What the floor tells of what has happened on it, in the database's ids. */
export type FloorEvent =
  | { type: 'offer.made'; offer: LiveOffer }
  | { type: 'offer.ended'; offer: LiveOffer; outcome: FloorChanges['offersEnded'][number]['outcome'] }
  | { type: 'accepted'; work: Work; agentId: string }
  | { type: 'overflowed'; work: Work; reason: 'max-wait' | 'full' }
  | { type: 'wrapUp.started'; wrapUp: WrapUp }
  | { type: 'wrapUp.ended'; wrapUp: WrapUp }
  | { type: 'presence.changed'; agentId: string; presence: Presence; previous: Presence; byCenter: boolean }

/** How long a conversation is thought to take before any has been measured. */
const USUAL_HANDLE_SECONDS = 180
/** How much of the estimate each new conversation replaces. */
const LEARNING = 0.1

/**
 * The call center's floor as one process has it in memory: who is here, who waits, who talks to whom. It drives the
 * workspace's {@link Routing} and keeps beside it what the database needs so that another process can build an equal
 * one: {@link changes} is what has to be written in the transaction that decided it.
 *
 * A floor is valid for one version of the routing head. When its transaction fails it has decided what did not happen:
 * throw it away.
 */
export class Floor {
  readonly settings: Settings
  readonly routing: Routing
  /** Higher than every attempt so far. */
  nextAttempt: number
  private readonly works = new Map<string, Work>()
  private readonly talking = new Map<string, { agentId: string; since: number | null }>()
  private readonly offers = new Map<number, LiveOffer>()
  private readonly offerNumbers = new Map<string, number>()
  private readonly wrapUps = new Map<string, WrapUp>()
  /** As last written. */
  private readonly states = new Map<string, AgentState>()
  private touchedWorks = new Set<string>()
  private touchedAgents = new Set<string>()
  private measuredQueues = new Set<string>()
  private made: LiveOffer[] = []
  private ended: FloorChanges['offersEnded'] = []
  private told: FloorEvent[] = []

  constructor(settings: Settings, stored: StoredFloor, nextAttempt: number, now: number) {
    this.settings = settings
    // Offers and attempts are counted together: what is taken up is numbered on from the last attempt.
    let number = nextAttempt
    for (const offer of stored.offers) {
      const { ringMs } = settings.queues.get(offer.queueId)!
      // A clock that was set back must not let it ring for ever.
      this.offers.set(number, { ...offer, expiresAt: Math.min(offer.expiresAt, now + ringMs) })
      this.offerNumbers.set(offer.id, number++)
    }
    this.nextAttempt = number
    for (const work of stored.works) this.works.set(work.id, work)
    for (const { agentId, state, workId, callId, kind, queueId, until } of stored.slots) {
      if (state === 'talking') this.talking.set(workId, { agentId, since: null })
      if (state === 'wrap-up')
        this.wrapUps.set(keyOf(agentId, workId), { agentId, workId, callId, kind, queueId, until: until! })
    }
    for (const { id, state } of stored.agents) this.states.set(id, state)
    this.routing = Routing.from([...settings.queues.values()], this.snapshotOf(stored, now), now)
    // What new settings, or a crash between two decisions, have made possible.
    this.take(this.routing.begin(now), now)
  }

  /** The tables as the routing knows them. */
  private snapshotOf(stored: StoredFloor, now: number): Snapshot {
    const passes = byWork(stored.passes)
    const live = byWork([...this.offers].map(([number, offer]) => ({ ...offer, number })))
    const items: TakenUp[] = stored.works.map(work => ({
      call: queuedAs(work),
      passedBy: (passes.get(work.id) ?? []).map(({ agentId, readyPeriod }) => ({ agentId, readyPeriod })),
      stage: this.stageOf(work, live.get(work.id) ?? []),
    }))
    for (const { agentId, workId, queueId } of this.wrapUps.values())
      items.push({
        call: { id: workId, queueId, requires: {}, priority: 0, preferredAgentId: null, enqueuedAt: now },
        passedBy: [],
        stage: { type: 'wrap-up', agentId },
      })
    const turns: Record<string, NonNullable<Snapshot['turns'][string]>> = {}
    for (const queue of this.settings.queues.values()) if (queue.turn !== null) turns[queue.id] = queue.turn
    return {
      agents: stored.agents.map(({ id, state }) => ({
        profile: this.settings.agents.get(id)!,
        state: notAhead(state, now),
      })),
      items,
      turns,
      nextOfferId: this.nextAttempt,
    }
  }

  private stageOf(work: Work, live: (LiveOffer & { number: number })[]): TakenUp['stage'] {
    const talking = this.talking.get(work.id)
    if (talking !== undefined) return { type: 'talking', agentId: talking.agentId }
    if (live.length === 0) return { type: 'waiting' }
    return {
      type: 'offered',
      offers: live.map(({ number, agentId, attempt, madeAt, expiresAt }) => ({
        id: number,
        attempt,
        agentId,
        madeAt,
        expiresAt,
      })),
    }
  }

  // What can happen

  setPresence(agentId: string, presence: Presence, now: number): void {
    const previous = this.routing.agentState(agentId).presence
    this.take(this.routing.setPresence(agentId, presence, now), now)
    this.told.push({ type: 'presence.changed', agentId, presence, previous, byCenter: false })
  }

  /** Work joins a line, or another one than it stood in. `mostMs`: it waits no longer; null: as the queue has it. */
  arrive(work: Omit<Work, 'overflowAt'>, now: number, mostMs: number | null = null): void {
    const maxWaitMs = mostMs ?? this.settings.queues.get(work.queueId)!.maxWaitMs
    // Only a caller on the line runs out of patience; a promise is kept however long it takes.
    const overflowAt = work.kind === 'call' && maxWaitMs !== null ? now + maxWaitMs : null
    if (this.works.has(work.id)) this.leave(work.id, now)
    this.works.set(work.id, { ...work, overflowAt })
    this.touchedWorks.add(work.id)
    this.take(this.routing.arrive(queuedAs(work), now), now, 'full')
  }

  /** By hand, and out of no line: nobody else is asked. Whether the agent has a hand free is for the caller to know. */
  assign(work: Omit<Work, 'overflowAt'>, agentId: string, now: number): void {
    this.hold({ ...work, overflowAt: null }, agentId, now, now)
  }

  /** Out of the line, or the conversation is over. */
  leave(workId: string, now: number): void {
    if (!this.works.has(workId)) return
    this.noteHandled(workId, now)
    this.take(this.routing.leave(workId, now), now)
    this.forget(workId)
  }

  /** Whoever has it could not be reached: back to the old place in line, and the agent takes no more calls for now. */
  putBack(workId: string, unreachable: Presence, now: number): void {
    const talking = this.talking.get(workId)
    if (talking === undefined) return
    const { agentId } = talking
    const previous = this.routing.agentState(agentId).presence
    this.talking.delete(workId)
    this.touchedWorks.add(workId)
    this.touchedAgents.add(agentId)
    // First away, so that the free slot is not given another call at once.
    this.take(this.routing.setPresence(agentId, unreachable, now), now)
    if (previous.status !== unreachable.status || previous.reason !== unreachable.reason)
      this.told.push({ type: 'presence.changed', agentId, presence: unreachable, previous, byCenter: true })
    this.take(this.routing.putBack(workId, now), now)
  }

  /** A question to a colleague is over: there is nothing to write about it. */
  dismiss(workId: string, now: number): void {
    const talking = this.talking.get(workId)
    if (talking === undefined) {
      this.leave(workId, now)
      return
    }
    this.touchedAgents.add(talking.agentId)
    this.take(this.routing.dismiss(workId, now), now)
    this.forget(workId)
  }

  /** The agent talks in a call that others lead: it has a hand less until {@link vacate}. Said twice, it is once. */
  occupy(work: Omit<Work, 'overflowAt'>, agentId: string, now: number): void {
    const isSaid = [...this.talking].some(
      ([id, talking]) => talking.agentId === agentId && this.works.get(id)?.callId === work.callId,
    )
    if (!isSaid) this.hold({ ...work, overflowAt: null }, agentId, null, now)
  }

  /** `since`: what counts as handled; null: how long it takes says nothing of the queue's calls. */
  private hold(work: Work, agentId: string, since: number | null, now: number): void {
    this.works.set(work.id, work)
    this.talking.set(work.id, { agentId, since })
    this.touchedWorks.add(work.id)
    this.touchedAgents.add(agentId)
    this.take(this.routing.occupy(queuedAs(work), agentId, now), now)
  }

  /** That call is over, and there is nothing to write about it. */
  vacate(callId: string, now: number): void {
    for (const work of [...this.works.values()]) if (work.callId === callId) this.dismiss(work.id, now)
  }

  /** Whoever was asked in `byWorkId` has the work `workId` from now on. False: one of them is not in anybody's hands. */
  handOver(workId: string, byWorkId: string, now: number): boolean {
    const from = this.talking.get(workId)
    const to = this.talking.get(byWorkId)
    if (from === undefined || to === undefined || from.agentId === to.agentId) return false
    this.noteHandled(workId, now)
    this.take(this.routing.handOver(workId, byWorkId, now), now)
    this.talking.set(workId, { agentId: to.agentId, since: now })
    this.touchedWorks.add(workId)
    this.touchedAgents.add(to.agentId)
    this.forget(byWorkId)
    return true
  }

  /** Calls whose agent asks a colleague: whatever happens to the question happens to them. */
  callsWithQuestions(): string[] {
    return [...this.works.values()].filter(({ kind }) => kind === 'consultation').map(({ callId }) => callId)
  }

  accept(number: number, now: number): void {
    this.take(this.routing.accept(number, now), now)
  }

  decline(number: number, now: number): void {
    this.take(this.routing.decline(number, now), now)
  }

  /** By hand. False: it does not wait, or the agent has no hand free. */
  pick(workId: string, agentId: string, now: number): boolean {
    const events = this.routing.pick(workId, agentId, now)
    this.take(events, now)
    return !events.some(event => event.type === 'pick.refused')
  }

  endWrapUps(agentId: string, now: number): void {
    for (const wrapUp of [...this.wrapUps.values()])
      if (wrapUp.agentId === agentId) this.endWrapUp(agentId, wrapUp.workId, now)
  }

  endWrapUp(agentId: string, workId: string, now: number): boolean {
    const wrapUp = this.wrapUps.get(keyOf(agentId, workId))
    if (wrapUp === undefined) return false
    this.wrapUps.delete(keyOf(agentId, workId))
    this.touchedAgents.add(agentId)
    this.told.push({ type: 'wrapUp.ended', wrapUp })
    this.take(this.routing.endWrapUp(workId, agentId, now), now)
    return true
  }

  extendWrapUp(agentId: string, workId: string, until: number): void {
    const wrapUp = this.wrapUps.get(keyOf(agentId, workId))
    if (wrapUp === undefined) return
    wrapUp.until = until
    this.touchedAgents.add(agentId)
  }

  /** Everything whose time has come. */
  passTime(now: number): void {
    this.take(this.routing.passTime(now), now)
    for (const deadline of this.deadlines()
      .filter(({ at }) => at <= now)
      .sort((a, b) => a.at - b.at)) {
      if (deadline.type === 'timeOut') {
        if (this.offers.has(deadline.number)) this.take(this.routing.timeOut(deadline.number, now), now)
      } else if (deadline.type === 'endWrapUp') this.endWrapUp(deadline.wrapUp.agentId, deadline.wrapUp.workId, now)
      else if (this.works.has(deadline.work.id) && !this.talking.has(deadline.work.id))
        this.take(this.routing.overflow(deadline.work.id, now), now)
    }
  }

  // What others may look at

  work(workId: string): Work | null {
    return this.works.get(workId) ?? null
  }

  offer(offerId: string): { number: number; offer: LiveOffer } | null {
    const number = this.offerNumbers.get(offerId)
    return number === undefined ? null : { number, offer: this.offers.get(number)! }
  }

  /** The work, by its own id or that of its call, that this agent still has to write up; null: none. */
  wrapUpOf(agentId: string, callId: string): string | null {
    for (const wrapUp of this.wrapUps.values())
      if (wrapUp.agentId === agentId && (wrapUp.callId === callId || wrapUp.workId === callId)) return wrapUp.workId
    return null
  }

  holderOf(workId: string): string | null {
    return this.talking.get(workId)?.agentId ?? null
  }

  /** What the agent has taken up and not finished, wrap-ups aside. */
  heldBy(agentId: string): Work[] {
    return [...this.talking].flatMap(([workId, held]) => (held.agentId === agentId ? [this.works.get(workId)!] : []))
  }

  /** Whether the agent could take something by hand. */
  hasFreeSlot(agentId: string): boolean {
    return occupiedSlots(this.routing.agentState(agentId)) < this.settings.agents.get(agentId)!.capacity
  }

  /** Whether anybody of its queue, whatever it has chosen to be, could ever take it. */
  canEverBeTaken(workId: string): boolean {
    return this.routing.canEverBeTaken(workId)
  }

  /** Place in line, 1 is next, and an honest estimate of the wait in whole seconds: null where nothing can be known. */
  placeOf(workId: string): { position: number; waitSeconds: number | null } | null {
    const position = this.routing.positionOf(workId)
    const work = this.works.get(workId)
    if (position === null || work === undefined) return null
    if (this.routing.ringsAtSomebody(workId)) return { position, waitSeconds: 0 }
    const queue = this.settings.queues.get(work.queueId)!
    const serving = queue.agents.filter(id => this.routing.agentState(id).presence.status === 'available').length
    const handle = queue.handleSeconds ?? USUAL_HANDLE_SECONDS
    return { position, waitSeconds: serving === 0 ? null : Math.round((position * handle) / serving) }
  }

  /** Null for work that does not stand in a line. */
  whyWaiting(workId: string) {
    const explanation = this.routing.explain(workId)
    const place = this.placeOf(workId)
    return explanation && place && { since: this.works.get(workId)!.enqueuedAt, place, explanation }
  }

  /** When {@link passTime} has something to do next. */
  dueAt(): number | null {
    const due = this.deadlines().reduce((soonest, { at }) => Math.min(soonest, at), this.routing.dueAt() ?? Infinity)
    return due === Infinity ? null : due
  }

  /** Calls that {@link passTime} may send elsewhere. */
  overdueCalls(now: number): string[] {
    return [...this.works.values()]
      .filter(work => work.overflowAt !== null && work.overflowAt <= now)
      .map(work => work.callId)
  }

  /** What has happened since this was asked last, in order. */
  tell(): FloorEvent[] {
    const told = this.told
    if (told.length > 0) this.told = []
    return told
  }

  /** What has to be written; null when nothing has changed. The floor then counts as saved. */
  changes(now: number): FloorChanges | null {
    const agents = this.changedAgents()
    const queues = this.changedQueues()
    const works = [...this.touchedWorks].flatMap(id => this.works.get(id) ?? [])
    const worksGone = [...this.touchedWorks].filter(id => !this.works.has(id))
    if (agents.length + queues.length + works.length + worksGone.length + this.ended.length + this.made.length === 0)
      return null
    const changes: FloorChanges = {
      now,
      works,
      worksGone,
      agents,
      slots: this.slotsOf(new Set(agents.map(({ id }) => id))),
      offersMade: this.made,
      offersEnded: this.ended,
      queues,
    }
    for (const { id, state } of agents) this.states.set(id, state)
    this.touchedWorks = new Set()
    this.touchedAgents = new Set()
    this.measuredQueues = new Set()
    this.made = []
    this.ended = []
    return changes
  }

  private changedAgents(): FloorChanges['agents'] {
    const changed: FloorChanges['agents'] = []
    for (const id of this.routing.agentIds()) {
      const state = this.routing.agentState(id)
      if (state !== this.states.get(id) || this.touchedAgents.has(id)) changed.push({ id, state })
    }
    return changed
  }

  private changedQueues(): FloorChanges['queues'] {
    const turns = this.routing.turns()
    const changed: FloorChanges['queues'] = []
    for (const queue of this.settings.queues.values()) {
      const turn = turns[queue.id] ?? null
      const moved = turn !== null && JSON.stringify(turn) !== JSON.stringify(queue.turn)
      if (!moved && !this.measuredQueues.has(queue.id)) continue
      queue.turn = turn
      changed.push({ id: queue.id, turn, handleSeconds: queue.handleSeconds })
    }
    return changed
  }

  private slotsOf(agentIds: Set<string>): Slot[] {
    const slots: Omit<Slot, 'slot'>[] = []
    for (const offer of this.offers.values())
      if (agentIds.has(offer.agentId))
        slots.push({ ...pick(offer), state: 'offered', offerId: offer.id, until: offer.expiresAt })
    for (const [workId, { agentId }] of this.talking)
      if (agentIds.has(agentId)) {
        const work = this.works.get(workId)!
        slots.push({ ...pick({ ...work, workId, agentId }), state: 'talking', offerId: null, until: null })
      }
    for (const wrapUp of this.wrapUps.values())
      if (agentIds.has(wrapUp.agentId))
        slots.push({ ...pick(wrapUp), state: 'wrap-up', offerId: null, until: wrapUp.until })
    const used = new Map<string, number>()
    return slots.map(slot => {
      const number = (used.get(slot.agentId) ?? 0) + 1
      used.set(slot.agentId, number)
      return { ...slot, slot: number }
    })
  }

  private deadlines(): Deadline[] {
    const deadlines: Deadline[] = []
    for (const [number, { expiresAt }] of this.offers) deadlines.push({ at: expiresAt, type: 'timeOut', number })
    for (const wrapUp of this.wrapUps.values()) deadlines.push({ at: wrapUp.until, type: 'endWrapUp', wrapUp })
    for (const work of this.works.values())
      if (work.overflowAt !== null && !this.talking.has(work.id))
        deadlines.push({ at: work.overflowAt, type: 'overflow', work })
    return deadlines
  }

  private noteHandled(workId: string, now: number): void {
    const talking = this.talking.get(workId)
    const work = this.works.get(workId)
    if (talking === undefined || talking.since === null || work?.kind !== 'call') return
    const queue = this.settings.queues.get(work.queueId)!
    const seconds = (now - talking.since + queue.wrapUpMs) / 1000
    const before = queue.handleSeconds ?? seconds
    queue.handleSeconds = before + LEARNING * (seconds - before)
    this.measuredQueues.add(queue.id)
  }

  private forget(workId: string): void {
    this.works.delete(workId)
    this.talking.delete(workId)
    this.touchedWorks.add(workId)
  }

  /** Follows what the routing has decided. */
  private take(events: RoutingEvent[], now: number, overflowReason: 'max-wait' | 'full' = 'max-wait'): void {
    for (const event of events) {
      switch (event.type) {
        case 'offer.made': {
          const { id, attempt, callId: workId, queueId, agentId, madeAt, expiresAt } = event.offer
          const work = this.works.get(workId)!
          this.nextAttempt = Math.max(id, attempt) + 1
          const offer: LiveOffer = {
            id: newId(),
            kind: work.kind,
            workId,
            callId: work.callId,
            queueId,
            agentId,
            attempt,
            madeAt,
            expiresAt,
            readyPeriod: this.routing.agentState(agentId).readyPeriod,
            waitedSeconds: Math.max(0, Math.round((now - work.enqueuedAt) / 1000)),
            explanation: this.routing.explain(workId),
          }
          this.offers.set(id, offer)
          this.offerNumbers.set(offer.id, id)
          this.made.push(offer)
          this.touchedAgents.add(agentId)
          this.told.push({ type: 'offer.made', offer })
          break
        }
        case 'offer.ended': {
          const offer = this.offers.get(event.offer.id)!
          this.offers.delete(event.offer.id)
          this.offerNumbers.delete(offer.id)
          // Whoever lets it pass does so now: since it began to ring, other work may have ended.
          const { readyPeriod } = this.routing.agentState(offer.agentId)
          this.ended.push({ id: offer.id, outcome: event.outcome, endedAt: now, readyPeriod })
          this.touchedAgents.add(offer.agentId)
          this.told.push({ type: 'offer.ended', offer, outcome: event.outcome })
          break
        }
        case 'call.accepted': {
          const work = this.works.get(event.callId)!
          this.talking.set(work.id, { agentId: event.agentId, since: now })
          this.touchedWorks.add(work.id)
          this.touchedAgents.add(event.agentId)
          this.told.push({ type: 'accepted', work, agentId: event.agentId })
          break
        }
        case 'call.overflowed': {
          const work = this.works.get(event.callId)!
          this.forget(work.id)
          this.told.push({ type: 'overflowed', work, reason: overflowReason })
          break
        }
        case 'wrapUp.started': {
          const { callId: workId, agentId, until } = event
          const { callId, kind, queueId } = this.works.get(workId)!
          const wrapUp: WrapUp = { agentId, workId, callId, kind, queueId, until }
          this.wrapUps.set(keyOf(agentId, workId), wrapUp)
          this.touchedAgents.add(agentId)
          this.told.push({ type: 'wrapUp.started', wrapUp })
          break
        }
        case 'agent.missed':
          this.told.push({
            type: 'presence.changed',
            agentId: event.agentId,
            presence: event.presence,
            previous: { status: 'available', reason: null },
            byCenter: true,
          })
          break
        case 'accept.refused':
        case 'pick.refused':
          break
        default:
          event satisfies never
      }
    }
  }
}

const keyOf = (agentId: string, workId: string): string => `${agentId} ${workId}`

/** Only callers crowd a line: a message or a promise has to get into it although, and because, it was full. */
const queuedAs = (work: Omit<Work, 'overflowAt'>): QueuedCall => ({ ...work, withoutCaller: work.kind !== 'call' })

const pick = ({ agentId, kind, workId, callId, queueId }: Omit<Slot, 'slot' | 'state' | 'offerId' | 'until'>) => ({
  agentId,
  kind,
  workId,
  callId,
  queueId,
})

/** Nobody has been ready since a time that is still to come: the clock may have been set back. */
function notAhead(state: AgentState, now: number): AgentState {
  const past = (time: number | null) => (time === null ? null : Math.min(time, now))
  const { readySince, idleFrom, awaySince } = state
  if ([readySince, idleFrom, awaySince].every(time => time === null || time <= now)) return state
  return { ...state, readySince: past(readySince), idleFrom: past(idleFrom), awaySince: past(awaySince) }
}

function byWork<Item extends { workId: string }>(items: Item[]): Map<string, Item[]> {
  const lists = new Map<string, Item[]>()
  for (const item of items) {
    const list = lists.get(item.workId)
    if (list === undefined) lists.set(item.workId, [item])
    else list.push(item)
  }
  return lists
}
