import { useEffect, useState } from 'react'
import { type AvailableAgent, listAvailableAgents } from '../../client/contract.ts'
import { useVoip } from './RingsideVoip.tsx'

export interface AvailableAgents {
  /** Null until they have been fetched. */
  agents: readonly AvailableAgent[] | null
  error: Error | null
  refresh(): void
}

/** CRM users who can be called now, as they are when somebody asks. @param wanted nothing is fetched while false. */
export function useAvailableAgents(wanted = true): AvailableAgents {
  const { line } = useVoip()
  const [found, setFound] = useState<Pick<AvailableAgents, 'agents' | 'error'>>({ agents: null, error: null })
  const [asked, setAsked] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again, it is fetched again
  useEffect(() => {
    if (line === null || !wanted) return
    const aborting = new AbortController()
    line.api.call(listAvailableAgents, { signal: aborting.signal }).then(
      agents => setFound({ agents, error: null }),
      error => {
        if (!aborting.signal.aborted) setFound({ agents: null, error })
      },
    )
    return () => aborting.abort()
  }, [line, wanted, asked])
  return { ...found, refresh: () => setAsked(count => count + 1) }
}
