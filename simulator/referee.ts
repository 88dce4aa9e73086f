import { type AgentProfile, BRIEF_ABSENCE_MS } from '../core/agent.ts'
import { isMissed, OFFLINE, type Presence, takesCalls } from '../core/presence.ts'
import { meets, placeInLine, type QueueSettings, requirement, stepsAt } from '../core/queue.ts'
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
}

/**
 * Watches a matchmaker and notes every breach of the rules, at every single event: what statistics over a million calls
 * cannot see. It keeps its own account of the center in the plainest way there is, from the inputs and the offers
 * alone, and shares nothing with the matchmaker but the meaning of the settings.
 *
 * Watched: a call has one live attempt and one owner at most; an offer ends once; nobody is offered anything who is
 * away, full, no member, lacks a skill or has just passed it up; calls of the same queue, requirement and priority go
 * first come, first served; `longest-idle`, `in-order` and `fewest-calls` choose whom they say; after every event no
 * waiting call is left beside an agent who could take it; who has hung up is never offered again.
 *
 * Holding calls for a preferred agent is not understood: use queues without it.
 */
export function referee(engine: Engine, queues: readonly QueueSettings[]): { engine: Engine; breaches: string[] } {
  const breaches: string[] = []
  const byId = new Map(queues.map(queue => [queue.id, queue]))
  const calls = new Map<string, Seen>()
  const wrapUps = new Map<string, string>()
  const people = new Map<string, Person>()
  const offers = new Map<number, { callId: string; agentId: string; attempt: number }>()
  const taken = new Map<string, number>()
  let arrivals = 0

  const breach = (text: string) => {
    if (breaches.length < 100) breaches.push(text)
  }
  const isOpen = (person: Person) => takesCalls(person.presence) && person.slots < person.profile.capacity
  const requires = ({ queue, call }: Seen, now: number) =>
    requirement(queue, call.requires, stepsAt(queue, call.enqueuedAt, now))
  const couldTake = (person: Person, seen: Seen, now: number) =>
    isOpen(person) &&
    seen.queue.agents.includes(person.profile.id) &&
    meets(person.profile.skills, requires(seen, now)) &&
    seen.passedBy.get(person.profile.id) !== person.period
  const waits = (seen: Seen) => seen.offers.size === 0 && seen.owner === null
  const place = (seen: Seen) => placeInLine(seen.queue, seen.call.priority, seen.call.enqueuedAt)

  function checkOffer(seen: Seen, person: Person, again: boolean, now: number): void {
    const { call, queue } = seen
    const { id } = person.profile
    if (seen.owner !== null) breach(`${call.id} has an owner and is offered to ${id}`)
    if (seen.offers.size > 0 && !again) breach(`${call.id} is offered to ${id} while another offer lives`)
    if (!couldTake(person, seen, now)) breach(`${call.id} is offered to ${id}, who cannot take it`)
    for (const other of calls.values()) {
      if (other === seen || !waits(other) || other.queue !== queue || other.call.priority !== call.priority) continue
      const first = place(other) < place(seen) || (place(other) === place(seen) && other.order < seen.order)
      const alike = JSON.stringify(requires(other, now)) === JSON.stringify(requires(seen, now))
      if (first && alike && couldTake(person, other, now)) breach(`${other.call.id} came before ${call.id}`)
    }
    if (again || call.preferredAgentId === id) return
    const rank = ranking(queue, now)
    if (rank === null) return
    for (const other of people.values())
      if (other !== person && couldTake(other, seen, now) && rank(other, person) < 0)
        breach(`${other.profile.id} was to be asked before ${id} (${queue.strategy})`)
  }

  function ranking(queue: QueueSettings, now: number): ((a: Person, b: Person) => number) | null {
    const idle = (a: Person, b: Person) => (a.readySince ?? now) - (b.readySince ?? now) || a.order - b.order
    if (queue.strategy === 'longest-idle') return idle
    if (queue.strategy === 'in-order')
      return (a, b) => queue.agents.indexOf(a.profile.id) - queue.agents.indexOf(b.profile.id)
    const count = (person: Person) => taken.get(person.profile.id) ?? 0
    if (queue.strategy === 'fewest-calls') return (a, b) => count(a) - count(b) || idle(a, b)
    return null
  }

  function observe(events: RoutingEvent[], now: number): RoutingEvent[] {
    for (const event of events) {
      if (event.type === 'offer.made') {
        const { id, callId, agentId, attempt } = event.offer
        const seen = calls.get(callId)
        const person = people.get(agentId)!
        if (seen === undefined) breach(`${callId} is offered to ${agentId} and is not here`)
        else {
          const again = [...seen.offers].some(other => offers.get(other)!.attempt === attempt)
          checkOffer(seen, person, again, now)
          seen.offers.add(id)
        }
        offers.set(id, { callId, agentId, attempt })
        person.slots++
        if (person.slots > person.profile.capacity) breach(`${agentId} has more than there is room for`)
      } else if (event.type === 'offer.ended') {
        const { id, callId, agentId } = event.offer
        const person = people.get(agentId)!
        if (!offers.delete(id)) breach(`offer ${id} ended twice`)
        calls.get(callId)?.offers.delete(id)
        if (event.outcome === 'rejected' || event.outcome === 'timed-out' || event.outcome === 'failed')
          calls.get(callId)?.passedBy.set(agentId, person.period)
        if (event.outcome !== 'accepted') person.slots--
      } else if (event.type === 'agent.missed') become(people.get(event.agentId)!, event.presence, now)
      else if (event.type === 'call.accepted') {
        const seen = calls.get(event.callId)
        if (seen === undefined) breach(`${event.callId} is accepted and is not here`)
        else if (seen.owner !== null) breach(`${event.callId} has two owners`)
        else seen.owner = event.agentId
        taken.set(event.agentId, (taken.get(event.agentId) ?? 0) + 1)
      } else if (event.type === 'call.overflowed') calls.delete(event.callId)
    }
    for (const seen of calls.values())
      if (waits(seen))
        for (const person of people.values())
          if (couldTake(person, seen, now))
            breach(`${seen.call.id} waits beside ${person.profile.id}, who could take it`)
    return events
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
  }

  function workDone(person: Person, now: number): void {
    person.slots--
    person.period++
    person.readySince = takesCalls(person.presence) ? now : null
  }

  function talkOver(callId: string, now: number): void {
    const seen = calls.get(callId)
    if (seen === undefined || seen.owner === null) return
    calls.delete(callId)
    if (seen.queue.wrapUpMs > 0) wrapUps.set(callId, seen.owner)
    else workDone(people.get(seen.owner)!, now)
  }

  const watched: Engine = {
    setAgent(profile, now) {
      const due = watched.passTime(now)
      const known = people.get(profile.id)
      if (known !== undefined) known.profile = profile
      else {
        const fresh = { presence: OFFLINE, slots: 0, readySince: null, awaySince: now, period: 0 }
        people.set(profile.id, { profile, order: people.size, ...fresh })
      }
      return [...due, ...observe(engine.setAgent(profile, now), now)]
    },
    setPresence(agentId, presence, now) {
      const due = takesCalls(presence) ? watched.passTime(now) : []
      become(people.get(agentId)!, presence, now)
      return [...due, ...observe(engine.setPresence(agentId, presence, now), now)]
    },
    beginShift: (agentId, now) => observe(engine.beginShift(agentId, now), now),
    arrive(call, now) {
      const due = watched.passTime(now)
      const queue = byId.get(call.queueId)!
      const fresh = { order: arrivals++, offers: new Set<number>(), owner: null, passedBy: new Map<string, number>() }
      calls.set(call.id, { call, queue, ...fresh })
      return [...due, ...observe(engine.arrive(call, now), now)]
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
      const due = watched.passTime(now)
      talkOver(callId, now)
      return [...due, ...observe(engine.endCall(callId, now), now)]
    },
    endWrapUp(callId, now) {
      const due = watched.passTime(now)
      const owner = wrapUps.get(callId)
      if (wrapUps.delete(callId)) workDone(people.get(owner!)!, now)
      return [...due, ...observe(engine.endWrapUp(callId, now), now)]
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
    ownerOf: callId => engine.ownerOf(callId),
    explain: callId => engine.explain(callId),
  }
  return { engine: watched, breaches }
}
