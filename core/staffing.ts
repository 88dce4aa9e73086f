/**
 * How many people it takes: the exact steady-state formulas for calls that arrive at random (Poisson) at a constant
 * rate. `offered` is the load in erlangs, calls per second × mean handle time; times are seconds.
 *
 * Sources: Erlang 1917 (B, C); Palm 1957, Garnett, Mandelbaum and Reiman 2002 (A); Baccelli and Hebuterne 1981 (waits
 * under A). All functions throw a RangeError when the input makes no sense.
 */

export interface ErlangC {
  /** Share of callers who wait at all. */
  pWait: number
  /** Mean wait of all callers. */
  meanWait: number
  occupancy: number
  /** Mean number of callers who wait. */
  queueLength: number
  /** Share answered within `seconds`. */
  serviceLevel: (seconds: number) => number
  /** The wait that this share of callers does not exceed. */
  waitOf: (share: number) => number
}

export interface ErlangA {
  pWait: number
  /** Mean wait of all callers, those included who gave up. */
  meanWait: number
  pAbandon: number
  occupancy: number
  queueLength: number
  /** Share of all offered calls that is answered within `seconds`. */
  serviceLevel: (seconds: number) => number
  /** Share of callers whose wait has ended within `seconds`, by an answer or because they gave up. */
  waitEndsWithin: (seconds: number) => number
}

/** The load of `callsPerHour`, each keeping an agent for `handleTime` seconds on average. */
export const offeredLoad = (callsPerHour: number, handleTime: number): number => (callsPerHour * handleTime) / 3600

/** Erlang B: the share of calls turned away when nobody waits. Holds for any distribution of the handle time. */
export function erlangB(offered: number, agents: number): number {
  check(offered >= 0 && Number.isFinite(offered), 'The load must be 0 or more.')
  checkAgents(agents)
  let blocking = 1
  for (let k = 1; k <= agents; k++) blocking = (offered * blocking) / (k + offered * blocking)
  return blocking
}

/** Erlang C: everybody waits as long as it takes. Throws when the load is more than the agents can handle. */
export function erlangC(callsPerHour: number, handleTime: number, agents: number): ErlangC {
  checkRates(callsPerHour, handleTime, agents)
  const offered = offeredLoad(callsPerHour, handleTime)
  check(offered < agents, 'Without giving up, the line grows forever: the load must be less than the number of agents.')
  const blocking = erlangB(offered, agents)
  const pWait = (agents * blocking) / (agents - offered * (1 - blocking))
  /** How fast the wait of those who wait comes to its end, per second. */
  const drain = (agents - offered) / handleTime
  const meanWait = pWait / drain
  return {
    pWait,
    meanWait,
    occupancy: offered / agents,
    queueLength: (callsPerHour / 3600) * meanWait,
    serviceLevel: seconds => 1 - pWait * Math.exp(-drain * seconds),
    waitOf: share => (1 - share >= pWait ? 0 : Math.log(pWait / (1 - share)) / drain),
  }
}

/**
 * Erlang A: callers give up after an exponentially distributed patience of mean `patience` seconds.
 *
 * The service level is exact. What many calculators print treats every departure from the queue as one more agent's
 * (rate nμ + θ instead of nμ + iθ) and is off by 0.4 to 1.7 points.
 */
export function erlangA(callsPerHour: number, handleTime: number, patience: number, agents: number): ErlangA {
  checkRates(callsPerHour, handleTime, agents)
  check(patience > 0 && Number.isFinite(patience), 'The patience must be more than 0.')
  const arrivals = callsPerHour / 3600
  const giveUp = 1 / patience
  const drain = agents / handleTime
  const { waiting, idleBefore } = waitingStates(arrivals, drain, giveUp, offeredLoad(callsPerHour, handleTime), agents)

  const pWait = waiting.reduce((total, share) => total + share, 0)
  const queueLength = waiting.reduce((total, share, behind) => total + behind * share, 0)
  const pAbandon = (giveUp * queueLength) / arrivals
  return {
    pWait,
    meanWait: queueLength / arrivals,
    pAbandon,
    occupancy: (offeredLoad(callsPerHour, handleTime) * (1 - pAbandon)) / agents,
    queueLength,
    serviceLevel: seconds => 1 - pWait + servedWithin(seconds, waiting, drain, giveUp),
    // Nobody still waits after t who is both patient enough and would have had to wait longer.
    waitEndsWithin: seconds =>
      1 - Math.exp(-giveUp * seconds) * offeredWaitBeyond(seconds, arrivals, drain, giveUp, idleBefore),
  }
}

