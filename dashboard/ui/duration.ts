/*
 * Spans of time as people type them. They are whole seconds everywhere else.
 */

const UNITS = [
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** `90` → `1 min 30 s`. Read back by {@link readDuration} to the same. */
export function writeDuration(seconds: number): string {
  const parts: string[] = []
  let rest = seconds
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.length === 0 ? '0 s' : parts.join(' ')
}

/** Seconds from `90`, `90 s`, `1:30`, `2 min`, `1 min 30 s` or `1 h`; null when it is none of these. */
export function readDuration(typed: string): number | null {
  const text = typed.trim().toLowerCase()
  if (/^\d{1,6}$/.test(text)) return Number(text)
  const clock = /^(\d{1,4}):([0-5]\d)$/.exec(text)
  if (clock) return Number(clock[1]) * 60 + Number(clock[2])
  const spans = /^(?:(\d{1,3})\s*h)?\s*(?:(\d{1,4})\s*(?:min|m))?\s*(?:(\d{1,6})\s*s)?$/.exec(text)
  if (!spans || text === '') return null
  const [hours = 0, minutes = 0, seconds = 0] = spans.slice(1).map(count => Number(count ?? 0))
  return hours * 3600 + minutes * 60 + seconds
}
