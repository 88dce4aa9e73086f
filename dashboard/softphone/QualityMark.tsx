import { useId } from 'react'
import type { Quality, QualityLevel } from '../../client/voice/quality.ts'
import { useText, useWords } from '../text/text.tsx'
import { useLasting } from '../ui/useLasting.ts'

/** A moment of bad air is nobody's business. */
const POOR_MS = 10_000

const BARS: Record<QualityLevel, number> = { poor: 1, fair: 2, good: 3 }
const COLOURS: Record<QualityLevel, string> = { poor: 'text-missed', fair: 'text-ringing', good: 'text-live' }

/** How the call sounds, in three bars and a word; the figures for whoever points at it or goes there by keyboard. */
export function QualityMark({ quality }: { quality: Quality | null }) {
  const { text, format } = useWords()
  const words = text.voice.quality
  const id = useId()
  if (quality === null) return null
  const { level, lossPercent, jitterMs, roundTripMs } = quality
  const milliseconds = (value: number) => `${Math.round(value)} ms`
  const loss = new Intl.NumberFormat(format, { style: 'percent', maximumFractionDigits: 1 }).format(lossPercent / 100)
  return (
    <span className="group relative inline-flex">
      <button
        type="button"
        aria-label={words.of(words.level[level])}
        aria-describedby={id}
        className={`flex cursor-help items-center gap-1 rounded text-xs font-medium ${COLOURS[level]}`}
      >
        <svg viewBox="0 0 12 12" className="size-3 fill-current" aria-hidden="true">
          {[4, 8, 12].map((height, bar) => (
            <rect
              key={height}
              x={bar * 4.5}
              y={12 - height}
              width="3"
              height={height}
              rx="0.5"
              opacity={bar < BARS[level] ? 1 : 0.25}
            />
          ))}
        </svg>
        {words.level[level]}
      </button>
      <span
        id={id}
        role="tooltip"
        className="invisible absolute top-full right-0 z-20 mt-1 w-max max-w-64 rounded-lg border border-line bg-raised px-2.5 py-1.5 text-xs text-ink shadow-pop group-focus-within:visible group-hover:visible"
      >
        {words.figures(loss, milliseconds(jitterMs), roundTripMs === null ? null : milliseconds(roundTripMs))}
      </span>
    </span>
  )
}

/** What to do when the call has sounded badly for a while. */
export function PoorConnection({ quality }: { quality: Quality | null }) {
  const words = useText().voice.quality
  const poor = useLasting(quality?.level === 'poor', POOR_MS)
  return (
    <div role="status">
      {poor && <p className="mt-2 rounded-lg bg-missed-ground px-3 py-2 text-missed">{words.poor}</p>}
    </div>
  )
}
