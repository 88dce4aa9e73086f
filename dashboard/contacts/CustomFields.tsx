import { useQuery } from '@tanstack/react-query'
import type { Contact, CustomField } from '../../client/contract.ts'
import type { FieldValue } from '../../core/customField.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { customFieldsQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Select } from '../ui/fields.tsx'
import { EditableField } from './EditableField.tsx'
import { lineOfValue, readValue } from './fieldValues.ts'

interface CustomFieldsProps {
  contact: Contact
  disabled: boolean
  onSave(fields: Record<string, FieldValue | null>): Promise<void>
}

/** The fields that the workspace has added, each edited where it stands. */
export function CustomFields({ contact, disabled, onSave }: CustomFieldsProps) {
  const { data: fields = [] } = useQuery(customFieldsQuery)
  return fields.map(field => {
    const value = contact.fields[field.name] ?? null
    const save = (next: FieldValue | null) => onSave({ [field.name]: next })
    if (field.type === 'choice' || field.type === 'boolean') {
      return <Chosen key={field.name} field={field} value={value} disabled={disabled} onSave={save} />
    }
    return (
      <EditableField
        key={field.name}
        name={`fields.${field.name}`}
        label={field.label}
        line={lineOfValue(value)}
        type={field.type}
        disabled={disabled}
        onSave={line => save(readValue(field.type, line))}
      >
        {lineOfValue(value)}
      </EditableField>
    )
  })
}

interface ChosenProps {
  field: CustomField
  value: FieldValue | null
  disabled: boolean
  onSave(value: FieldValue | null): Promise<void>
}

function Chosen({ field, value, disabled, onSave }: ChosenProps) {
  const text = useText()
  const words = text.sync.fields
  const save = useAction((line: string) => onSave(readValue(field.type, line)))
  const line = lineOfValue(value)
  // A value that is no choice any more stays until somebody chooses another one.
  const choices =
    field.type === 'boolean' ? ['true', 'false'] : [...new Set([...field.choices, ...(line ? [line] : [])])]
  const labelOf = (choice: string) => (field.type === 'boolean' ? (choice === 'true' ? words.yes : words.no) : choice)
  return (
    <div className="px-4 py-1">
      <Select
        label={field.label}
        value={line}
        disabled={disabled || save.pending}
        onChoose={save.run}
        options={[
          { value: '', label: text.none },
          ...choices.map(choice => ({ value: choice, label: labelOf(choice) })),
        ]}
      />
      <Problem error={save.error} />
    </div>
  )
}
