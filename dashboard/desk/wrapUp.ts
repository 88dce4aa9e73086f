/** One press asks for so much more. */
const MORE_SECONDS = 120
/** Nobody may take longer than this from now on. */
const MOST_SECONDS = 3600

/** How long a wrap-up lasts from now on, in whole seconds, when two more minutes are added to what is left of it. */
export function extended(until: string, now: number): number {
  const left = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000))
  return Math.min(left + MORE_SECONDS, MOST_SECONDS)
}
