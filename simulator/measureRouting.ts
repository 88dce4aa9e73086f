import type { Skills } from '../core/agent.ts'
import { AVAILABLE } from '../core/presence.ts'
import { newQueue } from '../core/queue.ts'
import { createRouting } from '../core/routing.ts'
import { type Random, randomStream } from './random.ts'

/**
 * What a decision costs: `node --import tsx simulator/measureRouting.ts`.
 *
 * A center with as many agents as calls at a time and 300 kinds of call. First every agent is free and calls arrive
 * (each offered to the longest idle of those who can take it), then every agent is busy, calls wait, and agents become
 * free (each takes the first in line that it can). The time is that of the whole input, offer and accounts included.
 */
const KINDS = 300
const GROUPS = 500
const SKILLS = Array.from({ length: 24 }, (_, index) => `skill-${index}`)

export interface Cost {
  agents: number
  /** Microseconds, medians over the rounds. */
  arrival: number
  freed: number
}

/** `clock` gives milliseconds. */
export function measureRouting(size: number, rounds: number, clock: () => number): Cost {
  const random = randomStream(1, 'measure')
  const kinds = Array.from({ length: KINDS }, () => some(random, 1 + Math.floor(random() * 2)))
  const groups = Array.from({ length: GROUPS }, () => some(random, 6 + Math.floor(random() * 7)))
  const ids = Array.from({ length: size }, (_, index) => `agent-${index}`)
  const routing = createRouting([{ ...newQueue('q', 'Queue'), agents: ids }])
  let now = 0
  let next = 0
  for (const [index, id] of ids.entries()) {
    routing.setAgent({ id, skills: groups[index % GROUPS]!, capacity: 1 }, now)
    routing.setPresence(id, AVAILABLE, now++)
  }
  const call = () => ({
    id: `call-${next++}`,
    queueId: 'q',
    requires: kinds[Math.floor(random() * KINDS)]!,
    priority: 0,
    preferredAgentId: null,
    enqueuedAt: now++,
  })
  // All kinds are met once before the clock runs: a kind is worked out when it is first heard of.
  for (const requires of kinds) {
    const first = { ...call(), requires }
    routing.arrive(first, now)
    routing.leave(first.id, now)
  }
  const perEvent = Math.min(size, 200)
  const arrivals: number[] = []
  const freedoms: number[] = []
  const owned: string[] = []
  const accept = () => {
    for (const offer of routing.liveOffers()) {
      routing.accept(offer.id, now)
      owned.push(offer.callId)
    }
  }
  for (let round = 0; round < rounds; round++) {
    const calls = Array.from({ length: Math.ceil(perEvent / 2) }, call)
    const began = clock()
    for (const each of calls) routing.arrive(each, now)
    arrivals.push(((clock() - began) * 1000) / calls.length)
    accept()
    for (const each of calls) routing.leave(each.id, now++)
    owned.length = 0
  }
  while (routing.liveOffers().length + owned.length < size) {
    const before = owned.length
    for (let i = 0; i < size; i++) routing.arrive(call(), now)
    accept()
    if (owned.length === before) break
  }
  while (routing.waitingIn('q') < size) routing.arrive(call(), now)
  for (let round = 0; round < rounds; round++) {
    // As many calls come as agents become free, so that the line stays as long as it is.
    const ending = owned.splice(0, perEvent)
    now++
    const began = clock()
    for (const id of ending) routing.endCall(id, now)
    freedoms.push(((clock() - began) * 1000) / ending.length)
    accept()
    while (routing.waitingIn('q') < size) routing.arrive(call(), now)
    accept()
  }
  return { agents: size, arrival: median(arrivals), freed: median(freedoms) }
}

function some(random: Random, count: number): Skills {
  const skills = [...SKILLS].sort(() => random() - 0.5).slice(0, count)
  return Object.fromEntries(skills.map(skill => [skill, 1]))
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

if (import.meta.url === `file://${process.argv[1]}`) {
  measureRouting(1000, 50, () => performance.now())
  for (const size of [100, 1000, 10_000]) {
    const { arrival, freed } = measureRouting(size, 200, () => performance.now())
    console.log(
      `${size} agents, ${size} calls, ${KINDS} kinds: a call arrives ${arrival.toFixed(2)} µs, an agent becomes free ${freed.toFixed(2)} µs`,
    )
  }
}
