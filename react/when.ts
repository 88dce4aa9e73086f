/** A moment in as few words as say it: the time today, the day within a year, else the date. */
export function shortTime(time: string, locale: string, now: Date = new Date()): string {
  const then = new Date(time)
  const clockTime: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' }
  if (then.toDateString() === now.toDateString()) return formatter(locale, clockTime).format(then)
  const nearby = Math.abs(now.getTime() - then.getTime()) < 300 * 86_400_000
  return formatter(locale, {
    day: 'numeric',
    month: 'short',
    ...(nearby ? clockTime : { year: 'numeric' }),
  }).format(then)
}

/** A moment in full. */
export const fullTime = (time: string, locale: string): string =>
  formatter(locale, { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(time))

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Making one takes a hundred times longer than using it. */
function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options)
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formatters.set(key, known)
  return known
}
