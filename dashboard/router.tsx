import { useQuery } from '@tanstack/react-query'
import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  Link,
  lazyRouteComponent,
  Outlet,
  redirect,
  useRouter,
} from '@tanstack/react-router'
import { ApiError } from '../client/api.ts'
import { KINDS, type Kind } from './activity/activity.ts'
import { queryClient } from './api.ts'
import { readCallSearch } from './calls/callSearch.ts'
import { meQuery, myAgentQuery, offersQuery, queueQuery } from './queries.ts'
import { readStaffingSearch } from './reports/staffingSearch.ts'
import { readRequestSearch } from './requests/requestSearch.ts'
import { readSearch, writeSearch } from './search.ts'
import { Shell } from './shell/Shell.tsx'
import { localeOf, SpeaksLanguage, useText } from './text/text.tsx'
import { LoadError, Skeleton } from './ui/states.tsx'

const root = createRootRoute({ component: Root })

function Root() {
  // Whoever signs in is spoken to in their own language, from then on.
  const { data: me } = useQuery({ ...meQuery, enabled: false })
  return (
    <SpeaksLanguage locale={localeOf(me?.locale)}>
      <Outlet />
    </SpeaksLanguage>
  )
}

/** Only a page of ours: what comes after `//` would be somebody else's. */
const isOwnPath = (path: unknown): path is string => typeof path === 'string' && /^\/(?!\/)/.test(path)

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string } => (isOwnPath(search.to) ? { to: search.to } : {}),
  component: lazyRouteComponent(() => import('./session/SignInScreen.tsx'), 'SignInScreen'),
})

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  async beforeLoad({ location }) {
    try {
      // The queue comes before everything else is fetched: the stream goes on from where it was read.
      const [me] = await Promise.all([queryClient.ensureQueryData(meQuery), queryClient.ensureQueryData(queueQuery)])
      // Part of the first picture, so that nothing moves when it comes.
      if (me.agent)
        await Promise.all([
          queryClient.prefetchQuery(myAgentQuery),
          queryClient.prefetchQuery(offersQuery(me.agent.id)),
        ])
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { to: location.href } })
    }
  },
  component: Shell,
})

const toDesk = (path: '/' | '/call-center') =>
  createRoute({
    getParentRoute: () => root,
    path,
    beforeLoad() {
      throw redirect({ to: '/desk', replace: true })
    },
  })

