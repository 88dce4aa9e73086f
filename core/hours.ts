import { IANAZone } from 'luxon'
import { type HoursProblem, sayHoursProblem as say } from './hoursProblem.ts'

/**
 * When somebody is there. Only the clock on the wall decides: what is open at 02:30 is open whenever that clock shows
 * 02:30, be it twice in a night or not at all. So an opening in a skipped hour happens at the end of the gap, and a
 * repeated hour is twice the same, without a rule for either.
 */
export interface BusinessHours {
  id: string
  name: string
  /** IANA, such as `America/New_York`. */
  timeZone: string
  weekly: readonly WeeklyInterval[]
  exceptions: readonly HoursException[]
}

/** Local times `HH:MM`, open from `from` until just before `to`. */
export interface Interval {
  from: string
  /** `24:00` is midnight; not after `from`: on the following day, whatever that day's own hours are. */
  to: string
}

export interface WeeklyInterval extends Interval {
  /** ISO: 1 is Monday, 7 is Sunday. */
  weekday: number
}

/**
 * Replaces the weekly hours of the local days it covers. Of two for the same day, the one with a year goes before the
 * yearly one.
 */
export interface HoursException {
  name: string
  /** `YYYY-MM-DD`. */
  from: string
  /** The last day, `YYYY-MM-DD`. */
  to: string
  /** In every year, before and after the one given; may run over New Year. 29 February is left out where there is none. */
  yearly?: boolean | undefined
  /** None: closed all day. */
  intervals: readonly Interval[]
}

const MAX_EXCEPTIONS = 100

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** How far ahead anything is looked for: a year, and a bit for what is once a year. */
const HORIZON = 400 * DAY

/** Whether it is open at `now`, epoch milliseconds. The hours must be without {@link hoursProblems}. */
export function isOpen(hours: BusinessHours, now: number): boolean {
  const wall = now + offsetAt(hours.timeZone, now)
  const time = new Date(wall).toISOString().slice(11, 16)
  // All of these spellings sort like the times they mean, `24:00` included.
  return (
    intervalsOf(hours, dateOf(wall)).some(({ from, to }) => from <= time && (time < to || to <= from)) ||
    intervalsOf(hours, dateOf(wall - DAY)).some(({ from, to }) => to <= from && time < to)
  )
}

/**
 * When it opens or closes next: the first `at` after `now` (both epoch milliseconds) from which on it is `open`. Null
 * when it stays as it is for 400 days.
 */
export function nextChange(hours: BusinessHours, now: number): { at: number; open: boolean } | null {
  const open = isOpen(hours, now)
  for (let at = nextEdge(hours, now); at <= now + HORIZON; at = nextEdge(hours, at))
    if (isOpen(hours, at) !== open) return { at, open: !open }
  return null
}

/** Whether it is closed for the next 400 days: nothing wrong, but hardly what anybody means. */
export const neverOpens = (hours: BusinessHours, now: number): boolean =>
  !isOpen(hours, now) && nextChange(hours, now) === null

/** Everything that is wrong with the hours; empty when they can be used. */
export function hoursProblems({ timeZone, weekly, exceptions }: Omit<BusinessHours, 'id' | 'name'>): HoursProblem[] {
  const problems: HoursProblem[] = []
  if (!isTimeZone(timeZone)) problems.push(say('no-time-zone', { timeZone }))

  const strays = weekly.filter(({ weekday }) => !(Number.isInteger(weekday) && weekday >= 1 && weekday <= 7))
  problems.push(...strays.map(({ weekday }) => say('no-weekday', { weekday })))
  const days = weekly.filter(interval => !strays.includes(interval))
  problems.push(...intervalProblems(days, { exception: null, round: 7 * DAY }))

  if (exceptions.length > MAX_EXCEPTIONS) {
    problems.push(say('too-many-exceptions', { most: MAX_EXCEPTIONS }))
    return problems
  }
  for (const { name: exception, from, to, yearly, intervals } of exceptions) {
    const strange = [from, to].filter(date => !isDate(date))
    problems.push(...strange.map(day => say('no-day', { exception, day })))
    if (strange.length === 0 && to < from) problems.push(say('ends-early', { exception }))
    if (strange.length === 0 && yearly && to >= `${yearOf(from) + 1}${from.slice(4)}`)
      problems.push(say('year-too-long', { exception }))
    // What runs over midnight meets the exception's own hours again only where it lasts several days.
    problems.push(...intervalProblems(intervals, { exception, round: from === to ? 2 * DAY : DAY }))
  }
  exceptions.forEach((one, index) => {
    for (const other of exceptions.slice(index + 1))
      if (!one.yearly === !other.yearly && (covers(one, other.from) || covers(other, one.from)))
        problems.push(say('same-day', { one: one.name, other: other.name }))
  })
  return problems
}

