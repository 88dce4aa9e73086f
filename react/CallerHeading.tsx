import type { Call } from '../client/contract.ts'
import type { Caller } from './caller.ts'
import { callState, isOver, shownNumber } from './callQueue.ts'
import { clock } from './clock.ts'
import { Elapsed } from './Elapsed.tsx'
import type { PopupText } from './popupText.ts'
import { StateBadge, type Tone } from './StateBadge.tsx'

interface CallerHeadingProps {
  call: Call
  caller: Caller
  country: string
  text: PopupText
  /** More than the call itself tells of how it stands. */
  state?: { tone: Tone; words: string }
}

/** Who, from which number, since when: always four lines high, so that what is below never moves. */
export function CallerHeading({ call, caller, country, text, state = stateOf(call, text) }: CallerHeadingProps) {
  const number = shownNumber(call, country) ?? text.withheld
  const { name, below } = describe(caller, call, number)
  return (
    <header className="ringside-heading">
      <p className="ringside-heading-state">
        <StateBadge tone={state.tone}>{state.words}</StateBadge>
        {isOver(call) ? clock(call.durationSeconds ?? 0) : <Elapsed since={call.answeredAt ?? call.startedAt} />}
        {call.queue && <span className="ringside-soft">{text.via(call.queue.name)}</span>}
      </p>
      <h2>{name}</h2>
      <p className="ringside-number">{below}</p>
      <p className="ringside-soft">
        {caller.kind === 'known' && knownOf(caller).filter(Boolean).join(' · ')}
        {caller.kind === 'unknown' && text.newCaller}
        {caller.kind === 'candidates' && text.perhaps}
      </p>
    </header>
  )
}

const knownOf = ({ company, email, fields }: Extract<Caller, { kind: 'known' }>): (string | null)[] => [
  company,
  email,
  ...fields.map(({ label, value }) => (typeof value === 'boolean' ? (value ? label : null) : `${label}: ${value}`)),
]

function stateOf(call: Call, text: PopupText): { tone: Tone; words: string } {
  const tone = callState(call)
  return { tone, words: text.state[tone] }
}

function describe(caller: Caller, call: Call, number: string): { name: string; below: string } {
  switch (caller.kind) {
    case 'known':
      return { name: caller.name, below: number }
    case 'withheld':
    case 'candidates':
    case 'unknown':
    case 'unsought':
      return { name: number, below: call.callerName ?? '' }
  }
}
