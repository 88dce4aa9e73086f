import { useConnection } from '../../react/useLiveEvents.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { useLasting } from '../ui/useLasting.ts'

/** A break shorter than this is nobody's business: what happened meanwhile is told in order afterwards. */
const QUIET_MS = 1500

/** Says, calmly, that what is on the page may be old. It lies over the page, so that nothing moves. */
export function ConnectionNotice() {
  const text = useText()
  const { live } = useSession()
  const connection = useConnection(live)
  const away = useLasting(connection === 'reconnecting', QUIET_MS)
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-2 z-30 flex justify-center px-4">
      {away && (
        <p className="rounded-full bg-ringing-ground px-4 py-1.5 text-[0.8125rem] font-medium text-ringing shadow-pop">
          {text.reconnecting}
        </p>
      )}
    </div>
  )
}
