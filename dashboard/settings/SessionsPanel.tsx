import { useQuery } from '@tanstack/react-query'
import { endOtherSessions, endSession, type Session } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { sessionsQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'

const reload = () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey })

/** Where one is signed in, and out again from elsewhere. */
export function SessionsPanel() {
  const words = useText().security.sessions
  const query = useQuery(sessionsQuery)
  const endOthers = useAction(async () => {
    await api.call(endOtherSessions)
    await reload()
  })
  const hasOthers = query.data?.some(session => !session.current) ?? false
  return (
    <Panel
      title={words.title}
      actions={
        hasOthers && (
          <Button pending={endOthers.pending} onClick={() => endOthers.run()}>
            {words.endOthers}
          </Button>
        )
      }
    >
      <Problem error={endOthers.error} />
      <Loaded query={query} lines={2}>
        {sessions => (
          <ul className="divide-y divide-line">
            {sessions.map(session => (
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  )
}

function SessionRow({ session }: { session: Session }) {
  const words = useText().security.sessions
  const device = session.device ?? words.unknown
  const end = useAction(async () => {
    await api.call(endSession, { params: { id: session.id } })
    await reload()
  })
  return (
    <li className="flex items-center gap-4 px-4 py-2.5">
      <div className="min-w-0 grow">
        <p className="font-semibold">
          {device}
          {session.current && <span className="font-normal text-soft"> ({words.current})</span>}
        </p>
        <p className="text-soft">
          {words.since(session.address)} <When time={session.createdAt} />, {words.seen} <When time={session.seenAt} />
        </p>
        <Problem error={end.error} />
      </div>
      {!session.current && (
        <Button aria-label={words.endOf(device)} pending={end.pending} onClick={() => end.run()}>
          {words.end}
        </Button>
      )}
    </li>
  )
}
