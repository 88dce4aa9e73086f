import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import type { SupportRequest } from '../../client/contract.ts'
import { StateBadge, type Tone } from '../../react/StateBadge.tsx'
import { useText } from '../text/text.tsx'
import { When } from '../ui/When.tsx'
import { Priority } from './Priority.tsx'
import type { RequestSearch } from './requestSearch.ts'

const NO_SEARCH: RequestSearch = {}

export const TONES: Record<SupportRequest['status'], Tone> = { pending: 'waiting', 'in-progress': 'live', done: 'done' }

interface RequestListProps {
  requests: readonly SupportRequest[]
  /** What the address says besides: it stays when another one is opened. */
  search?: RequestSearch
}

export function RequestList({ requests, search = NO_SEARCH }: RequestListProps) {
  const text = useText()
  return (
    <ul aria-label={text.requests} className="divide-y divide-line bg-surface">
      {requests.map(request => (
        <RequestRow key={request.id} request={request} status={search.status} chosen={request.id === search.request} />
      ))}
    </ul>
  )
}

interface RequestRowProps {
  request: SupportRequest
  status: RequestSearch['status']
  chosen: boolean
}

const RequestRow = memo(function RequestRow({ request, status, chosen }: RequestRowProps) {
  const text = useText().requestsScreen
  return (
    <li
      className={`relative grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5 px-4 py-2.5 md:px-6 ${chosen ? 'bg-accent-ground' : 'hover:bg-ground'}`}
    >
      <Link
        to="/requests"
        search={{ ...(status && { status }), request: request.id }}
        aria-current={chosen ? 'true' : undefined}
        className="row-link truncate font-semibold"
      >
        {request.subject}
      </Link>
      <p className="justify-self-end">
        <StateBadge tone={TONES[request.status]}>{text.status[request.status]}</StateBadge>
      </p>
      <p className="truncate text-soft">{request.contact?.name ?? request.userEmail}</p>
      <p className="flex justify-end gap-2 text-[0.8125rem]">
        {request.status !== 'done' && request.priority !== 'normal' && <Priority priority={request.priority} />}
        <span className="text-soft">
          <When time={request.createdAt} />
        </span>
      </p>
    </li>
  )
})
