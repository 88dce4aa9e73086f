import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AgentProfile, BRIEF_ABSENCE_MS, type Skills } from './agent.ts'
import type { OfferOutcome } from './offer.ts'
import { AVAILABLE, isMissed, MISSED, OFFLINE, type Presence, takesCalls } from './presence.ts'
import { levelOf, meets, newQueue, placeInLine, type QueueSettings, requirement, STRATEGIES, stepsAt } from './queue.ts'
import { type Changes, createRouting, type QueuedCall, Routing, type RoutingEvent } from './routing.ts'

/**
 * The routing held against a second one that is as simple and slow as can be: lists that are searched from end to end,
 * and after every input, as long as some waiting call has somebody to take it, the first such call is offered. Both
 * must tell the same at every step.
 */

interface Item {
  call: QueuedCall
  queue: QueueSettings
  /** At whom it rings. */
  offers: string[]
  owner: string | null
  passedBy: Map<string, number>
}

interface Person {
  profile: AgentProfile
  presence: Presence
  readySince: number | null
  awaySince: number
  period: number
  taken: number
  idleBefore: number
  idleFrom: number | null
}

const BREAK: Presence = { status: 'break', reason: null }

class Model {
  /** By arrival. */
  items: Item[] = []
  people: Person[] = []
  writing: { agentId: string; callId: string }[] = []
  told: string[] = []
  private readonly queues: QueueSettings[]
  private readonly rounds = new Map<string, { reached: number; passedOver: string[] }>()

  constructor(queues: QueueSettings[]) {
    this.queues = queues
    for (const { id } of queues) this.rounds.set(id, { reached: -1, passedOver: [] })
  }

  // What is

  item = (callId: string) => this.items.find(item => item.call.id === callId)
  person = (agentId: string) => this.people.find(({ profile }) => profile.id === agentId)!
  waits = (item: Item) => item.offers.length === 0 && item.owner === null
  offered = (id: string) => this.items.filter(item => item.offers.includes(id)).length
  talking = (id: string) => this.items.filter(item => item.owner === id).length
  wrapUps = (id: string) => this.writing.filter(each => each.agentId === id).length
  slots = (id: string) => this.offered(id) + this.talking(id) + this.wrapUps(id)
  isOpen = ({ presence, profile }: Person) => takesCalls(presence) && this.slots(profile.id) < profile.capacity

  line(queueId: string): Item[] {
    const place = ({ call, queue }: Item) => placeInLine(queue, call.priority, call.enqueuedAt)
    const waiting = this.items.filter(item => this.waits(item) && (queueId === '' || item.queue.id === queueId))
    return waiting.sort((a, b) => place(a) - place(b))
  }

  /** What rings keeps its place until it is accepted. */
  place(item: Item): number {
    const key = ({ call, queue }: Item) => placeInLine(queue, call.priority, call.enqueuedAt)
    const standing = this.items.filter(each => each.queue.id === item.queue.id && each.owner === null)
    return standing.sort((a, b) => key(a) - key(b)).indexOf(item) + 1
  }

  requires = ({ queue, call }: Item, now: number) =>
    requirement(queue, call.requires, stepsAt(queue, call.enqueuedAt, now))

  suits = (person: Person, item: Item, now: number) =>
    takesCalls(person.presence) &&
    item.queue.agents.includes(person.profile.id) &&
    meets(person.profile.skills, this.requires(item, now)) &&
    item.passedBy.get(person.profile.id) !== person.period

  couldTake(person: Person, item: Item, now: number): boolean {
    if (!this.isOpen(person) || !this.suits(person, item, now)) return false
    const preferred = this.people.find(({ profile }) => profile.id === item.call.preferredAgentId)
    const held = now < item.call.enqueuedAt + item.queue.preferredHoldMs
    return !held || preferred === undefined || preferred === person || !this.suits(preferred, item, now)
  }

  // What is decided

