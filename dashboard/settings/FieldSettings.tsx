import { useQuery } from '@tanstack/react-query'
import { Tags } from 'lucide-react'
import { useState } from 'react'
import {
  type CustomField,
  createCustomField,
  deleteCustomField,
  FieldType,
  updateCustomField,
} from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { splitList } from '../contacts/contactFields.ts'
import { customFieldsQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: customFieldsQuery.queryKey })

/** What is open above the list. */
type Open = { what: 'add' } | { what: 'edit' | 'remove'; field: CustomField }

/** The fields that this workspace adds to its contacts. */
export function FieldSettings() {
  const words = useText().sync.fields
  const query = useQuery(customFieldsQuery)
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  return (
    <Panel title={words.title} actions={<Button onClick={() => setOpen({ what: 'add' })}>{words.add}</Button>}>
      <Loaded query={query} lines={3}>
        {fields =>
          fields.length === 0 ? (
            <Empty icon={Tags} title={words.empty} hint={words.emptyHint} />
          ) : (
            <ul className="divide-y divide-line">
              {fields.map(field => (
                <li key={field.name} className="flex flex-wrap items-center gap-2 px-4 py-2.5">
                  <div className="min-w-0 grow basis-64">
                    <p className="truncate font-semibold">
                      {field.label} <code className="font-normal text-soft">{field.name}</code>
                    </p>
                    <p className="text-soft">
                      {[words.types[field.type], field.choices.join(', '), field.onCard && words.onCard]
                        .filter(Boolean)
                        .join(' · ')}
                    </p>
                  </div>
                  <Button aria-label={`${words.edit}: ${field.label}`} onClick={() => setOpen({ what: 'edit', field })}>
                    {words.edit}
                  </Button>
                  <Button
                    look="danger"
                    aria-label={`${words.remove}: ${field.label}`}
                    onClick={() => setOpen({ what: 'remove', field })}
                  >
                    {words.remove}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {open?.what === 'add' && <FieldForm field={null} onClose={close} />}
      {open?.what === 'edit' && <FieldForm field={open.field} onClose={close} />}
      {open?.what === 'remove' && (
        <Confirm
          title={words.removeSure(open.field.label)}
          hint={words.removeHint}
          action={words.remove}
          onClose={close}
          onConfirm={async () => {
            await api.call(deleteCustomField, { params: { name: open.field.name } })
            await refresh()
          }}
        />
      )}
    </Panel>
  )
}

/** A new field, or an existing one: its name and type stay. */
function FieldForm({ field, onClose }: { field: CustomField | null; onClose(): void }) {
  const words = useText().sync.fields
  const [type, setType] = useState<CustomField['type']>(field?.type ?? 'text')
  async function save(form: FormData): Promise<void> {
    const line = (name: string) => String(form.get(name) ?? '').trim()
    const body = {
      label: line('label'),
      onCard: form.has('onCard'),
      ...(type === 'choice' && { choices: splitList(line('choices')) }),
    }
    if (field === null) await api.call(createCustomField, { body: { ...body, name: line('name'), type } })
    else await api.call(updateCustomField, { params: { name: field.name }, body })
    await refresh()
    onClose()
  }
  return (
    <FormDialog title={field === null ? words.add : field.label} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field
            label={words.label}
            name="label"
            required
            maxLength={60}
            autoComplete="off"
            defaultValue={field?.label}
            problem={problem('label')}
          />
          {field === null && (
            <>
              <Field
                label={words.name}
                hint={words.nameHint}
                name="name"
                required
                maxLength={60}
                pattern="[a-z][a-z0-9_]*"
                autoComplete="off"
                problem={problem('name')}
              />
              <Select
                label={words.type}
                value={type}
                onChoose={chosen => setType(FieldType.parse(chosen))}
                options={FieldType.options.map(value => ({ value, label: words.types[value] }))}
              />
            </>
          )}
          {type === 'choice' && (
            <Field
              label={words.choices}
              hint={words.choicesHint}
              name="choices"
              required
              autoComplete="off"
              defaultValue={field?.choices.join(', ')}
              problem={problem('choices')}
            />
          )}
          <Checkbox
            label={words.onCard}
            hint={words.onCardHint}
            name="onCard"
            defaultChecked={field?.onCard ?? false}
          />
        </>
      )}
    </FormDialog>
  )
}
