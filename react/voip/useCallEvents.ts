import { useEffect, useEffectEvent } from 'react'
import type { VoipEvent } from '../../client/contract.ts'
import { useVoip } from './RingsideVoip.tsx'

/** Calls `onEvent` with everything that happens to this person's calls while mounted, on whatever page. */
export function useCallEvents(onEvent: (event: VoipEvent) => void): void {
  const { line } = useVoip()
  const tell = useEffectEvent(onEvent)
  useEffect(() => line?.onEvent(event => tell(event)), [line])
}
