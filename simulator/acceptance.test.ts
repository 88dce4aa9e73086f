import { describe, expect, test, vi } from 'vitest'
import type { Presence } from '../core/presence.ts'
import { AVAILABLE } from '../core/presence.ts'
import type { QueueSettings, Strategy } from '../core/queue.ts'
import { createRouting, type Routing, type RoutingEvent } from '../core/routing.ts'
import { type Engine, queueOf, type Scenario, simulate } from './center.ts'
import tables from './erlang-tables.json' with { type: 'json' }
import { randomStream } from './random.ts'
import { referee } from './referee.ts'
import { allPoints, type Comparison, compare, standardErrors, suiteItems, verdict } from './suite.ts'

// Long runs: they are done when they are done.
vi.setConfig({ testTimeout: 600_000 })

describe('the center does what queueing theory says', () => {
  const all: Comparison[] = []

  test.each(suiteItems('pull_request').map(item => ({ id: item.point.id, ...item })))(
    '$id',
    ({ point, calls, seed }) => {
      const comparisons = compare(point, calls, seed)
      all.push(...comparisons)
      expect(verdict(comparisons)).toEqual([])
    },
  )

  test('all points taken together', () => {
    expect(all.length).toBeGreaterThan(50)
    expect(verdict(all)).toEqual([])
  })

  test.each(['A07', 'A13', 'A24'])('the standard errors that are worked out here are those of the tables: %s', id => {
    const { calls_per_hour, aht_s, patience_s, n, sigma } = tables.points.find(each => each.id === id)!
    const found = standardErrors(calls_per_hour, aht_s, patience_s!, n)
    expect(found.pWait / sigma.p_wait).toBeCloseTo(1, 6)
    expect(found.meanWait / sigma.mean_wait_all).toBeCloseTo(1, 6)
    expect(found.occupancy / sigma.util).toBeCloseTo(1, 6)
  })
})

const scenario = (more: Partial<Scenario> = {}): Scenario => ({
  calls: 400_000,
  warmUp: 2000,
  seed: 7,
  types: [{ name: 'all', callsPerHour: 140, requires: {}, priority: 0, patience: null }],
  agents: Array.from({ length: 10 }, (_, index) => ({ id: `agent-${index + 1}`, skills: {}, talk: 180 })),
  strategy: 'longest-idle',
  ring: 0,
  wrapUp: 0,
  maxWait: null,
  capacity: null,
  talk: 'exponential',
  ...more,
})

const POLICIES: [Strategy, string][] = [
  ['longest-idle', 'longest_idle'],
  ['round-robin', 'round_robin'],
  ['most-idle', 'most_total_idle'],
  ['fewest-calls', 'fewest_calls'],
  ['in-order', 'fixed_order'],
]

describe('which agent is chosen shows in the idle periods', () => {
  test.each(POLICIES)('%s', (strategy, policy) => {
    const known = tables.idle_cv2.find(each => each.n === 10 && each.rho === 0.7 && each.policy === policy)!
    const { idleCv2 } = simulate(scenario({ strategy }))
    expect(Math.abs(idleCv2 / (known.exact ?? known.simulated) - 1)).toBeLessThan(0.04)
  })

  test('longest-idle to within a hundredth, over a million idle periods', () => {
    const exact = tables.idle_cv2.find(each => each.n === 10 && each.rho === 0.7 && each.exact !== null)!.exact!
    const { idleCv2, idlePeriods } = simulate(scenario({ calls: 1_350_000 }))
    expect(idlePeriods).toBeGreaterThan(1_000_000)
    expect(Math.abs(idleCv2 - exact)).toBeLessThan(0.01)
  })

  test.each(POLICIES)('agents of unequal speed: %s', (strategy, policy) => {
    const known = tables.unequal_agents.find(each => each.policy === policy)!
    const agents = known.aht_s.map((talk, index) => ({ id: `agent-${index + 1}`, skills: {}, talk }))
    const types = [{ ...scenario().types[0]!, callsPerHour: known.calls_per_hour }]
    const { agentOccupancy } = simulate(scenario({ strategy, agents, types }))
    known.occupancy.forEach((exact, index) => {
      expect(Math.abs(agentOccupancy[index]! - exact)).toBeLessThan(0.008)
    })
  })
})

test('the same seed gives the same figures, to the last bit; another seed gives others', () => {
  const short = scenario({ calls: 20_000 })
  expect(simulate(short)).toEqual(simulate(short))
  expect(simulate({ ...short, seed: 8 })).not.toEqual(simulate(short))
})

/** A matchmaker in which something goes wrong. */
function faulty(routing: Routing, faults: (routing: Routing) => Partial<Engine>): Engine {
  const replaced = faults(routing)
  return new Proxy(routing as Engine, {
    get: (_, name) => replaced[name as keyof Engine] ?? (routing[name as keyof Engine] as () => unknown).bind(routing),
  })
}

/** Runs a scenario under the referee's eyes; a center that falls over has been found out as well. */
function breachesOf(setting: Scenario, open: (queues: QueueSettings[]) => Engine): string[] {
  const watch = referee(open([queueOf(setting)]), [queueOf(setting)])
  try {
    simulate(setting, () => watch.engine)
  } catch (error) {
    if (watch.breaches.length === 0) throw error
  }
  return watch.breaches
}

const busy = scenario({
  calls: 20_000,
  types: [{ name: 'all', callsPerHour: 200, requires: {}, priority: 0, patience: 120 }],
})

