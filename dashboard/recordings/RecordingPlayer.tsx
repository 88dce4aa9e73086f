import { useQuery } from '@tanstack/react-query'
import { Pause, Play } from 'lucide-react'
import { type PointerEvent, useId, useRef, useState } from 'react'
import type { Recording } from '../../client/contract.ts'
import { clock } from '../../react/clock.ts'
import { waveformQuery } from '../queries.ts'
import { useText, useWords } from '../text/text.tsx'
import { Select } from '../ui/fields.tsx'
import { areaOf, LANE, timeAfterKey, within } from './waveform.ts'

const SPEEDS = [1, 1.25, 1.5, 1.75, 2]
/** Ogg Opus, which Safari can play only since 18.4. */
const PLAYS_OPUS = new Audio().canPlayType('audio/ogg; codecs=opus') !== ''

type Playable = Pick<Recording, 'kind' | 'seconds'> & { id: string; audioUrl: string }

/** A recording as a drawing that one moves about in. The audio itself is fetched when somebody presses play. */
export function RecordingPlayer({ recording }: { recording: Playable }) {
  const words = useText().voice.recordings
  const { data: waveform, isError } = useQuery(waveformQuery(recording.id))
  if (!PLAYS_OPUS) {
    return (
      <p>
        {words.cannotPlay}{' '}
        <a href={recording.audioUrl} download className="ringside-link font-semibold">
          {words.download}
        </a>
      </p>
    )
  }
  if (isError) {
    // biome-ignore lint/a11y/useMediaCaption: there is no text of what is said
    return <audio controls preload="none" src={recording.audioUrl} className="w-full" />
  }
  if (!waveform) return <div className="skeleton h-28" />
  return <Player recording={recording} {...waveform} />
}

interface PlayerProps {
  recording: Playable
  seconds: number
  channels: number[][]
}

function Player({ recording, seconds, channels }: PlayerProps) {
  const { text, format } = useWords()
  const words = text.voice.recordings
  const audio = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  const [failed, setFailed] = useState(false)
  const [time, setTime] = useState(0)
  const [speed, setSpeed] = useState(1)
  // Of a message the caller's side is all there is to hear.
  const lanes = recording.kind === 'voicemail' ? channels.slice(-1) : channels

  function toggle(): void {
    const element = audio.current!
    if (element.paused) element.play().catch(() => setFailed(true))
    else element.pause()
  }
  function seek(to: number): void {
    audio.current!.currentTime = to
    setTime(to)
  }

  return (
    <div className="space-y-2">
      {/* biome-ignore lint/a11y/useMediaCaption: there is no text of what is said */}
      <audio
        ref={audio}
        preload="none"
        src={recording.audioUrl}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={event => setTime(event.currentTarget.currentTime)}
        // A new source begins with the usual speed.
        onLoadedMetadata={event => {
          event.currentTarget.playbackRate = speed
        }}
      />
      <div className="flex gap-3">
        {lanes.length === 2 && (
          <div className="flex w-16 flex-none flex-col justify-around text-xs text-soft" aria-hidden="true">
            <span>{words.agent}</span>
            <span>{words.customer}</span>
          </div>
        )}
        <Waveform lanes={lanes} time={time} seconds={seconds} onSeek={seek} onToggle={toggle} />
      </div>
      <div className="flex items-center gap-3">
        <button
          type="button"
          aria-label={playing ? words.pause : words.play}
          className="grid size-9 cursor-pointer place-items-center rounded-full bg-accent text-on-accent hover:bg-accent-strong"
          onClick={toggle}
        >
          {playing ? (
            <Pause className="size-4 fill-current" aria-hidden="true" />
          ) : (
            <Play className="size-4 fill-current" aria-hidden="true" />
          )}
        </button>
        <span className="grow text-soft tabular-nums">
          {words.positionOf(clock(Math.floor(time)), clock(Math.round(seconds)))}
        </span>
        <Select
          label={words.speed}
          labelHidden
          className="w-24"
          value={String(speed)}
          options={SPEEDS.map(value => ({
            value: String(value),
            label: words.speedOf(new Intl.NumberFormat(format).format(value)),
          }))}
          onChoose={value => {
            setSpeed(Number(value))
            audio.current!.playbackRate = Number(value)
          }}
        />
      </div>
      {failed && (
        <p role="alert" className="ringside-problem">
          {words.cannotPlay}
        </p>
      )}
    </div>
  )
}

interface WaveformProps {
  lanes: readonly (readonly number[])[]
  /** In seconds. */
  time: number
  seconds: number
  onSeek(time: number): void
  onToggle(): void
}

/** A slider that looks like what is said. Space plays and pauses. */
function Waveform({ lanes, time, seconds, onSeek, onToggle }: WaveformProps) {
  const words = useText().voice.recordings
  const id = useId()
  const width = Math.max(1, (lanes[0]?.length ?? 1) - 1)
  const height = lanes.length * LANE
  const areas = lanes.map((peaks, lane) => areaOf(peaks, lane)).join('')
  const seekTo = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    onSeek(within(((event.clientX - left) / width) * seconds, seconds))
  }
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={words.position}
      aria-valuemin={0}
      aria-valuemax={Math.round(seconds)}
      aria-valuenow={Math.floor(time)}
      aria-valuetext={words.positionOf(clock(Math.floor(time)), clock(Math.round(seconds)))}
      className={`min-w-0 grow cursor-pointer touch-pan-y rounded-lg bg-sunken ${lanes.length === 2 ? 'h-24' : 'h-14'}`}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId)
        seekTo(event)
      }}
      onPointerMove={event => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event)
      }}
      onKeyDown={event => {
        const to = timeAfterKey(event.key, time, seconds)
        if (to === null && event.key !== ' ') return
        event.preventDefault()
        if (to === null) onToggle()
        else onSeek(to)
      }}
    >
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" className="block size-full" aria-hidden="true">
        <clipPath id={id}>
          <rect width={seconds === 0 ? 0 : (time / seconds) * width} height={height} />
        </clipPath>
        <path d={areas} className="fill-edge" />
        <path d={areas} className="fill-accent" clipPath={`url(#${id})`} />
      </svg>
    </div>
  )
}
