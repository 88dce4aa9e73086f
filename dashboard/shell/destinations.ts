import { Headset, History, Inbox, type LucideIcon, Phone, Settings, Users } from 'lucide-react'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'

export interface Destination {
  to: '/desk' | '/calls' | '/contacts' | '/requests' | '/activity' | '/settings'
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
      ...(session.may('see activity') ? [{ to: '/activity' as const, label: text.activity, icon: History }] : []),
      { to: '/settings', label: text.settings, icon: Settings },
    ],
  }
}
