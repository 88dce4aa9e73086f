import { useEffect, useState } from 'react'
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
  const saved = useSaved({ changed, pending, error })
  return (
    <div className="sticky -bottom-16 z-10 flex min-h-14 flex-wrap items-center gap-2 border-t border-line bg-surface px-4 py-2 md:bottom-0 md:px-6">
      <div className="min-w-0 grow">
        <Problem error={error} />
        <p role="status" className={saved ? 'text-live' : 'text-soft'}>
          {error ? '' : saved ? text.saved : changed ? text.fields.unsaved : ''}
        </p>
      </div>
      {/* Both have nothing left to do as soon as they are pressed: what was pressed keeps the focus, as while it is done. */}
      <Button look="plain" pending={!changed} onClick={onDiscard}>
        {text.fields.discard}
      </Button>
      <Button type="submit" look="primary" pending={pending || !changed}>
        {pending ? text.saving : text.save}
      </Button>
    </div>
  )
}

/** From when it has been saved until something is changed again. */
function useSaved({ changed, pending, error }: Omit<SaveBarProps, 'onDiscard'>): boolean {
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    if (pending) setAsked(true)
    else if (changed) setAsked(false)
  }, [pending, changed])
  return asked && !pending && !changed && error === null
}
