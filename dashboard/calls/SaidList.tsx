import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { MessageSquareText } from 'lucide-react'
import { type FoundTranscript, searchTranscripts } from '../../client/contract.ts'
import { api } from '../api.ts'
import { callerName } from '../live/announcement.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'

interface SaidListProps {
  q: string
  filter: { since?: string | undefined; until?: string | undefined }
}

/** Where something was said: whose call, when, and the words among their neighbours. */
export function SaidList({ q, filter: { since, until } }: SaidListProps) {
  const words = useText().callsScreen
  const query = useInfiniteQuery({ ...saidQuery(q, since, until), placeholderData: keepPreviousData })
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const found = pages.flatMap(page => page.items)
        if (found.length === 0)
          return <Empty icon={MessageSquareText} title={words.saidEmpty} hint={words.saidEmptyHint} />
        return (
          <>
            <ul aria-label={words.inSaid} className="divide-y divide-line border-b border-line bg-surface">
              {found.map(each => (
                <Said key={each.recording.id} found={each} />
              ))}
            </ul>
            <LoadMore query={query} />
          </>
        )
      }}
    </Loaded>
  )
}

const saidQuery = (q: string, since: string | undefined, until: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['said', q, since, until],
    queryFn: ({ pageParam: cursor, signal }) =>
      api.call(searchTranscripts, {
        query: { q, ...(since && { since }), ...(until && { until }), ...(cursor !== null && { cursor }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
    // Nothing tells when more has been said.
    staleTime: 0,
  })

function Said({ found: { recording, call, excerpt } }: { found: FoundTranscript }) {
  const text = useText()
  const { country } = useSession()
  return (
    <li className="relative space-y-1 px-4 py-3 hover:bg-ground md:px-6">
      <p className="flex flex-wrap gap-x-3">
        <Link to="/calls/$id" params={{ id: call.id }} className="row-link font-semibold">
          {callerName(call, { country, text })}
        </Link>
        <span className="grow text-soft">{[call.queue?.name, call.agent?.name].filter(Boolean).join(' · ')}</span>
        <span className="text-soft">
          <When time={recording.startedAt} />
        </span>
      </p>
      <p className="[overflow-wrap:anywhere]">
        {excerpt.map(({ text: part, found }, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text stay where they are
          found ? <mark key={index}>{part}</mark> : <span key={index}>{part}</span>,
        )}
      </p>
    </li>
  )
}
