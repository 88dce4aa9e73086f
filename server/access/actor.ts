import type { Named } from '../../core/call.ts'
import { PERMISSIONS, type Principal, type Role, type UserPrincipal } from '../../core/role.ts'
import { forbidden } from '../platform/refusal.ts'

/** Whoever does something, as the event log names them. */
export interface Actor extends Named {
  userId: string | null
  /** The agent this person is; null for supervisors who take no calls, and for keys. */
  agent: Named | null
}

export const actorOf = (who: Principal): Actor =>
  who.kind === 'user'
    ? {
        id: who.userId,
        name: who.name,
        userId: who.userId,
        agent: who.agentId === null ? null : { id: who.agentId, name: who.name },
      }
    : { id: who.keyId, name: who.name, userId: null, agent: null }

/** {@link actorOf} with nothing but what an event says of whoever did it. */
export function authorOf(who: Principal): Named {
  const { id, name } = actorOf(who)
  return { id, name }
}

/** The agent that this principal is. Throws a 403 refusal for those who take no calls. */
export function agentOf(who: Principal): Named {
  const { agent } = actorOf(who)
  if (agent === null) throw forbidden('Only people who take calls can do this. An admin can make you an agent.')
  return agent
}

/** The person that this principal is. Throws a 403 refusal for API keys. */
export function personOf(who: Principal): UserPrincipal {
  if (who.kind !== 'user') throw forbidden('This is for people who have signed in, not for API keys.')
  return who
}

/** Whoever makes or changes an admin could then be one: for a key, that takes every permission. */
export function mayHandle(who: Principal, ...roles: Role[]): void {
  if (who.kind !== 'key' || !roles.includes('admin')) return
  if (PERMISSIONS.some(permission => !who.permissions.includes(permission))) {
    throw forbidden('Only an API key with every permission may make or change an admin.')
  }
}
