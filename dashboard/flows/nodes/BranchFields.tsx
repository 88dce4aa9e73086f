import { Button } from '../../../react/Button.tsx'
import { Field } from '../../../react/Field.tsx'
import { useText } from '../../text/text.tsx'
import { Select } from '../../ui/fields.tsx'
import { useKeptFocus } from '../../ui/useKeptFocus.ts'
import type { NodeFields } from './fields.tsx'

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

export function BranchFields({ node, set }: NodeFields<'branch'>) {
  const words = useText().flowsScreen
  const { cases } = node
  const kept = useKeptFocus<HTMLFieldSetElement>()
  return (
    <fieldset {...kept} className="min-w-0 space-y-2">
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
