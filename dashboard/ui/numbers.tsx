import { type InputHTMLAttributes, useEffect, useRef, useState } from 'react'
import { Field } from '../../react/Field.tsx'
import { useText } from '../text/text.tsx'
import { readDuration, writeDuration } from './duration.ts'

interface ValueProps<Value> extends Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'min' | 'max'> {
  label: string
  value: Value
  onValue(value: Value): void
  hint?: string | undefined
  problem?: string | undefined
}

interface TypedProps<Value> extends ValueProps<Value> {
  write(value: Value): string
  /** A sentence says what is wrong with what was typed. */
  read(typed: string): { value: Value } | { wrong: string }
}

/**
 * Text that stands for a value. What cannot be read stays as it was typed, says what is wrong, and keeps the browser
 * from sending the form.
 */
function TypedField<Value>({ value, onValue, write, read, problem, ...field }: TypedProps<Value>) {
  const [typed, setTyped] = useState(() => write(value))
  const [known, setKnown] = useState(value)
  const box = useRef<HTMLDivElement>(null)
  // Something else has changed the value: what was typed is no longer what it means.
  if (value !== known) {
    setKnown(value)
    setTyped(write(value))
  }
  const answer = read(typed)
  const wrong = 'wrong' in answer ? answer.wrong : ''
  useEffect(() => box.current?.querySelector('input')?.setCustomValidity(wrong), [wrong])
  return (
    <div ref={box}>
      <Field
        {...field}
        autoComplete="off"
        value={typed}
        problem={wrong === '' ? problem : wrong}
        onChange={event => {
          setTyped(event.target.value)
          const next = read(event.target.value)
          if ('wrong' in next) return
          setKnown(next.value)
          onValue(next.value)
        }}
        onBlur={() => {
          if (wrong === '') setTyped(write(value))
        }}
      />
    </div>
  )
}

interface NumberFieldProps extends ValueProps<number> {
  min: number
  max: number
}

/** A whole number within bounds. */
export function NumberField({ min, max, ...field }: NumberFieldProps) {
  const words = useText().fields
  return (
    <TypedField
      inputMode="numeric"
      {...field}
      write={String}
      read={typed => {
        const value = Number(typed)
        if (typed.trim() === '' || !Number.isInteger(value) || value < min || value > max)
          return { wrong: words.between(min, max) }
        return { value }
      }}
    />
  )
}

/** As {@link NumberField}, or nothing at all. */
export function OptionalNumberField({ min, max, ...field }: ValueProps<number | null> & { min: number; max: number }) {
  const words = useText().fields
  return (
    <TypedField
      inputMode="numeric"
      {...field}
      write={value => (value === null ? '' : String(value))}
      read={typed => {
        if (typed.trim() === '') return { value: null }
        const value = Number(typed)
        return Number.isInteger(value) && value >= min && value <= max ? { value } : { wrong: words.between(min, max) }
      }}
    />
  )
}

/** A span of time, in whole seconds. */
export function DurationField({ min = 0, max, ...field }: ValueProps<number> & { min?: number; max: number }) {
  const words = useText().fields
  return (
    <TypedField
      {...field}
      write={writeDuration}
      read={typed => {
        const value = readDuration(typed)
        if (value === null) return { wrong: words.duration }
        if (value < min || value > max) return { wrong: words.between(writeDuration(min), writeDuration(max)) }
        return { value }
      }}
    />
  )
}

/** As {@link DurationField}; nothing stands for no bound. */
export function OptionalDurationField({ max, ...field }: ValueProps<number | null> & { max: number }) {
  const words = useText().fields
  return (
    <TypedField
      {...field}
      write={value => (value === null ? '' : writeDuration(value))}
      read={typed => {
        if (typed.trim() === '') return { value: null }
        const value = readDuration(typed)
        if (value === null) return { wrong: words.duration }
        return value <= max ? { value } : { wrong: words.between(writeDuration(0), writeDuration(max)) }
      }}
    />
  )
}
