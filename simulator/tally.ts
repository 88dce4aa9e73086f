/** What became of the calls of one type. Shares are of all that were offered; times in seconds. */
export interface TypeFigures {
  calls: number
  /** Found nobody free who could take them. Counted by what they found, not by whether time passed. */
  pWait: number
  /** Time in the queue of all calls, given-up ones included. */
  meanWait: number
  /** Mean time in the queue of those that were answered. */
  asa: number
  /** Answered within `Scenario.within` seconds. */
  serviceLevel: number
  pAbandon: number
  pOverflow: number
}

export interface Figures extends TypeFigures {
  types: TypeFigures[]
  /** Busy share of the agents' time while calls came in; ringing and wrap-up are busy. */
  occupancy: number
  agentOccupancy: number[]
  /** Squared coefficient of variation of the idle periods; of several agents all are taken together. */
  idleCv2: number
  idlePeriods: number
}

interface Counts {
  calls: number
  waited: number
  waitMs: number
  answered: number
  answeredMs: number
  within: number
  abandoned: number
  overflowed: number
}

/** Counts. Calls are counted by when they arrived, agents' time from the first counted arrival to the last. */
export class Tally {
  private readonly counts: Counts[]
  private readonly withinMs: number
  private readonly busySince: number[]
  private readonly busyMs: number[]
  private readonly idleSince: number[]
  private openedAt = Number.POSITIVE_INFINITY
  private closedAt = Number.POSITIVE_INFINITY
  private idlePeriods = 0
  private idleSum = 0
  private idleSquares = 0

  constructor(types: number, agents: number, withinMs: number) {
    this.counts = Array.from({ length: types }, nothing)
    this.withinMs = withinMs
    this.busySince = new Array<number>(agents).fill(-1)
    this.busyMs = new Array<number>(agents).fill(0)
    this.idleSince = new Array<number>(agents).fill(-1)
  }

  open(now: number): void {
    this.openedAt = now
  }

  close(now: number): void {
    this.closedAt = now
  }

  offered(type: number, waits: boolean): void {
    const counts = this.counts[type]!
    counts.calls++
    if (waits) counts.waited++
  }

  answered(type: number, waitMs: number): void {
    const counts = this.counts[type]!
    counts.waitMs += waitMs
    counts.answered++
    counts.answeredMs += waitMs
    if (waitMs <= this.withinMs) counts.within++
  }

  lost(type: number, how: 'abandoned' | 'overflowed', waitMs: number): void {
    const counts = this.counts[type]!
    counts.waitMs += waitMs
    counts[how]++
  }

  busy(agent: number, now: number): void {
    const since = this.idleSince[agent]!
    if (since >= this.openedAt && now <= this.closedAt) {
      const period = (now - since) / 1000
      this.idlePeriods++
      this.idleSum += period
      this.idleSquares += period * period
    }
    this.idleSince[agent] = -1
    if (this.busySince[agent]! < 0) this.busySince[agent] = now
  }

  /** The agent has nothing left to do. */
  idle(agent: number, now: number): void {
    const since = this.busySince[agent]!
    if (since < 0) return
    this.busyMs[agent]! += this.within(since, now)
    this.busySince[agent] = -1
    this.idleSince[agent] = now
  }

  figures(): Figures {
    const counted = Number.isFinite(this.closedAt) ? this.closedAt - this.openedAt : 0
    // Who was never free again is busy to the end.
    const busy = this.busyMs.map((ms, agent) => {
      const since = this.busySince[agent]!
      return ms + (since < 0 ? 0 : this.within(since, this.closedAt))
    })
    const mean = this.idleSum / this.idlePeriods
    return {
      ...figuresOf(sum(this.counts)),
      types: this.counts.map(figuresOf),
      occupancy: ratio(
        busy.reduce((a, b) => a + b, 0),
        counted * busy.length,
      ),
      agentOccupancy: busy.map(ms => ratio(ms, counted)),
      idleCv2: this.idlePeriods === 0 ? 0 : this.idleSquares / this.idlePeriods / mean ** 2 - 1,
      idlePeriods: this.idlePeriods,
    }
  }

  /** How much of a span lies between opening and closing. */
  private within(from: number, to: number): number {
    return Math.max(0, Math.min(to, this.closedAt) - Math.max(from, this.openedAt))
  }
}

const nothing = (): Counts => ({
  calls: 0,
  waited: 0,
  waitMs: 0,
  answered: 0,
  answeredMs: 0,
  within: 0,
  abandoned: 0,
  overflowed: 0,
})

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

const figuresOf = (counts: Counts): TypeFigures => ({
  calls: counts.calls,
  pWait: ratio(counts.waited, counts.calls),
  meanWait: ratio(counts.waitMs / 1000, counts.calls),
  asa: ratio(counts.answeredMs / 1000, counts.answered),
  serviceLevel: ratio(counts.within, counts.calls),
  pAbandon: ratio(counts.abandoned, counts.calls),
  pOverflow: ratio(counts.overflowed, counts.calls),
})

function sum(all: Counts[]): Counts {
  const total = nothing()
  for (const counts of all) for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key]
  return total
}
