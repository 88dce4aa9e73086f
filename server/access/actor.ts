import type { Named } from '../../core/call.ts'
import type { Principal } from '../../core/role.ts'
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
