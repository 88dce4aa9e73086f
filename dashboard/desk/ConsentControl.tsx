import { useId } from 'react'
import type { Call } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { noteConsent } from '../live/callActions.ts'
import { useWanted } from '../softphone/useWanted.ts'
import { useText } from '../text/text.tsx'

/**
 * Whether this call may be recorded: what the customer was told and answered, and the place for its agent to say so. Two
 * buttons rather than a choice: each press is kept as evidence, so none may come of an arrow key that passes by.
 */
export function ConsentControl({ call: { id, consent } }: { call: Pick<Call, 'id' | 'consent'> }) {
  const words = useText().compliance.asking
  const evidence = useText().compliance.evidence
  const answered = consent === null || (consent.given && consent.how === 'announced') ? null : consent.given
  const answer = useWanted<boolean | null>(answered, async given => {
    if (given !== null) await noteConsent(id, given)
  })
  const said = useId()
  return (
    <fieldset
      aria-describedby={said}
      aria-keyshortcuts="c"
      tabIndex={-1}
      className="mt-2 flex flex-wrap items-center gap-x-2 rounded-lg"
    >
      <legend className="sr-only">{words.title}</legend>
      <div className="min-w-0 grow">
        <p className="flex items-center gap-1.5 font-semibold" aria-hidden="true">
          {words.title}
          <span className="ringside-key pointer-coarse:hidden">C</span>
        </p>
        <p id={said} role="status" className="truncate text-soft">
          {consent === null ? words.nothing : (consent.given ? evidence.given : evidence.refused)[consent.how]}
        </p>
      </div>
      <Button aria-pressed={answer.value === true} onClick={() => answer.want(true)}>
        {words.yes}
      </Button>
      <Button aria-pressed={answer.value === false} onClick={() => answer.want(false)}>
        {words.no}
      </Button>
      <div className="w-full empty:hidden">
        <Problem error={answer.error} />
      </div>
    </fieldset>
  )
}
