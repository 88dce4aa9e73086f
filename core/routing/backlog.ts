import { stepsAt } from '../queue.ts'
import type { Desk } from './desk.ts'
import { type Entry, hasPassed } from './entry.ts'
import { before, Heap, type Ranked } from './heap.ts'
import { Heaps } from './heaps.ts'

/** When waiting alone changes what becomes of a call. */
interface Alarm extends Ranked {
  entry: Entry
}

/**
 * The calls that wait, in the order in which they are taken: those for anybody by kind, those for one agent alone by
 * that agent.
 */
export class Backlog {
  private readonly forAnybody = new Heaps<Entry>()
  /** Calls held for their preferred agent, by its id. */
  private readonly held = new Map<string, Heap<Entry>>()
  /** Calls that are to be held for an agent whenever it can take them, by its id. */
  private readonly asking = new Map<string, Set<Entry>>()
  private readonly byQueue = new Map<string, Set<Entry>>()
  private readonly alarms = new Heap<Alarm>()
  private readonly alarmOf = new Map<Entry, Alarm>()

  /** `holder`: for whom alone it waits; null: for anybody. */
  add(entry: Entry, holder: Desk | null, now: number): void {
    const { preferredAgentId, queueId } = entry.call
    into(this.byQueue, queueId).add(entry)
    if (preferredAgentId !== null && entry.line.settings.preferredHoldMs > 0)
      into(this.asking, preferredAgentId).add(entry)
    if (holder === null) {
      entry.state = 'waiting'
      this.forAnybody.push(entry.kind.number, entry)
    } else {
      entry.state = 'held'
      const heap = this.held.get(holder.profile.id) ?? new Heap()
      this.held.set(holder.profile.id, heap)
      heap.push(entry)
    }
    this.setAlarm(entry, now)
  }

  /** The entry must be in here. */
  remove(entry: Entry): void {
    const { preferredAgentId, queueId } = entry.call
    this.byQueue.get(queueId)!.delete(entry)
    if (preferredAgentId !== null) this.asking.get(preferredAgentId)?.delete(entry)
    if (entry.state === 'held') this.held.get(preferredAgentId!)!.remove(entry)
    else this.forAnybody.remove(entry.kind.number, entry)
    const alarm = this.alarmOf.get(entry)
    if (alarm === undefined) return
    this.alarms.remove(alarm)
    this.alarmOf.delete(entry)
  }

  /** The first in line that this agent can take and has not passed up. */
  firstFor(desk: Desk): Entry | undefined {
    const { kinds } = desk.group
    let first = this.forAnybody.firstIn(kinds)
    if (first !== undefined && hasPassed(first, desk))
      first = this.forAnybody.bestIn(kinds, entry => !hasPassed(entry, desk))
    const held = this.held.get(desk.profile.id)?.bestOf(entry => !hasPassed(entry, desk))
    return held !== undefined && (first === undefined || before(held, first)) ? held : first
  }

  /** When {@link takeDue} has something to take next; null: never. */
  dueAt(): number | null {
    return this.alarms.first()?.key ?? null
  }

  /** Takes out the calls of which less is asked from now on, or which are no longer held: they look anew. */
  takeDue(now: number): readonly Entry[] {
    if ((this.dueAt() ?? Number.POSITIVE_INFINITY) > now) return NOTHING
    const due: Entry[] = []
    for (let alarm = this.alarms.first(); alarm !== undefined && alarm.key <= now; alarm = this.alarms.first()) {
      due.push(alarm.entry)
      this.remove(alarm.entry)
    }
    return due
  }

  heldFor(agentId: string): readonly Entry[] {
    return this.held.get(agentId)?.all() ?? []
  }

  /** Calls for anybody that prefer this agent and would be held for it. What is due is left out: it looks anew anyway. */
  askingFor(agentId: string, now: number): Entry[] {
    const isDue = (entry: Entry) => (this.alarmOf.get(entry)?.key ?? Number.POSITIVE_INFINITY) <= now
    return [...(this.asking.get(agentId) ?? [])].filter(entry => entry.state === 'waiting' && !isDue(entry))
  }

  /** In no particular order. */
  inQueue(queueId: string): ReadonlySet<Entry> {
    return this.byQueue.get(queueId) ?? NOBODY
  }

  private setAlarm(entry: Entry, now: number): void {
    const { settings } = entry.line
    const { enqueuedAt } = entry.call
    const step = settings.relaxation[stepsAt(settings, enqueuedAt, now)]
    const relaxes = step === undefined ? Number.POSITIVE_INFINITY : enqueuedAt + step.afterMs
    const key = entry.state === 'held' ? Math.min(relaxes, enqueuedAt + settings.preferredHoldMs) : relaxes
    if (key === Number.POSITIVE_INFINITY) return
    const alarm: Alarm = { key, second: entry.key, order: entry.order, at: -1, entry }
    this.alarmOf.set(entry, alarm)
    this.alarms.push(alarm)
  }
}

const NOTHING: readonly Entry[] = []
const NOBODY: ReadonlySet<Entry> = new Set()

function into(sets: Map<string, Set<Entry>>, id: string): Set<Entry> {
  const known = sets.get(id) ?? new Set()
  sets.set(id, known)
  return known
}