  choose(item: Item, now: number): Person[] {
    const able = this.people.filter(person => this.couldTake(person, item, now))
    const preferred = able.filter(({ profile }) => profile.id === item.call.preferredAgentId)
    if (preferred.length > 0) return preferred
    const by = (...keys: ((person: Person) => number)[]) =>
      able.sort((a, b) => keys.map(key => key(a) - key(b)).find(difference => difference !== 0) ?? 0).slice(0, 1)
    const ready = ({ readySince }: Person) => readySince!
    const { strategy, agents, id } = item.queue
    switch (strategy) {
      case 'longest-idle':
        return by(ready)
      case 'most-idle':
        return by(
          person => (person.idleFrom === null ? 1 : 0),
          person => (person.idleFrom ?? 0) - person.idleBefore,
        )
      case 'fewest-calls':
        return by(person => person.taken, ready)
      case 'in-order':
        return by(({ profile }) => agents.indexOf(profile.id))
      case 'round-robin':
        return by(({ profile }) => this.stepsTo(id, profile.id))
      case 'skill-based': {
        const skills = Object.keys(this.requires(item, now))
        return by(({ profile }) => -skills.reduce((sum, skill) => sum + levelOf(profile.skills, skill), 0), ready)
      }
      case 'ring-all':
        return able
    }
  }

  settle(now: number, newcomer?: Item): void {
    this.account(now)
    for (;;) {
      const next = this.line('').find(item => this.people.some(person => this.couldTake(person, item, now)))
      if (next === undefined) break
      const asked = this.choose(next, now).map(({ profile }) => profile.id)
      if (next.queue.strategy === 'round-robin') this.takeTurn(next.queue.id, asked[0]!)
      for (const id of asked) this.told.push(`${next.call.id} → ${id}`)
      next.offers = asked
      this.account(now)
    }
    if (newcomer === undefined || !this.waits(newcomer)) return
    const { maxLength, id } = newcomer.queue
    const callers = this.line(id).filter(({ call }) => !call.withoutCaller)
    if (maxLength === null || newcomer.call.withoutCaller || callers.length <= maxLength) return
    this.items.splice(this.items.indexOf(newcomer), 1)
    this.told.push(`${newcomer.call.id} overflowed`)
  }

  /** How far the turn has to go to an agent; below 0 for those whom it passed while they were free. */
  private stepsTo(queueId: string, agentId: string): number {
    const { reached, passedOver } = this.rounds.get(queueId)!
    if (passedOver.includes(agentId)) return passedOver.indexOf(agentId) - passedOver.length
    const { agents } = this.queues.find(({ id }) => id === queueId)!
    return (agents.indexOf(agentId) - reached - 1 + agents.length) % agents.length
  }

  private takeTurn(queueId: string, agentId: string): void {
    const round = this.rounds.get(queueId)!
    const { agents } = this.queues.find(({ id }) => id === queueId)!
    const steps = this.stepsTo(queueId, agentId)
    const passed = agents
      .filter(id => id !== agentId && this.isOpen(this.person(id)) && !round.passedOver.includes(id))
      .filter(id => this.stepsTo(queueId, id) < steps)
      .sort((a, b) => this.stepsTo(queueId, a) - this.stepsTo(queueId, b))
    round.passedOver = [...round.passedOver.filter(id => id !== agentId), ...passed]
    if (steps >= 0) round.reached = agents.indexOf(agentId)
  }

  /** Starts and stops the clocks of idle time, and forgets whose turn was passed over once they are not free. */
  private account(now: number): void {
    for (const person of this.people) {
      const idle = takesCalls(person.presence) && this.slots(person.profile.id) === 0
      if (!idle && person.idleFrom !== null) person.idleBefore += now - person.idleFrom
      person.idleFrom = idle ? (person.idleFrom ?? now) : null
      if (this.isOpen(person)) continue
      for (const round of this.rounds.values())
        round.passedOver = round.passedOver.filter(id => id !== person.profile.id)
    }
  }

  // What happens

  setAgent(profile: AgentProfile, now: number): void {
    const known = this.people.find(each => each.profile.id === profile.id)
    const nothing = { readySince: null, period: 0, taken: 0, idleBefore: 0, idleFrom: null }
    if (known !== undefined) known.profile = profile
    else this.people.push({ profile, presence: OFFLINE, awaySince: now, ...nothing })
    this.settle(now)
  }

  setPresence(agentId: string, presence: Presence, now: number): void {
    this.become(this.person(agentId), presence, now)
    if (!takesCalls(presence))
      for (const item of this.items) if (item.offers.includes(agentId)) this.endOffer(item, agentId, 'rejected', now)
    this.settle(now)
  }

