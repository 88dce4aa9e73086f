import { Link } from '@tanstack/react-router'
import { Phone } from 'lucide-react'
import { isOver } from '../../react/callQueue.ts'
import { Elapsed } from '../../react/Elapsed.tsx'
import { callerName } from '../live/announcement.ts'
import { useCenter } from '../live/Center.tsx'
import { useMedia, WIDE } from '../live/useMedia.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { LostOfferNotice, OpenOffer } from './OfferedCalls.tsx'
import { OpenPopup, RingingLines } from './RingingCalls.tsx'

/**
 * Who is calling, and what is offered, on every page: over the top right corner, where the desk has its place for it; on telephones a sheet
 * above the navigation.
 */
export function PopupDock({ onDesk }: { onDesk: boolean }) {
  const text = useText()
  const { popup, offers } = useCenter()
  const wide = useMedia(WIDE)
  if (onDesk && wide) return null
  const open = popup.calls.find(({ call }) => call.id === popup.openId)
  const others = popup.calls.filter(shown => shown !== open)
  return (
    <aside
      aria-label={text.deskScreen.place}
      className="pointer-events-none fixed inset-x-0 bottom-14 z-30 flex flex-col gap-2 p-2 md:inset-x-auto md:top-4 md:right-4 md:bottom-auto md:w-[26rem] md:p-0 [&>*]:pointer-events-auto"
    >
      <HandLine />
      {offers.map(offered => (
        <div key={offered.id} className="max-h-[min(36rem,70dvh)] overflow-y-auto rounded-xl shadow-pop">
          <OpenOffer offered={offered} />
        </div>
      ))}
      <LostOfferNotice />
      {open && (
        <div className="max-h-[min(36rem,70dvh)] overflow-y-auto rounded-xl shadow-pop">
          <OpenPopup shown={open} />
        </div>
      )}
      {others.length > 0 && (
        <div className="rounded-xl bg-raised shadow-pop">
          <RingingLines calls={others} />
        </div>
      )}
    </aside>
  )
}

/** The call that the agent is on, or still writes up, from wherever they have gone meanwhile. */
function HandLine() {
  const text = useText()
  const { country } = useSession()
  const { hand, agent } = useCenter()
  if (!hand) return null
  const { call } = hand
  const wrapUp = agent?.wrapUps.find(({ callId }) => callId === call.id)
  if (isOver(call) && !wrapUp) return null
  return (
    <Link
      to="/calls/$id"
      params={{ id: call.id }}
      className="flex items-center gap-3 rounded-xl border border-line bg-raised px-4 py-2.5 shadow-pop hover:border-edge"
    >
      <Phone className="size-4 text-live" aria-hidden="true" />
      <span className="min-w-0 grow truncate font-semibold">
        {wrapUp
          ? `${text.deskCall.wrapUp}: ${callerName(call, { country, text })}`
          : text.deskScreen.onCallWith(callerName(call, { country, text }))}
      </span>
      {!wrapUp && <Elapsed since={call.answeredAt ?? call.startedAt} />}
    </Link>
  )
}
