import { useId } from 'react'

interface ChoiceProps<Value extends string> {
  label: string
  value: Value
  options: readonly { value: Value; label: string; count?: number }[]
  onChoose(value: Value): void
}

/** One of a few, all in view. */
export function Choice<Value extends string>({ label, value, options, onChoose }: ChoiceProps<Value>) {
  const name = useId()
  return (
    <fieldset className="flex max-w-full gap-1 overflow-x-auto rounded-lg bg-sunken p-1">
      <legend className="sr-only">{label}</legend>
      {options.map(option => (
        <label
          key={option.value}
          className="flex cursor-pointer items-center gap-1.5 rounded-md px-2.5 py-1 font-medium whitespace-nowrap text-soft hover:text-ink has-checked:bg-chosen has-checked:text-ink has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            className="sr-only"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          {option.label}
          {option.count !== undefined && <span className="text-soft tabular-nums">{option.count}</span>}
        </label>
      ))}
    </fieldset>
  )
}
