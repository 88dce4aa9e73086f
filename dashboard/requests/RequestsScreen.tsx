import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronLeft, Inbox } from 'lucide-react'
import { RequestStatus } from '../../client/contract.ts'
import { useMedia, WIDE } from '../live/useMedia.ts'
import { requestsQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { RequestDetails } from './RequestDetails.tsx'
import { RequestList } from './RequestList.tsx'
import type { RequestSearch } from './requestSearch.ts'

const STATUSES = ['all', ...RequestStatus.options] as const

export function RequestsScreen() {
  const text = useText()
  const search = useSearch({ from: '/shell/requests' })
  const navigate = useNavigate({ from: '/requests' })
  return (
    <div className="flex min-h-full flex-col">
      <Screen
        title={text.requests}
        tools={
          <Choice
            label={text.requestsScreen.statusLabel}
            value={search.status ?? 'all'}
            onChoose={value => navigate({ search: value === 'all' ? {} : { status: value }, replace: true })}
            options={STATUSES.map(value => ({
              value,
              label: value === 'all' ? text.all : text.requestsScreen.status[value],
            }))}
          />
        }
      >
        <Requests search={search} />
      </Screen>
    </div>
  )
}

/** List and one request side by side; on narrow screens one after the other. */
function Requests({ search }: { search: RequestSearch }) {
  const text = useText()
  const words = text.requestsScreen
  const wide = useMedia(WIDE)
  const listed: RequestSearch = search.status ? { status: search.status } : {}
  const query = useInfiniteQuery({ ...requestsQuery(listed), placeholderData: keepPreviousData })
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const requests = pages.flatMap(page => page.items)
        const chosen = requests.find(({ id }) => id === search.request)
        const list = (
          <>
            <RequestList requests={requests} search={search} />
            <LoadMore query={query} />
          </>
        )
        if (requests.length === 0) return <Empty icon={Inbox} title={words.empty} hint={words.emptyHint} />
        if (wide) {
          return (
            <div className="grid grow grid-cols-[minmax(0,1fr)_minmax(0,1fr)] divide-x divide-line">
              <div>{list}</div>
              <div className="bg-surface">
                {chosen ? (
                  <RequestDetails key={chosen.id} request={chosen} />
                ) : (
                  <Empty icon={Inbox} title={words.choose} />
                )}
              </div>
            </div>
          )
        }
        if (!chosen) return list
        return (
          <div className="bg-surface">
            <Link to="/requests" search={listed} className="inline-flex items-center gap-0.5 px-4 pt-3 text-soft">
              <ChevronLeft className="size-4" aria-hidden="true" />
              {words.back}
            </Link>
            <RequestDetails key={chosen.id} request={chosen} />
          </div>
        )
      }}
    </Loaded>
  )
}
