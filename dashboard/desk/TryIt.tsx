import { useState } from 'react'
import { exampleCall } from '../../client/example.ts'
import { useSoftphone } from '../softphone/Softphone.tsx'
import { useText } from '../text/text.tsx'
import { Copyable } from '../ui/Copyable.tsx'

/**
 * A way to let a call ring on a machine of one's own: the customers' phone, or one line for a terminal. Elsewhere only the
 * provider's signature is believed.
 */
export function TryIt() {
  const text = useText()
  const [callId] = useState(() => `CA${Date.now()}`)
  const { phone } = useSoftphone()
  if (!/^(localhost|127\.|\[::1\])/.test(location.hostname)) return null
  if (phone !== null) {
    return (
      <a href="/phone" target="_blank" rel="noopener" className="ringside-link font-semibold">
        {text.voice.softphone.tryIt}
      </a>
    )
  }
  const line = `curl ${location.origin}/api/webhooks/call/incoming -H "Content-Type: application/json" -d '${JSON.stringify(exampleCall(callId))}'`
  return (
    <div className="w-full">
      <p className="mb-2 text-soft">{text.deskScreen.tryIt}</p>
      <Copyable value={line} label={text.deskScreen.tryIt} />
    </div>
  )
}
