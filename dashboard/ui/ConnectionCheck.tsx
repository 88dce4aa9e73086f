import { useState } from 'react'
import { type Connectivity, tryConnection } from '../../client/voice/preflight.ts'
import { Button } from '../../react/Button.tsx'

type Found = Connectivity | 'trying'

/** Whether a call's audio would come through, tried at a press. */
export function ConnectionCheck({ label, words }: { label: string; words: Record<Found, string> }) {
  const [found, setFound] = useState<Found | null>(null)
  async function check(): Promise<void> {
    setFound('trying')
    setFound(await tryConnection())
  }
  return (
    <div>
      <Button pending={found === 'trying'} onClick={() => void check()}>
        {label}
      </Button>
      <p role="status" className="mt-1 min-h-5 text-soft">
        {found !== null && words[found]}
      </p>
    </div>
  )
}
