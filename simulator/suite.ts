import type { QueueSettings } from '../core/queue.ts'
import { erlangA } from '../core/staffing.ts'
import { type CallType, type Engine, type Scenario, type SimulatedAgent, simulate } from './center.ts'
import tables from './erlang-tables.json' with { type: 'json' }
import type { Figures } from './tally.ts'

/** One figure of one run beside what theory says. */
export interface Comparison {
  point: string
  figure: string
  estimate: number
  exact: number
  /** (estimate − exact) / standard error. */
  z: number
}

/** A center of which theory knows the figures, and how exactly a run of N calls should meet them. */
export interface Point {
  id: string
  /** Of which the calls and the seed are filled in. */
  scenario: Omit<Scenario, 'calls' | 'seed'>
  expected: Expectation[]
}

interface Expectation {
  figure: string
  of: (figures: Figures) => number
  exact: number
  /** Standard error over N calls × √N. Null: not known; measured from independent runs. */
  sigma: number | null
}

/** Beyond this a point fails; chance alone does so once in 150,000. */
export const Z_LIMIT = 4.5

export const SUITES = ['pull_request', 'nightly', 'weekly'] as const
export type Suite = (typeof SUITES)[number]

/** Seeds are fixed before the first run and never changed to pass. */
const PULL_REQUEST: readonly [id: string, calls: number, seed: number][] = [
  ['A01', 100_000, 1],
  ['A03', 100_000, 2],
  ['A07', 200_000, 3],
  ['A12', 400_000, 4],
  ['A24', 200_000, 5],
  ['A26', 400_000, 6],
  ['C14', 200_000, 7],
  ['B_10_10', 100_000, 8],
  ['B_10_10 with ringing, lognormal talk and wrap-up', 100_000, 13],
  ['D_200_180_120_60_10', 200_000, 9],
  ['P_60_140_12', 200_000, 10],
  ['PA_60_140_10', 200_000, 11],
  ['S_N-model: 3xEN, 2xEN+ES', 200_000, 12],
]

const agents = (count: number, talk: number): SimulatedAgent[] =>
  Array.from({ length: count }, (_, index) => ({ id: `agent-${index + 1}`, skills: {}, talk }))

const callers = (callsPerHour: number, patience: number | null, priority = 0): CallType => ({
  name: `priority ${priority}`,
  callsPerHour,
  requires: {},
  priority,
  patience,
})

const center = (types: CallType[], people: SimulatedAgent[]): Point['scenario'] => ({
  warmUp: 5000,
  types,
  agents: people,
  strategy: 'longest-idle',
  ring: 0,
  wrapUp: 0,
  maxWait: null,
  capacity: null,
  talk: 'exponential',
})

/** σ from how many calls give ±1 % at 95 %. */
const sigmaOf = (exact: number, callsForOnePercent: number): number =>
  (exact * 0.01 * Math.sqrt(callsForOnePercent)) / 1.96

const FIGURES: Record<string, (figures: Figures) => number> = {
  p_wait: figures => figures.pWait,
  mean_wait_all: figures => figures.meanWait,
  p_abandon: figures => figures.pAbandon,
  p_overflow: figures => figures.pOverflow,
  util: figures => figures.occupancy,
  sl_offered: figures => figures.serviceLevel,
}

const expectation = (figure: string, exact: number, sigma: number | null): Expectation => ({
  figure,
  of: FIGURES[figure]!,
  exact,
  sigma,
})

/** Every center of the tables, and three more that the formulas give. */
export function allPoints(): Point[] {
  return [
    ...erlangPoints(),
    ...derivedPoints(),
    ...lossPoints(),
    ...overflowPoints(),
    ...priorityPoints(),
    ...skillPoints(),
  ]
}

function erlangPoints(): Point[] {
  return tables.points.map(({ id, calls_per_hour, aht_s, patience_s, n, values, sigma, warmup_calls }) => ({
    id,
    scenario: {
      ...center([callers(calls_per_hour, patience_s)], agents(n, aht_s)),
      warmUp: Math.max(1000, warmup_calls),
    },
    expected: [
      expectation('p_wait', values.p_wait, sigma.p_wait),
      expectation('mean_wait_all', values.mean_wait_all, sigma.mean_wait_all),
      expectation('util', values.util, sigma.util),
      expectation('sl_offered', values.sl_offered, sigma.sl_offered_est),
      ...(sigma.p_abandon === undefined ? [] : [expectation('p_abandon', values.p_abandon!, sigma.p_abandon)]),
    ],
  }))
}

