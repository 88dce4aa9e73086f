import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { returnUser, type User } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { formerUsersQuery, refreshUsers } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Panel } from '../ui/Panel.tsx'
import { When } from '../ui/When.tsx'
import { ShowLink, type SignInLink } from './ShowLink.tsx'

/** Who has left; nothing where nobody has. */
export function FormerUsers() {
  const words = useText().leaving
  const query = useInfiniteQuery(formerUsersQuery)
  const [link, setLink] = useState<SignInLink | null>(null)
  const users = query.data?.pages.flatMap(page => page.items) ?? []
  return (
    <>
      {users.length > 0 && (
        <Panel title={words.former}>
          <ul className="divide-y divide-line">
            {users.map(user => (
              <FormerUser key={user.id} user={user} onLink={setLink} />
            ))}
          </ul>
          <LoadMore query={query} />
        </Panel>
      )}
      {link && <ShowLink link={link} onClose={() => setLink(null)} />}
    </>
  )
}

function FormerUser({ user, onLink }: { user: User; onLink(link: SignInLink): void }) {
  const words = useText().leaving
  const taking = useAction(async () => {
    const { signInLink } = await api.call(returnUser, { params: { id: user.id } })
    await refreshUsers()
    onLink({ name: user.name, url: signInLink })
  })
  return (
    <li className="flex flex-wrap items-center gap-4 px-4 py-2.5">
      <div className="min-w-0 grow">
        <p className="truncate font-semibold">{user.name}</p>
        <p className="truncate text-soft">{user.email}</p>
      </div>
      {user.leftAt !== null && (
        <p className="text-soft">
          {words.since} <When time={user.leftAt} />
        </p>
      )}
      <Button aria-label={words.takeOnWhom(user.name)} pending={taking.pending} onClick={() => taking.run()}>
        {words.takeOn}
      </Button>
      <Problem error={taking.error} />
    </li>
  )
}
