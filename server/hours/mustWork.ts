import { hoursProblems } from '../../core/hours.ts'
import { invalid } from '../platform/refusal.ts'
import type { StoredHours } from './hoursStore.ts'

/** What whoever gave the hours calls their parts. */
interface Paths {
  timeZone: string
  weekly: string
}

const WHOLE: Paths = { timeZone: '', weekly: '' }
/** In the documents of CRM systems. */
export const CRM_PATHS: Paths = { timeZone: 'time_zone', weekly: 'business_hours' }

/** Throws a 400 refusal, for hours that nobody could keep, that names everything that is wrong. */
export function mustWork(hours: Omit<StoredHours, 'id'>, { timeZone, weekly }: Paths = WHOLE): void {
  const problems = hoursProblems(hours)
  if (problems.length === 0) return
  const path = hoursProblems({ ...hours, weekly: [] }).length > 0 ? timeZone : weekly
  throw invalid(problems.map(problem => ({ path, ...problem })))
}
