import type { Media } from './action.ts'
import type { Skills } from './agent.ts'

/**
 * Who of the agents that could take a call is asked.
 *
 * - `longest-idle`: who has been free for the longest stretch (see `agent.ts`).
 * - `most-idle`: who has been free for the longest time in all during the shift.
 * - `round-robin`: the next in the list after the one asked last. Who was passed over for want of a skill goes first
 *   at the next call it can take.
 * - `in-order`: the first in the list who is free.
 * - `fewest-calls`: who has taken the fewest calls in the shift; of several, the longest idle. It is not fair between
 *   agents of unequal speed: the slow ones are always chosen.
 * - `skill-based`: whose levels of the required skills add up highest; of several, the longest idle.
 * - `ring-all`: everybody at once; the first to accept takes the call.
 */
export type Strategy =
  | 'longest-idle'
  | 'most-idle'
  | 'round-robin'
  | 'in-order'
  | 'fewest-calls'
  | 'skill-based'
  | 'ring-all'

export const STRATEGIES: readonly Strategy[] = [
  'longest-idle',
  'most-idle',
  'round-robin',
  'in-order',
  'fewest-calls',
  'skill-based',
  'ring-all',
]

/**
 * Where a call goes that may not wait (any longer).
 *
 * - `callback`: the caller is offered to be called back; the place in line is kept.
 * - `message`: it is told this, and the call ends.
 */
export type Overflow =
  | { type: 'voicemail' }
  | { type: 'queue'; queueId: string }
  | { type: 'number'; number: string }
  | { type: 'callback' }
  | { type: 'message'; text: string }
  | { type: 'hangUp' }

/** What a waiting caller is told, and how often. */
export interface Announcements {
  position: boolean
  /** The estimated wait, in honest classes; nothing is said where nothing can be known. */
  wait: boolean
  everyMs: number
}

/** Keys that end the wait; null: not offered. */
export interface WaitKeys {
  voicemail: string | null
  callback: string | null
}

/** From `afterMs` of waiting on, these levels are enough; level 0: the skill is no longer asked for. */
export interface RelaxationStep {
  afterMs: number
  lower: Skills
}

/** How calls wait and who takes them. All spans are milliseconds. */
export interface QueueSettings {
  id: string
  name: string
  strategy: Strategy
  /** The agents of the queue, in the order that `in-order` and `round-robin` follow. */
  agents: readonly string[]
  /** Least level per skill that every call of this queue asks for. */
  requires: Skills
  /** By rising `afterMs`. */
  relaxation: readonly RelaxationStep[]
  /** Added to each call's own; higher goes first. */
  priority: number
  /**
   * How much waiting one level of priority is worth: a call of priority 1 goes before one of priority 0 that has waited
   * up to this much longer. It bounds how long anybody can be overtaken, and keeps the order static: nobody's place
   * changes by the mere passing of time.
   */
  priorityWorthMs: number
  /** How long a call waits for its preferred agent before everybody else may take it; 0: it is only asked first. */
  preferredHoldMs: number
  /** Overflow after this much waiting; null: never. */
  maxWaitMs: number | null
  /** Overflow when this many callers wait already; 0: nobody waits, null: no bound. */
  maxLength: number | null
  ringMs: number
  wrapUpMs: number
  /** Whether an agent who lets it ring out is taken out of the line until it says otherwise. */
  afterMissed: 'away' | 'stay'
  overflow: Overflow
  /** Whether it takes calls at all: one that does not is as if closed. */
  enabled: boolean
  /** When it is open; null: always. */
  hoursId: string | null
  /** Where calls go while it is closed. */
  afterHours: Overflow
  music: Media
  announcements: Announcements
  waitKeys: WaitKeys
  /** Whether a known contact is first offered to whom it spoke with last. */
  stickyAgent: boolean
  /** Whether conversations are recorded, where the recording is ours. */
  recording: boolean
  /** Whether agents are told that somebody listens. */
  supervisionVisible: boolean
  /** The aim: this share of calls, in percent, is answered within this time. */
  serviceLevel: { withinMs: number; percent: number }
}

