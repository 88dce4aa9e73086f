import {
  Circle,
  CirclePause,
  Grid3x3,
  LogOut,
  type LucideIcon,
  Mic,
  MicOff,
  Pause,
  PhoneForwarded,
  PhoneOff,
  Play,
} from 'lucide-react'
import { type ButtonHTMLAttributes, useState } from 'react'
import type { Call } from '../../client/contract.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { ConsentControl } from '../desk/ConsentControl.tsx'
import { TransferCall } from '../desk/TransferCall.tsx'
import { hangUpCall, holdCall, muteCall, pauseRecording } from '../live/callActions.ts'
import { useText } from '../text/text.tsx'
import { Consultation } from './Consultation.tsx'
import { Keypad } from './Keypad.tsx'
import { PoorConnection } from './QualityMark.tsx'
import { useLeg, useSoftphone } from './Softphone.tsx'
import type { Talk } from './talk.ts'
import { useWanted } from './useWanted.ts'

interface TalkPanelProps {
  call: Call
  talk: Talk
}

/** What can be done with the call that one speaks in. Every button keeps its place for as long as the call lasts. */
export function TalkPanel({ call, talk }: TalkPanelProps) {
  const text = useText().voice
  const words = text.talk
  const { phone } = useSoftphone()
  const leg = useLeg(call.id)
  const [open, setOpen] = useState<'keypad' | 'transfer' | null>(null)
  const hold = useWanted(talk.held, held => holdCall(call.id, held))
  const mute = useWanted(talk.muted, async muted => {
    // Here at once; the others are told.
    if (leg) phone?.mute(leg.leg, muted)
    await muteCall(call.id, muted)
  })
  const pause = useWanted(talk.recording === 'paused', paused => pauseRecording(call.id, paused))
  const hangUp = useAction(() => hangUpCall(call.id))
  const hasCall = talk.role === 'agent'
  return (
    <section aria-label={words.controls}>
      <div className="grid grid-cols-3 gap-1.5">
        {hasCall && (
          <Tile
            icon={hold.value ? Play : Pause}
            keys="h"
            on={hold.value}
            disabled={talk.consultation !== null}
            onClick={() => hold.want(!hold.value)}
          >
            {hold.value ? words.resume : words.hold}
          </Tile>
        )}
        <Tile icon={mute.value ? MicOff : Mic} keys="m" on={mute.value} onClick={() => mute.want(!mute.value)}>
          {mute.value ? words.unmute : words.mute}
        </Tile>
        {hasCall && (
          <>
            <Tile
              icon={Grid3x3}
              keys="k"
              disabled={leg === null}
              {...(leg === null && { title: words.keysElsewhere })}
              onClick={() => setOpen('keypad')}
            >
              {words.keypad}
            </Tile>
            <Tile
              icon={PhoneForwarded}
              keys="t"
              disabled={talk.consultation !== null}
              onClick={() => setOpen('transfer')}
            >
              {words.transfer}
            </Tile>
          </>
        )}
        {hasCall && talk.recording !== 'off' && (
          <Tile
            icon={pause.value ? Circle : CirclePause}
            keys="r"
            on={pause.value}
            onClick={() => pause.want(!pause.value)}
          >
            {pause.value ? words.resumeRecording : words.pauseRecording}
          </Tile>
        )}
        <Tile icon={hasCall ? PhoneOff : LogOut} keys="e" danger disabled={hangUp.pending} onClick={() => hangUp.run()}>
          {hasCall ? words.hangUp : words.leave}
        </Tile>
      </div>
      <Problem error={hold.error ?? mute.error ?? pause.error ?? hangUp.error} />
      {hasCall && <ConsentControl call={call} />}
      <PoorConnection quality={leg?.quality ?? null} />
      <Consultation callId={call.id} talk={talk} />
      {talk.supervisors.map(({ id, person, listening }) => (
        <p key={id} role="status" className="mt-2 rounded-lg bg-waiting-ground px-3 py-2 text-waiting">
          {text.supervision.somebody[listening ?? 'monitor'](person?.name ?? '')}
        </p>
      ))}
      {open === 'keypad' && leg && (
        <Keypad onPress={digit => phone?.digits(leg.leg, digit)} onClose={() => setOpen(null)} />
      )}
      {open === 'transfer' && <TransferCall call={call} onClose={() => setOpen(null)} />}
    </section>
  )
}

interface TileProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: LucideIcon
  /** The key that presses it, in small letters. */
  keys: string
  /** What it says is so just now: it stands out, because it is easily forgotten. */
  on?: boolean
  danger?: boolean
}

function Tile({ icon: Icon, keys, on = false, danger = false, children, ...button }: TileProps) {
  const look = danger
    ? 'border-missed text-missed last:col-start-3'
    : on
      ? 'border-transparent bg-accent text-on-accent hover:bg-accent-strong'
      : 'border-edge hover:bg-sunken'
  return (
    <button
      type="button"
      aria-keyshortcuts={keys}
      className={`relative flex h-16 cursor-pointer flex-col items-center justify-center gap-1 rounded-lg border px-1 text-center text-xs leading-tight font-semibold disabled:cursor-default disabled:opacity-60 ${look}`}
      {...button}
    >
      <Icon className="size-5 flex-none" strokeWidth={1.75} aria-hidden="true" />
      {children}
      <span className="ringside-key absolute top-1 right-1 pointer-coarse:hidden" aria-hidden="true">
        {keys.toUpperCase()}
      </span>
    </button>
  )
}
