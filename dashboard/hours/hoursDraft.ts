import type { BusinessHours } from '../../client/contract.ts'
import type { BusinessHours as Hours, Interval } from '../../core/hours.ts'

/** Business hours while somebody changes them: the times of a day are one line of text. */
export interface HoursDraft {
  name: string
  timeZone: string
  /** From Monday on, such as `09:00–12:00, 13:00–17:00`; empty: closed. */
  days: string[]
  exceptions: { name: string; from: string; to: string; yearly: boolean; times: string }[]
}

const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7]

export const draftOf = ({ name, timeZone, weekly, exceptions }: BusinessHours): HoursDraft => ({
  name,
  timeZone,
  days: WEEKDAYS.map(day => writeIntervals(weekly.filter(({ weekday }) => weekday === day))),
  exceptions: exceptions.map(({ name, from, to, yearly = false, intervals }) => ({
    name,
    from,
    to,
    yearly,
    times: writeIntervals(intervals),
  })),
})

/** What is sent, and what the preview reckons with; null while a line cannot be read. */
export function hoursOf(draft: HoursDraft): (Omit<Hours, 'id' | 'weekly' | 'exceptions'> & Sent) | null {
  const weekly: Sent['weekly'] = []
  for (const [index, line] of draft.days.entries()) {
    const intervals = readIntervals(line)
    if (intervals === null) return null
    weekly.push(...intervals.map(interval => ({ weekday: index + 1, ...interval })))
  }
  const exceptions: Sent['exceptions'] = []
  for (const { times, ...same } of draft.exceptions) {
    const intervals = readIntervals(times)
    if (intervals === null) return null
    exceptions.push({ ...same, intervals })
  }
  return { name: draft.name, timeZone: draft.timeZone, weekly, exceptions }
}

type Sent = Pick<BusinessHours, 'weekly' | 'exceptions'>

export const writeIntervals = (intervals: readonly Interval[]): string =>
  intervals
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
    .map(({ from, to }) => `${from}–${to}`)
    .join(', ')

/** `9-12, 13:30–17` → the intervals; an empty line: none; null when it cannot be read. */
export function readIntervals(line: string): Interval[] | null {
  const parts = line
    .split(/[,;]/)
    .map(part => part.trim())
    .filter(part => part !== '')
  const intervals = parts.map(part => {
    const [from, to, ...more] = part.split(/\s*[-–—]\s*/).map(readTime)
    return from && to && from !== '24:00' && more.length === 0 ? { from, to } : null
  })
  return intervals.every(interval => interval !== null) ? intervals : null
}

/** `9`, `9:30`, `09.30` → `HH:MM`, until `24:00`. */
function readTime(text: string): string | null {
  const [, hour, minute = '00'] = /^(\d{1,2})(?:[:.](\d\d))?$/.exec(text) ?? []
  if (hour === undefined || Number(minute) > 59 || Number(hour) * 60 + Number(minute) > 24 * 60) return null
  return `${hour.padStart(2, '0')}:${minute}`
}

/** Tuesday to Friday as on Monday. */
export const copiedToWeekdays = (days: readonly string[]): string[] =>
  days.map((line, index) => (index < 5 ? days[0]! : line))