const desk = createRoute({
  getParentRoute: () => shell,
  path: '/desk',
  component: lazyRouteComponent(() => import('./desk/DeskScreen.tsx'), 'DeskScreen'),
})
const calls = createRoute({
  getParentRoute: () => shell,
  path: '/calls',
  validateSearch: readCallSearch,
  component: lazyRouteComponent(() => import('./calls/CallsScreen.tsx'), 'CallsScreen'),
})
const call = createRoute({
  getParentRoute: () => shell,
  path: '/calls/$id',
  component: lazyRouteComponent(() => import('./calls/CallScreen.tsx'), 'CallScreen'),
})
const contacts = createRoute({
  getParentRoute: () => shell,
  path: '/contacts',
  validateSearch: (search): { q?: string } => (typeof search.q === 'string' && search.q !== '' ? { q: search.q } : {}),
  component: lazyRouteComponent(() => import('./contacts/ContactsScreen.tsx'), 'ContactsScreen'),
})
const contact = createRoute({
  getParentRoute: () => shell,
  path: '/contacts/$id',
  component: lazyRouteComponent(() => import('./contacts/ContactScreen.tsx'), 'ContactScreen'),
})
const requests = createRoute({
  getParentRoute: () => shell,
  path: '/requests',
  validateSearch: readRequestSearch,
  component: lazyRouteComponent(() => import('./requests/RequestsScreen.tsx'), 'RequestsScreen'),
})
const activity = createRoute({
  getParentRoute: () => shell,
  path: '/activity',
  validateSearch: (search): { kind?: Kind } => {
    const kind = KINDS.find(each => each === search.kind)
    return kind === undefined || kind === 'all' ? {} : { kind }
  },
  component: lazyRouteComponent(() => import('./activity/ActivityScreen.tsx'), 'ActivityScreen'),
})
const queues = createRoute({
  getParentRoute: () => shell,
  path: '/queues',
  component: lazyRouteComponent(() => import('./queues/QueuesScreen.tsx'), 'QueuesScreen'),
})
const queue = createRoute({
  getParentRoute: () => shell,
  path: '/queues/$id',
  component: lazyRouteComponent(() => import('./queues/QueueScreen.tsx'), 'QueueScreen'),
})
const hours = createRoute({
  getParentRoute: () => shell,
  path: '/hours',
  validateSearch: (search): { id?: string } => (typeof search.id === 'string' ? { id: search.id } : {}),
  component: lazyRouteComponent(() => import('./hours/HoursScreen.tsx'), 'HoursScreen'),
})
const flows = createRoute({
  getParentRoute: () => shell,
  path: '/flows',
  component: lazyRouteComponent(() => import('./flows/FlowsScreen.tsx'), 'FlowsScreen'),
})
const flow = createRoute({
  getParentRoute: () => shell,
  path: '/flows/$id',
  component: lazyRouteComponent(() => import('./flows/FlowScreen.tsx'), 'FlowScreen'),
})
const prompts = createRoute({
  getParentRoute: () => shell,
  path: '/prompts',
  component: lazyRouteComponent(() => import('./prompts/PromptsScreen.tsx'), 'PromptsScreen'),
})
const reports = createRoute({
  getParentRoute: () => shell,
  path: '/reports',
  validateSearch: readStaffingSearch,
  component: lazyRouteComponent(() => import('./reports/ReportsScreen.tsx'), 'ReportsScreen'),
})
const voicemails = createRoute({
  getParentRoute: () => shell,
  path: '/voicemails',
  validateSearch: (search): { show?: 'messages' | 'callbacks' } =>
    search.show === 'callbacks' ? { show: 'callbacks' } : {},
  component: lazyRouteComponent(() => import('./voicemails/VoicemailsScreen.tsx'), 'VoicemailsScreen'),
})
const live = createRoute({
  getParentRoute: () => shell,
  path: '/live',
  component: lazyRouteComponent(() => import('./live/LiveScreen.tsx'), 'LiveScreen'),
})
const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/SettingsScreen.tsx'), 'SettingsScreen'),
})
const profile = createRoute({
  getParentRoute: () => settings,
  path: '/',
  component: lazyRouteComponent(() => import('./settings/ProfileSettings.tsx'), 'ProfileSettings'),
})
const alerts = createRoute({
  getParentRoute: () => settings,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./settings/AlertSettings.tsx'), 'AlertSettings'),
})
const users = createRoute({
  getParentRoute: () => settings,
  path: '/users',
  component: lazyRouteComponent(() => import('./settings/UserSettings.tsx'), 'UserSettings'),
})
const agents = createRoute({
  getParentRoute: () => settings,
  path: '/agents',
  component: lazyRouteComponent(() => import('./agents/AgentSettings.tsx'), 'AgentSettings'),
})
const keys = createRoute({
  getParentRoute: () => settings,
  path: '/keys',
  component: lazyRouteComponent(() => import('./settings/KeySettings.tsx'), 'KeySettings'),
})
const compliance = createRoute({
  getParentRoute: () => settings,
  path: '/compliance',
  component: lazyRouteComponent(() => import('./settings/ComplianceSettings.tsx'), 'ComplianceSettings'),
})
const dialling = createRoute({
  getParentRoute: () => settings,
  path: '/dialling',
  component: lazyRouteComponent(() => import('./settings/DiallingSettings.tsx'), 'DiallingSettings'),
})
const webhooks = createRoute({
  getParentRoute: () => settings,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./settings/WebhookSettings.tsx'), 'WebhookSettings'),
})
const fields = createRoute({
  getParentRoute: () => settings,
  path: '/fields',
  component: lazyRouteComponent(() => import('./settings/FieldSettings.tsx'), 'FieldSettings'),
})
const integrations = createRoute({
  getParentRoute: () => settings,
  path: '/integrations',
  /** How it went where somebody has just been to connect a CRM. */
  validateSearch: (search): { connected?: string; problem?: string } => ({
    ...(typeof search.connected === 'string' && { connected: search.connected }),
    ...(typeof search.problem === 'string' && { problem: search.problem }),
  }),
  component: lazyRouteComponent(() => import('./settings/ConnectorSettings.tsx'), 'ConnectorSettings'),
})
const numbers = createRoute({
  getParentRoute: () => settings,
  path: '/numbers',
  component: lazyRouteComponent(() => import('./settings/NumberSettings.tsx'), 'NumberSettings'),
})
const audit = createRoute({
  getParentRoute: () => settings,
  path: '/audit',
  component: lazyRouteComponent(() => import('./settings/AuditSettings.tsx'), 'AuditSettings'),
})

function NotFound() {
  const text = useText()
  return (
    <main className="px-6 py-16 text-center">
      <h1>{text.notFound}</h1>
      <p className="mt-1 mb-4 text-soft">{text.notFoundHint}</p>
      <Link to="/desk" className="ringside-link font-semibold">
        {text.toDesk}
      </Link>
    </main>
  )
}

function Broken({ error }: ErrorComponentProps) {
  const router = useRouter()
  const shown = error instanceof Error ? error : new Error(String(error))
  return <LoadError error={shown} onRetry={() => router.invalidate()} />
}

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    toDesk('/'),
    toDesk('/call-center'),
    shell.addChildren([
      desk,
      calls,
      call,
      contacts,
      contact,
      requests,
      activity,
      queues,
      queue,
      hours,
      flows,
      flow,
      prompts,
      reports,
      voicemails,
      live,
      settings.addChildren([
        fields,
        integrations,
        compliance,
        dialling,
        profile,
        alerts,
        users,
        agents,
        keys,
        webhooks,
        numbers,
        audit,
      ]),
    ]),
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: Skeleton,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
  scrollToTopSelectors: ['#content'],
  parseSearch: readSearch,
  stringifySearch: writeSearch,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
