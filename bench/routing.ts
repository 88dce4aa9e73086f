import type { Skills } from '../core/agent.ts'
import { AVAILABLE } from '../core/presence.ts'
import { meets, newQueue } from '../core/queue.ts'
import { createRouting, type QueuedCall, type Routing, type RoutingEvent } from '../core/routing.ts'
import { type Random, randomStream } from '../simulator/random.ts'
import { median, table } from './support.ts'

const SIZES = [100, 1000, 10_000]
const KINDS = 300
const GROUPS = 500
const SKILLS = Array.from({ length: 24 }, (_, index) => `skill-${index}`)
const ROUNDS = 100
const PER_ROUND = 50
const SCANS = 40

/** Microseconds per decision, medians. */
interface Cost {
  arrival: number
  arrivalScan: number
  freed: number
  freedScan: number
}

/**
 * What a decision costs in a center with as many agents as calls at a time. First every agent is free and calls arrive:
 * each is offered to the longest idle of those who can take it. Then every agent talks, as many calls wait, and agents
 * become free: each takes the first in line that it can. The time is that of the whole input, offer and accounts
 * included; beside it the bare search for the same decision, through everybody who is free or waits.
 */
export function benchRouting(): void {
  console.log(`Routing: one decision, ${KINDS} kinds of call, as many calls waiting as there are agents. Microseconds.`)
  measure(SIZES[1]!)
  const costs = SIZES.map(measure)
  const row = (name: string, cells: (cost: Cost) => number, ours: boolean) => {
    const values = costs.map(cells)
    const perSecond = ours ? Math.round(1e6 / values.at(-1)!).toLocaleString('en') : ''
    return [name, ...values.map(value => value.toFixed(1)), `× ${(values.at(-1)! / values[0]!).toFixed(1)}`, perSecond]
  }
  const largest = SIZES.at(-1)!.toLocaleString('en')
  table([
    ['agents', ...SIZES.map(size => size.toLocaleString('en')), 'growth', `per second at ${largest}`],
    row('a call arrives', cost => cost.arrival, true),
    row('  plain scan of the agents', cost => cost.arrivalScan, false),
    row('an agent becomes free', cost => cost.freed, true),
    row('  plain scan of the line', cost => cost.freedScan, false),
  ])
}

function measure(size: number): Cost {
  process.stderr.write(`  ${size} agents …\n`)
  const crowd = new Crowd(size)
  const arrival = timed(ROUNDS, () => crowd.arrivals(Math.min(PER_ROUND, size / 2)))
  const arrivalScan = timed(SCANS, () => crowd.scannedArrival())
  crowd.fill()
  const freed = timed(ROUNDS, () => crowd.freedoms(Math.min(PER_ROUND, size)))
  const freedScan = timed(SCANS, () => crowd.scannedFreedom())
  return { arrival, arrivalScan, freed, freedScan }
}

const timed = (rounds: number, round: () => number): number => median(Array.from({ length: rounds }, round))

interface Person {
  id: string
  skills: Skills
}

/** Agents and callers, with a record of their own beside that of the routing. Every method tells microseconds per decision. */
class Crowd {
  private readonly random: Random = randomStream(1, 'measure')
  private readonly kinds: Skills[]
  private readonly people: Map<string, Person>
  private readonly routing: Routing
  private readonly waiting = new Map<string, QueuedCall>()
  /** Who talks, by call, the longest conversation first. */
  private readonly talking = new Map<string, string>()
  private now = 0
  private calls = 0

  constructor(size: number) {
    this.kinds = Array.from({ length: KINDS }, () => this.some(1 + Math.floor(this.random() * 2)))
    const groups = Array.from({ length: GROUPS }, () => this.some(6 + Math.floor(this.random() * 7)))
    const people = Array.from({ length: size }, (_, index) => ({
      id: `agent-${index}`,
      skills: groups[index % GROUPS]!,
    }))
    this.people = new Map(people.map(person => [person.id, person]))
    this.routing = createRouting([{ ...newQueue('q', 'Queue'), agents: people.map(({ id }) => id) }])
    for (const person of people) {
      this.routing.setAgent({ ...person, capacity: 1 }, this.now)
      this.routing.setPresence(person.id, AVAILABLE, this.now++)
    }
    // All kinds are met once before the clock runs: a kind is worked out when it is first heard of.
    for (const requires of this.kinds) {
      const first = { ...this.call(), requires }
      this.routing.arrive(first, this.now)
      this.routing.leave(first.id, this.now)
    }
  }