  arrive(call: QueuedCall, now: number): void {
    const queue = this.queues.find(({ id }) => id === call.queueId)!
    const item: Item = { call, queue, offers: [], owner: null, passedBy: new Map() }
    this.items.push(item)
    this.settle(now, item)
  }

  leave(callId: string, now: number): void {
    const item = this.item(callId)
    if (item !== undefined) this.remove(item, now)
    this.settle(now)
  }

  overflow(callId: string, now: number): void {
    const item = this.item(callId)
    if (item !== undefined && item.owner === null) {
      this.told.push(`${callId} overflowed`)
      this.remove(item, now)
    }
    this.settle(now)
  }

  endCall(callId: string, now: number): void {
    const item = this.item(callId)
    if (item === undefined || item.owner === null) this.settle(now)
    else this.leave(callId, now)
  }

  endWrapUp(callId: string, agentId: string, now: number): void {
    const found = this.writing.find(each => each.agentId === agentId && each.callId === callId)
    if (found !== undefined) {
      this.writing.splice(this.writing.indexOf(found), 1)
      this.workDone(agentId, now)
    }
    this.settle(now)
  }

  accept(callId: string, agentId: string, now: number): void {
    this.take(this.item(callId)!, agentId)
    this.settle(now)
  }

  pick(callId: string, agentId: string, now: number): void {
    const item = this.item(callId)
    const { capacity } = this.person(agentId).profile
    if (item === undefined || item.owner !== null) this.told.push(`${callId} refused to ${agentId}: not-waiting`)
    else if (!item.offers.includes(agentId) && this.slots(agentId) >= capacity)
      this.told.push(`${callId} refused to ${agentId}: no-free-slot`)
    else this.take(item, agentId)
    this.settle(now)
  }

  turnDown(callId: string, agentIds: string[], outcome: OfferOutcome, now: number): void {
    for (const agentId of agentIds) this.endOffer(this.item(callId)!, agentId, outcome, now)
    this.settle(now)
  }

  putBack(callId: string, now: number): void {
    const item = this.item(callId)
    if (item !== undefined && item.owner !== null) {
      item.passedBy.set(item.owner, this.person(item.owner).period)
      item.owner = null
    }
    this.settle(now)
  }

  move(callId: string, queueId: string, changes: Changes, now: number): void {
    const was = this.item(callId)
    if (was === undefined) {
      this.settle(now)
      return
    }
    const { owner, passedBy } = was
    this.remove(was, now)
    const queue = this.queues.find(({ id }) => id === queueId)!
    const item: Item = { call: { ...was.call, ...changes, queueId }, queue, offers: [], owner: null, passedBy }
    if (owner !== null) passedBy.set(owner, this.person(owner).period)
    this.items.push(item)
    this.settle(now, item)
  }

  private remove(item: Item, now: number): void {
    const { owner, offers, queue, call } = item
    this.items.splice(this.items.indexOf(item), 1)
    for (const agentId of offers) this.told.push(`${call.id} ${agentId} canceled`)
    if (owner === null) return
    const writes = this.writing.some(each => each.agentId === owner && each.callId === call.id)
    if (queue.wrapUpMs > 0) this.told.push(`${owner} writes about ${call.id} until ${now + queue.wrapUpMs}`)
    if (queue.wrapUpMs > 0 && !writes) this.writing.push({ agentId: owner, callId: call.id })
    else this.workDone(owner, now)
  }

  private take(item: Item, agentId: string): void {
    for (const id of item.offers) this.told.push(`${item.call.id} ${id} ${id === agentId ? 'accepted' : 'lost-race'}`)
    this.told.push(`${item.call.id} taken by ${agentId}`)
    item.offers = []
    item.owner = agentId
    this.person(agentId).taken++
  }

  private endOffer(item: Item, agentId: string, outcome: OfferOutcome, now: number): void {
    const person = this.person(agentId)
    item.offers = item.offers.filter(id => id !== agentId)
    item.passedBy.set(agentId, person.period)
    this.told.push(`${item.call.id} ${agentId} ${outcome}`)
    if (outcome !== 'timed-out' || item.queue.afterMissed === 'stay') return
    if (takesCalls(person.presence)) this.become(person, MISSED, now)
    this.told.push(`${agentId} missed ${item.call.id}`)
  }

