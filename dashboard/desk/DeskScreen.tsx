import { Headset, Inbox } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { callState, type QueueItem } from '../../react/callQueue.ts'
import { LogCall } from '../calls/LogCall.tsx'
import { useCenter } from '../live/Center.tsx'
import { useMedia, WIDE } from '../live/useMedia.ts'
import { useSession } from '../session/session.tsx'
import { SoftphoneStrip } from '../softphone/SoftphoneStrip.tsx'
import { useText } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty } from '../ui/states.tsx'
import { HandCard } from './HandCard.tsx'
import { LostOfferNotice, OpenOffer } from './OfferedCalls.tsx'
import { PhoneNotice } from './PhoneNotice.tsx'
import { QueueList } from './QueueList.tsx'
import { OpenPopup, RingingLines } from './RingingCalls.tsx'
import { StatusControl, StatusLine } from './StatusControl.tsx'
import { TryIt } from './TryIt.tsx'
import { WorkAtHand } from './WorkAtHand.tsx'

const VIEWS = ['all', 'ringing', 'waiting', 'live', 'requests'] as const
type View = (typeof VIEWS)[number]

const viewOf = (item: QueueItem): string => (item.kind === 'request' ? 'requests' : callState(item))

export function DeskScreen() {
  const text = useText()
  const session = useSession()
  const { queue } = useCenter()
  const wide = useMedia(WIDE)
  const [view, setView] = useState<View>('all')
  const [logging, setLogging] = useState(false)
  const items = view === 'all' ? queue.items : queue.items.filter(item => viewOf(item) === view)
  return (
    <div className="flex min-h-full">
      <div className="min-w-0 grow">
        <Screen
          title={text.desk}
          actions={
            <>
              <StatusControl />
              {session.may('log calls') && <Button onClick={() => setLogging(true)}>{text.callsScreen.log}</Button>}
            </>
          }
          tools={
            <>
              <StatusLine />
              <Choice
                label={text.deskScreen.queue}
                value={view}
                onChoose={value => setView(value)}
                options={VIEWS.map(value => ({
                  value,
                  label: text.deskScreen.counts[value],
                  ...(value === 'all' ? {} : { count: queue.items.filter(item => viewOf(item) === value).length }),
                }))}
              />
            </>
          }
        >
          <PhoneNotice />
          {!wide && (
            <div className="border-b border-line bg-surface empty:hidden">
              <SoftphoneStrip />
            </div>
          )}
          <WorkAtHand />
          {items.length > 0 ? (
            <QueueList items={items} />
          ) : queue.items.length > 0 ? (
            <Empty icon={Inbox} title={text.deskScreen.quietFilter} />
          ) : (
            <Empty icon={Inbox} title={text.deskScreen.quiet} hint={text.deskScreen.quietHint}>
              {!wide && <TryIt />}
            </Empty>
          )}
        </Screen>
      </div>
      {wide && <Place />}
      {logging && <LogCall onClose={() => setLogging(false)} />}
    </div>
  )
}

/**
 * The one place for the live call: as wide with a call as without, so that nothing on the page ever moves. What is
 * offered or rings while the agent is on a call comes below it, where it covers nothing.
 */
function Place() {
  const text = useText()
  const { popup, offers, hand } = useCenter()
  const open = popup.calls.find(({ call }) => call.id === popup.openId)
  const others = popup.calls.filter(shown => shown !== open)
  const [first, ...below] = [
    hand && <HandCard key={hand.call.id} hand={hand} />,
    ...offers.map(offered => <OpenOffer key={offered.id} offered={offered} />),
    open && <OpenPopup key={open.call.id} shown={open} />,
  ].filter(Boolean)
  return (
    <aside
      aria-label={text.deskScreen.place}
      className="sticky top-0 flex h-dvh w-[25rem] flex-none flex-col xl:w-[28rem] border-l border-line bg-surface"
    >
      <div className="min-h-0 grow overflow-y-auto p-4">
        {first ?? (
          <Empty icon={Headset} title={text.deskScreen.placeQuiet} hint={text.deskScreen.placeHint}>
            <TryIt />
          </Empty>
        )}
      </div>
      {(below.length > 0 || others.length > 0) && (
        <div className="flex max-h-1/2 flex-none flex-col border-t border-line bg-ground">
          {below.length > 0 && <div className="min-h-0 space-y-4 overflow-y-auto p-4">{below}</div>}
          {others.length > 0 && <RingingLines calls={others} />}
        </div>
      )}
      <div className="relative flex-none border-t border-line empty:hidden">
        <div className="pointer-events-none absolute inset-x-4 bottom-full z-10 mb-4">
          <LostOfferNotice />
        </div>
        <SoftphoneStrip />
      </div>
    </aside>
  )
}
