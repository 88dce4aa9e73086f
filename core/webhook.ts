import type { EventType } from './event.ts'

/** What an endpoint can choose to be told of, and which events of the log tell it. */
export const WEBHOOKS = {
  'call.status_update': ['call.arrived', 'call.status_changed', 'call.logged'],
  'call.assigned': ['call.assigned'],
  'call.disposed': ['call.disposed'],
  'recording.completed': ['recording.completed'],
  'recording.transcribed': ['recording.transcribed'],
  'voicemail.left': ['voicemail.left'],
  'callback.promised': ['callback.promised'],
  'contact.created': ['contact.created'],
  'contact.updated': ['contact.updated'],
  'contact.deleted': ['contact.deleted'],
  'contact.merged': ['contact.merged'],
  'contact.imported': ['contact.imported'],
  'request.created': ['request.created'],
  'request.updated': ['request.updated'],
} as const satisfies Record<string, readonly EventType[]>

export type WebhookType = keyof typeof WEBHOOKS
export const WEBHOOK_TYPES = Object.keys(WEBHOOKS) as WebhookType[]

/** The type of what somebody sends to see whether an endpoint is there. Nobody subscribes to it. */
export const TEST_TYPE = 'webhook.test'

const TOLD_BY = new Map<string, WebhookType>(
  WEBHOOK_TYPES.flatMap(type => WEBHOOKS[type].map((event): [string, WebhookType] => [event, type])),
)

/** What endpoints are told when this has happened; null: nothing. */
export const webhookTypeOf = (event: string): WebhookType | null => TOLD_BY.get(event) ?? null

/** How long an endpoint is tried again, from the first attempt on. */
export const GIVE_UP_AFTER_MS = 24 * 3600_000

const SHORTEST_MS = 5000
const LONGEST_MS = 4 * 3600_000
/** By so much of itself a wait is shorter or longer, so that what failed together does not come back together. */
const JITTER = 0.2

/**
 * When an attempt that has failed is followed by another one; null: never. Waits are twice as long as it has been failing
 * already: 5 s, 10 s, 30 s, 90 s, 5 min, … 4 hours. The last attempt is made when {@link GIVE_UP_AFTER_MS} have passed.
 * Times are milliseconds since the epoch.
 *
 * @param firstAt when the first attempt was made.
 * @param retryAfterMs how long the endpoint has asked to be left alone; 0: it has not.
 * @param random from 0 up to, not including, 1.
 */
export function nextAttemptAt(failed: {
  firstAt: number
  now: number
  retryAfterMs: number
  random: number
}): number | null {
  const { firstAt, now, retryAfterMs, random } = failed
  const last = firstAt + GIVE_UP_AFTER_MS
  if (now >= last) return null
  const wait = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, 2 * (now - firstAt)))
  return Math.min(last, now + Math.max(Math.round(wait * (1 - JITTER + 2 * JITTER * random)), retryAfterMs))
}
