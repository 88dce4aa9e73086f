import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import * as contract from '../../client/contract.ts'
import { ALL_PARTY_STATES, type ConsentMode } from '../../core/consent.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { callSettingsQuery, numbersQuery, queuesQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { problemElsewhere, useText } from '../text/text.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { NumberField, OptionalNumberField } from '../ui/numbers.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Loaded } from '../ui/states.tsx'
import { PersonalData } from './PersonalData.tsx'
import { RecordingAccess } from './RecordingAccess.tsx'
import { RetentionPreview } from './RetentionPreview.tsx'

type Settings = contract.CallSettings

/** What callers are told, how long recordings are kept, who reads what was said, and everything about one number. */
export function ComplianceSettings() {
  const session = useSession()
  const query = useQuery(callSettingsQuery)
  return (
    <div className="space-y-4">
      <Loaded query={query} lines={6}>
        {settings => (
          <>
            <Consent settings={settings} />
            <RecordingAccess settings={settings} />
            <Masking settings={settings} />
            <Retention settings={settings} />
          </>
        )}
      </Loaded>
      {session.may('answer privacy requests') && <PersonalData />}
    </div>
  )
}

/** Some of the settings, changed here until they are saved. */
function useDraft<Key extends keyof Settings>(settings: Settings, keys: readonly Key[]) {
  const pick = () => Object.fromEntries(keys.map(key => [key, settings[key]])) as Pick<Settings, Key>
  const [draft, setDraft] = useState(pick)
  const [saved, setSaved] = useState(false)
  const save = useAction(async () => {
    const answer = await api.call(contract.updateCallSettings, { body: draft })
    queryClient.setQueryData(callSettingsQuery.queryKey, answer)
    setSaved(true)
  })
  return {
    draft,
    save,
    saved,
    change(part: Partial<Pick<Settings, Key>>) {
      setSaved(false)
      setDraft({ ...draft, ...part })
    },
  }
}

function Save({ save, saved }: Pick<ReturnType<typeof useDraft>, 'save' | 'saved'>) {
  const text = useText()
  return (
    <>
      <Problem error={problemElsewhere(save.error, [])} />
      <div className="flex items-center justify-end gap-3">
        <span role="status">{saved ? text.compliance.saved : ''}</span>
        <Button type="submit" look="primary" disabled={save.pending}>
          {save.pending ? text.saving : text.save}
        </Button>
      </div>
    </>
  )
}

const CONSENT = [
  'recording_enabled',
  'consent_mode',
  'consent_numbers',
  'consent_regions',
  'consent_announcement',
  'consent_opt_out_key',
  'consent_voicemail',
  'transcription_enabled',
] as const

function Consent({ settings }: { settings: Settings }) {
  const words = useText().compliance.consent
  const { draft, change, save, saved } = useDraft(settings, CONSENT)
  const { data: numbers = [] } = useQuery(numbersQuery)
  const { consent_numbers: byNumber, consent_announcement: announcement } = draft
  return (
    <Panel title={words.title}>
      <form
        className="space-y-4 p-4"
        onSubmit={event => {
          event.preventDefault()
          save.run()
        }}
      >
        <Checkbox
          label={words.enabled}
          hint={words.enabledHint}
          checked={draft.recording_enabled}
          onChange={event => change({ recording_enabled: event.target.checked })}
        />
        <Select
          label={words.mode}
          value={draft.consent_mode}
          onChoose={mode => change({ consent_mode: mode as ConsentMode })}
          options={modesIn(words.modes)}
        />
        <p className="ringside-hint">{words.modeHint}</p>
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
        <Regions rules={draft.consent_regions} onChange={rules => change({ consent_regions: rules })} />
        <Field
          label={words.optOut}
          hint={words.optOutHint}
          maxLength={1}
          pattern="[0-9*#]"
          value={draft.consent_opt_out_key ?? ''}
          onChange={event => change({ consent_opt_out_key: event.target.value || null })}
        />
        {(['en', 'es'] as const).map(language => (
          <Field
            key={language}
            label={language === 'en' ? words.announcement : words.announcementSpanish}
            hint={words.announcementHint}
            maxLength={500}
            value={announcement?.[language] ?? ''}
            onChange={event => change({ consent_announcement: withText(announcement, language, event.target.value) })}
          />
        ))}
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
        <Save save={save} saved={saved} />
      </form>
    </Panel>
  )
}

type Rules = Settings['consent_regions']

function Regions({ rules, onChange }: { rules: Rules; onChange(rules: Rules): void }) {
  const words = useText().compliance.consent
  const [region, setRegion] = useState('')
  const isRegion = /^[A-Z]{2}(-[A-Z]{2})?$/.test(region)
  return (
    <fieldset className="space-y-3">
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
          disabled={!isRegion}
          onClick={() => {
            onChange({ ...rules, [region]: 'ask' })
            setRegion('')
          }}
        >
          {words.addRegion}
        </Button>
      </div>
      <Button
        look="plain"
        onClick={() =>
          onChange({ ...rules, ...Object.fromEntries(ALL_PARTY_STATES.map(state => [state, 'ask' as const])) })
        }
      >
        {words.allParty}
      </Button>
    </fieldset>
  )
}

function Masking({ settings }: { settings: Settings }) {
  const words = useText().compliance.masking
  const { draft, change, save, saved } = useDraft(settings, ['pii_masking'])
  const masking = draft.pii_masking
  return (
    <Panel title={words.title}>
      <form
        className="space-y-3 p-4"
        onSubmit={event => {
          event.preventDefault()
          save.run()
        }}
      >
        <p className="ringside-hint">{words.hint}</p>
        {(Object.keys(words.options) as (keyof typeof masking)[]).map(option => (
          <Checkbox
            key={option}
            label={words.options[option]}
            checked={masking[option]}
            onChange={event => change({ pii_masking: { ...masking, [option]: event.target.checked } })}
          />
        ))}
        <Save save={save} saved={saved} />
      </form>
    </Panel>
  )
}

function Retention({ settings }: { settings: Settings }) {
  const words = useText().compliance.retention
  const { draft, change, save, saved } = useDraft(settings, ['retention_days', 'retention_by_queue'])
  const { data: queues = [] } = useQuery(queuesQuery)
  const byQueue = draft.retention_by_queue
  return (
    <Panel title={words.title}>
      <form
        className="space-y-4 p-4"
        onSubmit={event => {
          event.preventDefault()
          save.run()
        }}
      >
        <NumberField
          label={words.days}
          hint={words.daysHint}
          min={30}
          max={365}
          value={draft.retention_days}
          onValue={days => change({ retention_days: days })}
        />
        {queues.map(({ id, displayName }) => (
          <OptionalNumberField
            key={id}
            label={words.queueDays(displayName)}
            min={30}
            max={365}
            value={byQueue[id] ?? null}
            onValue={days => {
              const { [id]: _, ...others } = byQueue
              change({ retention_by_queue: days === null ? others : { ...others, [id]: days } })
            }}
          />
        ))}
        <RetentionPreview rules={draft} />
        <Save save={save} saved={saved} />
      </form>
    </Panel>
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
