import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useText } from '../text/text.tsx'

interface SaveBarProps {
  changed: boolean
  pending: boolean
  error: Error | null
  onDiscard(): void
}

/** The end of a form that is saved as a whole: always in view (on telephones below what is kept free for popups), of one height. */
export function SaveBar({ changed, pending, error, onDiscard }: SaveBarProps) {
  const text = useText()
  return (
    <div className="sticky -bottom-16 z-10 flex min-h-14 flex-wrap items-center gap-2 border-t border-line bg-surface px-4 py-2 md:bottom-0 md:px-6">
      <div className="min-w-0 grow">
        {error ? <Problem error={error} /> : <p className="text-soft">{changed ? text.fields.unsaved : ''}</p>}
      </div>
      <Button look="plain" disabled={!changed} onClick={onDiscard}>
        {text.fields.discard}
      </Button>
      <Button type="submit" look="primary" pending={pending} disabled={!changed}>
        {pending ? text.saving : text.save}
      </Button>
    </div>
  )
}
