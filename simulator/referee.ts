import { type AgentProfile, BRIEF_ABSENCE_MS } from '../core/agent.ts'
import type { OfferOutcome } from '../core/offer.ts'
import { isMissed, OFFLINE, type Presence, takesCalls } from '../core/presence.ts'
import { levelOf, meets, placeInLine, type QueueSettings, requirement, stepsAt } from '../core/queue.ts'
import type { QueuedCall, RoutingEvent } from '../core/routing.ts'
import type { Engine } from './center.ts'

interface Seen {
  call: QueuedCall
  queue: QueueSettings
  order: number
  offers: Set<number>
  owner: string | null
  passedBy: Map<string, number>
}

interface Person {
  profile: AgentProfile
  order: number
  presence: Presence
  slots: number
  readySince: number | null
  awaySince: number
  period: number
  taken: number
  idleBefore: number
  idleFrom: number | null
  wrapUps: Set<string>
}

/** Where a round-robin queue stands: the place up to which it has come, and who was free and passed over, in order. */
interface Round {
  reached: number
  passedOver: string[]
}

type OfferMade = Extract<RoutingEvent, { type: 'offer.made' }>

/**
 * Watches a matchmaker and notes every breach of the rules, at every single event: what statistics over a million calls
 * cannot see. It keeps its own account of the center in the plainest way there is, from the inputs and the offers
 * alone, and shares nothing with the matchmaker but the meaning of the settings.
 *
 * Watched: a call has one live attempt and one owner at most; an offer ends once; nobody is offered anything who is
 * away, full, no member, lacks a skill, has just passed it up, or for whom it is not held; calls of the same queue,
 * requirement and priority go first come, first served; every strategy chooses whom it says; after every event no
 * waiting call is left beside an agent who could take it; who has hung up is never offered again.
 */
