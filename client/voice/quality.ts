/*
 * How a connection sounds, judged from what arrives. Pure: figures in, figures out.
 */

/** What has come in since the connection began. Counters only rise. */
export interface Arrivals {
  packets: number
  lost: number
  /** Milliseconds. */
  jitterMs: number
  /** Milliseconds; null when it is not known. */
  roundTripMs: number | null
}

/** What was heard in one interval. */
export interface Heard {
  /** 0 to 100. */
  lossPercent: number
  jitterMs: number
  roundTripMs: number | null
}

export type QualityLevel = 'good' | 'fair' | 'poor'

export interface Quality extends Heard {
  /** Mean opinion score, 1 to 4.5. */
  opinion: number
  level: QualityLevel
}

/** The arrivals in a report of `RTCPeerConnection.getStats()`, all lines together. */
export function arrivalsOf(report: Iterable<readonly [string, unknown]>): Arrivals {
  const arrivals: Arrivals = { packets: 0, lost: 0, jitterMs: 0, roundTripMs: null }
  for (const [, entry] of report) {
    const stats = entry as Record<string, number | string | boolean | undefined>
    if (stats.type === 'inbound-rtp' && stats.kind === 'audio') {
      arrivals.packets += Number(stats.packetsReceived ?? 0)
      // Repeats are counted as negative losses.
      arrivals.lost += Math.max(0, Number(stats.packetsLost ?? 0))
      arrivals.jitterMs = Math.max(arrivals.jitterMs, Number(stats.jitter ?? 0) * 1000)
    }
    if (stats.type === 'candidate-pair' && stats.nominated === true && typeof stats.currentRoundTripTime === 'number')
      arrivals.roundTripMs = stats.currentRoundTripTime * 1000
  }
  return arrivals
}

/** What was heard between two looks; null when nothing came: silence is not bad quality. */
export function heardBetween(before: Arrivals, after: Arrivals): Heard | null {
  const packets = after.packets - before.packets
  const lost = Math.max(0, after.lost - before.lost)
  if (packets <= 0) return null
  return { lossPercent: (100 * lost) / (packets + lost), jitterMs: after.jitterMs, roundTripMs: after.roundTripMs }
}

export function qualityOf(heard: Heard): Quality {
  const rating = transmissionRating(heard)
  return { ...heard, opinion: opinionOf(rating), level: levelOf(rating) }
}

/** Capture, 20 ms of audio per packet, and playing it. */
const DEVICES_MS = 40
/** Where packets are not timed (`roundTripMs` null), a way across a country. */
const ASSUMED_ROUND_TRIP_MS = 80

/**
 * The E-model of ITU-T G.107, `R = R0 − Id − Ie,eff`, with
 * - R0 = 93.2, its value with every other impairment at the default;
 * - Id, what delay takes, as approximated by Cole and Rosenbluth (“Voice over IP performance monitoring”, 2001):
 *   `0.024 d + 0.11 (d − 177.3)` where the second term begins at 177.3 ms;
 * - Ie,eff, what loss takes: `Ie + (95 − Ie) · Ppl / (Ppl + Bpl)` for random loss. G.113 has no values for Opus; those
 *   of G.711 with concealment (Ie 0, Bpl 25.1) stand in, which is not flattering.
 *
 * A receiver hides jitter behind a buffer of about twice its size, so jitter counts as delay.
 */
function transmissionRating({ lossPercent, jitterMs, roundTripMs }: Heard): number {
  const delay = (roundTripMs ?? ASSUMED_ROUND_TRIP_MS) / 2 + 2 * jitterMs + DEVICES_MS
  const byDelay = 0.024 * delay + 0.11 * Math.max(0, delay - 177.3)
  const byLoss = (95 * lossPercent) / (lossPercent + 25.1)
  return 93.2 - byDelay - byLoss
}

/** G.107 annex B: from the rating to a mean opinion. */
function opinionOf(rating: number): number {
  const r = Math.min(100, Math.max(0, rating))
  return Math.max(1, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r))
}

/** G.107 annex B: from 80 people are satisfied, from 70 some are not, below many are not. */
const levelOf = (rating: number): QualityLevel => (rating >= 80 ? 'good' : rating >= 70 ? 'fair' : 'poor')