  arrivals(count: number): number {
    const calls = Array.from({ length: count }, () => this.call())
    const began = performance.now()
    const events = calls.map(call => this.routing.arrive(call, this.now))
    const cost = since(began) / count
    calls.forEach((call, index) => {
      this.follow(events[index]!, call)
    })
    for (const call of calls) this.over(call.id)
    return cost
  }

  scannedArrival(): number {
    const free = [...this.people.values()].map(person => ({
      ...person,
      readySince: this.routing.agentState(person.id).readySince!,
    }))
    const call = this.call()
    const began = performance.now()
    let best: (typeof free)[number] | undefined
    for (const agent of free)
      if (meets(agent.skills, call.requires) && (best === undefined || agent.readySince < best.readySince)) best = agent
    const cost = since(began)
    const events = this.routing.arrive(call, this.now)
    agree(best?.id, madeIn(events)?.agentId)
    this.follow(events, call)
    this.over(call.id)
    return cost
  }

  /** Calls come until nobody is free and as many wait as there are agents. */
  fill(): void {
    while (this.talking.size < this.people.size || this.waiting.size < this.people.size) {
      const call = this.call()
      this.follow(this.routing.arrive(call, this.now), call)
    }
  }

  freedoms(count: number): number {
    const ending = [...this.talking.keys()].slice(0, count)
    this.now++
    const began = performance.now()
    const events = ending.map(id => this.routing.endCall(id, this.now))
    const cost = since(began) / count
    for (const id of ending) this.talking.delete(id)
    for (const each of events) this.follow(each)
    this.fill()
    return cost
  }

  scannedFreedom(): number {
    const [[callId, agentId]] = this.talking as unknown as [[string, string]]
    const { skills } = this.people.get(agentId)!
    const line = [...this.waiting.values()]
    const began = performance.now()
    let best: QueuedCall | undefined
    for (const call of line)
      if (meets(skills, call.requires) && (best === undefined || call.enqueuedAt < best.enqueuedAt)) best = call
    const cost = since(began)
    const events = this.routing.endCall(callId, this.now)
    agree(best?.id, madeIn(events)?.callId)
    this.talking.delete(callId)
    this.follow(events)
    this.fill()
    return cost
  }

  /** Whoever is offered a call accepts it; an arriving call that is offered to nobody waits. */
  private follow(events: RoutingEvent[], arriving: QueuedCall | null = null): void {
    const offer = madeIn(events)
    if (offer !== undefined) {
      this.routing.accept(offer.id, this.now)
      this.talking.set(offer.callId, offer.agentId)
      this.waiting.delete(offer.callId)
    } else if (arriving !== null) this.waiting.set(arriving.id, arriving)
  }

  private over(callId: string): void {
    this.routing.leave(callId, this.now++)
    this.talking.delete(callId)
    this.waiting.delete(callId)
  }

  private call(): QueuedCall {
    return {
      id: `call-${this.calls++}`,
      queueId: 'q',
      requires: this.kinds[Math.floor(this.random() * KINDS)]!,
      priority: 0,
      preferredAgentId: null,
      enqueuedAt: this.now++,
    }
  }

  private some(count: number): Skills {
    const skills = [...SKILLS].sort(() => this.random() - 0.5).slice(0, count)
    return Object.fromEntries(skills.map(skill => [skill, 1]))
  }
}

const since = (began: number): number => (performance.now() - began) * 1000

const madeIn = (events: RoutingEvent[]) => events.find(event => event.type === 'offer.made')?.offer

/** A comparison of two searches that find different things would compare nothing. */
function agree(scanned: string | undefined, routed: string | undefined): void {
  if (scanned !== routed) throw new Error(`the scan finds ${scanned}, the routing ${routed}`)
}
