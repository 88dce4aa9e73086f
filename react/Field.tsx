import { type InputHTMLAttributes, useId } from 'react'

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string
  /** What is to be known before typing. */
  hint?: string | undefined
  /** What is wrong with what was typed, in words. */
  problem?: string | undefined
}

/** A labelled line of input, with what is wrong said where it is. */
export function Field({ label, hint, problem, className, ...input }: FieldProps) {
  const id = useId()
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ')
  return (
    <div className={`ringside-field${className ? ` ${className}` : ''}`}>
      <label htmlFor={id}>{label}</label>
      {hint && (
        <span id={`${id}-hint`} className="ringside-hint">
          {hint}
        </span>
      )}
      <input
        id={id}
        className="ringside-input"
        aria-invalid={problem ? true : undefined}
        aria-describedby={described || undefined}
        {...input}
      />
      {problem && (
        <span id={`${id}-problem`} className="ringside-problem">
          {problem}
        </span>
      )}
    </div>
  )
}
