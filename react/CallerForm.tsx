import { formatNumber } from '../core/phoneNumber.ts'
import { Button } from './Button.tsx'
import { Field } from './Field.tsx'
import { Problem } from './Problem.tsx'
import type { PopupText } from './popupText.ts'
import { useAction } from './useAction.ts'

export interface NewCaller {
  name: string
  email: string | null
}

interface CallerFormProps {
  number: string | null
  /** What the telephone network calls them. */
  suggestedName: string | null
  country: string
  text: PopupText
  onSave(caller: NewCaller): Promise<void>
  onCancel(): void
}

/** Makes a customer of a new caller, without leaving the call. */
export function CallerForm({ number, suggestedName, country, text, onSave, onCancel }: CallerFormProps) {
  const save = useAction(onSave)
  return (
    <form
      className="ringside-caller-form"
      onSubmit={event => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        save.run({ name: String(form.get('name')), email: String(form.get('email')).trim() || null })
      }}
      onKeyDown={event => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onCancel()
      }}
    >
      <Field label={text.name} name="name" required autoFocus autoComplete="off" defaultValue={suggestedName ?? ''} />
      <Field label={text.email} name="email" type="email" autoComplete="off" />
      {number !== null && (
        <p className="ringside-soft">
          {text.number} <span className="ringside-number">{formatNumber(number, country)}</span>
        </p>
      )}
      <Problem error={save.error} />
      <div className="ringside-actions">
        <Button type="submit" look="primary" pending={save.pending}>
          {save.pending ? text.saving : text.save}
        </Button>
        <Button look="plain" onClick={onCancel}>
          {text.cancel}
        </Button>
      </div>
    </form>
  )
}
