import { Headset, type LucideIcon, MicOff, MonitorSmartphone, PhoneCall, VolumeX } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../react/Button.tsx'
import { useCenter } from '../live/Center.tsx'
import { useText } from '../text/text.tsx'
import { useLasting } from '../ui/useLasting.ts'
import { CheckHeadset } from './CheckHeadset.tsx'
import { useSoftphone } from './Softphone.tsx'
import { type PhoneNotice, phoneNoticeOf } from './talk.ts'

/** A connection that comes about this fast needs no word. */
const QUIET_MS = 3000

const ICONS: Record<PhoneNotice, LucideIcon> = {
  connecting: PhoneCall,
  microphone: MicOff,
  silenced: VolumeX,
  'not-first': MonitorSmartphone,
  ready: Headset,
}

interface SoftphoneStripProps {
  /** Only what stands in the way; where all is well, nothing. */
  quiet?: boolean
}

/** How the telephone of this page is, and what to do about it. One line that is always there, so that nothing moves. */
export function SoftphoneStrip({ quiet = false }: SoftphoneStripProps) {
  const text = useText().voice.softphone
  const { phone, state } = useSoftphone()
  const { agent } = useCenter()
  const notice = phoneNoticeOf(state, agent !== null && agent.phone === null)
  const slow = useLasting(notice === 'connecting', QUIET_MS)
  if (phone === null || (quiet && (notice === 'ready' || notice === 'connecting'))) return null
  const Icon = ICONS[notice]
  return (
    <section
      aria-label={text.title}
      className={`flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 ${notice === 'microphone' ? 'bg-missed-ground text-missed' : 'text-soft'}`}
    >
      <Icon className="size-4 flex-none" aria-hidden="true" />
      <p role="status" className="min-w-0 grow basis-32">
        {sentence()}
      </p>
      {action()}
    </section>
  )

  function sentence(): string {
    switch (notice) {
      case 'connecting':
        return slow ? text.connecting : ''
      case 'microphone':
        return text.microphone[state.microphone!]
      case 'silenced':
        return text.silenced
      case 'not-first':
        return text.notFirst
      case 'ready':
        return text.ready
    }
  }

  function action(): ReactNode {
    switch (notice) {
      case 'connecting':
        return null
      case 'microphone':
        return <Button onClick={() => void phone?.askForMicrophone()}>{text.tryAgain}</Button>
      case 'silenced':
        // To press anything is what the browser waits for.
        return <Button>{text.allowSound}</Button>
      case 'not-first':
        return <Button onClick={() => phone?.beFirst()}>{text.ringHere}</Button>
      case 'ready':
        return <CheckHeadset />
    }
  }
}
