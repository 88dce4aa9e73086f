import { useState } from 'react'
import { type Connectivity, tryConnection } from '../../client/voice/preflight.ts'
import { Button } from '../../react/Button.tsx'
import type { PhoneText } from './words.ts'

/** Whether a call would come through, tried at a press. */
export function ConnectionCheck({ text }: { text: PhoneText }) {
  const [found, setFound] = useState<Connectivity | 'trying' | null>(null)
  async function check(): Promise<void> {
    setFound('trying')
    setFound(await tryConnection())
  }
  return (
    <div>
      <Button disabled={found === 'trying'} onClick={() => void check()}>
        {text.checkConnection}
      </Button>
      <p role="status" className="mt-1 min-h-5 text-soft">
        {found !== null && text.connectivity[found]}
      </p>
    </div>
  )
}
