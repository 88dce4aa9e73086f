import { Link } from '@tanstack/react-router'
import { PhoneIncoming, PhoneOutgoing } from 'lucide-react'
import { memo } from 'react'
import type { Call } from '../../client/contract.ts'
import { callState, isOver, partyNumber, shownNumber } from '../../react/callQueue.ts'
import { clock } from '../../react/clock.ts'
import { Elapsed } from '../../react/Elapsed.tsx'
import { StateBadge } from '../../react/StateBadge.tsx'
import { callerName } from '../live/announcement.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { PhoneLink } from '../ui/PhoneLink.tsx'
import { When } from '../ui/When.tsx'

interface CallListProps {
  calls: readonly Call[]
  /** Where all calls are one customer's, what they were about leads. */
  oneCustomer?: boolean
}

/** Calls as a dense table; on telephones each is a card. */
export function CallList({ calls, oneCustomer = false }: CallListProps) {
  const text = useText().callsScreen
  return (
    <table className="block w-full border-b border-line bg-surface md:table">
      <thead className="sr-only md:not-sr-only md:table-header-group">
        <tr className="text-left text-[0.8125rem] text-soft md:[&>th]:border-b md:[&>th]:border-line md:[&>th]:px-3 md:[&>th]:py-2 md:[&>th]:font-medium md:[&>th:first-child]:pl-6 md:[&>th:last-child]:pr-6">
          <th scope="col">{oneCustomer ? text.subject : text.customer}</th>
          <th scope="col">{text.state}</th>
          {!oneCustomer && <th scope="col">{text.subject}</th>}
          <th scope="col">{text.queue}</th>
          <th scope="col">{text.agent}</th>
          <th scope="col">{text.started}</th>
          <th scope="col" className="md:text-right">
            {text.duration}
          </th>
        </tr>
      </thead>
      <tbody className="block divide-y divide-line md:table-row-group">
        {calls.map(call => (
          <CallLine key={call.id} call={call} oneCustomer={oneCustomer} />
        ))}
      </tbody>
    </table>
  )
}

const CallLine = memo(function CallLine({ call, oneCustomer }: { call: Call; oneCustomer: boolean }) {
  const text = useText()
  const { country } = useSession()
  const state = callState(call)
  const who = callerName(call, { country, text })
  const number = shownNumber(call, country)
  const Direction = call.direction === 'inbound' ? PhoneIncoming : PhoneOutgoing
  return (
    <tr className="relative grid grid-cols-[1fr_auto] gap-x-4 gap-y-0.5 px-4 py-3 hover:bg-ground md:table-row md:p-0 md:[&>td]:px-3 md:[&>td]:py-1.5 md:[&>td:first-child]:pl-6 md:[&>td:last-child]:pr-6">
      <td className="min-w-0 md:max-w-72">
        <div className="flex items-center gap-2.5">
          <Direction className="size-4 flex-none text-soft" aria-label={text.popup.direction[call.direction]} />
          <div className="min-w-0">
            <Link to="/calls/$id" params={{ id: call.id }} className="row-link block truncate font-semibold">
              {oneCustomer ? (call.subject ?? text.popup.direction[call.direction]) : who}
            </Link>
            {!oneCustomer && number !== null && number !== who && (
              <p className="truncate text-soft">
                <PhoneLink number={partyNumber(call)!} />
              </p>
            )}
          </div>
        </div>
      </td>
      <td className="justify-self-end">
        <StateBadge tone={state}>{stateWords(call, text.popup)}</StateBadge>
      </td>
      {!oneCustomer && (
        <td className="col-span-2 min-w-0 truncate empty:hidden md:max-w-60 md:empty:table-cell">{call.subject}</td>
      )}
      <td className="col-start-1 truncate text-soft empty:hidden md:max-w-40 md:empty:table-cell">
        {call.queue?.name}
      </td>
      <td className="col-start-1 truncate empty:hidden md:max-w-40 md:empty:table-cell">{call.agent?.name}</td>
      <td className="col-start-1 text-soft">
        <When time={call.startedAt} />
      </td>
      <td className="justify-self-end tabular-nums md:text-right">
        {isOver(call) ? (
          call.durationSeconds !== null && clock(call.durationSeconds)
        ) : (
          <Elapsed since={call.answeredAt ?? call.startedAt} />
        )}
      </td>
    </tr>
  )
})

/** How it ended says more than that it ended. */
export function stateWords(
  call: Call,
  text: { state: Record<ReturnType<typeof callState>, string>; outcome: Record<NonNullable<Call['outcome']>, string> },
): string {
  return isOver(call) && call.outcome !== null ? text.outcome[call.outcome] : text.state[callState(call)]
}
