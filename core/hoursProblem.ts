import { type Said, type Sentences, sayer } from './said.ts'

/**
 * What can be wrong with business hours, by code. `exception`: the name of the one that it is about, null for the week;
 * `weekday`: 1 (Monday) to 7 (Sunday), null in exceptions; `span`: such as `09:00–17:00`.
 */
export interface HoursProblemKinds {
  'no-time-zone': { timeZone: string }
  'no-weekday': { weekday: number }
  'bad-times': { exception: string | null; weekday: number | null; span: string }
  'no-time-at-all': { exception: string | null; weekday: number | null; span: string }
  overlap: {
    exception: string | null
    weekday: number | null
    span: string
    otherWeekday: number | null
    otherSpan: string
  }
  'too-many-exceptions': { most: number }
  'no-day': { exception: string; day: string }
  'ends-early': { exception: string }
  'year-too-long': { exception: string }
  'same-day': { one: string; other: string }
}

export type HoursProblem = Said<HoursProblemKinds>

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const on = (weekday: number | null, span: string): string =>
  weekday === null ? span : `${WEEKDAYS[weekday - 1]} ${span}`
const of = (exception: string | null): string => (exception === null ? '' : `“${exception}”: `)

const SENTENCES: Sentences<HoursProblemKinds> = {
  'no-time-zone': ({ timeZone }) => `There is no time zone “${timeZone}”.`,
  'no-weekday': ({ weekday }) => `There is no weekday ${weekday}: 1 is Monday, 7 is Sunday.`,
  'bad-times': ({ exception, weekday, span }) => `${of(exception)}${on(weekday, span)}: times are from 00:00 to 24:00.`,
  'no-time-at-all': ({ exception, weekday, span }) =>
    `${of(exception)}${on(weekday, span)} is no time at all; the whole day is 00:00–24:00.`,
  overlap: ({ exception, weekday, span, otherWeekday, otherSpan }) =>
    `${of(exception)}${on(weekday, span)} and ${on(otherWeekday, otherSpan)} overlap.`,
  'too-many-exceptions': ({ most }) => `There can be at most ${most} exceptions.`,
  'no-day': ({ exception, day }) => `${of(exception)}There is no day ${day}.`,
  'ends-early': ({ exception }) => `${of(exception)}It must not end before it begins.`,
  'year-too-long': ({ exception }) => `${of(exception)}What comes every year must be shorter than a year.`,
  'same-day': ({ one, other }) => `“${one}” and “${other}” are for the same day.`,
}

export const sayHoursProblem = sayer(SENTENCES)
