import { useState } from 'react'
import { exampleCall } from '../../client/example.ts'
import { useText } from '../text/text.tsx'
import { Copyable } from '../ui/Copyable.tsx'

/** One line that makes a call ring, on a machine of one's own: elsewhere only the provider's signature is believed. */
export function TryIt() {
  const text = useText()
  const [callId] = useState(() => `CA${Date.now()}`)
  if (!/^(localhost|127\.|\[::1\])/.test(location.hostname)) return null
  const line = `curl ${location.origin}/api/webhooks/call/incoming -H "Content-Type: application/json" -d '${JSON.stringify(exampleCall(callId))}'`
  return (
    <div className="w-full">
      <p className="mb-2 text-soft">{text.deskScreen.tryIt}</p>
      <Copyable value={line} label={text.deskScreen.tryIt} />
    </div>
  )
}