  private become(person: Person, presence: Presence, now: number): void {
    const was = takesCalls(person.presence)
    const is = takesCalls(presence)
    if (was && !is) person.awaySince = now
    if (!was && is) {
      const kept = isMissed(person.presence) || now - person.awaySince < BRIEF_ABSENCE_MS
      if (!kept) person.readySince = now
      person.readySince ??= now
      person.period++
    }
    person.presence = presence
  }

  private workDone(agentId: string, now: number): void {
    const person = this.person(agentId)
    person.readySince = takesCalls(person.presence) ? now : null
    person.period++
  }
}

/** The same of the routing's own events. */
function tell(event: RoutingEvent): string {
  switch (event.type) {
    case 'offer.made':
      return `${event.offer.callId} → ${event.offer.agentId}`
    case 'offer.ended':
      return `${event.offer.callId} ${event.offer.agentId} ${event.outcome}`
    case 'call.accepted':
      return `${event.callId} taken by ${event.agentId}`
    case 'call.overflowed':
      return `${event.callId} overflowed`
    case 'wrapUp.started':
      return `${event.agentId} writes about ${event.callId} until ${event.until}`
    case 'agent.missed':
      return `${event.agentId} missed ${event.callId}`
    case 'accept.refused':
      return 'refused'
    case 'pick.refused':
      return `${event.callId} refused to ${event.agentId}: ${event.reason}`
  }
}

const isOffer = (text: string) => text.includes('→')

/** The routing, and what a driver remembers. */
class Real {
  routing: Routing
  now = 0
  calls = 0
  readonly queues: QueueSettings[]
  readonly ended = new Set<number>()
  /** The last input, to be said once more. */
  again: ((routing: Routing) => RoutingEvent[]) | null = null

  constructor(queues: QueueSettings[]) {
    this.queues = queues
    this.routing = createRouting(queues)
  }
}

const AGENTS = ['ana', 'ben', 'eva', 'luz']
const SKILLS: Skills[] = [{}, { french: 1 }, { french: 3 }, { french: 2, tax: 1 }, { tax: 1 }]

const INPUTS = [
  ...(['arrive', 'arrive', 'arrive', 'abandon', 'ready', 'ready', 'away', 'accept', 'accept', 'accept'] as const),
  ...(['reject', 'time-out', 'fail', 'hang-up', 'hang-up', 'wrap-up end', 'transfer', 'pick', 'put back'] as const),
  ...(['overflow', 'restart', 'duplicate', 'clock', 'skills', 'late accept'] as const),
]
type Input = (typeof INPUTS)[number]

class Step implements fc.Command<Model, Real> {
  private readonly input: Input
  private readonly number: number
  private readonly after: number

  constructor(input: Input, number: number, after: number) {
    this.input = input
    this.number = number
    this.after = after
  }

  check = () => true
  toString = () => `${this.input} ${this.number} +${this.after}`

  run(model: Model, real: Real): void {
    real.now += this.after
    const said = this.say(model, real)
    if (said === null) return
    model.told = []
    const events = said(real.routing)
    expect(events.map(tell).filter(isOffer)).toEqual(model.told.filter(isOffer))
    expect(events.map(tell).sort()).toEqual(model.told.sort())
    this.hold(model, real, events)
  }

