import { Button } from '../Button.tsx'
import { Problem } from '../Problem.tsx'
import { useAction } from '../useAction.ts'
import { type CallSize, type CallVariant, lookOf } from './callLook.ts'
import { Handset } from './Handset.tsx'
import { useVoip } from './RingsideVoip.tsx'
import { useCall } from './useCall.ts'

interface CallButtonProps {
  /** Who is called. */
  supabaseUserId: string
  /** How they are called here. */
  userName: string
  variant?: CallVariant
  size?: CallSize
}

/** Calls one person. What there is to see of the call, {@link CallManager} shows. */
export function CallButton({ supabaseUserId, userName, variant = 'default', size = 'default' }: CallButtonProps) {
  const { text } = useVoip()
  const line = useCall()
  const start = useAction(() => line.start(supabaseUserId))
  const words = start.pending ? text.calling : text.call(userName)
  return (
    <span className="ringside-call-button">
      <Button
        {...lookOf(variant, size)}
        disabled={start.pending || line.call !== null}
        {...(size === 'icon' && { 'aria-label': words })}
        onClick={() => start.run()}
      >
        <Handset />
        {size !== 'icon' && words}
      </Button>
      <Problem error={line.call === null ? start.error : null} />
    </span>
  )
}
