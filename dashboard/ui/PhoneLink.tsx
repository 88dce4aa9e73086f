import { formatNumber } from '../../core/phoneNumber.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { placeCall } from '../live/callActions.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'

/** A telephone number; for whoever takes calls, one press calls it. */
export function PhoneLink({ number }: { number: string }) {
  const words = useText().voice.phoneLink
  const { agentId, country } = useSession()
  const call = useAction(() => placeCall(number))
  const shown = formatNumber(number, country)
  if (agentId === null) return <span className="tabular-nums">{shown}</span>
  return (
    // Above the link that makes a whole row one target.
    <span className="relative inline-block">
      <button
        type="button"
        aria-label={words.call(shown)}
        className="ringside-link tabular-nums"
        aria-disabled={call.pending}
        onClick={() => call.run()}
      >
        {shown}
      </button>
      <Problem error={call.error} />
    </span>
  )
}