  /** What is said to both; null: there is nobody to say it about. */
  private say(model: Model, real: Real): ((routing: Routing) => RoutingEvent[]) | null {
    const { number } = this
    const { now } = real
    const agentId = AGENTS[number % AGENTS.length]!
    const talks = this.input === 'hang-up' || this.input === 'put back'
    const here = model.items.filter(({ owner }) => !talks || owner !== null)
    // Mostly a call of which it makes sense, now and then any call.
    const callId = here[(number >> 1) % (here.length + 1)]?.call.id ?? String(number % Math.max(1, real.calls))
    const offers = real.routing.liveOffers()
    const offer = offers[number % Math.max(1, offers.length)]
    const both = (on: (routing: Routing, time: number) => RoutingEvent[], onModel: (time: number) => void) => {
      const said = (routing: Routing) => {
        const events = on(routing, real.now)
        onModel(real.now)
        return events
      }
      this.remember(real, said)
      return said
    }
    const about = (which: typeof offer, on: 'accept' | 'decline' | 'fail' | 'timeOut') => {
      if (which === undefined) return null
      const { id } = which
      return both(
        (routing, time) => routing[on](id, time),
        time => {
          const ringing = model.item(which.callId)?.offers ?? []
          // Once more: the same offer may have ended, and the call may ring there again.
          const lives = !real.ended.has(id) && ringing.includes(which.agentId)
          if (!lives) {
            if (on === 'accept') model.told.push('refused')
            model.settle(time)
          } else if (on === 'accept') model.accept(which.callId, which.agentId, time)
          else if (on === 'timeOut') model.turnDown(which.callId, [...ringing], 'timed-out', time)
          else model.turnDown(which.callId, [which.agentId], on === 'fail' ? 'failed' : 'rejected', time)
        },
      )
    }
    switch (this.input) {
      case 'arrive': {
        const call: QueuedCall = {
          id: String(real.calls++),
          queueId: number % 4 === 0 ? 'p' : 'q',
          requires: SKILLS[number % 5]!,
          priority: number % 2,
          preferredAgentId: number % 5 < 2 ? agentId : null,
          enqueuedAt: now,
          withoutCaller: number % 7 === 0,
        }
        const said = (routing: Routing) => {
          const events = routing.arrive(call, real.now)
          model.arrive(call, real.now)
          return events
        }
        this.remember(real, routing => {
          // A call that is still here cannot come again; one that has gone may.
          if (model.item(call.id) === undefined) return said(routing)
          expect(() => routing.arrive(call, real.now)).toThrow('already')
          model.settle(real.now)
          return routing.passTime(real.now)
        })
        return said
      }
      case 'abandon':
        return both(
          (routing, time) => routing.leave(callId, time),
          time => model.leave(callId, time),
        )
      case 'overflow':
        return both(
          (routing, time) => routing.overflow(callId, time),
          time => model.overflow(callId, time),
        )
      case 'hang-up':
        return both(
          (routing, time) => routing.endCall(callId, time),
          time => model.endCall(callId, time),
        )
      case 'put back':
        return both(
          (routing, time) => routing.putBack(callId, time),
          time => model.putBack(callId, time),
        )
      case 'ready':
      case 'away': {
        const presence = this.input === 'ready' ? AVAILABLE : BREAK
        return both(
          (routing, time) => routing.setPresence(agentId, presence, time),
          time => model.setPresence(agentId, presence, time),
        )
      }
      case 'skills': {
        const profile = { id: agentId, skills: SKILLS[(number >> 2) % 5]!, capacity: 1 + (number % 3) }
        return both(
          (routing, time) => routing.setAgent(profile, time),
          time => model.setAgent(profile, time),
        )
      }
      case 'wrap-up end': {
        const writes = model.writing[number % Math.max(1, model.writing.length)] ?? { agentId, callId }
        return both(
          (routing, time) => routing.endWrapUp(writes.callId, writes.agentId, time),
          time => model.endWrapUp(writes.callId, writes.agentId, time),
        )
      }
      case 'transfer': {
        const queueId = number % 3 === 0 ? 'q' : 'p'
        const changes: Changes = number % 2 === 0 ? {} : { enqueuedAt: now, priority: 1 }
        return both(
          (routing, time) => routing.move(callId, queueId, changes, time),
          time => model.move(callId, queueId, changes, time),
        )
      }
      case 'pick': {
        const by = AGENTS[(number >> 2) % AGENTS.length]!
        return both(
          (routing, time) => routing.pick(callId, by, time),
          time => model.pick(callId, by, time),
        )
      }
      case 'accept':
        return about(offer, 'accept')
      case 'reject':
        return about(offer, 'decline')
      case 'time-out':
        return about(offer, 'timeOut')
      case 'fail':
        return about(offer, 'fail')
      case 'late accept': {
        const late = [...real.ended].at(-1 - number)
        if (late === undefined) return null
        return both(
          (routing, time) => routing.accept(late, time),
          time => {
            model.told.push('refused')
            model.settle(time)
          },
        )
      }
      case 'clock':
        return both(
          (routing, time) => routing.passTime(time),
          time => model.settle(time),
        )
      case 'restart':
        return routing => {
          const due = routing.passTime(now)
          model.settle(now)
          real.routing = Routing.from(real.queues, JSON.parse(JSON.stringify(routing.snapshot())), now)
          return [...due, ...real.routing.begin(now)]
        }
      case 'duplicate':
        return real.again
    }
  }

