import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Contact, History, Inbox, KeyRound, type LucideIcon, Phone, User } from 'lucide-react'
import type { z } from 'zod'
import type { CenterEvent } from '../../client/contract.ts'
import { activityQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText, useWords } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'
import { KINDS, type Kind } from './activity.ts'
import { eventSentence } from './eventSentence.ts'

export function ActivityScreen() {
  const text = useText()
  const { kind = 'all' } = useSearch({ from: '/shell/activity' })
  const navigate = useNavigate({ from: '/activity' })
  return (
    <Screen
      title={text.activity}
      tools={
        <Choice
          label={text.activityScreen.kind}
          value={kind}
          onChoose={value => navigate({ search: value === 'all' ? {} : { kind: value }, replace: true })}
          options={KINDS.map(value => ({ value, label: text.activityScreen.kinds[value] }))}
        />
      }
    >
      <Log key={kind} kind={kind} />
    </Screen>
  )
}

function Log({ kind }: { kind: Kind }) {
  const text = useText()
  const query = useInfiniteQuery(activityQuery(kind))
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const events = pages.flatMap(page => page.items)
        if (events.length === 0) {
          return <Empty icon={History} title={text.activityScreen.empty} hint={text.activityScreen.emptyHint} />
        }
        return (
          <>
            <ol aria-label={text.activity} className="divide-y divide-line border-b border-line bg-surface">
              {events.map(event => (
                <Entry key={event.seq} event={event} />
              ))}
            </ol>
            <LoadMore query={query} />
          </>
        )
      }}
    </Loaded>
  )
}

const ICONS: Record<string, LucideIcon> = {
  call: Phone,
  request: Inbox,
  contact: Contact,
  user: User,
  api_key: KeyRound,
}

function Entry({ event }: { event: z.infer<typeof CenterEvent> }) {
  const { text, format } = useWords()
  const { country } = useSession()
  const Icon = ICONS[event.type.split('.')[0] ?? ''] ?? History
  const sentence = eventSentence(event, text, country, format)
  return (
    <li className="relative flex items-baseline gap-3 px-4 py-2.5 hover:bg-ground md:px-6">
      <Icon className="size-4 flex-none self-center text-soft" aria-hidden="true" />
      <span className="min-w-0 grow [overflow-wrap:anywhere]">
        <About event={event}>{sentence}</About>
      </span>
      <span className="text-soft">
        <When time={event.at} />
      </span>
    </li>
  )
}

/** The sentence leads to what it is about, where that has a page. */
function About({ event, children }: { event: z.infer<typeof CenterEvent>; children: string }) {
  const id = (name: string): string | null => {
    const about = event[name]
    return typeof about === 'object' && about !== null && 'id' in about ? String(about.id) : null
  }
  const callId = id('call')
  if (callId) {
    return (
      <Link to="/calls/$id" params={{ id: callId }} className="row-link">
        {children}
      </Link>
    )
  }
  const requestId = id('request')
  if (requestId) {
    return (
      <Link to="/requests" search={{ request: requestId }} className="row-link">
        {children}
      </Link>
    )
  }
  const contactId = event.type === 'contact.deleted' ? null : id('contact')
  if (contactId) {
    return (
      <Link to="/contacts/$id" params={{ id: contactId }} className="row-link">
        {children}
      </Link>
    )
  }
  return children
}
