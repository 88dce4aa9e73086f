import { X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../../react/Button.tsx'
import { Field } from '../../../react/Field.tsx'
import { useText } from '../../text/text.tsx'
import { Choice } from '../../ui/Choice.tsx'
import { NumberField } from '../../ui/numbers.tsx'
import { useKeptFocus } from '../../ui/useKeptFocus.ts'
import { HintField, type NodeFields } from './fields.tsx'

export function HttpFields({ node, set }: NodeFields<'http'>) {
  const words = useText().flowsScreen
  const [saved, setSaved] = useState(() => Object.entries(node.save).map(([name, path]) => ({ name, path })))
  const save = (rows: typeof saved) => {
    setSaved(rows)
    set({ save: Object.fromEntries(rows.filter(({ name }) => name !== '').map(({ name, path }) => [name, path])) })
  }
  const kept = useKeptFocus<HTMLFieldSetElement>()
  return (
    <>
      <Choice
        label={words.method}
        value={node.method}
        options={[
          { value: 'GET', label: 'GET' },
          { value: 'POST', label: 'POST' },
        ]}
        onChoose={method => set({ method })}
      />
      <Field
        label={words.url}
        hint={words.urlHint}
        required
        maxLength={2000}
        autoComplete="off"
        value={node.url}
        onChange={event => set({ url: event.target.value })}
      />
      {node.method === 'POST' && (
        <HintField label={words.send} hints={node.send ?? []} onChange={send => set({ send })} />
      )}
      <NumberField
        label={words.deadline}
        min={100}
        max={10_000}
        value={node.deadlineMs}
        onValue={deadlineMs => set({ deadlineMs })}
      />
      <fieldset {...kept} className="min-w-0 space-y-2">
        <legend className="mb-1 text-[0.8125rem] font-semibold">{words.saved}</legend>
        {saved.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row has nothing of its own but its place
          <div key={index} className="flex items-end gap-2">
            <Field
              label={words.variable}
              className="min-w-0 grow"
              maxLength={40}
              autoComplete="off"
              value={row.name}
              onChange={event => save(saved.with(index, { ...row, name: event.target.value }))}
            />
            <Field
              label={words.path}
              className="min-w-0 grow"
              placeholder="customer.tier"
              maxLength={200}
              autoComplete="off"
              value={row.path}
              onChange={event => save(saved.with(index, { ...row, path: event.target.value }))}
            />
            <Button
              look="plain"
              aria-label={words.removeSaved(row.name)}
              onClick={() => save(saved.toSpliced(index, 1))}
            >
              <X className="size-4" aria-hidden="true" />
            </Button>
          </div>
        ))}
        <Button onClick={() => save([...saved, { name: '', path: '' }])}>{words.addSaved}</Button>
      </fieldset>
    </>
  )
}