export function referee(engine: Engine, queues: readonly QueueSettings[]): { engine: Engine; breaches: string[] } {
  const breaches: string[] = []
  const byId = new Map(queues.map(queue => [queue.id, queue]))
  const rounds = new Map<string, Round>(queues.map(queue => [queue.id, { reached: -1, passedOver: [] }]))
  const calls = new Map<string, Seen>()
  const people = new Map<string, Person>()
  const offers = new Map<number, { callId: string; agentId: string; attempt: number }>()
  /** Calls of which an offer has just been accepted. */
  const answered = new Set<string>()
  let arrivals = 0
  let joined = 0

  const breach = (text: string) => {
    if (breaches.length < 100) breaches.push(text)
  }
  const isOpen = (person: Person) => takesCalls(person.presence) && person.slots < person.profile.capacity
  const requires = ({ queue, call }: Seen, now: number) =>
    requirement(queue, call.requires, stepsAt(queue, call.enqueuedAt, now))
  const suits = (person: Person, seen: Seen, now: number) =>
    takesCalls(person.presence) &&
    seen.queue.agents.includes(person.profile.id) &&
    meets(person.profile.skills, requires(seen, now)) &&
    seen.passedBy.get(person.profile.id) !== person.period
  const preferred = (seen: Seen) => people.get(seen.call.preferredAgentId ?? '')
  const heldFor = (seen: Seen, now: number): Person | null => {
    const person = preferred(seen)
    const held = seen.call.enqueuedAt + seen.queue.preferredHoldMs > now
    return held && person !== undefined && suits(person, seen, now) ? person : null
  }
  const couldTake = (person: Person, seen: Seen, now: number) =>
    isOpen(person) && suits(person, seen, now) && (heldFor(seen, now) ?? person) === person
  const waits = (seen: Seen) => seen.offers.size === 0 && seen.owner === null
  const place = (seen: Seen) => placeInLine(seen.queue, seen.call.priority, seen.call.enqueuedAt)

  function checkOffer(seen: Seen, person: Person, now: number): void {
    const { call, queue } = seen
    const { id } = person.profile
    if (seen.owner !== null) breach(`${call.id} has an owner and is offered to ${id}`)
    if (!couldTake(person, seen, now)) breach(`${call.id} is offered to ${id}, who cannot take it`)
    for (const other of calls.values()) {
      if (other === seen || !waits(other) || other.queue !== queue || other.call.priority !== call.priority) continue
      const first = place(other) < place(seen) || (place(other) === place(seen) && other.order < seen.order)
      const alike = JSON.stringify(requires(other, now)) === JSON.stringify(requires(seen, now))
      if (first && alike && couldTake(person, other, now)) breach(`${other.call.id} came before ${call.id}`)
    }
  }

  /** Whether those are asked whom the strategy names; several only if it rings at all. */
  function checkChoice(seen: Seen, asked: Person[], now: number): void {
    const able = [...people.values()].filter(person => couldTake(person, seen, now) && !asked.includes(person))
    const favorite = preferred(seen)
    if (favorite !== undefined && asked[0] === favorite) {
      if (asked.length > 1) breach(`${seen.call.id} rings at others than ${favorite.profile.id}`)
      return
    }
    const rank = ranking(seen, now)
    for (const person of able)
      if (person === favorite || rank === null || rank(person, asked[0]!) < 0)
        breach(`${person.profile.id} was to be asked before ${asked[0]!.profile.id} (${seen.queue.strategy})`)
    if (rank !== null && asked.length > 1) breach(`${seen.call.id} rings at ${asked.length} agents`)
  }

  function ranking(seen: Seen, now: number): ((a: Person, b: Person) => number) | null {
    const { queue } = seen
    const idle = (a: Person, b: Person) => (a.readySince ?? now) - (b.readySince ?? now) || a.order - b.order
    const score = (person: Person) =>
      Object.keys(requires(seen, now)).reduce((sum, skill) => sum + levelOf(person.profile.skills, skill), 0)
    switch (queue.strategy) {
      case 'longest-idle':
        return idle
      case 'most-idle':
        return (a, b) => {
          const [whenA, whenB] = [a.idleFrom, b.idleFrom]
          if (whenA === null || whenB === null)
            return Number(whenA === null) - Number(whenB === null) || b.idleBefore - a.idleBefore || a.order - b.order
          return whenA - a.idleBefore - (whenB - b.idleBefore) || a.order - b.order
        }
      case 'in-order':
        return (a, b) => queue.agents.indexOf(a.profile.id) - queue.agents.indexOf(b.profile.id)
      case 'round-robin':
        return (a, b) => turnOf(queue, a) - turnOf(queue, b)
      case 'fewest-calls':
        return (a, b) => a.taken - b.taken || idle(a, b)
      case 'skill-based':
        return (a, b) => score(b) - score(a) || idle(a, b)
      case 'ring-all':
        return null
    }
  }

  /** How far away the turn of an agent is; negative for who was passed over. */
  function turnOf(queue: QueueSettings, person: Person): number {
    const { reached, passedOver } = rounds.get(queue.id)!
    const { length } = queue.agents
    const before = passedOver.indexOf(person.profile.id)
    if (before >= 0) return before - passedOver.length
    return (queue.agents.indexOf(person.profile.id) - reached - 1 + length) % length
  }

  function takeTurn(queue: QueueSettings, person: Person): void {
    const round = rounds.get(queue.id)!
    const steps = turnOf(queue, person)
    round.passedOver = round.passedOver.filter(id => id !== person.profile.id)
    if (steps < 0) return
    for (let step = 1; step <= steps; step++) {
      const id = queue.agents[(round.reached + step) % queue.agents.length]!
      const other = people.get(id)
      if (other !== undefined && isOpen(other) && !round.passedOver.includes(id)) round.passedOver.push(id)
    }
    round.reached = (round.reached + steps + 1) % queue.agents.length
  }

  /** After every change of what somebody is or has at hand. */
  function settle(person: Person, now: number): void {
    const idle = takesCalls(person.presence) && person.slots === 0
    if (idle) person.idleFrom ??= now
    else if (person.idleFrom !== null) {
      person.idleBefore += now - person.idleFrom
      person.idleFrom = null
    }
    if (isOpen(person)) return
    for (const round of rounds.values()) round.passedOver = round.passedOver.filter(id => id !== person.profile.id)
  }

  function occupy(person: Person, slots: number, now: number): void {
    person.slots += slots
    settle(person, now)
  }

  function observe(events: RoutingEvent[], now: number): RoutingEvent[] {
    let attempt: OfferMade[] = []
    for (const [index, event] of events.entries()) {
      if (event.type === 'offer.made') {
        attempt.push(event)
        const next = events[index + 1]
        if (next?.type === 'offer.made' && next.offer.attempt === event.offer.attempt) continue
        offersMade(attempt, now)
        attempt = []
      } else if (event.type === 'offer.ended') offerEnded(event.offer.id, event.offer.agentId, event.outcome, now)
      else if (event.type === 'agent.missed') become(people.get(event.agentId)!, event.presence, now)
      else if (event.type === 'call.accepted') accepted(event.callId, event.agentId, now)
      else if (event.type === 'call.overflowed') calls.delete(event.callId)
    }
    for (const seen of calls.values())
      if (waits(seen))
        for (const person of people.values())
          if (couldTake(person, seen, now))
            breach(`${seen.call.id} waits beside ${person.profile.id}, who could take it`)
    return events
  }

  function offersMade(made: OfferMade[], now: number): void {
    const { callId, attempt } = made[0]!.offer
    const seen = calls.get(callId)
    const asked = made.map(({ offer }) => people.get(offer.agentId)!)
    if (seen === undefined) breach(`${callId} is offered to ${asked[0]!.profile.id} and is not here`)
    else {
      if (seen.offers.size > 0) breach(`${callId} is offered to ${asked[0]!.profile.id} while another offer lives`)
      for (const person of asked) checkOffer(seen, person, now)
      checkChoice(seen, asked, now)
      if (seen.queue.strategy === 'round-robin') takeTurn(seen.queue, asked[0]!)
    }
    for (const { offer } of made) {
      if (offers.has(offer.id)) breach(`offer ${offer.id} was made twice`)
      offers.set(offer.id, { callId, agentId: offer.agentId, attempt })
      seen?.offers.add(offer.id)
      occupy(people.get(offer.agentId)!, 1, now)
    }
  }

  function offerEnded(offerId: number, agentId: string, outcome: OfferOutcome, now: number): void {
    const person = people.get(agentId)!
    const offer = offers.get(offerId)
    if (!offers.delete(offerId)) breach(`offer ${offerId} ended twice`)
    const seen = calls.get(offer?.callId ?? '')
    seen?.offers.delete(offerId)
    if (outcome === 'rejected' || outcome === 'timed-out' || outcome === 'failed')
      seen?.passedBy.set(agentId, person.period)
    if (outcome === 'accepted') answered.add(offer?.callId ?? '')
    else occupy(person, -1, now)
  }

  function accepted(callId: string, agentId: string, now: number): void {
    const seen = calls.get(callId)
    const person = people.get(agentId)!
    if (seen === undefined) breach(`${callId} is accepted and is not here`)
    else if (seen.owner !== null) breach(`${callId} has two owners`)
    else seen.owner = agentId
    person.taken++
    // The slot of an offer goes over to the call; who takes one by hand must have room for it.
    if (answered.delete(callId)) return
    if (person.slots >= person.profile.capacity) breach(`${agentId} takes more than there is room for`)
    occupy(person, 1, now)
  }

  function become(person: Person, presence: Presence, now: number): void {
    const was = takesCalls(person.presence)
    const is = takesCalls(presence)
    if (was && !is) person.awaySince = now
    if (!was && is) {
      person.period++
      const brief = isMissed(person.presence) || now - person.awaySince < BRIEF_ABSENCE_MS
      if (person.readySince === null || !brief) person.readySince = now
    }
    person.presence = presence
    settle(person, now)
  }

  function workDone(person: Person, now: number): void {
    person.period++
    person.readySince = takesCalls(person.presence) ? now : null
    occupy(person, -1, now)
  }

  /** The agent of a conversation that is over. */
  function talkOver(seen: Seen, now: number): Person {
    const person = people.get(seen.owner!)!
    calls.delete(seen.call.id)
    if (seen.queue.wrapUpMs === 0) workDone(person, now)
    else if (person.wrapUps.has(seen.call.id)) workDone(person, now)
    else person.wrapUps.add(seen.call.id)
    return person
  }

  function register(call: QueuedCall, passedBy = new Map<string, number>()): Seen {
    const seen: Seen = {
      call,
      queue: byId.get(call.queueId)!,
      order: arrivals++,
      offers: new Set(),
      owner: null,
      passedBy,
    }
    calls.set(call.id, seen)
    return seen
  }

  const watched: Engine = {
    setAgent(profile, now, state) {
      const known = people.get(profile.id)
      if (known !== undefined) known.profile = profile
      else {
        const nothing = { slots: 0, readySince: null, period: 0, taken: 0, idleBefore: 0, idleFrom: null }
        const fresh = { presence: OFFLINE, awaySince: now, wrapUps: new Set<string>(), ...nothing }
        people.set(profile.id, { profile, order: joined++, ...fresh })
      }
      settle(people.get(profile.id)!, now)
      return observe(engine.setAgent(profile, now, state), now)
    },
    removeAgent(agentId, now) {
      const events = engine.removeAgent(agentId, now)
      become(people.get(agentId)!, OFFLINE, now)
      observe(events, now)
      people.delete(agentId)
      return events
    },
    setPresence(agentId, presence, now) {
      become(people.get(agentId)!, presence, now)
      return observe(engine.setPresence(agentId, presence, now), now)
    },
    beginShift(agentId, now) {
      const person = people.get(agentId)!
      Object.assign(person, { taken: 0, idleBefore: 0, idleFrom: null })
      person.readySince = takesCalls(person.presence) ? now : null
      settle(person, now)
      return observe(engine.beginShift(agentId, now), now)
    },
    arrive(call, now) {
      register(call)
      return observe(engine.arrive(call, now), now)
    },
    leave(callId, now) {
      if (calls.get(callId)?.owner === null) calls.delete(callId)
      else if (calls.has(callId)) return watched.endCall(callId, now)
      return observe(engine.leave(callId, now), now)
    },
    overflow(callId, now) {
      if (calls.get(callId)?.owner === null) calls.delete(callId)
      return observe(engine.overflow(callId, now), now)
    },
    endCall(callId, now) {
      const seen = calls.get(callId)
      if (seen !== undefined && seen.owner !== null) talkOver(seen, now)
      return observe(engine.endCall(callId, now), now)
    },
    occupy(call, agentId, now) {
      const events = engine.occupy(call, agentId, now)
      const person = people.get(agentId)!
      register(call).owner = agentId
      person.taken++
      occupy(person, 1, now)
      return observe(events, now)
    },
    dismiss(callId, now) {
      const person = people.get(calls.get(callId)?.owner ?? '')
      if (person !== undefined) {
        calls.delete(callId)
        workDone(person, now)
      }
      return observe(engine.dismiss(callId, now), now)
    },
    handOver(callId, byCallId, now) {
      const handed = calls.get(callId)
      const by = calls.get(byCallId)
      if (handed?.owner != null && by?.owner != null && handed.owner !== by.owner) {
        talkOver(handed, now)
        calls.set(callId, { ...handed, owner: by.owner })
        calls.delete(byCallId)
      }
      return observe(engine.handOver(callId, byCallId, now), now)
    },
    endWrapUp(callId, agentId, now) {
      const person = people.get(agentId)
      if (person?.wrapUps.delete(callId)) workDone(person, now)
      return observe(engine.endWrapUp(callId, agentId, now), now)
    },
    move(callId, queueId, changes, now) {
      const was = calls.get(callId)
      if (was === undefined) return observe(engine.move(callId, queueId, changes, now), now)
      calls.delete(callId)
      const passedBy = new Map(was.passedBy)
      const owner = was.owner === null ? null : talkOver(was, now)
      const seen = register({ ...was.call, ...changes, id: callId, queueId }, passedBy)
      if (owner !== null) passedBy.set(owner.profile.id, owner.period)
      for (const offer of was.offers) seen.offers.add(offer)
      return observe(engine.move(callId, queueId, changes, now), now)
    },
    pick: (callId, agentId, now) => observe(engine.pick(callId, agentId, now), now),
    putBack(callId, now) {
      const seen = calls.get(callId)
      const person = people.get(seen?.owner ?? '')
      if (seen !== undefined && person !== undefined) {
        seen.owner = null
        seen.passedBy.set(person.profile.id, person.period)
        occupy(person, -1, now)
      }
      return observe(engine.putBack(callId, now), now)
    },
    accept: (offerId, now) => observe(engine.accept(offerId, now), now),
    decline: (offerId, now) => observe(engine.decline(offerId, now), now),
    fail: (offerId, now) => observe(engine.fail(offerId, now), now),
    timeOut: (offerId, now) => observe(engine.timeOut(offerId, now), now),
    passTime: now => observe(engine.passTime(now), now),
    dueAt: () => engine.dueAt(),
    agentState: agentId => engine.agentState(agentId),
    agentIds: () => engine.agentIds(),
    liveOffers: () => engine.liveOffers(),
    waitingIn: queueId => engine.waitingIn(queueId),
    positionOf: callId => engine.positionOf(callId),
    ringsAtSomebody: callId => engine.ringsAtSomebody(callId),
    canEverBeTaken: callId => engine.canEverBeTaken(callId),
    ownerOf: callId => engine.ownerOf(callId),
    explain: callId => engine.explain(callId),
  }
  return { engine: watched, breaches }
}
