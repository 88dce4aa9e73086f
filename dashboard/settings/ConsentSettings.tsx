import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { CallSettings } from '../../client/contract.ts'
import { ALL_PARTY_STATES, type ConsentMode } from '../../core/consent.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { numbersQuery } from '../queries.ts'
import { LOCALES, useText } from '../text/text.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { useKeptFocus } from '../ui/useKeptFocus.ts'
import { useCallSettings } from './useCallSettings.ts'

const CONSENT = [
  'recording_enabled',
  'consent_mode',
  'consent_numbers',
  'consent_regions',
  'consent_announcement',
  'consent_question',
  'consent_opt_out_key',
  'consent_voicemail',
  'transcription_enabled',
] as const

/** Whether calls are recorded, and what callers learn before. */
export function ConsentSettings({ settings }: { settings: CallSettings }) {
  const words = useText().compliance.consent
  const { draft, change, save } = useCallSettings(settings, CONSENT)
  const { data: numbers = [] } = useQuery(numbersQuery)
  const { consent_numbers: byNumber, consent_regions: byRegion } = draft
  const isAsked = [draft.consent_mode, ...Object.values(byNumber), ...Object.values(byRegion)].includes('ask')
  return (
    <FormPanel title={words.title} draft={draft} onSubmit={save}>
      <Checkbox
        label={words.enabled}
        hint={words.enabledHint}
        checked={draft.recording_enabled}
        onChange={event => change({ recording_enabled: event.target.checked })}
      />
      <div>
        <Select
          label={words.mode}
          value={draft.consent_mode}
          onChoose={mode => change({ consent_mode: mode as ConsentMode })}
          options={modesIn(words.modes)}
        />
        <p className="ringside-hint mt-1">{words.modeHint}</p>
      </div>
      <fieldset className="space-y-3">
        <legend className="mb-1 font-semibold">{words.numbers}</legend>
        {numbers.map(({ id, number, label }) => (
          <Select
            key={id}
            label={`${number} · ${label}`}
            value={byNumber[number] ?? ''}
            onChoose={mode => change({ consent_numbers: withRule(byNumber, number, mode) })}
            options={[{ value: '', label: words.usual }, ...modesIn(words.modes)]}
          />
        ))}
      </fieldset>
      <Regions rules={byRegion} onChange={rules => change({ consent_regions: rules })} />
      <Field
        label={words.optOut}
        hint={words.optOutHint}
        maxLength={1}
        pattern="[0-9*#]"
        value={draft.consent_opt_out_key ?? ''}
        onChange={event => change({ consent_opt_out_key: event.target.value || null })}
      />
      <Wording
        label={words.announcement}
        hint={words.announcementHint}
        texts={draft.consent_announcement}
        onChange={texts => change({ consent_announcement: texts })}
      />
      {isAsked && (
        <Wording
          label={words.question}
          hint={words.questionHint}
          texts={draft.consent_question}
          onChange={texts => change({ consent_question: texts })}
        />
      )}
      <Checkbox
        label={words.voicemail}
        hint={words.voicemailHint}
        checked={draft.consent_voicemail}
        onChange={event => change({ consent_voicemail: event.target.checked })}
      />
      <Checkbox
        label={words.transcription}
        hint={words.transcriptionHint}
        checked={draft.transcription_enabled}
        onChange={event => change({ transcription_enabled: event.target.checked })}
      />
    </FormPanel>
  )
}

interface WordingProps {
  label: string
  hint: string
  /** By language; null: as it is for everybody. */
  texts: CallSettings['consent_question']
  onChange(texts: CallSettings['consent_question']): void
}

/** The workspace's own words, in each language that a caller may speak. */
function Wording({ label, hint, texts, onChange }: WordingProps) {
  const { languages } = useText()
  return (
    <fieldset>
      <legend className="font-semibold">{label}</legend>
      <p className="ringside-hint mb-2">{hint}</p>
      <div className="grid gap-3 sm:grid-cols-2">
        {LOCALES.map(language => (
          <Field
            key={language}
            label={languages[language]}
            maxLength={500}
            autoComplete="off"
            value={texts?.[language] ?? ''}
            onChange={event => onChange(withText(texts, language, event.target.value))}
          />
        ))}
      </div>
    </fieldset>
  )
}

type Rules = CallSettings['consent_regions']

function Regions({ rules, onChange }: { rules: Rules; onChange(rules: Rules): void }) {
  const words = useText().compliance.consent
  const [region, setRegion] = useState('')
  const kept = useKeptFocus<HTMLFieldSetElement>()
  const isRegion = /^[A-Z]{2}(-[A-Z]{2})?$/.test(region)
  return (
    <fieldset {...kept} className="space-y-3">
      <legend className="mb-1 font-semibold">{words.regions}</legend>
      <p className="ringside-hint">{words.regionsHint}</p>
      {Object.keys(rules)
        .sort()
        .map(name => (
          <div key={name} className="flex items-end gap-2">
            <Select
              className="grow"
              label={name}
              value={rules[name]!}
              onChoose={mode => onChange(withRule(rules, name, mode))}
              options={modesIn(words.modes)}
            />
            <Button
              look="plain"
              aria-label={words.removeRegion(name)}
              onClick={() => onChange(withRule(rules, name, ''))}
            >
              ×
            </Button>
          </div>
        ))}
      <div className="flex items-end gap-2">
        <Field
          className="grow"
          label={words.region}
          placeholder={words.regionPlaceholder}
          maxLength={5}
          value={region}
          onChange={event => setRegion(event.target.value.toUpperCase())}
        />
        <Button
          pending={!isRegion}
          onClick={() => {
            onChange({ ...rules, [region]: 'ask' })
            setRegion('')
          }}
        >
          {words.addRegion}
        </Button>
      </div>
      <Button
        className="whitespace-normal"
        onClick={() =>
          onChange({ ...rules, ...Object.fromEntries(ALL_PARTY_STATES.map(state => [state, 'ask' as const])) })
        }
      >
        {words.allParty}
      </Button>
    </fieldset>
  )
}

const modesIn = (words: Record<ConsentMode, string>) =>
  (Object.keys(words) as ConsentMode[]).map(value => ({ value, label: words[value] }))

/** No mode: no rule. */
function withRule(rules: Rules, name: string, mode: string): Rules {
  const { [name]: _, ...others } = rules
  return mode === '' ? others : { ...others, [name]: mode as ConsentMode }
}

function withText(texts: Record<string, string> | null, language: string, text: string): Record<string, string> | null {
  const { [language]: _, ...others } = texts ?? {}
  const after = text === '' ? others : { ...others, [language]: text }
  return Object.keys(after).length === 0 ? null : after
}
