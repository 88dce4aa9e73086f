import { useEffect, useEffectEvent, useSyncExternalStore } from 'react'
import type { Connection, Live, LiveEvent } from '../client/live.ts'

/** Calls `onEvent` with everything that happens while mounted, and `onResync` when everything must be fetched again. */
export function useLiveEvents(live: Live, onEvent: (event: LiveEvent) => void, onResync?: () => void): void {
  const tellEvent = useEffectEvent(onEvent)
  const tellResync = useEffectEvent(() => onResync?.())
  useEffect(() => {
    const stopEvents = live.onEvent(event => tellEvent(event))
    const stopResync = live.onResync(() => tellResync())
    return () => {
      stopEvents()
      stopResync()
    }
  }, [live])
}

export function useConnection(live: Live): Connection {
  return useSyncExternalStore(live.onConnection, () => live.connection)
}
