import { useSuspenseQuery } from '@tanstack/react-query'
import { Outlet, useMatchRoute, useRouter } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { useConnection } from '../../react/useLiveEvents.ts'
import { queryClient, whenSignedOut } from '../api.ts'
import { PopupDock } from '../desk/PopupDock.tsx'
import { CenterProvider } from '../live/Center.tsx'
import { openStream } from '../live/stream.ts'
import { meQuery, queueQuery } from '../queries.ts'
import { SignInAgain } from '../session/SignInAgain.tsx'
import { forgetSession, SessionContext, sessionOf } from '../session/session.tsx'
import { SoftphoneProvider } from '../softphone/Softphone.tsx'
import { useText } from '../text/text.tsx'
import { ConnectionNotice } from './ConnectionNotice.tsx'
import { Rail } from './Rail.tsx'
import { ShortcutHelp } from './ShortcutHelp.tsx'
import { useShortcuts } from './useShortcuts.ts'

/** What is around every page of somebody who is signed in. */
export function Shell() {
  const { data: me } = useSuspenseQuery(meQuery)
  const live = openStream(queryClient.getQueryData(queueQuery.queryKey)?.seq ?? 0)
  const session = useMemo(() => sessionOf(me, live), [me, live])
  useLeaving(session)
  return (
    <SessionContext value={session}>
      <SoftphoneProvider>
        <CenterProvider>
          <Frame />
        </CenterProvider>
      </SoftphoneProvider>
    </SessionContext>
  )
}

/** Back to the sign-in page as soon as the server no longer knows us. */
function useLeaving({ live }: ReturnType<typeof sessionOf>): void {
  const router = useRouter()
  const connection = useConnection(live)
  useEffect(
    () =>
      whenSignedOut(() => {
        const to = router.state.location.href
        forgetSession()
        void router.navigate({ to: '/sign-in', search: { to } })
      }),
    [router],
  )
  useEffect(() => {
    // The stream was refused: asking who we are tells whether it is us.
    if (connection === 'refused') void queryClient.refetchQueries({ queryKey: meQuery.queryKey })
  }, [connection])
}

function Frame() {
  const text = useText()
  const [help, setHelp] = useState(false)
  const onDesk = Boolean(useMatchRoute()({ to: '/desk' }))
  useShortcuts(() => setHelp(true))
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-lg bg-accent px-4 py-2 font-semibold text-on-accent focus:translate-y-0"
      >
        {text.skipToContent}
      </a>
      <Rail onShortcuts={() => setHelp(true)} />
      <PopupDock onDesk={onDesk} />
      <main
        id="content"
        tabIndex={-1}
        className="relative min-h-0 min-w-0 grow overflow-y-auto pb-16 outline-none md:pb-0"
      >
        <Outlet />
      </main>
      <ConnectionNotice />
      <SignInAgain />
      {help && <ShortcutHelp onClose={() => setHelp(false)} />}
    </div>
  )
}
