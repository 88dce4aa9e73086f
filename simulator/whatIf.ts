import type { Strategy } from '../core/queue.ts'
import { erlangA, erlangC, offeredLoad } from '../core/staffing.ts'
import { type Scenario, simulate } from './center.ts'
import type { Figures } from './tally.ts'

/** A center as its planner sees it. */
export interface Question {
  callsPerHour: number
  /** Mean handle time, wrap-up included. */
  ahtSeconds: number
  agents: number
  /** Mean of the exponentially distributed patience; null: nobody gives up. */
  patienceSeconds: number | null
  /** An answer within this time counts for the service level. */
  withinSeconds: number
  /** Fixed, after each conversation. */
  wrapUpSeconds: number
  /** Overflow after this much waiting; null: never. */
  maxWaitSeconds: number | null
  strategy: Strategy
  seed: number
  /** How many times the center is run, each time with other callers: {@link LEAST_RUNS} or more, 20 unless said otherwise. */
  runs?: number
  /** How many calls count in each run; those of a quarter more come before, so that the empty beginning leaves no trace. */
  callsPerRun?: number
}

/** Mean over the runs, and between what bounds the true value lies with 95 % confidence. */
export interface Band {
  mean: number
  low: number
  high: number
}

/** Shares are of all calls that were offered. */
export interface Measures<Value> {
  serviceLevel: Value
  /** Mean wait of the calls that were answered. */
  asaSeconds: Value
  abandonment: Value
  /** Busy share of the agents' time, wrap-up included. */
  occupancy: Value
  /** Found nobody free. */
  pWait: Value
}

export interface Answer extends Measures<Band> {
  /** Share of calls that waited for `maxWaitSeconds`. */
  overflow: Band
  /** What the formulas say, which know neither a maximum wait nor fixed spans; null where they say nothing. */
  erlang: {
    /** Without giving up; null when there is more work than the agents can do. */
    c: Measures<number> | null
    /** Null when nobody gives up. */
    a: Measures<number> | null
  }
}

export const LEAST_RUNS = 5

/**
 * What would happen: lets the calls come in, several times over, with the decisions of the real routing. Takes about a
 * second for what is the default; the same question gives the same answer.
 *
 * @param onProgress is told after each run how many are done, of how many.
 * @throws RangeError when the question makes no sense, or the line would grow forever.
 */
export function whatIf(question: Question, onProgress: (done: number, runs: number) => void = () => {}): Answer {
  check(question)
  const { runs = 20 } = question
  const figures: Figures[] = []
  for (let run = 0; run < runs; run++) {
    figures.push(simulate(scenarioOf(question, run)))
    onProgress(run + 1, runs)
  }
  const share = (of: (figures: Figures) => number) => band(figures.map(of), 1)
  return {
    serviceLevel: share(each => each.serviceLevel),
    asaSeconds: band(
      figures.map(each => each.asa),
      Number.POSITIVE_INFINITY,
    ),
    abandonment: share(each => each.pAbandon),
    occupancy: share(each => each.occupancy),
    pWait: share(each => each.pWait),
    overflow: share(each => each.pOverflow),
    erlang: { c: byErlangC(question), a: byErlangA(question) },
  }
}

function scenarioOf(question: Question, run: number): Scenario {
  const { callsPerHour, ahtSeconds, agents, patienceSeconds, wrapUpSeconds, seed, callsPerRun = 6000 } = question
  const talk = ahtSeconds - wrapUpSeconds
  return {
    calls: callsPerRun,
    warmUp: Math.ceil(callsPerRun / 4),
    // Runs of one seed share no callers with those of the next.
    seed: seed * 1000 + run,
    types: [{ name: 'all', callsPerHour, requires: {}, priority: 0, patience: patienceSeconds }],
    agents: Array.from({ length: agents }, (_, index) => ({ id: `agent-${index + 1}`, skills: {}, talk })),
    strategy: question.strategy,
    ring: 0,
    wrapUp: wrapUpSeconds,
    maxWait: question.maxWaitSeconds,
    capacity: null,
    within: question.withinSeconds,
    talk: 'exponential',
  }
}

