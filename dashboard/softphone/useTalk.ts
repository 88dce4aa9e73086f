import type { Call } from '../../client/contract.ts'
import { useSession } from '../session/session.tsx'
import { useLeg, useSoftphone } from './Softphone.tsx'
import { type Talk, talkOf } from './talk.ts'

/** What the signed-in agent's part of a call is; null where they do not speak in it, or its audio is not ours. */
export function useTalk(call: Call): Talk | null {
  const { agentId } = useSession()
  const { state } = useSoftphone()
  return talkOf(call, agentId, useLeg(call.id), state)
}
