import { createContext, useContext } from 'react'
import type { Me } from '../../client/contract.ts'
import type { Live } from '../../client/live.ts'
import { type Ability, may } from '../../core/role.ts'
import { queryClient } from '../api.ts'
import { closeStream } from '../live/stream.ts'

/** Who is signed in, and the stream that tells them what happens. */
export interface Session {
  me: Me
  /** Null for those who take no calls. */
  agentId: string | null
  country: string
  live: Live
  may(ability: Ability): boolean
}

export function sessionOf(me: Me, live: Live): Session {
  const principal = {
    kind: 'user' as const,
    workspaceId: me.workspace.id,
    userId: me.id,
    name: me.name,
    email: me.email,
    role: me.role,
    agentId: me.agent?.id ?? null,
    queueIds: me.agent?.queues.map(({ id }) => id) ?? [],
  }
  return {
    me,
    agentId: principal.agentId,
    country: me.workspace.defaultCountry,
    live,
    may: ability => may(principal, ability),
  }
}

export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('only inside of the shell')
  return session
}

/** Leaves nothing of this person's on the page. */
export function forgetSession(): void {
  closeStream()
  queryClient.clear()
}
