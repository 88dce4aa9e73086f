import { useEffect, useRef, useState } from 'react'
import { audioContext } from '../../client/voice/audioContext.ts'
import {
  chosenDevices,
  type Device,
  type Devices,
  type MicrophoneProblem,
  watchDevices,
} from '../../client/voice/devices.ts'
import { createLevelMeter } from '../../client/voice/level.ts'
import { createMicrophone } from '../../client/voice/microphone.ts'
import { createSpeaker } from '../../client/voice/speaker.ts'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'
import { ConnectionCheck } from '../ui/ConnectionCheck.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Select } from '../ui/fields.tsx'
import { useSoftphone } from './Softphone.tsx'

/** Louder than a quiet room: somebody has said something. */
const HEARD = 0.5

/** Before a shift: which devices, that one is heard, and that one hears. */
export function HeadsetCheck({ onClose }: { onClose(): void }) {
  const words = useText().voice.softphone
  const { phone } = useSoftphone()
  const [devices, setDevices] = useState<Devices>({ microphones: [], speakers: [] })
  const [choice, setChoice] = useState(chosenDevices)
  const [problem, setProblem] = useState<MicrophoneProblem | null>(null)
  const [track, setTrack] = useState<MediaStreamTrack | null>(null)
  useEffect(() => watchDevices(setDevices), [])
  useEffect(() => {
    const microphone = createMicrophone(choice.microphone, () => {
      setTrack(microphone.track)
      setProblem(microphone.problem)
    })
    void microphone.open()
    return () => microphone.close()
  }, [choice.microphone])

  function choose(device: 'microphone' | 'speaker', id: string): void {
    const chosen = { [device]: id || null }
    setChoice(before => ({ ...before, ...chosen }))
    void phone?.chooseDevices(chosen)
  }
  const options = (found: readonly Device[]) => [
    { value: '', label: words.asSystem },
    ...found.map(({ id, label }, index) => ({ value: id, label: label || words.unnamed(index + 1) })),
  ]

  return (
    <Dialog title={words.check} onClose={onClose}>
      <div className="space-y-5">
        <p className="text-soft">{words.checkHint}</p>
        <div className="space-y-2">
          <Select
            label={words.microphoneLabel}
            value={choice.microphone ?? ''}
            options={options(devices.microphones)}
            onChoose={id => choose('microphone', id)}
          />
          {problem ? (
            <p role="alert" className="ringside-problem">
              {words.microphone[problem]}
            </p>
          ) : (
            track && <Level key={track.id} track={track} />
          )}
        </div>
        <div className="flex flex-wrap items-end gap-2">
          {devices.speakers.length > 0 ? (
            <Select
              label={words.speaker}
              className="min-w-0 grow"
              value={choice.speaker ?? ''}
              options={options(devices.speakers)}
              onChoose={id => choose('speaker', id)}
            />
          ) : (
            <p className="grow self-center text-soft">{words.noChoice}</p>
          )}
          <Button onClick={() => playTone(choice.speaker)}>{words.playTone}</Button>
        </div>
        <ConnectionCheck label={words.testConnection} words={words.connectivity} />
      </div>
    </Dialog>
  )
}

const SILENCE = { transform: 'scaleX(0)' }

/** A bar that moves with the voice; once it has, a word that stays. */
function Level({ track }: { track: MediaStreamTrack }) {
  const words = useText().voice.softphone
  const bar = useRef<HTMLDivElement>(null)
  const [heard, setHeard] = useState(false)
  useEffect(() => {
    const meter = createLevelMeter(track)
    let frame = requestAnimationFrame(function look() {
      const level = meter.read()
      if (bar.current) bar.current.style.transform = `scaleX(${level})`
      if (level > HEARD) setHeard(true)
      frame = requestAnimationFrame(look)
    })
    return () => {
      cancelAnimationFrame(frame)
      meter.close()
    }
  }, [track])
  return (
    <div>
      <div className="h-2 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <div ref={bar} className="h-full origin-left bg-live" style={SILENCE} />
      </div>
      <p role="status" className={`mt-1 ${heard ? 'text-live' : 'text-soft'}`}>
        {heard ? words.heard : words.level}
      </p>
    </div>
  )
}

const TONE_SECONDS = 1.2

/** Two notes on the loudspeaker that was chosen. */
function playTone(device: string | null): void {
  const context = audioContext()
  const out = context.createMediaStreamDestination()
  const speaker = createSpeaker(device, () => {})
  for (const [index, frequency] of [523.25, 659.25].entries()) {
    const begin = context.currentTime + 0.1 + (index * TONE_SECONDS) / 2
    const end = begin + TONE_SECONDS / 2
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(0, begin)
    volume.gain.linearRampToValueAtTime(0.3, begin + 0.02)
    volume.gain.linearRampToValueAtTime(0, end)
    tone.connect(volume).connect(out)
    tone.start(begin)
    tone.stop(end)
    tone.onended = () => {
      if (index === 1) speaker.close()
    }
  }
  speaker.play('tone', out.stream)
}
