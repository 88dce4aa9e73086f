import { Outlet } from '@tanstack/react-router'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Sections } from '../ui/Sections.tsx'

/** Settings of one's own, and those of the workspace for whoever may. */
export function SettingsScreen() {
  const text = useText()
  const words = text.settingsScreen
  const session = useSession()
  const sections = [
    { to: '/settings', label: words.profile, shown: true },
    { to: '/settings/alerts', label: words.alerts, shown: true },
    { to: '/settings/users', label: words.users, shown: session.may('manage users') },
    { to: '/settings/agents', label: text.deskAgents.title, shown: session.may('lead agents') },
    { to: '/settings/keys', label: words.keys, shown: session.may('manage keys') },
    { to: '/settings/webhooks', label: text.webhooks.title, shown: session.may('manage webhooks') },
    { to: '/settings/fields', label: text.sync.fields.title, shown: session.may('manage settings') },
    { to: '/settings/integrations', label: text.sync.connectors.title, shown: session.may('manage settings') },
    { to: '/settings/numbers', label: words.numbers, shown: session.may('manage settings') },
    { to: '/settings/dialling', label: text.dialling.title, shown: session.may('manage settings') },
    { to: '/settings/compliance', label: text.compliance.title, shown: session.may('manage settings') },
    { to: '/settings/audit', label: text.audit.title, shown: session.may('see the audit log') },
  ] as const
  return (
    <Screen
      title={text.settings}
      tools={<Sections label={words.sections} sections={sections.filter(({ shown }) => shown)} />}
    >
      <div className="max-w-3xl p-4 md:p-6">
        <Outlet />
      </div>
    </Screen>
  )
}