function byErlangC({ callsPerHour, ahtSeconds, agents, withinSeconds }: Question): Measures<number> | null {
  if (offeredLoad(callsPerHour, ahtSeconds) >= agents) return null
  const { serviceLevel, meanWait, occupancy, pWait } = erlangC(callsPerHour, ahtSeconds, agents)
  return { serviceLevel: serviceLevel(withinSeconds), asaSeconds: meanWait, abandonment: 0, occupancy, pWait }
}

function byErlangA(question: Question): Measures<number> | null {
  const { callsPerHour, ahtSeconds, agents, patienceSeconds, withinSeconds } = question
  if (patienceSeconds === null) return null
  const { serviceLevel, pAbandon, occupancy, pWait } = erlangA(callsPerHour, ahtSeconds, patienceSeconds, agents)
  const answered = 1 - pAbandon
  return {
    serviceLevel: serviceLevel(withinSeconds),
    // Nobody waits longer than some dozen times the patience, so the integral over what is still to be answered ends.
    asaSeconds: integral(seconds => answered - serviceLevel(seconds), 40 * patienceSeconds) / answered,
    abandonment: pAbandon,
    occupancy,
    pWait,
  }
}

/** From 0 on, by Simpson's rule, of a function that falls to 0: steps are close together where it begins. */
function integral(of: (x: number) => number, end: number): number {
  const STEPS = 400
  let sum = 0
  for (let i = 0; i <= STEPS; i++) {
    const u = i / STEPS
    // x = end·u³, dx = 3·end·u² du
    const weight = i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2
    sum += weight * of(end * u ** 3) * 3 * end * u * u
  }
  return sum / (3 * STEPS)
}

function band(values: readonly number[], most: number): Band {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  const reach = studentT(values.length - 1) * Math.sqrt(variance / values.length)
  return { mean, low: Math.max(0, mean - reach), high: Math.min(most, mean + reach) }
}

/**
 * The 97.5 % quantile of Student's t, for 4 degrees of freedom or more, to a thousandth (Abramowitz and Stegun 26.7.5).
 */
export function studentT(degrees: number): number {
  const z = 1.959964
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3) +
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / (92_160 * degrees ** 4)
  )
}

function check(question: Question): void {
  const { callsPerHour, ahtSeconds, agents, patienceSeconds, withinSeconds, wrapUpSeconds, maxWaitSeconds } = question
  const { runs = 20, callsPerRun = 6000 } = question
  const least = (name: string, value: number | null, bound: number, exclusive = false) => {
    if (value !== null && !(Number.isFinite(value) && (exclusive ? value > bound : value >= bound)))
      throw new RangeError(`${name} must be ${exclusive ? 'more than ' : ''}${bound}${exclusive ? '' : ' or more'}.`)
  }
  const whole = (name: string, value: number, bound: number) => {
    if (!(Number.isSafeInteger(value) && value >= bound))
      throw new RangeError(`${name} must be a whole number of ${bound} or more.`)
  }
  least('callsPerHour', callsPerHour, 0, true)
  least('ahtSeconds', ahtSeconds, 0, true)
  least('patienceSeconds', patienceSeconds, 0, true)
  least('withinSeconds', withinSeconds, 0)
  least('wrapUpSeconds', wrapUpSeconds, 0)
  least('maxWaitSeconds', maxWaitSeconds, 0)
  whole('agents', agents, 1)
  whole('seed', question.seed, 0)
  whole('runs', runs, LEAST_RUNS)
  whole('callsPerRun', callsPerRun, 100)
  if (wrapUpSeconds >= ahtSeconds)
    throw new RangeError('wrapUpSeconds must be less than ahtSeconds, which includes it.')
  const growing = patienceSeconds === null && maxWaitSeconds === null
  if (growing && offeredLoad(callsPerHour, ahtSeconds) >= agents)
    throw new RangeError(
      'There is more work than the agents can do: without patience or maximum wait the line grows forever.',
    )
}
