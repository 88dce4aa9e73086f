/** How high one channel is drawn, in the units of the drawing. */
export const LANE = 100

/**
 * One channel as an area around the middle of its lane, one unit wide per peak. Where it is silent a line remains.
 *
 * @param peaks 0 to 255, the loudest of each interval.
 * @param lane the place of the channel from above, 0 for the first.
 */
export function areaOf(peaks: readonly number[], lane: number): string {
  const middle = (lane + 0.5) * LANE
  const reach = (peak: number) => Math.max(1, (peak / 255) * 0.46 * LANE)
  const points = (upwards: boolean) =>
    peaks.map((peak, x) => `${x} ${(middle + (upwards ? -1 : 1) * reach(peak)).toFixed(1)}`)
  return `M${points(true).join('L')}L${points(false).reverse().join('L')}Z`
}

/** Where keys and pointers lead to: a time within the recording, in seconds. */
export const within = (time: number, seconds: number): number => Math.min(Math.max(0, time), seconds)

const STEP_SECONDS = 5

/** The time that a key leads to; null for keys that lead nowhere. */
export function timeAfterKey(key: string, time: number, seconds: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return within(time + STEP_SECONDS, seconds)
    case 'ArrowLeft':
    case 'ArrowDown':
      return within(time - STEP_SECONDS, seconds)
    case 'Home':
      return 0
    case 'End':
      return seconds
    default:
      return null
  }
}
