import { clock, useSecondsSince } from './clock.ts'

/** A running timer. */
export function Elapsed({ since }: { since: string }) {
  const seconds = useSecondsSince(since)
  return (
    <time className="ringside-elapsed" dateTime={`PT${seconds}S`}>
      {clock(seconds)}
    </time>
  )
}
