import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type FlowTest, testFlow } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { api } from '../api.ts'
import { useText, useWords } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { languageName, nodeName, useFlowEditor } from './editor.ts'
import { Trace } from './TestPanel.tsx'
import { type Given, type Input, inputInWords, testOf, walkOf } from './walk.ts'

interface WalkDialogProps {
  flowId: string
  onKeep(test: FlowTest): void
  onClose(): void
}

/** Be the caller: hear what is said, press a key or do nothing, and keep what happened as a test. */
export function WalkDialog({ flowId, onKeep, onClose }: WalkDialogProps) {
  const text = useText()
  const words = text.flowsScreen
  const { definition } = useFlowEditor()
  const [given, setGiven] = useState<Given>({})
  const [inputs, setInputs] = useState<Input[]>([])
  const [name, setName] = useState('')
  const { data: result, error } = useQuery({
    queryKey: ['walk', flowId, definition, given, inputs],
    queryFn: async () => {
      const body = { tests: [walkOf(given, inputs)] }
      const { results } = await api.call(testFlow, { params: { id: flowId }, body })
      return results[0]!
    },
    placeholderData: keepPreviousData,
    gcTime: 0,
  })
  const last = result?.path.at(-1)
  const lastNode = last === undefined ? undefined : definition.nodes[last]
  const add = (input: Input) => setInputs([...inputs, input])
  return (
    <Dialog title={words.walkTitle} onClose={onClose} wide>
      <div className="space-y-4">
        <GivenFields given={given} onChange={setGiven} />
        <div className="min-h-24 rounded-lg border border-line p-3" aria-live="polite">
          {result && <Trace path={result.path} said={result.said} />}
          <Problem error={error} />
        </div>
        {inputs.length > 0 && (
          <p className="text-soft">{words.inputs(inputs.map(input => inputInWords(input, words.input)).join(', '))}</p>
        )}
        {lastNode && <p className="font-semibold">{words.nowAt(nodeName(last!, lastNode, words))}</p>}
        <InputButtons onInput={add} />
        {inputs.length > 0 && (
          <Button look="plain" onClick={() => setInputs(inputs.slice(0, -1))}>
            {words.takeBack}
          </Button>
        )}
        <form
          className="flex items-end gap-2 border-t border-line pt-4"
          onSubmit={event => {
            event.preventDefault()
            if (result) onKeep(testOf(name.trim(), given, inputs, result))
          }}
        >
          <Field
            label={words.testName}
            className="grow"
            required
            maxLength={200}
            autoComplete="off"
            value={name}
            onChange={event => setName(event.target.value)}
          />
          <Button type="submit" look="primary" disabled={!result || name.trim() === ''}>
            {words.keep}
          </Button>
        </form>
      </div>
    </Dialog>
  )
}

function InputButtons({ onInput }: { onInput(input: Input): void }) {
  const words = useText().flowsScreen
  const [keys, setKeys] = useState('')
  const isSpoken = keys !== '' && !/^[0-9*#]+$/.test(keys)
  return (
    <div className="space-y-2">
      <form
        className="flex items-end gap-2"
        onSubmit={event => {
          event.preventDefault()
          if (keys.trim() === '') return
          onInput(isSpoken ? { speech: keys.trim() } : keys)
          setKeys('')
        }}
      >
        <Field
          label={words.pressOrSay}
          hint={words.pressOrSayHint}
          className="grow"
          maxLength={100}
          autoComplete="off"
          value={keys}
          onChange={event => setKeys(event.target.value)}
        />
        <Button type="submit">{isSpoken ? words.say : words.press}</Button>
      </form>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => onInput({ nothing: true })}>{words.doNothing}</Button>
        <Button onClick={() => onInput({ dialled: 'no-answer' })}>{words.nobodyAnswers}</Button>
        <Button onClick={() => onInput({ recorded: 10 })}>{words.leavesMessage}</Button>
      </div>
    </div>
  )
}

/** What is to be taken for granted: who calls, in which language, and what is open. */
function GivenFields({ given, onChange }: { given: Given; onChange(given: Given): void }) {
  const { text, format } = useWords()
  const words = text.flowsScreen
  const { definition, languages, known } = useFlowEditor()
  const asked = new Set(Object.values(definition.nodes).flatMap(node => (node.type === 'hours' ? [node.hours] : [])))
  const hours = known.hours.filter(({ value, name }) => asked.has(value) || asked.has(name))
  const set = (change: Given) =>
    onChange(Object.fromEntries(Object.entries({ ...given, ...change }).filter(([, value]) => value !== undefined)))
  return (
    <details>
      <summary className="cursor-pointer text-soft hover:text-ink">{words.given}</summary>
      <div className="mt-2 grid items-start gap-3 sm:grid-cols-2">
        <Field
          label={words.callerNumber}
          type="tel"
          maxLength={60}
          autoComplete="off"
          value={given.callerNumber ?? ''}
          onChange={event => set({ callerNumber: event.target.value || undefined })}
        />
        <Select
          label={words.language}
          value={given.language ?? ''}
          onChoose={language => set({ language: language || undefined })}
          options={[
            { value: '', label: languageName(definition.language, format) },
            ...languages
              .filter(tag => tag !== definition.language)
              .map(tag => ({ value: tag, label: languageName(tag, format) })),
          ]}
        />
        {hours.map(({ value, label }) => (
          <Checkbox
            key={value}
            label={words.isClosed(label)}
            checked={given.open?.[value] === false}
            onChange={event => {
              const { [value]: _one, ...others } = given.open ?? {}
              const open = event.target.checked ? { ...others, [value]: false } : others
              set({ open: Object.keys(open).length === 0 ? undefined : open })
            }}
          />
        ))}
      </div>
    </details>
  )
}