/** Two more of the kind of Erlang A, with the exact variances of {@link standardErrors}; σ of the service level as simulated. */
function derivedPoints(): Point[] {
  const known = [
    { id: 'A12', calls: 200, aht: 180, patience: 120, n: 10, sl: 1.79 },
    { id: 'A26', calls: 2880, aht: 60, patience: 120, n: 50, sl: 1.66 },
  ]
  return known.map(({ id, calls, aht, patience, n, sl }) => {
    const exact = erlangA(calls, aht, patience, n)
    const sigma = standardErrors(calls, aht, patience, n)
    return {
      id,
      scenario: center([callers(calls, patience)], agents(n, aht)),
      expected: [
        expectation('p_wait', exact.pWait, sigma.pWait),
        expectation('mean_wait_all', exact.meanWait, sigma.meanWait),
        expectation('util', exact.occupancy, sigma.occupancy),
        expectation('sl_offered', exact.serviceLevel(20), sl),
      ],
    }
  })
}

/**
 * Nobody waits. These figures depend on the mean of the handle time alone, so the same must come out with ringing,
 * lognormal conversations and wrap-up: a second lost or counted twice would show.
 */
function lossPoints(): Point[] {
  return tables.erlang_b.flatMap(({ id, offered_erlangs, n, blocking, calls_for_1pct_rel_95 }) => {
    const scenario = { ...center([callers(20 * offered_erlangs, null)], agents(n, 180)), capacity: 0 }
    const people = agents(n, 145)
    const realistic: Point['scenario'] = { ...scenario, agents: people, ring: [2, 8], wrapUp: 30, talk: { cv2: 0.7 } }
    const expected = [expectation('p_overflow', blocking, sigmaOf(blocking, calls_for_1pct_rel_95))]
    return [
      { id, scenario, expected },
      { id: `${id} with ringing, lognormal talk and wrap-up`, scenario: realistic, expected },
    ]
  })
}

function overflowPoints(): Point[] {
  return tables.timed_overflow.map(point => ({
    id: point.id,
    scenario: {
      ...center([callers(point.calls_per_hour, point.patience_s)], agents(point.n, point.aht_s)),
      maxWait: point.max_wait_s,
    },
    expected: (['p_wait', 'p_overflow', 'sl_offered', 'mean_wait_all'] as const).map(figure =>
      expectation(figure, point.values[figure], sigmaOf(point.values[figure], point.calls_for_1pct_rel_95[figure])),
    ),
  }))
}

function priorityPoints(): Point[] {
  const types = (rates: number[], patience: number | null) =>
    rates.map((rate, index) => callers(rate, patience, rates.length - index))
  const patient = tables.priority.map(point => ({
    id: point.id,
    scenario: { ...center(types(point.calls_per_hour, null), agents(point.n, point.aht_s)), warmUp: 20_000 },
    expected: point.classes.flatMap((values, index) => {
      const needed = point.calls_total_for_1pct_rel_95[index]!
      return [
        ofType(index, 'meanWait', values.mean_wait_s, sigmaOf(values.mean_wait_s, needed.mean_wait)),
        ofType(index, 'serviceLevel', values.sl20, sigmaOf(values.sl20, needed.sl20)),
      ]
    }),
  }))
  const impatient = tables.priority_abandon.map(point => ({
    id: point.id,
    scenario: center(types(point.calls_per_hour, point.patience_s), agents(point.n, point.aht_s)),
    expected: [
      expectation('p_wait', point.p_wait, null),
      expectation('util', point.util, null),
      ...point.classes.flatMap((values, index) => [
        ofType(index, 'meanWait', values.mean_wait_s, null),
        ofType(index, 'pAbandon', values.p_abandon, null),
      ]),
    ],
  }))
  return [...patient, ...impatient]
}

function skillPoints(): Point[] {
  return tables.skills.map(point => ({
    id: point.id,
    scenario: {
      ...center(
        point.calls_per_hour.map((rate, type) => ({ ...callers(rate, null), requires: { [`skill-${type}`]: 1 } })),
        point.agents.map((agent, index) => ({
          id: `agent-${index + 1}`,
          skills: Object.fromEntries(agent.skills.map(skill => [`skill-${skill}`, 1])),
          talk: agent.aht_s,
        })),
      ),
      warmUp: 20_000,
    },
    expected: [
      ...point.types.flatMap((values, index) => [
        ofType(index, 'pWait', values.p_wait, null),
        ofType(
          index,
          'meanWait',
          values.mean_wait_s,
          sigmaOf(values.mean_wait_s, point.calls_for_1pct_rel_95[index]!.mean_wait),
        ),
      ]),
      ...point.agent_occupancy.map((exact, index) => ({
        figure: `occupancy of agent ${index + 1}`,
        of: (figures: Figures) => figures.agentOccupancy[index]!,
        exact,
        sigma: null,
      })),
    ],
  }))
}

const ofType = (
  index: number,
  figure: 'pWait' | 'meanWait' | 'serviceLevel' | 'pAbandon',
  exact: number,
  sigma: number | null,
): Expectation => ({
  figure: `${figure} of type ${index + 1}`,
  of: figures => figures.types[index]![figure],
  exact,
  sigma,
})

const RUNS = 20

/**
 * Runs a center and compares. Where the variance is not known it is measured: from {@link RUNS} runs that share the
 * calls between them.
 */