  private remember(real: Real, said: (routing: Routing) => RoutingEvent[]): void {
    real.again = said
  }

  /** What must be true after every step, whatever was said. */
  private hold(model: Model, real: Real, events: RoutingEvent[]): void {
    const { routing } = real
    for (const event of events) {
      if (event.type === 'offer.ended') {
        // An offer ends once (I-16).
        expect(real.ended.has(event.offer.id)).toBe(false)
        real.ended.add(event.offer.id)
      }
      // Only what rings out takes an agent out of the line (I-15).
      if (event.type === 'agent.missed') expect(['time-out', 'duplicate']).toContain(this.input)
    }
    for (const { profile } of model.people) {
      const { id } = profile
      // Slots are what is at hand, no more and no less (I-06).
      const { offered, talking, wrapUp, callsTaken, readySince, idleFrom, idleBefore } = routing.agentState(id)
      expect([id, offered, talking, wrapUp]).toEqual([id, model.offered(id), model.talking(id), model.wrapUps(id)])
      const person = model.person(id)
      expect([callsTaken, readySince, idleFrom]).toEqual([person.taken, person.readySince, person.idleFrom])
      expect(idleBefore).toBe(person.idleBefore)
    }
    // One live attempt at most, and none for who has an owner or has left (I-04, I-05, I-18).
    const ringing = routing.liveOffers().map(({ callId, agentId }) => `${callId} ${agentId}`)
    expect(ringing.sort()).toEqual(
      model.items.flatMap(({ call, offers }) => offers.map(id => `${call.id} ${id}`)).sort(),
    )
    for (const { call } of model.items)
      expect(
        new Set(routing.liveOffers().flatMap(each => (each.callId === call.id ? [each.attempt] : []))).size,
      ).toBeLessThan(2)
    for (let index = 0; index < real.calls; index++) {
      const id = String(index)
      const item = model.item(id)
      expect(routing.ownerOf(id)).toBe(item?.owner ?? null)
      const place = item === undefined || item.owner !== null ? null : model.place(item)
      expect(routing.positionOf(id)).toBe(place)
    }
    // No waiting call beside somebody who could take it (I-13), nothing due left undone.
    for (const item of model.line(''))
      for (const person of model.people) expect(model.couldTake(person, item, real.now)).toBe(false)
    expect(routing.dueAt() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(real.now)
  }
}

// Round-robin has the most to remember.
const strategy = fc.constantFrom(...STRATEGIES, 'round-robin' as const)

const queues = fc
  .record({
    strategies: fc.tuple(strategy, strategy),
    wrapUpMs: fc.constantFrom(0, 10_000),
    afterMissed: fc.constantFrom('away' as const, 'stay' as const),
    preferredHoldMs: fc.constantFrom(0, 90_000),
    maxLength: fc.constantFrom(null, 0, 3),
    relaxation: fc.constantFrom([], [{ afterMs: 10_000, lower: { french: 1, tax: 0 } }]),
  })
  .map(({ strategies, relaxation, maxLength, ...both }): QueueSettings[] => [
    { ...newQueue('q', 'Queue'), ...both, strategy: strategies[0], agents: AGENTS, relaxation, maxLength },
    { ...newQueue('p', 'Other'), ...both, strategy: strategies[1], agents: ['luz', 'eva', 'ben'], priority: 1 },
  ])

const step = fc
  .tuple(fc.constantFrom(...INPUTS), fc.nat(200), fc.constantFrom(0, 0, 10, 5000, 61_000))
  .map(([input, number, after]) => new Step(input, number, after))

test('the routing tells the same as one of plain lists, whatever happens', () => {
  fc.assert(
    fc.property(queues, fc.commands([step], { maxCommands: 60, size: 'max' }), (settings, commands) => {
      fc.modelRun(() => {
        const model = new Model(settings)
        const real = new Real(settings)
        for (const [index, id] of AGENTS.entries()) {
          const profile = { id, skills: SKILLS[index]!, capacity: 1 + (index % 2) }
          model.setAgent(profile, 0)
          real.routing.setAgent(profile, 0)
        }
        return { model, real }
      }, commands)
    }),
    { numRuns: 4000, seed: 20_263 },
  )
}, 120_000)
