/**
 * So many requests an hour, counted by any number of processes without asking the database for each: a process takes a
 * slice of what is left, spends it from memory, and gives back what it does not need.
 *
 * The hour is a fixed window that begins with the first request after the last one has ended. A sliding one would have
 * to remember when each request was; this one is a single number, and its end is a time that a caller can wait for.
 * What it costs: in the last minutes of one hour and the first of the next, twice as many may pass.
 */
export const HOUR_MS = 3_600_000

/** What the processes share. Times are milliseconds since the epoch, by the database's clock. */
export interface Tally {
  startedAt: number
  /** Taken from the window's budget by all processes, spent or not. */
  taken: number
}

/** That of a key which has never asked. */
export const UNUSED: Tally = { startedAt: 0, taken: 0 }

/** A part of the budget that one process may spend alone. */
export interface Slice {
  granted: number
  /** What nobody had taken when this was. */
  unclaimed: number
  /** How long the window goes on; what is unspent then is void. */
  endsInMs: number
}

/**
 * Slices are a tenth of what is left: large while there is plenty, single requests at the end. So what lies unspent in
 * other processes when the last one has been taken is little, and a thousand requests take some fifty slices.
 */
const SHARES = 10

/** Takes the next slice. Of an exhausted budget it is empty. */
export function takeSlice(tally: Tally, limit: number, now: number): { tally: Tally; slice: Slice } {
  const ended = now >= tally.startedAt + HOUR_MS
  const { startedAt, taken } = ended ? { startedAt: now, taken: 0 } : tally
  // A limit that was lowered may lie below what is gone already.
  const left = Math.max(0, limit - taken)
  const granted = Math.ceil(left / SHARES)
  return {
    tally: { startedAt, taken: taken + granted },
    slice: { granted, unclaimed: left - granted, endsInMs: startedAt + HOUR_MS - now },
  }
}

/** Gives back what is unspent of slices of the window that began at `startedAt`. Those of an earlier one are void. */
export const giveBack = (tally: Tally, startedAt: number, unspent: number): Tally =>
  tally.startedAt === startedAt ? { ...tally, taken: tally.taken - unspent } : tally
