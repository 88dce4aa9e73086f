import {
  ChartSpline,
  Headset,
  History,
  Inbox,
  ListOrdered,
  type LucideIcon,
  Phone,
  RadioTower,
  Settings,
  Users,
  Voicemail,
  Workflow,
} from 'lucide-react'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'

export interface Destination {
  to:
    | '/desk'
    | '/calls'
    | '/contacts'
    | '/requests'
    | '/activity'
    | '/settings'
    | '/queues'
    | '/flows'
    | '/reports'
    | '/live'
    | '/voicemails'
  label: string
  icon: LucideIcon
}

/** Where this person may go. `hidden` are those for which a telephone's bar has no room. */
export function useDestinations(): { shown: Destination[]; hidden: Destination[] } {
  const text = useText()
  const session = useSession()
  return {
    shown: [
      { to: '/desk', label: text.desk, icon: Headset },
      { to: '/calls', label: text.calls, icon: Phone },
      { to: '/contacts', label: text.contacts, icon: Users },
      { to: '/requests', label: text.requests, icon: Inbox },
    ],
    hidden: [
      { to: '/voicemails', label: text.deskVoicemail.title, icon: Voicemail },
      ...(session.may('lead agents') ? [{ to: '/live' as const, label: text.deskLive.title, icon: RadioTower }] : []),
      ...(session.may('see activity') ? [{ to: '/activity' as const, label: text.activity, icon: History }] : []),
      ...(session.may('lead agents')
        ? [
            { to: '/queues' as const, label: text.queues, icon: ListOrdered },
            { to: '/flows' as const, label: text.flows, icon: Workflow },
            { to: '/reports' as const, label: text.reports, icon: ChartSpline },
          ]
        : []),
      { to: '/settings', label: text.settings, icon: Settings },
    ],
  }
}
