import { describe, expect, test, vi } from 'vitest'
import { type QueueSettings, STRATEGIES, type Strategy } from '../core/queue.ts'
import { createRouting } from '../core/routing.ts'
import { offeredLoad } from '../core/staffing.ts'
import { type Engine, queueOf, type Scenario, simulate } from './center.ts'
import tables from './erlang-tables.json' with { type: 'json' }
import { FAULTS } from './faults.ts'
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

  test('longest-idle: the idle periods have the very distribution that they should', () => {
    // 99.9 % of samples of a true distribution come closer (Kolmogorov and Smirnov).
    const farthest = (periods: number[]) => 1.95 / Math.sqrt(periods.length)
    const periods = idlePeriods(scenario(), createRouting)
    expect(periods.length).toBeGreaterThan(20_000)
    expect(distance(periods, idleDistribution(140, 180, 10))).toBeLessThan(farthest(periods))
    for (const strategy of ['round-robin', 'most-idle', 'in-order'] as const) {
      const others = idlePeriods(scenario({ calls: 100_000 }), otherStrategy(strategy))
      expect(distance(others, idleDistribution(140, 180, 10))).toBeGreaterThan(2 * farthest(others))
    }
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

/** Idle periods in seconds; of neighbours, which depend on each other, only every tenth. */
function idlePeriods(setting: Scenario, open: (queues: QueueSettings[]) => Engine): number[] {
  const since = new Map<string, number | null>()
  const periods: number[] = []
  let seen = 0
  simulate(setting, open, (engine, now) => {
    for (const { id } of setting.agents) {
      const from = since.get(id) ?? null
      const { idleFrom } = engine.agentState(id)
      if (from !== null && idleFrom !== from && seen++ % 10 === 0) periods.push((now - from) / 1000)
      since.set(id, idleFrom)
    }
  })
  return periods
}

/**
 * Who becomes free with m others free already waits for m + 1 arrivals: its idle time is Erlang(m + 1, λ) distributed,
 * with the weight of finding n − 1 − m busy. Returns the distribution function, of seconds.
 */
function idleDistribution(callsPerHour: number, handleTime: number, agents: number): (seconds: number) => number {
  const load = offeredLoad(callsPerHour, handleTime)
  const shares = [1]
  for (let busy = 1; busy < agents; busy++) shares.push((shares[busy - 1]! * load) / busy)
  const whole = shares.reduce((a, b) => a + b, 0)
  return seconds => {
    const arrivals = (callsPerHour / 3600) * seconds
    let term = Math.exp(-arrivals)
    let fewer = 0
    let total = 0
    for (let m = 0; m < agents; m++) {
      fewer += term
      term *= arrivals / (m + 1)
      total += (shares[agents - 1 - m]! / whole) * (1 - fewer)
    }
    return total
  }
}

/** The largest difference between a sample and a distribution. */
function distance(sample: number[], distribution: (value: number) => number): number {
  const sorted = [...sample].sort((a, b) => a - b)
  const gaps = sorted.map((value, index) => {
    const share = distribution(value)
    return Math.max(share - index / sorted.length, (index + 1) / sorted.length - share)
  })
  return gaps.reduce((a, b) => Math.max(a, b), 0)
}

const otherStrategy = (strategy: Strategy) => (queues: QueueSettings[]) =>
  createRouting(queues.map(queue => ({ ...queue, strategy })))

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
    ...STRATEGIES.map((strategy): [string, Scenario] => [strategy, { ...withSkills(), strategy, ring: [2, 8] }]),
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
  test.each([
    ['lifo', /came before/],
    ['random-order', /came before/],
    ['lost-wake-up', /waits beside/],
    ['idle-reset', /was to be asked before/],
    ['still-offered', /is not here/],
    ['two-owners', /two owners/],
    ['late-100', /waits beside/],
    ['late-500', /waits beside/],
    ['poll-1000', /waits beside/],
    ['poll-2000', /waits beside/],
    ['stuck-agents', /waits beside/],
    ['any-agent', /was to be asked before/],
  ] as const)('at the event itself: %s', (fault, found) => {
    expect(breachesOf(busy, FAULTS[fault].open).join('\n')).toMatch(found)
  })

  test.each([2, 15])('at the event itself: who has hung up still rings, for %s seconds', ring => {
    expect(breachesOf({ ...busy, ring }, FAULTS['still-offered'].open).join('\n')).toMatch(/is not here/)
  })

  test.each(['round-robin', 'in-order', 'most-idle'] as const)('at the event itself: %s for longest-idle', strategy => {
    expect(breachesOf(busy, otherStrategy(strategy)).join('\n')).toMatch(/was to be asked before/)
  })

  test.each(STRATEGIES)('at the event itself: anything but %s', strategy => {
    const setting = { ...withSkills(), strategy, ring: 5 }
    const other = strategy === 'in-order' ? 'longest-idle' : 'in-order'
    expect(breachesOf(setting, otherStrategy(other)).join('\n')).toMatch(/was to be asked before/)
  })

  const a12 = allPoints().find(point => point.id === 'A12')!
  test.each([
    ['lifo', /sl_offered/],
    ['random-order', /sl_offered/],
    ['lost-wake-up', /mean_wait/],
    ['poll-2000', /mean_wait/],
  ] as const)('by the figures: %s', (fault, found) => {
    expect(verdict(compare(a12, 400_000, 4, FAULTS[fault].open)).join('\n')).toMatch(found)
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
