import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { AudioLines, PhoneForwarded, Voicemail as VoicemailIcon } from 'lucide-react'
import { useState } from 'react'
import type { Callback, Voicemail } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { clock } from '../../react/clock.ts'
import { Problem } from '../../react/Problem.tsx'
import { StateBadge, type Tone } from '../../react/StateBadge.tsx'
import { useAction } from '../../react/useAction.ts'
import { callbacksQuery, voicemailsQuery } from '../queries.ts'
import { RecordingPlayer } from '../recordings/RecordingPlayer.tsx'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { PhoneLink } from '../ui/PhoneLink.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'
import { finishWork, isCallable, whoOf } from './finishWork.ts'
import { recordingOf, type Work } from './voicemails.ts'

/** What callers have left for us to do: messages, and callbacks they were promised. */
export function VoicemailsScreen() {
  const words = useText().deskVoicemail
  const { show = 'messages' } = useSearch({ from: '/shell/voicemails' })
  const navigate = useNavigate({ from: '/voicemails' })
  return (
    <Screen
      title={words.title}
      tools={
        <Choice
          label={words.sections}
          value={show}
          onChoose={value => navigate({ search: value === 'messages' ? {} : { show: value }, replace: true })}
          options={[
            { value: 'messages', label: words.messages },
            { value: 'callbacks', label: words.callbacks },
          ]}
        />
      }
    >
      {show === 'messages' ? <Messages /> : <Callbacks />}
    </Screen>
  )
}

function Messages() {
  const words = useText().deskVoicemail
  const { country } = useSession()
  const query = useInfiniteQuery(voicemailsQuery)
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const messages = pages.flatMap(page => page.items)
        if (messages.length === 0) {
          return <Empty icon={VoicemailIcon} title={words.noMessages} hint={words.noMessagesHint} />
        }
        return (
          <>
            <ul aria-label={words.messages} className="divide-y divide-line border-b border-line bg-surface">
              {messages.map(message => (
                <Row
                  key={message.id}
                  work={{ kind: 'voicemail', ...message }}
                  detail={clock(message.seconds)}
                  number={isCallable(message.from, country) ? message.from : null}
                  at={message.leftAt}
                />
              ))}
            </ul>
            <LoadMore query={query} />
          </>
        )
      }}
    </Loaded>
  )
}

function Callbacks() {
  const words = useText().deskVoicemail
  const query = useInfiniteQuery(callbacksQuery)
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const callbacks = pages.flatMap(page => page.items)
        if (callbacks.length === 0) {
          return <Empty icon={PhoneForwarded} title={words.noCallbacks} hint={words.noCallbacksHint} />
        }
        return (
          <>
            <ul aria-label={words.callbacks} className="divide-y divide-line border-b border-line bg-surface">
              {callbacks.map(callback => (
                <Row
                  key={callback.id}
                  work={{ kind: 'callback', ...callback }}
                  detail={callback.attempts > 0 ? words.attempts(callback.attempts) : ''}
                  number={callback.number}
                  at={callback.promisedAt}
                />
              ))}
            </ul>
            <LoadMore query={query} />
          </>
        )
      }}
    </Loaded>
  )
}

const TONES: Record<Voicemail['status'] | Callback['status'], Tone> = {
  new: 'waiting',
  waiting: 'waiting',
  'in-progress': 'live',
  done: 'done',
  failed: 'missed',
}

interface RowProps {
  work: Work
  detail: string
  /** Where the customer can be called; null: not known. */
  number: string | null
  at: string
}

function Row({ work, detail, number, at }: RowProps) {
  const text = useText()
  const words = text.deskVoicemail
  const session = useSession()
  const { agentId, country } = session
  const [heard, setHeard] = useState(false)
  const done = useAction(() => finishWork(work))
  const who = whoOf(work, country, text)
  const recording = session.may('hear recordings') ? recordingOf(work) : null
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-ground md:px-6">
      <span className="w-24">
        <StateBadge tone={TONES[work.status]}>{words.status[work.status]}</StateBadge>
      </span>
      <div className="min-w-0 grow">
        <Link to="/calls/$id" params={{ id: work.call.id }} className="row-link block truncate font-semibold">
          {who}
        </Link>
        <p className="text-soft tabular-nums">
          {[work.queue.name, detail, work.agent?.name].filter(Boolean).join(' · ')}
          {number !== null && (
            <>
              {' · '}
              <PhoneLink number={number} />
            </>
          )}
        </p>
        {work.kind === 'voicemail' && work.transcript !== null && <p>{work.transcript}</p>}
      </div>
      {recording !== null && (
        <Button
          className="relative"
          aria-expanded={heard}
          aria-label={`${text.voice.recordings.kind.voicemail}: ${who}`}
          onClick={() => setHeard(!heard)}
        >
          <AudioLines aria-hidden="true" />
        </Button>
      )}
      <span className="text-soft">
        <When time={at} />
      </span>
      {agentId !== null && work.status !== 'done' && (
        <div className="relative">
          <Button pending={done.pending} aria-label={words.doneOf(who)} onClick={() => done.run()}>
            {words.done}
          </Button>
          <Problem error={done.error} />
        </div>
      )}
      {heard && recording !== null && (
        <div className="relative w-full">
          <RecordingPlayer recording={recording} />
        </div>
      )}
    </li>
  )
}