export function compare(
  point: Point,
  calls: number,
  seed: number,
  open?: (queues: QueueSettings[]) => Engine,
): Comparison[] {
  const measured = point.expected.some(each => each.sigma === null)
  const runs = measured ? RUNS : 1
  const each = Math.floor(calls / runs)
  const figures = Array.from({ length: runs }, (_, run) =>
    simulate({ ...point.scenario, calls: each, seed: seed * 1000 + run }, open),
  )
  return point.expected.map(({ figure, of, exact, sigma }) => {
    const estimates = figures.map(of)
    const estimate = mean(estimates)
    const spread = mean(estimates.map(value => (value - estimate) ** 2))
    const error = sigma === null ? Math.sqrt(spread / (runs - 1)) : sigma / Math.sqrt(each * runs)
    return { point: point.id, figure, estimate, exact, z: (estimate - exact) / error }
  })
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** What is wrong with a suite's comparisons; empty: it passes. */
export function verdict(comparisons: readonly Comparison[]): string[] {
  const failures = comparisons.filter(({ z }) => !(Math.abs(z) <= Z_LIMIT)).map(tell)
  // Points are independent of each other, figures of one point are not: each figure is summed on its own.
  for (const figure of new Set(comparisons.map(each => each.figure))) {
    const those = comparisons.filter(each => each.figure === figure)
    const sum = those.reduce((total, { z }) => total + z * z, 0)
    const limit = chiSquareLimit(those.length)
    if (!(sum <= limit))
      failures.push(`${figure}: Σz² over ${those.length} points is ${sum.toFixed(1)}, more than ${limit.toFixed(1)}`)
  }
  return failures
}

/** The 99.99 % quantile of χ² (Wilson and Hilferty's approximation). */
function chiSquareLimit(degrees: number): number {
  const spread = 2 / (9 * degrees)
  return degrees * (1 - spread + 3.719 * Math.sqrt(spread)) ** 3
}

export const tell = ({ point, figure, estimate, exact, z }: Comparison): string =>
  `${point} ${figure}: ${estimate.toPrecision(6)}, exactly ${exact.toPrecision(6)}, z = ${z.toFixed(2)}`

/** What a suite runs: point, calls, seed. */
export function suiteItems(suite: Suite): { point: Point; calls: number; seed: number }[] {
  const points = allPoints()
  if (suite !== 'pull_request')
    return points.map((point, index) => ({ point, calls: suite === 'nightly' ? 2e6 : 1e7, seed: 101 + index }))
  return PULL_REQUEST.map(([id, calls, seed]) => ({ point: points.find(point => point.id === id)!, calls, seed }))
}

/** Runs a suite and tells every comparison; false when any fails. */
export function runSuite(suite: Suite, say: (line: string) => void): boolean {
  const all: Comparison[] = []
  for (const { point, calls, seed } of suiteItems(suite)) {
    const comparisons = compare(point, calls, seed)
    for (const comparison of comparisons) say(tell(comparison))
    all.push(...comparisons)
  }
  const failures = verdict(all)
  say(failures.length === 0 ? `${all.length} comparisons, all as theory says.` : `Not as theory says:`)
  for (const failure of failures) say(failure)
  return failures.length === 0
}

/**
 * Exact standard errors × √N of what a run of N calls estimates, for callers who give up: the number in the center is a
 * birth–death chain, and Δ solves its Poisson equation (Whitt 1989).
 */
export function standardErrors(callsPerHour: number, handleTime: number, patience: number, n: number) {
  const arrivals = callsPerHour / 3600
  const weights = [1]
  for (let i = 1; i < 4000; i++) {
    const deaths = Math.min(i, n) / handleTime + Math.max(0, i - n) / patience
    const weight = (weights[i - 1]! * arrivals) / deaths
    if (i > n && weight < 1e-16 * weights[n]!) break
    weights.push(weight)
  }
  const whole = weights.reduce((a, b) => a + b, 0)
  const shares = weights.map(weight => weight / whole)
  const solve = (f: (i: number) => number) => {
    const average = shares.reduce((sum, share, i) => sum + share * f(i), 0)
    let below = 0
    const delta = shares.map((share, i) => {
      below += share * (f(i) - average)
      return -below / (arrivals * share)
    })
    return { average, delta }
  }
  const sum = (of: (i: number) => number) => shares.reduce((total, share, i) => total + share * of(i), 0)
  const line = solve(i => Math.max(0, i - n))
  const wait = line.average / arrivals
  const full = solve(i => (i >= n ? 1 : 0))
  const busy = solve(i => Math.min(i, n))
  return {
    meanWait: Math.sqrt(sum(i => (line.delta[i]! - wait) ** 2 + line.delta[i]! ** 2)),
    pWait: Math.sqrt(
      sum(i => ((i >= n ? 1 : 0) - full.average + arrivals * full.delta[i]!) ** 2 + (arrivals * full.delta[i]!) ** 2),
    ),
    occupancy: Math.sqrt(sum(i => 2 * (arrivals * busy.delta[i]!) ** 2) / n ** 2),
  }
}
