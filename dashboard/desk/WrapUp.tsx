import { Button } from '../../react/Button.tsx'
import { clock, useSecondsUntil } from '../../react/clock.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { extendWrapUp, finishWrapUp } from '../live/callActions.ts'
import { useText } from '../text/text.tsx'
import { extended } from './wrapUp.ts'

interface WrapUpProps {
  callId: string
  until: string
  /** Finished by hand: there is nothing left to write. */
  onFinished?: () => void
}

/** The time to write after a call, before the next one may come. */
export function WrapUp({ callId, until, onFinished }: WrapUpProps) {
  const words = useText().deskCall
  const left = useSecondsUntil(until)
  const finish = useAction(async () => {
    await finishWrapUp(callId)
    onFinished?.()
  })
  const more = useAction(() => extendWrapUp(callId, extended(until, Date.now())))
  return (
    <section aria-label={words.wrapUp} className="rounded-lg bg-sunken p-3">
      <p className="mb-2">
        <span className="font-semibold">{words.wrapUp}</span>{' '}
        <span className="text-soft tabular-nums">{words.wrapUpLeft(clock(left))}</span>
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" pending={finish.pending} onClick={() => finish.run()}>
          {words.finish}
        </Button>
        <Button pending={more.pending} onClick={() => more.run()}>
          {words.more}
        </Button>
      </div>
      <Problem error={finish.error ?? more.error} />
    </section>
  )
}
