import { useQuery } from '@tanstack/react-query'
import { getCountries } from 'libphonenumber-js/min'
import { useState } from 'react'
import { type DiallingSettings as Settings, SpecialKind, updateDialling } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { diallingQuery } from '../queries.ts'
import { useText, useWords } from '../text/text.tsx'
import { AddFrom } from '../ui/AddFrom.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Checkbox } from '../ui/fields.tsx'
import { Loaded } from '../ui/states.tsx'
import { useKeptFocus } from '../ui/useKeptFocus.ts'

/** Where calls may go. */
export function DiallingSettings() {
  return (
    <Loaded query={useQuery(diallingQuery)} lines={6}>
      {settings => <DiallingForm settings={settings} />}
    </Loaded>
  )
}

function DiallingForm({ settings: { home, ...settings } }: { settings: Settings }) {
  const words = useText().dialling
  const { format } = useWords()
  const [draft, setDraft] = useState(settings)
  const { countries, kinds, callsPerHour } = draft

  const names = new Intl.DisplayNames(format, { type: 'region' })
  const named = (codes: readonly string[]) =>
    codes
      .map(value => ({ value, label: names.of(value) ?? value }))
      .sort((a, b) => a.label.localeCompare(b.label, format))
  const away = countries.filter(country => !home.includes(country))
  const others = getCountries().filter(country => !home.includes(country) && !countries.includes(country))

  const kept = useKeptFocus<HTMLFieldSetElement>()
  return (
    <FormPanel
      title={words.title}
      draft={draft}
      onSubmit={async () =>
        queryClient.setQueryData(diallingQuery.queryKey, await api.call(updateDialling, { body: draft }))
      }
    >
      <p className="ringside-hint">{words.hint}</p>
      <fieldset {...kept} className="space-y-3">
        <legend className="mb-1 font-semibold">{words.countries}</legend>
        <p>
          {words.home(
            named(home)
              .map(({ label }) => label)
              .join(', '),
          )}
        </p>
        {away.length === 0 && <p className="ringside-hint">{words.none}</p>}
        <ul className="flex flex-wrap gap-2">
          {named(away).map(({ value, label }) => (
            <li key={value} className="flex items-center rounded-md bg-sunken pl-2.5">
              {label}
              <Button
                look="plain"
                aria-label={words.remove(label)}
                onClick={() => setDraft({ ...draft, countries: countries.filter(country => country !== value) })}
              >
                ×
              </Button>
            </li>
          ))}
        </ul>
        <AddFrom
          label={words.addCountry}
          options={named(others)}
          onAdd={country => setDraft({ ...draft, countries: [...countries, country] })}
        />
      </fieldset>
      <fieldset className="space-y-2">
        <legend className="mb-1 font-semibold">{words.kinds}</legend>
        {SpecialKind.options.map(kind => (
          <Checkbox
            key={kind}
            label={words.kindNames[kind]}
            checked={kinds.includes(kind)}
            onChange={event =>
              setDraft({
                ...draft,
                kinds: event.target.checked ? [...kinds, kind] : kinds.filter(each => each !== kind),
              })
            }
          />
        ))}
      </fieldset>
      <Field
        label={words.callsPerHour}
        hint={words.callsPerHourHint}
        type="number"
        min={0}
        max={1_000_000}
        required
        value={Number.isNaN(callsPerHour) ? '' : callsPerHour}
        onChange={event => setDraft({ ...draft, callsPerHour: event.target.valueAsNumber })}
      />
    </FormPanel>
  )
}
