import { X } from 'lucide-react'
import { Button } from '../../../react/Button.tsx'
import { Field } from '../../../react/Field.tsx'
import { useWords } from '../../text/text.tsx'
import { NumberField, OptionalNumberField } from '../../ui/numbers.tsx'
import { useKeptFocus } from '../../ui/useKeptFocus.ts'
import { languageName, useFlowEditor } from '../editor.ts'
import { SpokenFields } from '../SpokenFields.tsx'
import { HintField, type NodeFields, type NodeOf, VariableField } from './fields.tsx'

export function MenuFields({ node, set }: NodeFields<'menu'>) {
  const { text, format } = useWords()
  const words = text.flowsScreen
  const { languages } = useFlowEditor()
  const { options } = node
  const kept = useKeptFocus<HTMLFieldSetElement>()
  return (
    <>
      <SpokenFields
        label={words.asks}
        spoken={node.prompt}
        onChange={prompt => set({ prompt } as Partial<NodeOf<'menu'>>)}
      />
      <fieldset {...kept} className="min-w-0 space-y-2">
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
            onChange={invalid => set({ invalid } as Partial<NodeOf<'menu'>>)}
          />
          <SpokenFields
            label={words.afterSilence}
            spoken={node.silence ?? { text: {} }}
            onChange={silence => set({ silence } as Partial<NodeOf<'menu'>>)}
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
