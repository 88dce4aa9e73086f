import { useEffect, useState } from 'react'
import { type BusinessHours, isOpen, nextChange } from '../../core/hours.ts'
import { useWords } from '../text/text.tsx'

const HALF_A_MINUTE = 30_000

/** Whether it is open, and when that changes, on the clocks of its own zone. The hours must be without problems. */
export function OpenNow({ hours }: { hours: BusinessHours }) {
  const { text, format } = useWords()
  const words = text.hoursScreen
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), HALF_A_MINUTE)
    return () => clearInterval(timer)
  }, [])
  const open = isOpen(hours, now)
  const change = nextChange(hours, now)
  const when = (at: number) =>
    new Intl.DateTimeFormat(format, {
      timeZone: hours.timeZone,
      weekday: 'long',
      // As the hours are written.
      hourCycle: 'h23',
      hour: '2-digit',
      minute: '2-digit',
      // Beyond a week a weekday alone would be taken for the nearest.
      ...(at - now > 6.5 * 86_400_000 ? { day: 'numeric', month: 'long' } : {}),
    }).format(at)
  return (
    <p className="flex flex-wrap items-center gap-2 text-soft">
      <span className="ringside-badge" data-tone={open ? 'live' : undefined}>
        {open ? words.openNow : words.closedNow}
      </span>
      <span>
        {change === null ? (open ? words.neverCloses : words.neverOpens) : null}
        {change && (open ? words.closesAt(when(change.at)) : words.opensAt(when(change.at)))}
      </span>
    </p>
  )
}