/** A queue as it is before anybody has set anything. */
export function newQueue(id: string, name: string): QueueSettings {
  return {
    id,
    name,
    strategy: 'longest-idle',
    agents: [],
    requires: {},
    relaxation: [],
    priority: 0,
    priorityWorthMs: 5 * 60_000,
    preferredHoldMs: 0,
    maxWaitMs: null,
    maxLength: null,
    ringMs: 20_000,
    wrapUpMs: 0,
    afterMissed: 'away',
    overflow: { type: 'voicemail' },
    enabled: true,
    hoursId: null,
    afterHours: { type: 'voicemail' },
    music: 'hold-music',
    announcements: { position: true, wait: true, everyMs: 60_000 },
    waitKeys: { voicemail: null, callback: null },
    stickyAgent: false,
    recording: true,
    supervisionVisible: true,
    serviceLevel: { withinMs: 20_000, percent: 80 },
  }
}

/** Everything that is wrong with the settings, in sentences; empty when they can be used. */
export function queueProblems(queue: QueueSettings): string[] {
  const problems: string[] = []
  const span = (name: string, value: number | null) => {
    if (value !== null && !(Number.isFinite(value) && value >= 0)) problems.push(`${name} must be 0 or more.`)
  }
  span('preferredHoldMs', queue.preferredHoldMs)
  span('maxWaitMs', queue.maxWaitMs)
  span('ringMs', queue.ringMs)
  span('wrapUpMs', queue.wrapUpMs)
  span('priorityWorthMs', queue.priorityWorthMs)
  if (queue.maxLength !== null && !(Number.isInteger(queue.maxLength) && queue.maxLength >= 0))
    problems.push('maxLength must be a whole number of 0 or more.')
  if (!Number.isFinite(queue.priority)) problems.push('priority must be a number.')
  if (!STRATEGIES.includes(queue.strategy)) problems.push(`There is no strategy “${queue.strategy}”.`)
  if (new Set(queue.agents).size < queue.agents.length) problems.push('An agent is in the list twice.')
  for (const [skill, level] of Object.entries(queue.requires))
    if (!(Number.isInteger(level) && level >= 1)) problems.push(`The level of “${skill}” must be 1 or more.`)
  queue.relaxation.forEach((step, index) => {
    span(`relaxation ${index + 1}`, step.afterMs)
    if (index > 0 && step.afterMs <= queue.relaxation[index - 1]!.afterMs)
      problems.push(`Relaxation ${index + 1} must come after the one before it.`)
    for (const [skill, level] of Object.entries(step.lower))
      if (!(Number.isInteger(level) && level >= 0))
        problems.push(`Relaxation ${index + 1}: the level of “${skill}” must be 0 or more.`)
  })
  if (queue.overflow.type === 'queue' && queue.overflow.queueId === queue.id)
    problems.push('A queue cannot overflow into itself.')
  return problems
}

/**
 * What a call asks for after this many steps of relaxation: the higher of what the queue and the call itself ask for,
 * then lowered step by step. Skills come in alphabetical order, so that equal requirements look equal.
 */
export function requirement(queue: QueueSettings, own: Skills, steps: number): Skills {
  const levels = new Map(Object.entries(queue.requires))
  for (const [skill, level] of Object.entries(own)) levels.set(skill, Math.max(level, levels.get(skill) ?? 0))
  for (const step of queue.relaxation.slice(0, steps))
    for (const [skill, level] of Object.entries(step.lower))
      if (levels.has(skill)) levels.set(skill, Math.min(level, levels.get(skill)!))
  return Object.fromEntries([...levels].filter(([, level]) => level > 0).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** How many steps of relaxation hold for a call that has waited since then. */
export function stepsAt(queue: QueueSettings, enqueuedAt: number, now: number): number {
  let steps = 0
  // Compared as points in time, as alarms are: a difference of fractions could round to just below the step.
  while (steps < queue.relaxation.length && enqueuedAt + queue.relaxation[steps]!.afterMs <= now) steps++
  return steps
}

/** 0 where the skill is not there. */
export const levelOf = (skills: Skills, skill: string): number => (Object.hasOwn(skills, skill) ? skills[skill]! : 0)

/** Whether these skills are enough. */
export function meets(skills: Skills, requires: Skills): boolean {
  return Object.entries(requires).every(([skill, level]) => levelOf(skills, skill) >= level)
}

/**
 * A call's place in the line; the lowest goes first. It is fixed on arrival: a call that comes back from a missed offer
 * stands where it stood.
 */
export const placeInLine = (queue: QueueSettings, priority: number, enqueuedAt: number): number =>
  enqueuedAt - (queue.priority + priority) * queue.priorityWorthMs
