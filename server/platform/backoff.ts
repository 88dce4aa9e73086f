/** How long to wait after so many attempts (1 or more) that have failed, in milliseconds: 10 s, 20 s, 40 s …, an hour at most. */
export const backoffMs = (attempts: number, { firstMs = 10_000, mostMs = 3600_000 } = {}): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(attempts - 1, 30))
