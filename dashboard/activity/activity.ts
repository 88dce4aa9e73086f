import type { z } from 'zod'
import type { CenterEvent } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import type { Pages } from '../live/pages.ts'

export const KINDS = ['all', 'call', 'request', 'contact', 'user', 'api_key'] as const
export type Kind = (typeof KINDS)[number]

type Entry = z.infer<typeof CenterEvent>

export function activityAfter(activity: Pages<Entry>, event: LiveEvent, kind: Kind): Pages<Entry> {
  const [first, ...rest] = activity.pages
  if (!first || (kind !== 'all' && event.type.split('.')[0] !== kind)) return activity
  if (first.items.some(({ seq }) => seq >= event.seq)) return activity
  return { ...activity, pages: [{ ...first, items: [{ ...event }, ...first.items] }, ...rest] }
}
