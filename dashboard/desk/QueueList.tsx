import { Link, useNavigate } from '@tanstack/react-router'
import { memo, useRef } from 'react'
import { callBackRequest } from '../../client/contract.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { Button } from '../../react/Button.tsx'
import {
  callState,
  canTake,
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
import { takeCall } from '../live/callActions.ts'
import { Priority } from '../requests/Priority.tsx'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { useGlide } from './useGlide.ts'

export function QueueList({ items }: { items: readonly QueueItem[] }) {
  const text = useText()
  const list = useRef<HTMLUListElement>(null)
  useGlide(list, items)
  return (
    <ul ref={list} aria-label={text.deskScreen.queue} className="divide-y divide-line border-b border-line bg-surface">
      {items.map(item =>
        item.kind === 'call' ? <CallRow key={item.id} call={item} /> : <RequestRow key={item.id} request={item} />,
      )}
    </ul>
  )
}

const ROW =
  'relative grid min-h-14 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2 hover:bg-ground md:grid-cols-[8rem_minmax(0,1.4fr)_minmax(0,1fr)_4.5rem_6.5rem] md:px-6'

const CallRow = memo(function CallRow({ call }: { call: QueuedCall }) {
  const text = useText()
  const { agentId, country } = useSession()
  const take = useAction(() => takeCall(call.id))
  const state = callState(call)
  const who = callerName(call, { country, text })
  const number = shownNumber(call, country)
  const mine = call.agent !== null && call.agent.id === agentId
  return (
    <li data-row={call.id} className={ROW}>
      <div className="order-2 justify-self-end md:order-none md:justify-self-start">
        <StateBadge tone={state}>{text.popup.state[state]}</StateBadge>
      </div>
      <div className="min-w-0">
        <Link to="/calls/$id" params={{ id: call.id }} className="row-link block truncate font-semibold">
          {who}
        </Link>
        <p className="truncate text-soft tabular-nums">
          {number !== who && number}
          {number === who && call.callerName}
        </p>
      </div>
      <div className="order-3 min-w-0 md:order-none">
        <p className="truncate">
          {call.agent ? (mine ? text.deskScreen.withYou : call.agent.name) : (call.queue?.name ?? '')}
        </p>
        <p className="truncate text-soft">{call.subject}</p>
      </div>
      <div className="order-4 justify-self-end text-soft md:order-none">
        <Elapsed since={call.answeredAt ?? call.startedAt} />
      </div>
      <div className="relative order-5 col-span-2 md:order-none md:col-span-1 md:justify-self-end">
        {agentId !== null && canTake(call) && (
          <Button
            look={state === 'ringing' ? 'primary' : 'secondary'}
            className="w-full md:w-auto"
            disabled={take.pending}
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
      <div className="order-2 justify-self-end md:order-none md:justify-self-start">
        <StateBadge tone="waiting">{text.deskScreen.pending}</StateBadge>
      </div>
      <div className="min-w-0">
        <Link to="/requests" search={{ request: request.id }} className="row-link block truncate font-semibold">
          {request.subject}
        </Link>
        <p className="truncate text-soft">
          {[who, formatNumber(request.phoneNumber, country)].filter(Boolean).join(' · ')}
        </p>
      </div>
      <div className="order-3 flex min-w-0 gap-2 md:order-none md:block">
        <p className="truncate">{text.deskScreen.request}</p>
        <p className="truncate">
          <Priority priority={request.priority} />
        </p>
      </div>
      <div className="order-4 justify-self-end text-soft md:order-none">
        <Elapsed since={request.createdAt} />
      </div>
      <div className="relative order-5 col-span-2 md:order-none md:col-span-1 md:justify-self-end">
        {agentId !== null && (request.phoneNumber !== null || request.contact !== null) && (
          <Button
            className="w-full md:w-auto"
            disabled={callBack.pending}
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