describe('event by event, every rule holds', () => {
  const variants: [string, Scenario][] = [
    ['calls that give up', busy],
    ['ringing and wrap-up', { ...busy, ring: [2, 8], wrapUp: 30 }],
    ['a maximum wait and a full queue', { ...busy, maxWait: 60, capacity: 5 }],
    ['everybody rings', { ...busy, strategy: 'ring-all', ring: [2, 8] }],
    ['fewest calls', { ...busy, strategy: 'fewest-calls' }],
    ['two skills and two priorities', withSkills()],
  ]
  test.each(variants)('%s', (_, setting) => {
    expect(breachesOf(setting, createRouting)).toEqual([])
  })
})

function withSkills(): Scenario {
  const agents = busy.agents.map((agent, index) => ({ ...agent, skills: index < 6 ? { en: 1 } : { en: 1, es: 1 } }))
  const type = busy.types[0]!
  const types = [
    { ...type, name: 'en', callsPerHour: 150, requires: { en: 1 } },
    { ...type, name: 'es', callsPerHour: 50, requires: { es: 1 }, priority: 1 },
  ]
  return { ...busy, agents, types }
}

describe('planted faults are found', () => {
  const dice = () => randomStream(5, 'fault')
  const later = (pending: { call: string | null }, routing: Routing, now: number): RoutingEvent[] => {
    if (pending.call === null) return []
    const { call } = pending
    pending.call = null
    return routing.endCall(call, now)
  }
  const lifo = (routing: Routing): Partial<Engine> => ({
    arrive: (call, now) => routing.arrive({ ...call, enqueuedAt: -call.enqueuedAt }, now),
  })
  const random = (routing: Routing): Partial<Engine> => {
    const roll = dice()
    return { arrive: (call, now) => routing.arrive({ ...call, enqueuedAt: roll() }, now) }
  }
  const lostWakeUp = (routing: Routing): Partial<Engine> => {
    const pending: { call: string | null } = { call: null }
    return {
      endCall: (callId, now) => {
        const events = later(pending, routing, now)
        pending.call = callId
        return events
      },
      arrive: (call, now) => [...later(pending, routing, now), ...routing.arrive(call, now)],
    }
  }
  const wrongReset = (routing: Routing): Partial<Engine> => {
    const away: Presence = { status: 'break', reason: null }
    return {
      arrive: (call, now) => {
        const idle = routing.agentIds().find(id => routing.agentState(id).idleFrom !== null)
        if (idle !== undefined) {
          routing.setPresence(idle, away, now - 61_000)
          routing.setPresence(idle, AVAILABLE, now)
        }
        return routing.arrive(call, now)
      },
    }
  }
  const stillOffered = (routing: Routing): Partial<Engine> => ({ leave: () => routing.passTime(0) })
  const twoOwners = (routing: Routing): Partial<Engine> => ({
    accept: (offerId, now) =>
      routing
        .accept(offerId, now)
        .flatMap((event): RoutingEvent[] =>
          event.type === 'call.accepted' ? [event, { ...event, agentId: 'agent-1' }] : [event],
        ),
  })
  const otherStrategy = (strategy: Strategy) => (queues: QueueSettings[]) =>
    createRouting(queues.map(queue => ({ ...queue, strategy })))

  test.each([
    ['last come, first served', lifo, /came before/],
    ['served in random order', random, /came before/],
    ['an agent becomes free and nobody notices until the next event', lostWakeUp, /waits beside/],
    ['a brief absence sends an agent to the back of the line', wrongReset, /was to be asked before/],
    ['who has hung up is still offered', stillOffered, /is not here/],
    ['two agents have the same call', twoOwners, /two owners/],
  ])('at the event itself: %s', (_, faults, found) => {
    const breaches = breachesOf(busy, queues => faulty(createRouting(queues), faults))
    expect(breaches.join('\n')).toMatch(found)
  })

  test.each(['round-robin', 'in-order', 'most-idle'] as const)('at the event itself: %s for longest-idle', strategy => {
    expect(breachesOf(busy, otherStrategy(strategy)).join('\n')).toMatch(/was to be asked before/)
  })

  const a12 = allPoints().find(point => point.id === 'A12')!
  test.each([
    ['last come, first served', lifo, /sl_offered/],
    ['served in random order', random, /sl_offered/],
    ['an agent becomes free and nobody notices until the next event', lostWakeUp, /mean_wait/],
  ])('by the figures: %s', (_, faults, found) => {
    const open = (queues: QueueSettings[]) => faulty(createRouting(queues), faults)
    expect(verdict(compare(a12, 400_000, 4, open)).join('\n')).toMatch(found)
  })

  test('by the figures: a wrap-up that is lost', () => {
    const point = allPoints().find(each => each.id === 'B_10_10 with ringing, lognormal talk and wrap-up')!
    const lost = { ...point, scenario: { ...point.scenario, wrapUp: 0 } }
    expect(verdict(compare(lost, 100_000, 8))).not.toEqual([])
  })

  test.each(['round-robin', 'in-order', 'most-idle'] as const)('by the idle periods: %s for longest-idle', strategy => {
    const { idleCv2 } = simulate(scenario({ calls: 100_000 }), otherStrategy(strategy))
    expect(Math.abs(idleCv2 - 0.508794)).toBeGreaterThan(0.1)
  })
})
