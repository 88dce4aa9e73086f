import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Call } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { speakerIn } from '../../react/conversation.ts'
import { Problem } from '../../react/Problem.tsx'
import { callQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useSoftphone } from '../softphone/Softphone.tsx'
import { useWanted } from '../softphone/useWanted.ts'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { callerName } from './announcement.ts'
import { hangUpCall, supervise } from './callActions.ts'
import { type Listening, listenersOf, supervisorLeg } from './supervision.ts'

const WAYS: readonly Listening[] = ['monitor', 'whisper', 'barge']

/** Listening to a call, and what comes of it, for those who lead. The sound comes by this page's own softphone. */
export function Supervise({ call }: { call: Call }) {
  const text = useText()
  const words = text.voice.supervision
  const { me, agentId, country } = useSession()
  const { state } = useSoftphone()
  const leg = supervisorLeg(state.legs, call.id)
  // Whom the agent is not told of is in no event of the call: whoever listens asks once, and is told from then on.
  const { data: details } = useQuery({ ...callQuery(call.id), enabled: leg !== null })
  const [ending, setEnding] = useState(false)
  const listeners = listenersOf(call, details)
  const mine = listeners.find(({ id }) => id === me.id)?.listening ?? null
  const way = useWanted<Listening | null>(mine, listening => supervise(call.id, listening))
  const others = listeners.filter(({ id }) => id !== me.id)
  const who = callerName(call, { country, text })
  // To listen to oneself is no use.
  const speaks = speakerIn(call, agentId) !== null
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {!speaks &&
        WAYS.map(each => (
          <Button
            key={each}
            aria-pressed={way.value === each}
            className="aria-pressed:border-transparent aria-pressed:bg-accent aria-pressed:text-on-accent"
            onClick={() => way.want(each)}
          >
            {words[each]}
          </Button>
        ))}
      {way.value !== null && <Button onClick={() => way.want(null)}>{words.stop}</Button>}
      <Button look="danger" onClick={() => setEnding(true)}>
        {words.disconnect}
      </Button>
      <p role="status" className="ml-2 text-soft">
        {[way.value && words.yours[way.value], ...others.map(({ name, listening }) => words.theirs[listening](name))]
          .filter(Boolean)
          .join(' · ')}
        {way.value && ` ${hearing()}`}
      </p>
      <Problem error={way.error} />
      {ending && (
        <Confirm
          title={words.disconnectSure(who)}
          hint={words.disconnectHint}
          action={words.disconnect}
          onConfirm={() => hangUpCall(call.id)}
          onClose={() => setEnding(false)}
        />
      )}
    </div>
  )

  function hearing(): string {
    if (leg?.connection === 'connected') return ''
    return state.registered && !state.first ? words.elsewhere : words.hearing
  }
}
