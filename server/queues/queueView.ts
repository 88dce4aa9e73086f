import type { Queue } from '../../client/contract.ts'
import type { Overflow, QueueSettings } from '../../core/queue.ts'
import type { StoredQueue } from './queueStore.ts'

const toSeconds = (ms: number): number => Math.round(ms / 1000)
const toMs = (seconds: number): number => seconds * 1000

/** What the outside sees of a queue: spans in whole seconds. */
export const queueView = ({ settings, displayName, agents, number, waiting }: StoredQueue): Queue => ({
  id: settings.id,
  name: settings.name,
  displayName,
  number,
  agents,
  waiting,
  strategy: settings.strategy,
  requires: settings.requires,
  relaxation: settings.relaxation.map(({ afterMs, lower }) => ({ afterSeconds: toSeconds(afterMs), lower })),
  priority: settings.priority,
  priorityWorthSeconds: toSeconds(settings.priorityWorthMs),
  preferredHoldSeconds: toSeconds(settings.preferredHoldMs),
  stickyAgent: settings.stickyAgent,
  recording: settings.recording,
  supervisionVisible: settings.supervisionVisible,
  maxWaitSeconds: settings.maxWaitMs === null ? null : toSeconds(settings.maxWaitMs),
  maxLength: settings.maxLength,
  ringSeconds: toSeconds(settings.ringMs),
  wrapUpSeconds: toSeconds(settings.wrapUpMs),
  afterMissed: settings.afterMissed,
  overflow: settings.overflow,
  enabled: settings.enabled,
  hoursId: settings.hoursId,
  afterHours: settings.afterHours,
  music: settings.music,
  announcements: {
    position: settings.announcements.position,
    wait: settings.announcements.wait,
    everySeconds: toSeconds(settings.announcements.everyMs),
  },
  waitKeys: settings.waitKeys,
  serviceLevel: {
    withinSeconds: toSeconds(settings.serviceLevel.withinMs),
    percent: settings.serviceLevel.percent,
  },
})

/** {@link queueView} backwards. Ids are compared as text from here on, so their letters are small. */
export const settingsOf = (queue: Queue): QueueSettings => ({
  id: queue.id,
  name: queue.name,
  strategy: queue.strategy,
  agents: queue.agents.map(agent => agent.id.toLowerCase()),
  requires: queue.requires,
  relaxation: queue.relaxation.map(({ afterSeconds, lower }) => ({ afterMs: toMs(afterSeconds), lower })),
  priority: queue.priority,
  priorityWorthMs: toMs(queue.priorityWorthSeconds),
  preferredHoldMs: toMs(queue.preferredHoldSeconds),
  maxWaitMs: queue.maxWaitSeconds === null ? null : toMs(queue.maxWaitSeconds),
  maxLength: queue.maxLength,
  ringMs: toMs(queue.ringSeconds),
  wrapUpMs: toMs(queue.wrapUpSeconds),
  afterMissed: queue.afterMissed,
  overflow: overflowOf(queue.overflow),
  enabled: queue.enabled,
  hoursId: queue.hoursId?.toLowerCase() ?? null,
  afterHours: overflowOf(queue.afterHours),
  music: queue.music as QueueSettings['music'],
  announcements: {
    position: queue.announcements.position,
    wait: queue.announcements.wait,
    everyMs: toMs(queue.announcements.everySeconds),
  },
  waitKeys: queue.waitKeys,
  stickyAgent: queue.stickyAgent,
  recording: queue.recording,
  supervisionVisible: queue.supervisionVisible,
  serviceLevel: { withinMs: toMs(queue.serviceLevel.withinSeconds), percent: queue.serviceLevel.percent },
})

const overflowOf = (overflow: Queue['overflow']): Overflow =>
  overflow.type === 'queue' ? { ...overflow, queueId: overflow.queueId.toLowerCase() } : overflow
