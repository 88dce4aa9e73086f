import { Link } from '@tanstack/react-router'
import { Phone } from 'lucide-react'
import { useState } from 'react'
import type { Call } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { isOver } from '../../react/callQueue.ts'
import { Elapsed } from '../../react/Elapsed.tsx'
import { Problem } from '../../react/Problem.tsx'
import { StateBadge } from '../../react/StateBadge.tsx'
import { useAction } from '../../react/useAction.ts'
import { callerName } from '../live/announcement.ts'
import { useCenter } from '../live/Center.tsx'
import { hangUpCall } from '../live/callActions.ts'
import { useMedia, WIDE } from '../live/useMedia.ts'
import { useSession } from '../session/session.tsx'
import { QualityMark } from '../softphone/QualityMark.tsx'
import { useLeg } from '../softphone/Softphone.tsx'
import { SoftphoneStrip } from '../softphone/SoftphoneStrip.tsx'
import { TalkPanel } from '../softphone/TalkPanel.tsx'
import { TALK_TONES } from '../softphone/talk.ts'
import { useTalk } from '../softphone/useTalk.ts'
import { useText } from '../text/text.tsx'
import { LostOfferNotice, OpenOffer } from './OfferedCalls.tsx'
import { OpenPopup, RingingLines } from './RingingCalls.tsx'
import { TransferCall } from './TransferCall.tsx'

/**
 * Who is calling, and what is offered, on every page: over the top right corner, where the desk has its place for it; on telephones a sheet
 * above the navigation.
 */
export function PopupDock({ onDesk }: { onDesk: boolean }) {
  const text = useText()
  const { popup, offers, hand } = useCenter()
  const wide = useMedia(WIDE)
  if (onDesk && wide) return null
  const open = popup.calls.find(({ call }) => call.id === popup.openId)
  const others = popup.calls.filter(shown => shown !== open)
  return (
    <aside
      aria-label={text.deskScreen.place}
      className="pointer-events-none fixed inset-x-0 bottom-14 z-30 flex flex-col gap-2 p-2 md:inset-x-auto md:top-4 md:right-4 md:bottom-auto md:w-[26rem] md:p-0 [&>*]:pointer-events-auto"
    >
      {(hand !== null || offers.length > 0) && (
        <div className="overflow-hidden rounded-xl bg-raised shadow-pop empty:hidden">
          <SoftphoneStrip quiet />
        </div>
      )}
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
  const who = callerName(call, { country, text })
  return (
    <section aria-label={text.deskScreen.place} className="rounded-xl border border-line bg-raised shadow-pop">
      <Link
        to="/calls/$id"
        params={{ id: call.id }}
        className="flex items-center gap-3 rounded-xl px-4 py-2.5 hover:bg-ground"
      >
        <Phone className="size-4 flex-none text-live" aria-hidden="true" />
        <span className="min-w-0 grow truncate font-semibold">
          {wrapUp ? `${text.deskCall.wrapUp}: ${who}` : text.deskScreen.onCallWith(who)}
        </span>
        {!wrapUp && <Elapsed since={call.answeredAt ?? call.startedAt} />}
      </Link>
      {!isOver(call) && <HandControls call={call} />}
    </section>
  )
}

function HandControls({ call }: { call: Call }) {
  const text = useText()
  const { agentId } = useSession()
  const talk = useTalk(call)
  const leg = useLeg(call.id)
  const hangUp = useAction(() => hangUpCall(call.id))
  const [transferring, setTransferring] = useState(false)
  if (talk) {
    return (
      <div className="px-4 pb-3">
        <p className="mb-2 flex items-center gap-3">
          <StateBadge tone={TALK_TONES[talk.state]}>{text.voice.talk.state[talk.state]}</StateBadge>
          <QualityMark quality={leg?.quality ?? null} />
        </p>
        <TalkPanel call={call} talk={talk} />
      </div>
    )
  }
  if (call.agent?.id !== agentId) return null
  return (
    <div className="flex gap-2 px-4 pb-3">
      <Button look="danger" shortcut="e" pending={hangUp.pending} onClick={() => hangUp.run()}>
        {text.call.hangUp}
      </Button>
      <Button shortcut="t" onClick={() => setTransferring(true)}>
        {text.voice.talk.transfer}
      </Button>
      <Problem error={hangUp.error} />
      {transferring && <TransferCall call={call} onClose={() => setTransferring(false)} />}
    </div>
  )
}
