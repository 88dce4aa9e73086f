import { Mic, MicOff, Phone as PhoneIcon, PhoneOff } from 'lucide-react'
import { type FormEvent, useState, useSyncExternalStore } from 'react'
import { recall, remember } from '../../client/voice/memory.ts'
import { Button } from '../../react/Button.tsx'
import { Elapsed } from '../../react/Elapsed.tsx'
import { Field } from '../../react/Field.tsx'
import { ConnectionCheck } from '../ui/ConnectionCheck.tsx'
import { Logo } from '../ui/Logo.tsx'
import { IncomingCall } from './IncomingCall.tsx'
import { Keypad } from './Keypad.tsx'
import { MicrophoneLevel } from './MicrophoneLevel.tsx'
import type { Phone, PhoneState } from './phone.ts'
import { SoundSelects } from './SoundSelects.tsx'
import { farewell, situation, trouble } from './sentences.ts'
import type { PhoneText } from './words.ts'

/** Whom this page calls, as the address of the page and the server say. */
export interface Callee {
  /** E.164. */
  number: string
  /** As it is written there. */
  label: string
  /** Null while it is not known. */
  workspaceName: string | null
}

interface PhoneScreenProps {
  phone: Phone
  callee: Callee
  text: PhoneText
  /** From the page that shows this one. */
  given: { name: string | null; language: string | null }
  /** Inside somebody else's page: no room to waste. */
  embedded: boolean
}

interface Caller {
  name: string
  number: string
}

const CALLER = 'phone.caller'

export function PhoneScreen({ phone, callee, text, given, embedded }: PhoneScreenProps) {
  const state = useSyncExternalStore(phone.subscribe, () => phone.state)
  const [caller, setCaller] = useState<Caller>(() => ({
    name: given.name ?? '',
    number: '',
    ...recall<Partial<Caller>>('device', CALLER, {}),
  }))
  const [to, setTo] = useState<string | null>(null)

  function call(event: FormEvent): void {
    event.preventDefault()
    remember('device', CALLER, caller)
    void phone.call({
      to: to?.trim() || callee.number,
      from: caller.number.trim() || null,
      name: caller.name.trim() || null,
      language: given.language || navigator.language || null,
    })
  }

  return (
    <main className={`grid min-h-full ${embedded ? 'bg-surface' : 'place-items-center p-4'}`}>
      <div
        className={`flex w-full flex-col ${embedded ? 'p-5' : 'max-w-sm rounded-2xl border border-line bg-surface p-6'}`}
      >
        <header className="flex items-center gap-3">
          <Logo className="size-10 flex-none" />
          <div className="min-w-0">
            <h1 className="truncate">{callee.workspaceName ?? text.unnamed}</h1>
            <p className="text-soft tabular-nums">{callee.label}</p>
          </div>
        </header>
        {state.stage === 'idle' ? (
          <form className="mt-6 flex grow flex-col gap-5" onSubmit={call}>
            <Farewell state={state} text={text} />
            <Button type="submit" look="primary" className="min-h-14 w-full touch-manipulation text-lg">
              <PhoneIcon aria-hidden="true" />
              {state.ending === null ? text.call : text.callAgain}
            </Button>
            <details>
              <summary className="cursor-pointer rounded py-1 font-semibold text-soft">{text.details}</summary>
              <div className="mt-3 space-y-3">
                <Field
                  label={text.name}
                  autoComplete="name"
                  maxLength={100}
                  value={caller.name}
                  onChange={event => setCaller({ ...caller, name: event.target.value })}
                />
                <Field
                  label={text.number}
                  hint={text.numberHint}
                  type="tel"
                  autoComplete="tel"
                  maxLength={40}
                  value={caller.number}
                  onChange={event => setCaller({ ...caller, number: event.target.value })}
                />
                <Field
                  label={text.to}
                  type="tel"
                  autoComplete="off"
                  maxLength={40}
                  value={to ?? callee.number}
                  onChange={event => setTo(event.target.value)}
                />
                <SoundSelects text={text} onChoose={choice => void phone.voice.chooseDevices(choice)} />
                <ConnectionCheck label={text.checkConnection} words={text.connectivity} />
              </div>
            </details>
          </form>
        ) : state.stage === 'ringing' && state.incoming !== null ? (
          <IncomingCall
            from={state.incoming.name ?? callee.workspaceName ?? callee.label}
            text={text}
            onAnswer={() => void phone.answer()}
            onDecline={phone.hangUp}
          />
        ) : (
          <OnCall phone={phone} state={state} text={text} />
        )}
      </div>
    </main>
  )
}

function Farewell({ state: { ending }, text }: { state: PhoneState; text: PhoneText }) {
  if (ending === null) return <p className="text-soft">{text.free}</p>
  const { title, remedy } = farewell(ending, text)
  const bad = ending.type === 'no-microphone' || ending.type === 'refused'
  return (
    <div role={bad ? 'alert' : 'status'} className={bad ? 'rounded-lg bg-missed-ground p-3 text-missed' : ''}>
      <p className="font-semibold">{title}</p>
      {remedy && <p className="mt-1">{remedy}</p>}
    </div>
  )
}

function OnCall({ phone, state, text }: { phone: Phone; state: PhoneState; text: PhoneText }) {
  const { leg, line, talkingSince } = state
  const muted = leg?.muted ?? false
  const { track } = phone.voice.microphone
  return (
    <section className="mt-6 flex grow flex-col gap-4">
      <div className="min-h-24 text-center">
        <div role="status">
          <p className="text-lg font-semibold text-balance">{situation(state, text)}</p>
          {line?.queue && line.phase !== 'talking' && <p className="mt-0.5 text-soft">{text.inQueue(line.queue)}</p>}
          <p className="mt-1 text-ringing text-balance">{trouble(state, text)}</p>
        </div>
        <p className="mt-1 flex justify-center gap-3 text-soft">
          {talkingSince !== null && <Elapsed since={new Date(talkingSince).toISOString()} />}
          {leg?.quality && <span>{text.qualities[leg.quality.level]}</span>}
        </p>
      </div>
      {leg && <Keypad label={text.keypad} typedLabel={text.typed} onKey={phone.digits} />}
      {muted ? (
        <p className="min-h-8 text-center text-soft">{text.muted}</p>
      ) : (
        track && <MicrophoneLevel track={track} silent={text.silent} />
      )}
      {line?.canBeCalledBack && <Button onClick={phone.callMeBack}>{text.callMeBack}</Button>}
      <div className="mt-auto grid grid-cols-2 gap-3">
        <Button className="min-h-12" aria-pressed={muted} disabled={leg === null} onClick={() => phone.mute(!muted)}>
          {muted ? <MicOff aria-hidden="true" /> : <Mic aria-hidden="true" />}
          {text.mute}
        </Button>
        <Button look="danger" className="min-h-12" onClick={phone.hangUp}>
          <PhoneOff aria-hidden="true" />
          {text.hangUp}
        </Button>
      </div>
    </section>
  )
}
