import { Search } from 'lucide-react'
import { type InputHTMLAttributes, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react'

interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange'> {
  label: string
  /** In a row of filters the first option says what it is about; the label is then for those who do not see. */
  labelHidden?: boolean
  options: readonly { value: string; label: string }[]
  onChoose?: (value: string) => void
}

export function Select({ label, labelHidden = false, options, onChoose, className = '', ...select }: SelectProps) {
  const id = useId()
  return (
    <div className={`ringside-field ${className}`}>
      <label htmlFor={id} className={labelHidden ? 'sr-only' : undefined}>
        {label}
      </label>
      <select
        id={id}
        className="ringside-input cursor-pointer pr-2"
        {...(onChoose && { onChange: event => onChoose(event.target.value) })}
        {...select}
      >
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

interface TextAreaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  label: string
  labelHidden?: boolean
  problem?: string | undefined
}

export function TextArea({ label, labelHidden = false, problem, ...textarea }: TextAreaProps) {
  const id = useId()
  return (
    <div className="ringside-field">
      <label htmlFor={id} className={labelHidden ? 'sr-only' : undefined}>
        {label}
      </label>
      <textarea
        id={id}
        className="ringside-input resize-y"
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
        {...textarea}
      />
      {problem && (
        <span id={`${id}-problem`} className="ringside-problem">
          {problem}
        </span>
      )}
    </div>
  )
}

interface SearchFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  label: string
  onSearch(words: string): void
}

/** Found by the shortcut `/`. */
export function SearchField({ label, onSearch, className = '', ...input }: SearchFieldProps) {
  return (
    <div className={`relative ${className}`}>
      <Search className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-soft" aria-hidden="true" />
      <input
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        className="ringside-input pl-8"
        onChange={event => onSearch(event.target.value)}
        {...input}
      />
    </div>
  )
}

interface CheckboxProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'type'> {
  label: string
  hint?: string
}

export function Checkbox({ label, hint, ...input }: CheckboxProps) {
  const id = useId()
  return (
    <div className="flex gap-2.5">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-4 flex-none cursor-pointer accent-accent"
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...input}
      />
      <div>
        <label htmlFor={id} className="cursor-pointer">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="ringside-hint">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
