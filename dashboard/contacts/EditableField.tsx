import { Pencil } from 'lucide-react'
import { type ReactNode, useId, useRef, useState } from 'react'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'

interface EditableFieldProps {
  /** As the server calls it. */
  name: string
  label: string
  /** As it is edited. */
  line: string
  /** As it is read. */
  children: ReactNode
  type?: string
  hint?: string
  disabled: boolean
  onSave(line: string): Promise<void>
}

/** A line that becomes a field where it stands: Enter or leaving saves, Esc leaves it as it was. */
export function EditableField({
  name,
  label,
  line,
  children,
  type = 'text',
  hint,
  disabled,
  onSave,
}: EditableFieldProps) {
  const text = useText()
  const id = useId()
  const opener = useRef<HTMLButtonElement>(null)
  const [editing, setEditing] = useState(false)
  const save = useAction(async (next: string) => {
    if (next !== line) await onSave(next)
    close()
  })

  const problem = problemAt(save.error, name)

  function close(): void {
    setEditing(false)
    // Once the button is back, and only if the person has not gone on to something else.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) opener.current?.focus()
    })
  }

  return (
    <div className="grid grid-cols-[5.5rem_minmax(0,1fr)] sm:grid-cols-[7rem_minmax(0,1fr)] items-start gap-x-3 px-4 py-1">
      <span id={`${id}-label`} className="py-2 text-soft">
        {label}
      </span>
      {editing ? (
        <div className="space-y-1 py-0.5">
          <input
            type={type}
            className="ringside-input"
            aria-labelledby={`${id}-label`}
            aria-describedby={hint && `${id}-hint`}
            aria-invalid={save.error ? true : undefined}
            // biome-ignore lint/a11y/noAutofocus: the person has just asked to write here
            autoFocus
            defaultValue={line}
            readOnly={save.pending}
            onBlur={event => save.run(event.target.value)}
            onKeyDown={event => {
              if (event.key === 'Enter') save.run(event.currentTarget.value)
              if (event.key === 'Escape') close()
            }}
          />
          {hint && (
            <p id={`${id}-hint`} className="ringside-hint">
              {hint}
            </p>
          )}
          <Problem error={problemElsewhere(save.error, [name])} />
          {problem && (
            <p role="alert" className="ringside-problem">
              {problem}
            </p>
          )}
        </div>
      ) : (
        <div className="group flex min-h-9 items-center gap-1">
          <div className="min-w-0 [overflow-wrap:anywhere]">
            {line === '' ? <span className="text-soft">{text.none}</span> : children}
          </div>
          {!disabled && (
            <button
              ref={opener}
              type="button"
              aria-label={text.edit(label)}
              className="grid size-8 flex-none place-items-center rounded-lg text-soft hover:bg-sunken hover:text-ink"
              onClick={() => setEditing(true)}
            >
              <Pencil className="size-3.5" aria-hidden="true" />
            </button>
          )}
        </div>
      )}
    </div>
  )
}
