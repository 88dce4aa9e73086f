import { z } from 'zod'
import type { CrmBusinessHours, CrmDepartment, updateDepartment } from '../../client/contract.ts'
import type { Interval, WeeklyInterval } from '../../core/hours.ts'
import type { Overflow, QueueSettings } from '../../core/queue.ts'
import type { StoredHours } from '../hours/hoursStore.ts'
import type { FieldProblem } from '../platform/refusal.ts'
import type { QueueFields } from '../queues/queueChange.ts'
import type { StoredQueue } from '../queues/queueStore.ts'
import { mediaUrl } from '../telephony/mediaRoutes.ts'
import { personRef } from './crmCallView.ts'

/** What can be said of a department; what is undefined is left as it is. */
export type DepartmentFields = Omit<z.output<NonNullable<(typeof updateDepartment)['body']>>, 'queue_id'>

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

/** A queue as CRM systems know it. `timeZone`: the workspace's; `base`: where recordings of ours are fetched from. */
export function departmentView(
  { settings, displayName, number, agents, waiting }: StoredQueue,
  { hours: all, timeZone }: { hours: ReadonlyMap<string, StoredHours>; timeZone: string },
  base: string,
): CrmDepartment {
  const hours = all.get(settings.hoursId ?? '') ?? null
  return {
    id: settings.id,
    queue_id: settings.id,
    name: settings.name,
    display_name: displayName,
    phone_number: number,
    routing_strategy: settings.strategy,
    business_hours: hours && openingsOf(hours.weekly),
    time_zone: hours?.timeZone ?? timeZone,
    max_wait_time: settings.maxWaitMs === null ? null : Math.round(settings.maxWaitMs / 1000),
    music_url: settings.music === 'hold-music' ? null : mediaUrl(base, settings.music),
    ...afterHoursView(settings.afterHours),
    enabled: settings.enabled,
    agents: agents.map(personRef),
    waiting_calls: waiting,
  }
}

/** One opening as such, several of a day as a list. */
export function openingsOf(weekly: readonly WeeklyInterval[]): CrmBusinessHours {
  const openings: CrmBusinessHours = {}
  WEEKDAYS.forEach((day, index) => {
    const open = weekly
      .filter(({ weekday }) => weekday === index + 1)
      .map(({ from, to }) => ({ start: from, end: to }))
      .toSorted((a, b) => (a.start < b.start ? -1 : 1))
    if (open.length > 0) openings[day] = open.length === 1 ? open[0] : open
  })
  return openings
}

/** {@link openingsOf} backwards. */
export const weeklyOf = (openings: CrmBusinessHours): WeeklyInterval[] =>
  WEEKDAYS.flatMap((day, index) =>
    [openings[day] ?? []].flat().map(({ start, end }): WeeklyInterval & Interval => ({
      weekday: index + 1,
      from: start,
      to: end,
    })),
  )

function afterHoursView(overflow: Overflow): Pick<CrmDepartment, 'after_hours_action' | 'after_hours_target'> {
  switch (overflow.type) {
    case 'hangUp':
      return { after_hours_action: 'hangup', after_hours_target: null }
    case 'message':
      return { after_hours_action: 'message', after_hours_target: overflow.text }
    case 'number':
      return { after_hours_action: 'forward', after_hours_target: overflow.number }
    case 'queue':
      return { after_hours_action: 'queue', after_hours_target: overflow.queueId }
    default:
      return { after_hours_action: overflow.type, after_hours_target: null }
  }
}

/** Where calls go after hours; the problem, where the action needs a target and has none that can be one. */
export function afterHoursOf(
  action: CrmDepartment['after_hours_action'],
  target: string | null,
): Overflow | FieldProblem {
  const missing = (message: string): FieldProblem => ({ path: 'after_hours_target', message })
  switch (action) {
    case 'hangup':
      return { type: 'hangUp' }
    case 'message':
      return target === null ? missing('Give the text that callers are told.') : { type: 'message', text: target }
    case 'forward':
      return target === null ? missing('Give the number that calls go to.') : { type: 'number', number: target }
    case 'queue':
      return z.uuid().safeParse(target).success
        ? { type: 'queue', queueId: target! }
        : missing('Give the queue_id of the department that calls go to.')
    default:
      return { type: action }
  }
}

/** What of it are settings of the queue. Hours and number are things of their own. */
export function queueFieldsOf(given: DepartmentFields, afterHours: Overflow | undefined): QueueFields {
  const { name, display_name, routing_strategy, max_wait_time, music_url, enabled, agent_ids } = given
  const fields = {
    name,
    displayName: display_name,
    strategy: routing_strategy,
    maxWaitSeconds: max_wait_time,
    music: music_url === null ? 'hold-music' : (music_url as QueueSettings['music'] | undefined),
    afterHours,
    enabled,
    agents: agent_ids,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