/** What is wrong with intervals that come again after every `round` milliseconds. Those of a day are of no weekday. */
function intervalProblems(
  intervals: readonly (Interval & { weekday?: number })[],
  { exception, round }: { exception: string | null; round: number },
): HoursProblem[] {
  const problems: HoursProblem[] = []
  const spans: { weekday: number | null; span: string; start: number; end: number }[] = []
  for (const { weekday = null, from, to } of intervals) {
    const span = `${from}–${to}`
    if (!isTime(from) || !(isTime(to) || to === '24:00')) problems.push(say('bad-times', { exception, weekday, span }))
    else if (from === to) problems.push(say('no-time-at-all', { exception, weekday, span }))
    else {
      const day = weekday === null ? 0 : (weekday - 1) * DAY
      const [start, end] = [day + sinceMidnight(from), day + sinceMidnight(to)]
      spans.push({ weekday, span, start, end: start < end ? end : end + DAY })
    }
  }
  // Of any two in order of time that overlap, the first overlaps its neighbour too.
  spans.sort((a, b) => a.start - b.start)
  spans.forEach(({ weekday, span, end }, index) => {
    const next = spans[index + 1] ?? { ...spans[0]!, start: spans[0]!.start + round }
    if (end > next.start)
      problems.push(say('overlap', { exception, weekday, span, otherWeekday: next.weekday, otherSpan: next.span }))
  })
  return problems
}

/** The intervals that begin on this day. */
function intervalsOf({ weekly, exceptions }: BusinessHours, date: string): readonly Interval[] {
  const exception =
    exceptions.find(one => !one.yearly && covers(one, date)) ?? exceptions.find(one => one.yearly && covers(one, date))
  if (exception) return exception.intervals
  const weekday = new Date(date).getUTCDay() || 7
  return weekly.filter(interval => interval.weekday === weekday)
}

function covers({ from, to, yearly }: HoursException, date: string): boolean {
  if (!yearly) return from <= date && date <= to
  const [first, last, day] = [from.slice(5), to.slice(5), date.slice(5)]
  return first <= last ? first <= day && day <= last : first <= day || day <= last
}

/**
 * The first time after `at` at which anything could change: the clock on the wall comes to a time that the hours name,
 * or it is put forward or back.
 */
function nextEdge(hours: BusinessHours, at: number): number {
  const offset = offsetAt(hours.timeZone, at)
  const wall = at + offset
  const midnight = Math.floor(wall / DAY) * DAY
  const today = intervalsOf(hours, dateOf(wall)).flatMap(({ from, to }) => [from, to])
  const overnight = intervalsOf(hours, dateOf(wall - DAY)).map(({ to }) => to)
  const edges = [...today, ...overnight, '24:00'].map(time => midnight + sinceMidnight(time))
  const edge = Math.min(...edges.filter(edge => edge > wall)) - offset
  // An edge is no more than a day away, and no zone has put its clocks forward and back again within one.
  return offsetAt(hours.timeZone, edge) === offset ? edge : offsetChange(hours.timeZone, at, edge)
}

/** The first millisecond that has another offset than `before`, given that `after` has. */
function offsetChange(timeZone: string, before: number, after: number): number {
  const offset = offsetAt(timeZone, before)
  let [same, other] = [before, after]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(timeZone, middle) === offset) same = middle
    else other = middle
  }
  return other
}

// The clock on the wall is reckoned with as if it stood in Greenwich: `wall` is what it shows, as epoch milliseconds.

/** What the clocks of the zone are ahead of UTC at `at`, milliseconds. */
const offsetAt = (timeZone: string, at: number): number => IANAZone.create(timeZone).offset(at) * MINUTE

const dateOf = (wall: number): string => new Date(wall).toISOString().slice(0, 10)

const yearOf = (date: string): number => Number(date.slice(0, 4))

/** Milliseconds. */
const sinceMidnight = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE

const isTime = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text)

/** Reading 30 February gives 2 March: a day is one only if it comes back as it was written. */
const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && dateOf(Date.parse(text)) === text

/** Newer engines take offsets such as `+02:00` for zones: they are none, they know no summer. */
const isTimeZone = (text: string): boolean => /^[a-z]/i.test(text) && IANAZone.isValidZone(text)
