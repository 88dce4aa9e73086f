import type { CenterEvent } from '../../core/event.ts'
import { createAlarm } from './alarm.ts'
import type { Db } from './db.ts'
import type { StoredEvent } from './eventLog.ts'
import type { Log } from './log.ts'

/**
 * Durable work in the background. What is to be done, and when, stands in the tables; a round does in one workspace
 * whatever is due there. Rounds in one workspace come one after the other, and whoever dies in one, at any point, leaves
 * the rest to the next: so work claims what it does with a lease, where several processes share the database.
 */
export interface Rounds {
  /** There may be something to do here: a round comes. One that is waiting already is not added to. */
  ring(workspaceId: string): void
  /** From now on what is due is done: what was left behind, and what comes. */
  start(): Promise<void>
  /** No round begins any more, and {@link signal} tells the one under way to break off. */
  stop(): void
  /** Resolves when no round is under way or waiting. */
  idle(): Promise<void>
  /** Aborted by `stop`. */
  readonly signal: AbortSignal
}

/** What whoever puts a server together needs to know of work in the background. */
export type Background = Pick<Rounds, 'start' | 'stop' | 'idle'>

export interface RoundsMeans {
  db: Pick<Db, 'onCommitted' | 'shared'>
  log: Log
  /** Does what is due in this workspace, if anything is. Resolves with when something will be next; null: nothing. */
  work(workspaceId: string): Promise<Date | null>
  /** Workspaces in which something is due by then. */
  overdue(until: Date): Promise<string[]>
  /** Whether there may be something to do in a workspace in which this has happened. */
  wakes?(event: CenterEvent): boolean
  /** What is logged of a round that has thrown; another one follows. */
  failed: string
  /** How often it is looked for what other processes have left, in milliseconds. A second if left out. */
  watchMs?: number | undefined
  /** In how many workspaces this process works at once. One if left out. */
  atOnce?: number | undefined
}

/** How long after a round that has thrown there is another one. */
export const AGAIN_MS = 30_000

export function createRounds(means: RoundsMeans): Rounds {
  const { db, log, work, overdue, wakes, failed, watchMs, atOnce = 1 } = means
  const ending = new AbortController()
  const { signal } = ending
  /** Workspaces whose next round has not begun, in the order in which they were rung for. */
  const waiting = new Set<string>()
  const underWay = new Map<string, Promise<void>>()

  const alarm = createAlarm({ log, shared: db.shared, watchMs, overdue, ring })

  function ring(workspaceId: string): void {
    if (signal.aborted || waiting.has(workspaceId)) return
    waiting.add(workspaceId)
    // Not at once: whoever rings is in the middle of something, and may ring again.
    queueMicrotask(begin)
  }

  function begin(): void {
    for (const workspaceId of waiting) {
      if (underWay.size >= atOnce) return
      if (underWay.has(workspaceId)) continue
      // Before it begins: whatever happens from now on is a reason for another round.
      waiting.delete(workspaceId)
      underWay.set(workspaceId, round(workspaceId))
    }
  }

  async function round(workspaceId: string): Promise<void> {
    try {
      alarm.set(workspaceId, (await work(workspaceId))?.getTime() ?? null)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ err: error, workspaceId }, failed)
      alarm.set(workspaceId, Date.now() + AGAIN_MS)
    } finally {
      underWay.delete(workspaceId)
      begin()
    }
  }

  function heed(events: StoredEvent[]): void {
    // Not by the alarm: what it is set to after a look at the tables may be older than this.
    for (const { workspaceId, event } of events) if (wakes?.(event)) ring(workspaceId)
  }

  return {
    ring,
    signal,
    async start() {
      db.onCommitted(heed)
      await alarm.start()
    },
    stop() {
      ending.abort()
      waiting.clear()
      alarm.stop()
    },
    async idle() {
      while (underWay.size + waiting.size > 0) await Promise.all(underWay.values())
    },
  }
}