/** The fewest agents that answer this share of calls within so many seconds; patience null: nobody gives up. */
export function agentsNeeded(
  callsPerHour: number,
  handleTime: number,
  patience: number | null,
  target: { share: number; within: number },
): number {
  check(target.share >= 0 && target.share < 1, 'The share must be at least 0 and less than 1.')
  check(target.within >= 0, 'The time must be 0 or more.')
  const least = patience === null ? Math.floor(offeredLoad(callsPerHour, handleTime)) + 1 : 1
  const level = (agents: number) =>
    (patience === null
      ? erlangC(callsPerHour, handleTime, agents)
      : erlangA(callsPerHour, handleTime, patience, agents)
    ).serviceLevel(target.within)
  let high = least
  while (level(high) < target.share) high *= 2
  let low = least
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (level(middle) < target.share) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * How likely it is that all agents are busy and 0, 1, 2, … callers wait; and that exactly one agent is free.
 * Counted from "all busy" outwards in both directions, so that nothing over- or underflows however large the center.
 */
function waitingStates(arrivals: number, drain: number, giveUp: number, offered: number, agents: number) {
  const waiting = [1]
  let total = 1
  let last = 1
  // Beyond the peak the shares fall faster than geometrically; what is left out is below the precision of a double.
  for (let behind = 1; last > 1e-18 * total || arrivals > drain + behind * giveUp; behind++) {
    last *= arrivals / (drain + behind * giveUp)
    waiting.push(last)
    total += last
  }
  let busy = 1
  let idleBefore = 0
  for (let free = 1; free <= agents; free++) {
    busy *= (agents - free + 1) / offered
    if (free === 1) idleBefore = busy
    total += busy
  }
  return { waiting: waiting.map(share => share / total), idleBefore: idleBefore / total }
}

/**
 * A caller with j others before it is served within t with probability P(served | j) · I(1 − e^(−θt); j + 1, nμ/θ + 1).
 * The incomplete beta function falls from one j to the next by a term of the binomial kind:
 * I(x; a + 1, b) = I(x; a, b) − xᵃ(1 − x)ᵇ / (a·B(a, b)).
 */
function servedWithin(seconds: number, waiting: number[], drain: number, giveUp: number): number {
  if (seconds <= 0) return 0
  const x = -Math.expm1(-giveUp * seconds)
  const b = drain / giveUp + 1
  // I(x; 1, b) = 1 − (1 − x)ᵇ, and (1 − x) = e^(−θt).
  const power = Math.exp(-giveUp * seconds * b)
  let within = -Math.expm1(-giveUp * seconds * b)
  let term = power * b * x
  let total = 0
  waiting.forEach((share, before) => {
    const served = drain / (drain + (before + 1) * giveUp)
    total += share * served * within
    within = Math.max(0, within - term)
    const a = before + 1
    term *= (x * (a + b)) / (a + 1)
  })
  return total
}

/**
 * P(a caller of endless patience would wait longer than t), by integrating the density of the offered wait
 * v(x) = λ·π(one agent free)·exp((λ/θ)(1 − e^(−θx)) − nμx) from t on, with Simpson's rule in steps that halve until two
 * agree to 12 digits.
 */
function offeredWaitBeyond(t: number, arrivals: number, drain: number, giveUp: number, idleBefore: number): number {
  const density = (x: number) =>
    arrivals * idleBefore * Math.exp((arrivals / giveUp) * -Math.expm1(-giveUp * x) - drain * x)
  let end = t + 1 / drain
  const peak = density(Math.max(t, Math.log(Math.max(1, arrivals / drain)) / giveUp))
  while (density(end) > 1e-18 * Math.max(peak, Number.MIN_VALUE)) end = t + 2 * (end - t)
  let before = Number.NaN
  for (let steps = 256; steps <= 2 ** 20; steps *= 2) {
    const width = (end - t) / steps
    let sum = density(t) + density(end)
    for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(t + i * width)
    const area = (sum * width) / 3
    if (Math.abs(area - before) <= 1e-12 * Math.abs(area)) return area
    before = area
  }
  return before
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new RangeError(message)
}

function checkAgents(agents: number): void {
  check(Number.isInteger(agents) && agents >= 0, 'The number of agents must be whole and 0 or more.')
}

function checkRates(callsPerHour: number, handleTime: number, agents: number): void {
  check(callsPerHour > 0 && Number.isFinite(callsPerHour), 'The calls per hour must be more than 0.')
  check(handleTime > 0 && Number.isFinite(handleTime), 'The handle time must be more than 0.')
  checkAgents(agents)
  check(agents >= 1, 'There must be at least one agent.')
}
