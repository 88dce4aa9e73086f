import { useEffect, useRef, useState } from 'react'
import { createLevelMeter } from '../../client/voice/level.ts'

/** A microphone that is switched off gives silence without the slightest noise. */
const SILENT_MS = 6000

/** A bar that moves with the voice, and what is said when nothing comes. */
export function MicrophoneLevel({ track, silent }: { track: MediaStreamTrack; silent: string }) {
  const bar = useRef<HTMLDivElement>(null)
  const [nothing, setNothing] = useState(false)

  useEffect(() => {
    const meter = createLevelMeter(track)
    let heardAt = performance.now()
    let shown = 0
    let frame = requestAnimationFrame(function draw(now) {
      const level = meter.read()
      if (level > 0) heardAt = now
      setNothing(now - heardAt > SILENT_MS)
      // Up at once, down slowly: as meters do, so that the eye can follow.
      shown = Math.max(level, shown * 0.9)
      if (bar.current) bar.current.style.transform = `scaleX(${shown.toFixed(3)})`
      frame = requestAnimationFrame(draw)
    })
    return () => {
      cancelAnimationFrame(frame)
      meter.close()
    }
  }, [track])

  return (
    <div>
      <div className="h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <div ref={bar} className="h-full origin-left rounded-full bg-live" />
      </div>
      <p role="status" className="mt-1 min-h-5 text-center text-missed">
        {nothing && silent}
      </p>
    </div>
  )
}
