import { onOwnBehalf } from './cause.ts'
import type { Log } from './log.ts'

/**
 * One alarm clock for all deadlines of this process. Deadlines are columns; a timer here only wakes whoever looks at
 * them, so a restart loses nothing.
 */
export interface Alarm {
  /** When something is due in this lane next, milliseconds since the epoch; null: nothing is. */
  set(lane: string, dueAt: number | null): void
  /** Rings for all that is due already, and from then on in time. */
  start(): Promise<void>
  /** For good. */
  stop(): void
}

export interface AlarmMeans {
  log: Log
  ring(lane: string): void
  /** Lanes in which something has been due since before `until`, whoever's alarm it was. */
  overdue(until: Date): Promise<string[]>
  /** Whether other processes have alarms of their own, and may die with them. */
  shared: boolean
  /** How soon another process's missed alarm is noticed, in milliseconds; a second if left out. */
  watchMs?: number | undefined
}

/** Timers of Node end after 24.8 days: nothing is waited for in one piece for longer than this. */
const LONGEST_MS = 24 * 3600_000
const WATCH_MS = 1000
/** Whoever's alarm it is has this long to be first. */
const GRACE_MS = 500

export function createAlarm({ log, ring, overdue, shared, watchMs = WATCH_MS }: AlarmMeans): Alarm {
  const due = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let watch: NodeJS.Timeout | undefined
  let armedFor = Number.POSITIVE_INFINITY
  let stopped = false
  let looking = false
  /** What the clock showed when the timer was set. */
  let armedAt = 0

  function arm(): void {
    const soonest = Math.min(...due.values())
    if (stopped || soonest === armedFor) return
    clearTimeout(timer)
    armedFor = soonest
    armedAt = Date.now()
    if (soonest === Number.POSITIVE_INFINITY) return
    const waitMs = Math.min(LONGEST_MS, Math.max(0, soonest - armedAt))
    // Whoever's request set the alarm has nothing to do with what it wakes.
    timer = onOwnBehalf(() => setTimeout(wake, waitMs))
  }

  function wake(): void {
    armedFor = Number.POSITIVE_INFINITY
    const now = Date.now()
    // The time has passed, whatever a clock shows that was set back meanwhile: everybody looks what is due by it.
    const setBack = now < armedAt
    for (const [lane, at] of due) {
      if (at > now && !setBack) continue
      due.delete(lane)
      ring(lane)
    }
    arm()
  }

  async function lookForMissed(): Promise<void> {
    // Whoever is slow to answer is not asked once more meanwhile: questions would pile up, and calls wait behind them.
    if (looking) return
    looking = true
    try {
      const lanes = await overdue(new Date(Date.now() - GRACE_MS))
      if (!stopped) for (const lane of lanes) ring(lane)
    } catch (error) {
      log.warn({ err: error }, 'what is due could not be looked up; it will be')
    } finally {
      looking = false
    }
  }

  return {
    set(lane, dueAt) {
      if (dueAt === null) due.delete(lane)
      else due.set(lane, dueAt)
      arm()
    },
    async start() {
      // Everything with a deadline, not only what is late: from now on it is this process that wakes for it.
      for (const lane of await overdue(new Date(Date.now() + 100 * 365 * 24 * 3600_000))) ring(lane)
      if (!shared) return
      watch = setInterval(() => void lookForMissed(), watchMs)
      watch.unref()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      clearInterval(watch)
      due.clear()
    },
  }
}
