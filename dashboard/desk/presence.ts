import type { Agent } from '../../client/contract.ts'
import type { Text } from '../text/en.ts'

export type PresenceStatus = Agent['presence']['status']

/** One key each, wherever nothing is typed. */
export const PRESENCE_KEYS: Record<PresenceStatus, string> = { available: 'a', busy: 'b', break: 'p', offline: 'o' }

/** Whether the center has changed it, and not the person: this has to be noticed. */
export const isChangedByCenter = ({ reason }: Pick<Agent['presence'], 'reason'>, text: Text): boolean =>
  reason !== null && reason in text.deskStatus.changed

/** What somebody's presence means for them, in one sentence. */
export function presenceInWords({ status, reason }: Pick<Agent['presence'], 'status' | 'reason'>, text: Text): string {
  const words = text.deskStatus
  const changed = reason === null ? undefined : words.changed[reason]
  if (changed !== undefined) return changed
  return status === 'break' ? words.means.break(reason) : words.means[status]
}
