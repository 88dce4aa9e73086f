import { X } from 'lucide-react'
import { useId } from 'react'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { useText } from '../text/text.tsx'
import { NumberField } from '../ui/numbers.tsx'
import { useKeptFocus } from '../ui/useKeptFocus.ts'
import type { SkillRow } from './skillRows.ts'

interface SkillRowsProps {
  label: string
  rows: readonly SkillRow[]
  onChange(rows: SkillRow[]): void
  /** Skills that somebody has, offered while typing. */
  known: readonly string[]
  /** Level 0 stands for: no longer asked for. */
  leastLevel: 0 | 1
}

/** A level for each of some skills. */
export function SkillRows({ label, rows, onChange, known, leastLevel }: SkillRowsProps) {
  const words = useText().queuesScreen
  const list = useId()
  const kept = useKeptFocus<HTMLFieldSetElement>()
  const change = (index: number, row: SkillRow) => onChange(rows.with(index, row))
  return (
    <fieldset {...kept} className="min-w-0 space-y-2">
      <legend className="mb-1 text-[0.8125rem] font-semibold">{label}</legend>
      <datalist id={list}>
        {known.map(skill => (
          <option key={skill} value={skill} />
        ))}
      </datalist>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has nothing of its own but its place
        <div key={index} className="flex items-end gap-2">
          <Field
            label={words.skill}
            list={list}
            maxLength={60}
            autoComplete="off"
            className="grow"
            value={row.skill}
            onChange={event => change(index, { ...row, skill: event.target.value })}
          />
          <div className="w-24">
            <NumberField
              label={words.level}
              min={leastLevel}
              max={100}
              value={row.level}
              onValue={level => change(index, { ...row, level })}
            />
          </div>
          <Button
            look="plain"
            aria-label={words.removeSkill(row.skill)}
            onClick={() => onChange(rows.toSpliced(index, 1))}
          >
            <X className="size-4" aria-hidden="true" />
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...rows, { skill: '', level: 1 }])}>{words.addSkill}</Button>
    </fieldset>
  )
}
