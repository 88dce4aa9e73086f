import type { Call } from './call.ts'
import { consultantIn } from './conversation.ts'

export type Role = 'admin' | 'supervisor' | 'agent'
export const ROLES: readonly Role[] = ['admin', 'supervisor', 'agent']

/** What an API key may be allowed to do. The first seven are the CRM API's own. */
export const PERMISSIONS = [
  'calls:read',
  'recordings:read',
  'queues:write',
  'calls:supervise',
  'contacts:read',
  'contacts:write',
  'webhooks:manage',
  'calls:write',
  'users:manage',
  'settings:manage',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/** Who is asking, once their credentials are checked. Every principal but the operator belongs to one workspace. */
export type Principal = UserPrincipal | KeyPrincipal

export interface UserPrincipal {
  kind: 'user'
  workspaceId: string
  userId: string
  name: string
  email: string
  role: Role
  agentId: string | null
  /** The queues this user takes calls from. */
  queueIds: string[]
}

export interface KeyPrincipal {
  kind: 'key'
  workspaceId: string
  keyId: string
  name: string
  permissions: Permission[]
  /** The operator's own key (`ADMIN_API_KEY`): may also create workspaces. */
  operator: boolean
}

type Rule = { roles: readonly Role[]; permissions: readonly Permission[] }
const EVERYONE = ROLES
const LEADERS: readonly Role[] = ['admin', 'supervisor']
const ADMINS: readonly Role[] = ['admin']

/** Every sentence that a route asks, and who may: any of the permissions is enough. None: people only, never a key. */
const RULES = {
  'see calls': { roles: EVERYONE, permissions: ['calls:read'] },
  'log calls': { roles: EVERYONE, permissions: ['calls:write'] },
  'take calls': { roles: EVERYONE, permissions: [] },
  'control calls': { roles: EVERYONE, permissions: ['calls:write'] },
  'hear recordings': { roles: EVERYONE, permissions: ['recordings:read'] },
  'hold recordings': { roles: LEADERS, permissions: [] },
  'supervise calls': { roles: LEADERS, permissions: ['calls:supervise'] },
  'see contacts': { roles: EVERYONE, permissions: ['contacts:read'] },
  'edit contacts': { roles: EVERYONE, permissions: ['contacts:write'] },
  'delete contacts': { roles: LEADERS, permissions: ['contacts:write'] },
  'merge contacts': { roles: LEADERS, permissions: ['contacts:write'] },
  'import contacts': { roles: LEADERS, permissions: ['contacts:write'] },
  'see requests': { roles: EVERYONE, permissions: ['calls:read'] },
  'handle requests': { roles: EVERYONE, permissions: ['calls:write'] },
  'see queues': { roles: EVERYONE, permissions: ['calls:read', 'queues:write'] },
  'edit queues': { roles: ADMINS, permissions: ['queues:write'] },
  'edit flows': { roles: ADMINS, permissions: ['queues:write'] },
  'lead agents': { roles: LEADERS, permissions: ['users:manage'] },
  'see activity': { roles: LEADERS, permissions: ['settings:manage'] },
  'manage users': { roles: ADMINS, permissions: ['users:manage'] },
  'manage webhooks': { roles: ADMINS, permissions: ['webhooks:manage'] },
  'manage keys': { roles: ADMINS, permissions: ['settings:manage'] },
  'see the audit log': { roles: ADMINS, permissions: ['settings:manage'] },
  'delete recordings': { roles: ADMINS, permissions: [] },
  'read original transcripts': { roles: EVERYONE, permissions: [] },
  'answer privacy requests': { roles: ADMINS, permissions: [] },
  'handle call settings': { roles: ADMINS, permissions: ['webhooks:manage', 'settings:manage'] },
  'manage settings': { roles: ADMINS, permissions: ['settings:manage'] },
} satisfies Record<string, Rule>

export type Ability = keyof typeof RULES
export const ABILITIES = Object.keys(RULES) as Ability[]

/** People of these roles may do what the sentence says, and API keys with any of these permissions. */
export const whoMay = (ability: Ability): Rule => RULES[ability]

/** Whether this principal may do what the sentence says. */
export function may(principal: Principal, ability: Ability): boolean {
  const rule: Rule = RULES[ability]
  if (principal.kind === 'user') return rule.roles.includes(principal.role)
  return rule.permissions.some(permission => principal.permissions.includes(permission))
}

/**
 * Whether this call is among those that whoever may do something with calls may do it with: {@link may} says what, this says with which. Agents
 * see their own calls, those they are asked about, those of their queues, and those that are nobody's yet (no queue, no agent): the last
 * are what the popup is for. Everybody else sees the workspace's.
 */
export function seesCall(principal: Principal, call: Pick<Call, 'queue' | 'agent' | 'conversation'>): boolean {
  if (principal.kind === 'key' || principal.role !== 'agent') return true
  if (call.agent !== null && call.agent.id === principal.agentId) return true
  const consultant = call.conversation && consultantIn(call.conversation)
  if (consultant && consultant.person.id === principal.agentId) return true
  if (call.queue !== null) return principal.queueIds.includes(call.queue.id)
  return call.agent === null
}

/**
 * Who hears the recordings of a workspace: everybody who sees the call; those who lead, and the agent whose call it was;
 * or, of those who lead, only the ones of that agent's team. What was said is read as it was said by the same people;
 * everybody else who sees the call reads it masked.
 */
export const HEARING_POLICIES = ['everybody', 'own-agent', 'team-leaders'] as const
export type HearingPolicy = (typeof HEARING_POLICIES)[number]

/** @param teams of the agent whose call it was, and of whoever asks; null: none. */
export function hearsRecording(
  principal: Principal,
  {
    kind,
    call,
    teams,
  }: {
    kind: 'call' | 'voicemail'
    call: Pick<Call, 'queue' | 'agent' | 'conversation'>
    teams: { agent: string | null; own: string | null }
  },
  policy: HearingPolicy,
): boolean {
  if (!may(principal, 'hear recordings') || !seesCall(principal, call)) return false
  // A message was left for whoever takes it up; keys are of no team, and say by their permission what they are for.
  if (kind === 'voicemail' || principal.kind === 'key' || principal.role === 'admin') return true
  switch (policy) {
    case 'everybody':
      return true
    case 'own-agent':
      return principal.role === 'supervisor' || (call.agent !== null && call.agent.id === principal.agentId)
    case 'team-leaders':
      // Whose team nobody has named is led by everybody who leads.
      return principal.role === 'supervisor' && (teams.agent === null || teams.agent === teams.own)
    default:
      return policy satisfies never
  }
}
