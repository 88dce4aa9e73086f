/** How long recordings are kept, in days: those of a queue, where it has a rule of its own, else those of the workspace. */
export interface RetentionRules {
  days: number
  /** By queue id. */
  byQueue: Readonly<Record<string, number>>
}

export const RETENTION_DAYS = { least: 30, most: 365 }

const DAY_MS = 24 * 3600_000

/** Of a call that has been in this queue last; null: in none. */
export const daysKept = ({ days, byQueue }: RetentionRules, queueId: string | null): number =>
  queueId !== null && Object.hasOwn(byQueue, queueId) ? byQueue[queueId]! : days

/**
 * Recordings that ended before this are too old at `now`, by queue; `null` is for all other queues, and for none. Epoch
 * milliseconds, as ISO 8601.
 */
export const cutoffs = (rules: RetentionRules, now: number): { queueId: string | null; before: string }[] =>
  [null, ...Object.keys(rules.byQueue)].map(queueId => ({
    queueId,
    before: new Date(now - daysKept(rules, queueId) * DAY_MS).toISOString(),
  }))
