import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { CallDetails } from '../../client/contract.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { Button } from '../../react/Button.tsx'
import { CallerHistory } from '../../react/CallerHistory.tsx'
import { callState, canTake, isOver, partyNumber, shownNumber } from '../../react/callQueue.ts'
import { clock } from '../../react/clock.ts'
import { Elapsed } from '../../react/Elapsed.tsx'
import { Problem } from '../../react/Problem.tsx'
import { StateBadge } from '../../react/StateBadge.tsx'
import { useAction } from '../../react/useAction.ts'
import { eventSentence } from '../activity/eventSentence.ts'
import { TransferCall } from '../desk/TransferCall.tsx'
import { WrapUp } from '../desk/WrapUp.tsx'
import { callerName } from '../live/announcement.ts'
import { useCenter } from '../live/Center.tsx'
import { hangUpCall, takeCall } from '../live/callActions.ts'
import { Supervise } from '../live/Supervise.tsx'
import { isTalkedIn } from '../live/supervision.ts'
import { useGo } from '../live/useGo.ts'
import { callQuery } from '../queries.ts'
import { RecordingsPanel } from '../recordings/RecordingsPanel.tsx'
import { useSession } from '../session/session.tsx'
import { useText, useWords } from '../text/text.tsx'
import { Facts, Panel } from '../ui/Panel.tsx'
import { PhoneLink } from '../ui/PhoneLink.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'
import { stateWords } from './CallList.tsx'
import { ConsentPanel } from './ConsentPanel.tsx'
import { CustomerPanel } from './CustomerPanel.tsx'
import { NoteForm } from './NoteForm.tsx'
import { RoutingPanel } from './RoutingPanel.tsx'

export function CallScreen() {
  const { id } = useParams({ from: '/shell/calls/$id' })
  const query = useQuery(callQuery(id))
  return <Loaded query={query}>{call => <OneCall key={call.id} call={call} />}</Loaded>
}

function OneCall({ call }: { call: CallDetails }) {
  const { text, format } = useWords()
  const session = useSession()
  const go = useGo()
  return (
    <Screen
      title={callerName(call, { country: session.country, text })}
      back={{ to: '/calls', label: text.call.back }}
      tools={<Summary call={call} />}
    >
      <div className="grid items-start gap-4 p-4 md:p-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="space-y-4">
          {session.may('hear recordings') && <RecordingsPanel recordings={call.recordings} />}
          <Panel title={text.call.notes}>
            <Notes call={call} />
            {session.may('log calls') && (
              <div className="border-t border-line p-4">
                <NoteForm callId={call.id} />
              </div>
            )}
          </Panel>
          {call.queue && <RoutingPanel callId={call.id} />}
          <Panel title={text.call.timeline}>
            <Timeline call={call} />
          </Panel>
        </div>
        <div className="space-y-4">
          <CustomerPanel call={call} />
          {call.consent && <ConsentPanel consent={call.consent} />}
          <Panel title={text.call.details}>
            <CallFacts call={call} />
          </Panel>
          {call.legs.length > 0 && (
            <Panel title={text.call.legs}>
              <Legs legs={call.legs} />
            </Panel>
          )}
          {(partyNumber(call) !== null || call.contact !== null) && (
            <Panel title={text.call.history}>
              <div className="px-4 pb-2 [&>.ringside-history]:mt-0">
                <CallerHistory
                  card={call.card}
                  locale={format}
                  text={text.popup}
                  onOpenCall={go.toCall}
                  onOpenRequest={go.toRequest}
                />
              </div>
            </Panel>
          )}
        </div>
      </div>
    </Screen>
  )
}

