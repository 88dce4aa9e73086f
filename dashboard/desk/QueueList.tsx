import { Link, useNavigate } from '@tanstack/react-router'
import { memo, useRef } from 'react'
import { callBackRequest } from '../../client/contract.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { Button } from '../../react/Button.tsx'
import {
  callState,
  canTake,
  placesInLine,
  type QueuedCall,
  type QueuedRequest,
  type QueueItem,
  shownNumber,
} from '../../react/callQueue.ts'
import { Elapsed } from '../../react/Elapsed.tsx'
import { Problem } from '../../react/Problem.tsx'
import { StateBadge } from '../../react/StateBadge.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { callerName } from '../live/announcement.ts'
import { useCenter } from '../live/Center.tsx'
import { takeCall } from '../live/callActions.ts'
import { Priority } from '../requests/Priority.tsx'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { useGlide } from './useGlide.ts'

export function QueueList({ items }: { items: readonly QueueItem[] }) {
  const text = useText()
  const list = useRef<HTMLUListElement>(null)
  useGlide(list, items)
  const places = placesInLine(useCenter().queue.items)
  return (
    <ul
      ref={list}
      aria-label={text.deskScreen.queue}
      className="@container divide-y divide-line border-b border-line bg-surface"
    >
      {items.map(item =>
        item.kind === 'call' ? (
          <CallRow key={item.id} call={item} place={places.get(item.id) ?? null} />
        ) : (
          <RequestRow key={item.id} request={item} />
        ),
      )}
    </ul>
  )
}

/** In one line where there is room for it, else with the state over the time. */
const ROW = [
  'relative grid min-h-14 items-center gap-x-4 px-4 py-2 hover:bg-ground md:px-6',
  "grid-cols-[minmax(0,1fr)_auto_auto] [grid-template-areas:'who_state_act'_'who_time_act'_'more_more_more']",
  '@2xl:grid-cols-[8rem_minmax(0,1.4fr)_minmax(0,1fr)_4.5rem_6.5rem]',
  "@2xl:[grid-template-areas:'state_who_more_time_act']",
].join(' ')

interface CallRowProps {
  call: QueuedCall
  /** In the line of its queue, from 1; null where it stands in none. */
  place: number | null
}

const CallRow = memo(function CallRow({ call, place }: CallRowProps) {
  const text = useText()
  const { agentId, country } = useSession()
  const take = useAction(() => takeCall(call.id))
  const state = callState(call)
  const who = callerName(call, { country, text })
  const number = shownNumber(call, country)
  const mine = call.agent !== null && call.agent.id === agentId
  return (
    <li data-row={call.id} className={ROW}>
      <div className="justify-self-end [grid-area:state] @2xl:justify-self-start">
        <StateBadge tone={state}>{text.popup.state[state]}</StateBadge>
      </div>
      <div className="min-w-0 [grid-area:who]">
        <Link to="/calls/$id" params={{ id: call.id }} className="row-link block truncate font-semibold">
          {who}
        </Link>
        <p className="truncate text-soft tabular-nums">
          {number !== who && number}
          {number === who && call.callerName}
        </p>
      </div>
      <div className="flex min-w-0 gap-2 [grid-area:more] @2xl:block">
        <p className="truncate">
          {call.agent ? (mine ? text.deskScreen.withYou : call.agent.name) : (call.queue?.name ?? '')}
          {place !== null && <span className="text-soft tabular-nums"> · {text.deskCall.placeInLine(place)}</span>}
        </p>
        <p className="truncate text-soft">{call.subject}</p>
      </div>
      <div className="justify-self-end text-soft [grid-area:time]">
        <Elapsed since={call.answeredAt ?? call.startedAt} />
      </div>
      <div className="relative justify-self-end [grid-area:act] empty:hidden">
        {agentId !== null && canTake(call) && (
          <Button
            look={state === 'ringing' ? 'primary' : 'secondary'}
            pending={take.pending}
            aria-label={`${text.deskScreen.take}: ${who}`}
            onClick={() => take.run()}
          >
            {text.deskScreen.take}
          </Button>
        )}
        <Problem error={take.error} />
      </div>
    </li>
  )
})

const RequestRow = memo(function RequestRow({ request }: { request: QueuedRequest }) {
  const text = useText()
  const { agentId, country } = useSession()
  const navigate = useNavigate()
  const callBack = useAction(async () => {
    const { call } = await api.call(callBackRequest, { params: { id: request.id } })
    await navigate({ to: '/calls/$id', params: { id: call.id } })
  })
  const who = request.contact?.name ?? request.userEmail
  return (
    <li data-row={request.id} className={ROW}>
      <div className="justify-self-end [grid-area:state] @2xl:justify-self-start">
        <StateBadge tone="waiting">{text.deskScreen.pending}</StateBadge>
      </div>
      <div className="min-w-0 [grid-area:who]">
        <Link to="/requests" search={{ request: request.id }} className="row-link block truncate font-semibold">
          {request.subject}
        </Link>
        <p className="truncate text-soft">
          {[who, formatNumber(request.phoneNumber, country)].filter(Boolean).join(' · ')}
        </p>
      </div>
      <div className="flex min-w-0 gap-2 [grid-area:more] @2xl:block">
        <p className="truncate">{text.deskScreen.request}</p>
        <p className="truncate">
          <Priority priority={request.priority} />
        </p>
      </div>
      <div className="justify-self-end text-soft [grid-area:time]">
        <Elapsed since={request.createdAt} />
      </div>
      <div className="relative justify-self-end [grid-area:act] empty:hidden">
        {agentId !== null && (request.phoneNumber !== null || request.contact !== null) && (
          <Button
            pending={callBack.pending}
            aria-label={`${text.deskScreen.callBack}: ${who}`}
            onClick={() => callBack.run()}
          >
            {text.deskScreen.callBack}
          </Button>
        )}
        <Problem error={callBack.error} />
      </div>
    </li>
  )
})
