import type { Db } from './db.ts'
import { readEvents, readHeads, type StoredEvent } from './eventLog.ts'
import type { Log } from './log.ts'

const CHANNEL = 'ringside_events'
const BATCH = 500
/** Only a safety net for a wake-up lost between another process's commit and its notification. */
const SAFETY_NET_MS = 5000

/**
 * Brings the committed event log to everybody in this process who follows it: in order, without gaps, once. A commit
 * of this process is passed on from memory; what other processes commit is read from the log when they say so.
 */
export interface Feed {
  /** `listener` is called with every event of every workspace that somebody here follows, in order per workspace. */
  onEvent(listener: (event: StoredEvent) => void): void
  /**
   * Hands `deliver` what came after `since`, then calls `live` at the very moment at which nothing lies between what was
   * delivered and what {@link onEvent} says next. With `since` null, nothing is delivered and life begins now.
   * Stops early, without `live`, as soon as `deliver` returns false.
   *
   * @returns the sequence number up to which the caller is informed, or null if it stopped early.
   */
  catchUp(
    workspaceId: string,
    since: number | null,
    deliver: (event: StoredEvent) => boolean | undefined | Promise<boolean | undefined>,
    live: (seq: number) => void,
  ): Promise<number | null>
  start(): Promise<void>
  stop(): void
}

export function createFeed(db: Db, log: Log): Feed {
  const listeners: ((event: StoredEvent) => void)[] = []
  /** How far each followed workspace has been passed on. */
  const passedOn = new Map<string, number>()
  const reading = new Map<string, Promise<void>>()
  const announced = new Map<string, number>()
  let announcing = false
  let safetyNet: NodeJS.Timeout | undefined

  function pass(event: StoredEvent): void {
    passedOn.set(event.workspaceId, event.seq)
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        log.error({ err: error, seq: event.seq, type: event.event.type }, 'a reader of the event log failed')
      }
    }
  }

  function committed(events: StoredEvent[]): void {
    const { workspaceId, seq } = events[0]!
    const known = passedOn.get(workspaceId)
    if (known !== undefined) {
      if (seq === known + 1) for (const event of events) pass(event)
      else if (seq > known) void readUp(workspaceId)
    }
    if (db.shared) announce(workspaceId, events.at(-1)!.seq)
  }

  /** Passes on what the log has and we have not; one reader per workspace at a time. */
  function readUp(workspaceId: string): Promise<void> {
    const running = reading.get(workspaceId)
    // What was committed after that reader looked still has to be read.
    const run = (running ?? Promise.resolve()).then(async () => {
      for (;;) {
        const known = passedOn.get(workspaceId)
        if (known === undefined) return
        const events = await db.asSystem(sql => readEvents(sql, workspaceId, known, BATCH))
        for (const event of events) if (event.seq === passedOn.get(workspaceId)! + 1) pass(event)
        if (events.length < BATCH) return
      }
    })
    const guarded = run
      .catch(error => log.warn({ err: error }, 'the event log could not be read; it will be'))
      .finally(() => {
        if (reading.get(workspaceId) === guarded) reading.delete(workspaceId)
      })
    reading.set(workspaceId, guarded)
    return guarded
  }

  /** Tells the other processes, in a statement of its own after commit: inside the transaction it would serialise all commits. */
  function announce(workspaceId: string, seq: number): void {
    announced.set(workspaceId, seq)
    if (announcing) return
    announcing = true
    void (async () => {
      while (announced.size > 0) {
        const payloads = [...announced].map(([id, head]) => `${id}:${head}`)
        announced.clear()
        await db.notify(CHANNEL, payloads).catch(error => log.warn({ err: error }, 'could not notify other processes'))
      }
      announcing = false
    })()
  }

  async function readAllUp(): Promise<void> {
    const heads = await db.asSystem(sql => readHeads(sql, [...passedOn.keys()]))
    for (const [workspaceId, head] of heads) if (head > passedOn.get(workspaceId)!) await readUp(workspaceId)
  }

  return {
    onEvent: listener => void listeners.push(listener),
    async catchUp(workspaceId, since, deliver, live) {
      if (!passedOn.has(workspaceId)) {
        const head = (await db.asSystem(sql => readHeads(sql, [workspaceId]))).get(workspaceId) ?? 0
        if (!passedOn.has(workspaceId)) {
          passedOn.set(workspaceId, head)
          // A commit between that read and now was not passed on, for nobody followed yet.
          await readUp(workspaceId)
        }
      }
      const passed = () => passedOn.get(workspaceId)!
      // Another process has told it of what this one is about to hear of.
      if (since !== null && since > passed()) await readUp(workspaceId)
      let seen = Math.min(since ?? passed(), passed())
      while (seen < passed()) {
        const events = await db.asSystem(sql => readEvents(sql, workspaceId, seen, BATCH))
        for (const event of events) {
          // The log may already hold what has not been passed on: that will come by itself.
          if (event.seq > passed()) break
          if ((await deliver(event)) === false) return null
          seen = event.seq
        }
        if (events.length === 0) break
      }
      live(seen)
      return seen
    },
    async start() {
      db.onCommitted(committed)
      if (!db.shared) return
      const reportFailure = (error: unknown) => log.warn({ err: error }, 'the event log could not be read; it will be')
      await db.listen(
        CHANNEL,
        payload => {
          const workspaceId = payload.slice(0, 36)
          const known = passedOn.get(workspaceId)
          if (known !== undefined && Number(payload.slice(37)) > known) void readUp(workspaceId)
        },
        () => void readAllUp().catch(reportFailure),
      )
      safetyNet = setInterval(() => {
        if (passedOn.size > 0) void readAllUp().catch(reportFailure)
      }, SAFETY_NET_MS)
      safetyNet.unref()
    },
    stop: () => clearInterval(safetyNet),
  }
}