function Summary({ call }: { call: CallDetails }) {
  const text = useText()
  const { agentId, may } = useSession()
  const { agent, hand } = useCenter()
  const wrapUp = agent?.wrapUps.find(({ callId }) => callId === call.id)
  const [transferring, setTransferring] = useState(false)
  const take = useAction(() => takeCall(call.id))
  const hangUp = useAction(() => hangUpCall(call.id))
  const mine = call.agent !== null && call.agent.id === agentId
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <StateBadge tone={callState(call)}>{stateWords(call, text.popup)}</StateBadge>
      <span className="tabular-nums">
        {isOver(call) ? clock(call.durationSeconds ?? 0) : <Elapsed since={call.answeredAt ?? call.startedAt} />}
      </span>
      <span className="text-soft">
        {[text.popup.direction[call.direction], call.queue?.name, mine ? text.deskScreen.withYou : call.agent?.name]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {agentId !== null && canTake(call) && (
        <Button look="primary" pending={take.pending} onClick={() => take.run()}>
          {take.pending ? text.popup.taking : text.popup.take}
        </Button>
      )}
      {mine && !isOver(call) && hand?.call.id !== call.id && (
        <>
          <Button look="danger" pending={hangUp.pending} onClick={() => hangUp.run()}>
            {text.call.hangUp}
          </Button>
          <Button onClick={() => setTransferring(true)}>{text.voice.talk.transfer}</Button>
        </>
      )}
      {transferring && <TransferCall call={call} onClose={() => setTransferring(false)} />}
      {wrapUp && <WrapUp callId={call.id} until={wrapUp.until} />}
      <Problem error={take.error ?? hangUp.error} />
      {may('supervise calls') && isTalkedIn(call) && !mine && (
        <div className="w-full">
          <Supervise call={call} />
        </div>
      )}
    </div>
  )
}

function Notes({ call }: { call: CallDetails }) {
  const text = useText()
  if (call.notes.length === 0) return <p className="p-4 text-soft">{text.call.noNotes}</p>
  return (
    <ul className="divide-y divide-line">
      {call.notes.map(note => (
        <li key={note.id} className="px-4 py-3">
          <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{note.text}</p>
          <p className="mt-1 text-[0.8125rem] text-soft">
            {note.author} · <When time={note.createdAt} />
          </p>
        </li>
      ))}
    </ul>
  )
}

function Timeline({ call }: { call: CallDetails }) {
  const { text, format } = useWords()
  const { country } = useSession()
  return (
    <ol className="py-2">
      {call.events.map(event => (
        <li key={event.seq} className="group relative flex gap-4 py-1.5 pr-4 pl-10">
          <span
            aria-hidden="true"
            className="absolute top-0 bottom-0 left-[1.3125rem] w-px bg-line group-first:top-4 group-last:bottom-[calc(100%-1rem)]"
          />
          <span aria-hidden="true" className="absolute top-3 left-[1.125rem] size-2 rounded-full bg-edge" />
          <span className="min-w-0 grow">{eventSentence(event, text, country, format)}</span>
          <span className="flex-none text-soft">
            <When time={event.at} />
          </span>
        </li>
      ))}
    </ol>
  )
}

function CallFacts({ call }: { call: CallDetails }) {
  const text = useText()
  const { country } = useSession()
  const number = partyNumber(call)
  const theirs =
    number !== null && shownNumber(call, country) !== null ? <PhoneLink number={number} /> : text.popup.withheld
  return (
    <Facts
      facts={[
        [text.callsScreen.subject, call.subject],
        [text.call.from, call.direction === 'inbound' ? theirs : formatNumber(call.from, country)],
        [text.call.to, call.direction === 'inbound' ? formatNumber(call.to, country) : theirs],
        [text.callsScreen.queue, call.queue?.name],
        [text.callsScreen.agent, call.agent?.name ?? text.call.nobody],
        [text.voice.talk.disposition, call.disposition],
        [text.callsScreen.started, <When key="started" time={call.startedAt} />],
        [text.call.answered, call.answeredAt && <When key="answered" time={call.answeredAt} />],
        [text.call.ended, call.endedAt && <When key="ended" time={call.endedAt} />],
        [text.call.provider, call.provider],
        [text.call.providerCallId, <code key="id">{call.providerCallId}</code>],
      ]}
    />
  )
}

function Legs({ legs }: { legs: CallDetails['legs'] }) {
  const text = useText()
  return (
    <ul className="divide-y divide-line">
      {legs.map(leg => (
        <li key={leg.providerLegId} className="flex items-baseline gap-3 px-4 py-2.5">
          <span className="grow">{text.call.leg[leg.party]}</span>
          <span className="text-soft">{text.call.legStatus[leg.status]}</span>
          <span className="tabular-nums">{leg.durationSeconds !== null && clock(leg.durationSeconds)}</span>
        </li>
      ))}
    </ul>
  )
}
