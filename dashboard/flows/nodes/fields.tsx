import { useState } from 'react'
import { Field } from '../../../react/Field.tsx'
import { useText, useWords } from '../../text/text.tsx'
import { Select } from '../../ui/fields.tsx'
import { type Choice, languageName, referred, useFlowEditor } from '../editor.ts'
import type { Node } from '../exits.ts'

export type NodeOf<Type extends Node['type']> = Extract<Node, { type: Type }>

/** What the form of one kind of node is given. */
export interface NodeFields<Type extends Node['type']> {
  node: NodeOf<Type>
  set(change: Partial<NodeOf<Type>>): void
}

interface ReferenceProps {
  label: string
  value: string
  choices: readonly Choice[]
  onChoose(value: string): void
}

/** Something of the workspace, by id; what is not there (any more) is shown as it stands. */
export function Reference({ label, value, choices, onChoose }: ReferenceProps) {
  const words = useText().flowsScreen
  const present = referred(choices, value)
  return (
    <Select
      label={label}
      value={present?.value ?? value}
      onChoose={onChoose}
      options={[
        ...(present ? [] : [{ value, label: value === '' ? words.choose : words.notThere(value) }]),
        ...choices,
      ]}
    />
  )
}

export function QueueReference({ label, value, onChoose }: Omit<ReferenceProps, 'choices'>) {
  const { known } = useFlowEditor()
  return <Reference label={label} value={value} choices={known.queues} onChoose={onChoose} />
}

interface LineProps {
  label: string
  value: string
  onChange(value: string): void
  required?: boolean
}

export function VariableField({ label, value, onChange, required = false }: LineProps) {
  const words = useText().flowsScreen
  return (
    <Field
      label={label}
      hint={words.variableHint}
      pattern="[a-z][a-zA-Z0-9_]*"
      maxLength={40}
      autoComplete="off"
      required={required}
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  )
}

export function LanguageField({ label, value, onChange }: LineProps) {
  const { format } = useWords()
  const { languages } = useFlowEditor()
  return (
    <Select
      label={label}
      value={value}
      onChoose={onChange}
      options={[...new Set([value, ...languages])].map(tag => ({ value: tag, label: languageName(tag, format) }))}
    />
  )
}

/** Words that mean the same as a key, separated by commas. Read when the field is left, so that commas can be typed. */
export function HintField({
  label,
  hints,
  onChange,
}: {
  label: string
  hints: readonly string[]
  onChange(hints: string[]): void
}) {
  const line = hints.join(', ')
  const [typed, setTyped] = useState(line)
  const [known, setKnown] = useState(line)
  // Something else has changed them: what was typed is no longer what they are.
  if (line !== known) {
    setKnown(line)
    setTyped(line)
  }
  return (
    <Field
      label={label}
      autoComplete="off"
      maxLength={1000}
      value={typed}
      onChange={event => setTyped(event.target.value)}
      onBlur={() => {
        const next = typed
          .split(',')
          .map(word => word.trim())
          .filter(word => word !== '')
        if (next.join('\n') !== hints.join('\n')) onChange(next)
      }}
    />
  )
}
