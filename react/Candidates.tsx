import { Button } from './Button.tsx'
import type { Candidate } from './caller.ts'
import { Problem } from './Problem.tsx'
import type { PopupText } from './popupText.ts'
import { useAction } from './useAction.ts'

interface CandidatesProps {
  candidates: readonly Candidate[]
  text: PopupText
  /** With null: none of them. */
  onSettle(contactId: string | null): Promise<void>
}

/** Several customers may be calling: one click says who it is. */
export function Candidates({ candidates, text, onSettle }: CandidatesProps) {
  const settle = useAction(onSettle)
  return (
    <section className="ringside-candidates">
      <p>{text.severalMatch}</p>
      <ul>
        {candidates.map(({ contactId, name, email, company, reason }) => (
          <li key={contactId}>
            <button
              type="button"
              className="ringside-candidate"
              disabled={settle.pending}
              onClick={() => settle.run(contactId)}
            >
              <span className="ringside-strong">{name}</span>
              <span className="ringside-soft">{[company, email].filter(Boolean).join(' · ')}</span>
              <span className="ringside-reason">{text.reason[reason]}</span>
            </button>
          </li>
        ))}
      </ul>
      <Button look="plain" pending={settle.pending} onClick={() => settle.run(null)}>
        {text.noneOfThese}
      </Button>
      <Problem error={settle.error} />
    </section>
  )
}
