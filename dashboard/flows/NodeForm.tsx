import { X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { MediaField } from '../prompts/MediaField.tsx'
import { SkillRows } from '../queues/SkillRows.tsx'
import { skillRows, skillsOf } from '../queues/skillRows.ts'
import { useText, useWords } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { Select } from '../ui/fields.tsx'
import { NumberField, OptionalNumberField } from '../ui/numbers.tsx'
import { languageName, type Choice as Named, referred, useFlowEditor } from './editor.ts'
import type { Node } from './exits.ts'
import { changeNode } from './flowDraft.ts'
import { SpokenFields, TextFields } from './SpokenFields.tsx'

type Of<Type extends Node['type']> = Extract<Node, { type: Type }>
interface Fields<Type extends Node['type']> {
  node: Of<Type>
  set(change: Partial<Of<Type>>): void
}

/** Everything that can be said of one node, but where it leads. */
export function NodeForm({ id, node }: { id: string; node: Node }) {
  const words = useText().flowsScreen
  const { change } = useFlowEditor()
  const set = (part: Partial<Node>) =>
    change(definition => changeNode(definition, id, before => ({ ...before, ...part }) as Node))
  return (
    <>
      <Field
        label={words.label}
        maxLength={100}
        autoComplete="off"
        value={node.label ?? ''}
        onChange={event => set({ label: event.target.value || undefined })}
      />
      <TypeFields node={node} set={set} />
    </>
  )
}

function TypeFields({ node, set }: { node: Node; set(change: Partial<Node>): void }) {
  const text = useText()
  const words = text.flowsScreen
  const { known } = useFlowEditor()
  switch (node.type) {
    case 'say':
      return (
        <SpokenFields label={words.says} spoken={node.prompt} onChange={prompt => set({ prompt } as Partial<Node>)} />
      )
    case 'play':
      return (
        <MediaField
          label={words.media}
          none={text.prompts.media.music}
          value={node.media === 'hold-music' ? '' : node.media}
          onChange={media => set({ media: media || 'hold-music' })}
        />
      )
    case 'menu':
      return <MenuFields node={node} set={set} />
    case 'hours':
      return (
        <Reference label={text.hours} value={node.hours} choices={known.hours} onChoose={hours => set({ hours })} />
      )
    case 'language':
      return <LanguageField label={words.language} value={node.language} onChange={language => set({ language })} />
    case 'set':
      return (
        <>
          <VariableField
            label={words.variable}
            value={node.variable}
            onChange={variable => set({ variable })}
            required
          />
          <Field
            label={words.value}
            hint={words.valueHint}
            maxLength={500}
            autoComplete="off"
            value={node.value}
            onChange={event => set({ value: event.target.value })}
          />
        </>
      )
    case 'branch':
      return <BranchFields node={node} set={set} />
    case 'http':
      return <HttpFields node={node} set={set} />
    case 'queue':
      return <QueueFields node={node} set={set} />
    case 'ring':
      return <RingFields node={node} set={set} />
    case 'voicemail':
      return (
        <>
          <QueueReference value={node.queue} onChoose={queue => set({ queue })} label={words.whoseWork} />
          <SpokenFields label={words.says} spoken={node.prompt} onChange={prompt => set({ prompt } as Partial<Node>)} />
          <NumberField
            label={words.maxSeconds}
            min={5}
            max={600}
            value={node.maxSeconds}
            onValue={maxSeconds => set({ maxSeconds })}
          />
        </>
      )
    case 'callback':
      return (
        <>
          <QueueReference value={node.queue} onChoose={queue => set({ queue })} label={words.whoseWork} />
          <SpokenFields label={words.asks} spoken={node.prompt} onChange={prompt => set({ prompt } as Partial<Node>)} />
          <SpokenFields
            label={words.confirmed}
            spoken={node.confirmed}
            onChange={confirmed => set({ confirmed } as Partial<Node>)}
          />
        </>
      )
    case 'consent':
      return (
        <>
          <Choice
            label={words.consentMode}
            value={node.mode}
            options={[
              { value: 'announce', label: words.announce },
              { value: 'ask', label: words.ask },
            ]}
            onChoose={mode => set({ mode })}
          />
          <p className="text-soft">{words.consentHint[node.mode]}</p>
          <SpokenFields label={words.says} spoken={node.prompt} onChange={prompt => set({ prompt } as Partial<Node>)} />
        </>
      )
    case 'message':
      return <TextFields label={words.messageText} texts={node.text} onChange={texts => set({ text: texts })} />
    case 'hangUp':
      return (
        <SpokenFields
          label={words.saysFirst}
          spoken={node.prompt ?? { text: {} }}
          onChange={prompt => {
            const empty = Object.keys(prompt.text).length === 0 && prompt.audio === undefined
            set({ prompt: empty ? undefined : prompt } as Partial<Node>)
          }}
        />
      )
    case 'subflow':
      return <Reference label={words.flow} value={node.flow} choices={known.flows} onChoose={flow => set({ flow })} />
  }
}

interface ReferenceProps {
  label: string
  value: string
  choices: readonly Named[]
  onChoose(value: string): void
}

/** Something of the workspace, by id; what is not there (any more) is shown as it stands. */
function Reference({ label, value, choices, onChoose }: ReferenceProps) {
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

function QueueReference({ label, value, onChoose }: Omit<ReferenceProps, 'choices'>) {
  const { known } = useFlowEditor()
  return <Reference label={label} value={value} choices={known.queues} onChoose={onChoose} />
}

interface LineProps {
  label: string
  value: string
  onChange(value: string): void
  required?: boolean
}

function VariableField({ label, value, onChange, required = false }: LineProps) {
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

function LanguageField({ label, value, onChange }: LineProps) {
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

function MenuFields({ node, set }: Fields<'menu'>) {
  const { text, format } = useWords()
  const words = text.flowsScreen
  const { languages } = useFlowEditor()
  const { options } = node
  return (
    <>
      <SpokenFields
        label={words.asks}
        spoken={node.prompt}
        onChange={prompt => set({ prompt } as Partial<Of<'menu'>>)}
      />
      <fieldset className="min-w-0 space-y-2">
        <legend className="mb-1 text-[0.8125rem] font-semibold">{words.options}</legend>
        {options.map((option, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an option has nothing of its own but its place
          <div key={index} className="rounded-lg border border-line p-2">
            <div className="flex items-end gap-2">
              <Field
                label={words.keys(index + 1)}
                className="grow"
                inputMode="tel"
                pattern="[0-9*#]{1,20}"
                maxLength={20}
                required
                autoComplete="off"
                value={option.digits}
                onChange={event => set({ options: options.with(index, { ...option, digits: event.target.value }) })}
              />
              <Button
                look="plain"
                aria-label={words.removeOption(option.digits)}
                onClick={() => set({ options: options.toSpliced(index, 1) })}
              >
                <X className="size-4" aria-hidden="true" />
              </Button>
            </div>
            <details className="mt-1">
              <summary className="cursor-pointer text-soft hover:text-ink">{words.spokenWords}</summary>
              <div className="mt-2 space-y-2">
                {languages.map(language => (
                  <HintField
                    key={language}
                    label={`${words.spokenWords}, ${languageName(language, format)}`}
                    hints={option.hints?.[language] ?? []}
                    onChange={hints => {
                      const all = { ...option.hints, [language]: hints }
                      const said = Object.fromEntries(Object.entries(all).filter(([, each]) => each.length > 0))
                      const { hints: _hints, ...rest } = option
                      const next = Object.keys(said).length === 0 ? rest : { ...rest, hints: said }
                      set({ options: options.with(index, next) })
                    }}
                  />
                ))}
              </div>
            </details>
          </div>
        ))}
        <Button
          disabled={options.length >= 50}
          onClick={() => set({ options: [...options, { digits: freeKey(options), next: null }] })}
        >
          {words.addOption}
        </Button>
      </fieldset>
      <div className="grid grid-cols-2 items-start gap-3">
        <NumberField
          label={words.timeout}
          min={1}
          max={60}
          value={node.timeoutSeconds}
          onValue={timeoutSeconds => set({ timeoutSeconds })}
        />
        <NumberField
          label={words.retries}
          min={0}
          max={10}
          value={node.retries}
          onValue={retries => set({ retries })}
        />
      </div>
      <details>
        <summary className="cursor-pointer text-soft hover:text-ink">{words.more}</summary>
        <div className="mt-2 space-y-3">
          <SpokenFields
            label={words.afterWrong}
            spoken={node.invalid ?? { text: {} }}
            onChange={invalid => set({ invalid } as Partial<Of<'menu'>>)}
          />
          <SpokenFields
            label={words.afterSilence}
            spoken={node.silence ?? { text: {} }}
            onChange={silence => set({ silence } as Partial<Of<'menu'>>)}
          />
          <OptionalNumberField
            label={words.digitCount}
            hint={words.digitCountHint}
            min={1}
            max={20}
            value={node.digits ?? null}
            onValue={digits => set({ digits: digits ?? undefined })}
          />
          <VariableField
            label={words.saveAs}
            value={node.saveAs ?? ''}
            onChange={saveAs => set({ saveAs: saveAs || undefined })}
          />
        </div>
      </details>
    </>
  )
}

const freeKey = (options: readonly { digits: string }[]): string =>
  [...'1234567890*#'].find(key => !options.some(({ digits }) => digits === key)) ?? ''

/** Words that mean the same as a key, separated by commas. Read when the field is left, so that commas can be typed. */
function HintField({
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

const COMPARISONS = ['equal', 'not-equal', 'contains', 'starts-with', 'set', 'not-set', 'at-least', 'at-most'] as const
const FACTS = [
  'caller.number',
  'caller.country',
  'caller.name',
  'called.number',
  'contact.known',
  'contact.name',
  'contact.email',
  'contact.company',
  'contact.type',
  'contact.tags',
  'language',
]

function BranchFields({ node, set }: Fields<'branch'>) {
  const words = useText().flowsScreen
  const { cases } = node
  return (
    <fieldset className="min-w-0 space-y-2">
      <legend className="mb-1 text-[0.8125rem] font-semibold">{words.cases}</legend>
      <datalist id="flow-facts">
        {FACTS.map(fact => (
          <option key={fact} value={fact} />
        ))}
      </datalist>
      {cases.map(({ when, next }, index) => {
        const change = (part: Partial<typeof when>) =>
          set({ cases: cases.with(index, { next, when: { ...when, ...part } }) })
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a case has nothing of its own but its place
          <fieldset key={index} className="min-w-0 space-y-2 rounded-lg border border-line p-2">
            <legend className="px-1 text-soft">{words.caseNumber(index + 1)}</legend>
            <Field
              label={words.compared}
              hint={words.comparedHint}
              list="flow-facts"
              required
              maxLength={100}
              autoComplete="off"
              value={when.value}
              onChange={event => change({ value: event.target.value })}
            />
            <Select
              label={words.is}
              value={when.is}
              onChoose={is => change({ is: is as (typeof COMPARISONS)[number] })}
              options={COMPARISONS.map(value => ({ value, label: words.comparison[value] }))}
            />
            {when.is !== 'set' && when.is !== 'not-set' && (
              <Field
                label={words.comparedTo}
                maxLength={500}
                autoComplete="off"
                value={when.to ?? ''}
                onChange={event => change({ to: event.target.value })}
              />
            )}
            <Button look="plain" onClick={() => set({ cases: cases.toSpliced(index, 1) })}>
              {words.removeCase(index + 1)}
            </Button>
          </fieldset>
        )
      })}
      <Button
        disabled={cases.length >= 50}
        onClick={() =>
          set({ cases: [...cases, { when: { value: 'caller.country', is: 'equal', to: '' }, next: null }] })
        }
      >
        {words.addCase}
      </Button>
    </fieldset>
  )
}

function HttpFields({ node, set }: Fields<'http'>) {
  const words = useText().flowsScreen
  const [saved, setSaved] = useState(() => Object.entries(node.save).map(([name, path]) => ({ name, path })))
  const save = (rows: typeof saved) => {
    setSaved(rows)
    set({ save: Object.fromEntries(rows.filter(({ name }) => name !== '').map(({ name, path }) => [name, path])) })
  }
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
      <fieldset className="min-w-0 space-y-2">
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

function QueueFields({ node, set }: Fields<'queue'>) {
  const text = useText()
  const words = text.flowsScreen
  const [rows, setRows] = useState(() => skillRows(node.requires ?? {}))
  return (
    <>
      <QueueReference label={words.queue} value={node.queue} onChoose={queue => set({ queue })} />
      <details>
        <summary className="cursor-pointer text-soft hover:text-ink">{words.more}</summary>
        <div className="mt-2 space-y-3">
          <SkillRows
            label={words.alsoRequires}
            rows={rows}
            known={[]}
            leastLevel={1}
            onChange={next => {
              setRows(next)
              const requires = skillsOf(next)
              set({ requires: Object.keys(requires).length === 0 ? undefined : requires })
            }}
          />
          <NumberField
            label={text.queuesScreen.priority}
            hint={words.priorityHint}
            min={-100}
            max={100}
            value={node.priority ?? 0}
            onValue={priority => set({ priority: priority === 0 ? undefined : priority })}
          />
        </div>
      </details>
    </>
  )
}

function RingFields({ node, set }: Fields<'ring'>) {
  const words = useText().flowsScreen
  const { known } = useFlowEditor()
  const { target } = node
  return (
    <>
      <Choice
        label={words.ringWhom}
        value={target.type}
        options={[
          { value: 'number', label: words.ringNumber },
          { value: 'agent', label: words.ringAgent },
        ]}
        onChoose={type =>
          set({
            target: type === 'agent' ? { type, agent: known.agents[0]?.value ?? '' } : { type: 'number', number: '' },
          })
        }
      />
      {target.type === 'agent' ? (
        <Reference
          label={words.ringAgent}
          value={target.agent}
          choices={known.agents}
          onChoose={agent => set({ target: { type: 'agent', agent } })}
        />
      ) : (
        <Field
          label={words.ringNumber}
          type="tel"
          required
          maxLength={60}
          autoComplete="off"
          value={target.number}
          onChange={event => set({ target: { type: 'number', number: event.target.value } })}
        />
      )}
      <NumberField
        label={words.ringSeconds}
        min={5}
        max={60}
        value={node.ringSeconds}
        onValue={ringSeconds => set({ ringSeconds })}
      />
    </>
  )
}
