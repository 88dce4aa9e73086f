import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type BusinessHours, deleteHours, updateHours } from '../../client/contract.ts'
import { hoursProblems } from '../../core/hours.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { hoursQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { sayIn } from '../text/said.ts'
import { problemAt, problemElsewhere, useText, useWords } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SaveBar } from '../ui/SaveBar.tsx'
import { useKeptFocus } from '../ui/useKeptFocus.ts'
import { copiedToWeekdays, draftOf, type HoursDraft, hoursOf, readIntervals } from './hoursDraft.ts'
import { OpenNow } from './OpenNow.tsx'

/** A Monday, to name the weekdays by. */
const MONDAY = Date.UTC(2024, 0, 1)
const DAY = 86_400_000

export function HoursEditor({ hours }: { hours: BusinessHours }) {
  const text = useText()
  const words = text.hoursScreen
  const session = useSession()
  const navigate = useNavigate()
  const [draft, setDraft] = useState(() => draftOf(hours))
  const [deleting, setDeleting] = useState(false)
  const set = (change: Partial<HoursDraft>) => setDraft(before => ({ ...before, ...change }))
  const mayEdit = session.may('edit queues')
  const read = hoursOf(draft)
  const problems = read ? hoursProblems(read) : []
  const save = useAction(async () => {
    if (read === null) return
    const { hours: saved } = await api.call(updateHours, { params: { id: hours.id }, body: read })
    setDraft(draftOf(saved))
    queryClient.setQueryData(hoursQuery.queryKey, all => all?.map(each => (each.id === saved.id ? saved : each)))
  })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        save.run()
      }}
    >
      {!mayEdit && <p className="px-4 pt-4 text-soft md:px-6 md:pt-6">{text.fields.readOnly}</p>}
      <fieldset disabled={!mayEdit} className="min-w-0 max-w-3xl space-y-4 p-4 md:p-6">
        <legend className="sr-only">{hours.name}</legend>
        {/* As tall with words as without, so that nothing moves while somebody types. */}
        <div className="min-h-12" aria-live="polite">
          {read !== null && problems.length === 0 && <OpenNow hours={{ id: hours.id, ...read }} />}
          {problems.map(problem => (
            <p key={problem.message} className="ringside-problem">
              {sayIn(text.said, problem)}
            </p>
          ))}
        </div>
        <Panel title={words.where}>
          <div className="grid items-start gap-4 p-4 sm:grid-cols-2">
            <Field
              label={words.name}
              required
              maxLength={100}
              autoComplete="off"
              value={draft.name}
              onChange={event => set({ name: event.target.value })}
              problem={problemAt(save.error, 'name')}
            />
            <Select
              label={words.timeZone}
              value={draft.timeZone}
              onChoose={timeZone => set({ timeZone })}
              options={zones(draft.timeZone).map(zone => ({ value: zone, label: zone.replaceAll('_', ' ') }))}
            />
          </div>
        </Panel>
        <WeekPanel draft={draft} set={set} />
        <ExceptionPanel draft={draft} set={set} />
        {mayEdit && (
          <Button look="plain" onClick={() => setDeleting(true)}>
            {words.delete}
          </Button>
        )}
      </fieldset>
      {mayEdit && (
        <SaveBar
          changed={JSON.stringify(draft) !== JSON.stringify(draftOf(hours))}
          pending={save.pending}
          error={problemElsewhere(save.error, ['name'])}
          onDiscard={() => setDraft(draftOf(hours))}
        />
      )}
      {deleting && (
        <Confirm
          title={words.deleteSure(hours.name)}
          hint={words.deleteHint}
          action={words.delete}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.call(deleteHours, { params: { id: hours.id } })
            await queryClient.invalidateQueries({ queryKey: hoursQuery.queryKey })
            await navigate({ to: '/hours' })
          }}
        />
      )}
    </form>
  )
}

/** Zones that this browser knows, and the one that is set in any case. */
function zones(present: string): string[] {
  const known = Intl.supportedValuesOf('timeZone')
  return known.includes(present) ? known : [present, ...known]
}

interface PartProps {
  draft: HoursDraft
  set(change: Partial<HoursDraft>): void
}

function WeekPanel({ draft, set }: PartProps) {
  const { text, format } = useWords()
  const words = text.hoursScreen
  const nameOf = (index: number) =>
    new Intl.DateTimeFormat(format, { weekday: 'long', timeZone: 'UTC' }).format(MONDAY + index * DAY)
  return (
    <Panel
      title={words.week}
      actions={
        <Button look="plain" onClick={() => set({ days: copiedToWeekdays(draft.days) })}>
          {words.copyMonday}
        </Button>
      }
    >
      <div className="space-y-3 p-4">
        <p className="text-soft">{words.timesHint}</p>
        {draft.days.map((line, index) => (
          <TimesField
            // biome-ignore lint/suspicious/noArrayIndexKey: there are seven, always in the same order
            key={index}
            label={nameOf(index)}
            line={line}
            onChange={next => set({ days: draft.days.with(index, next) })}
          />
        ))}
      </div>
    </Panel>
  )
}

interface TimesFieldProps {
  label: string
  line: string
  onChange(line: string): void
}

/** The times of one day, as one line of text. */
function TimesField({ label, line, onChange }: TimesFieldProps) {
  const words = useText().hoursScreen
  const wrong = readIntervals(line) === null
  return (
    <Field
      label={label}
      placeholder={words.closedDay}
      autoComplete="off"
      maxLength={200}
      value={line}
      onChange={event => {
        event.target.setCustomValidity(readIntervals(event.target.value) === null ? words.timesWrong : '')
        onChange(event.target.value)
      }}
      problem={wrong ? words.timesWrong : undefined}
    />
  )
}

function ExceptionPanel({ draft, set }: PartProps) {
  const words = useText().hoursScreen
  const { exceptions } = draft
  const kept = useKeptFocus<HTMLDivElement>()
  const today = new Date().toISOString().slice(0, 10)
  return (
    <Panel
      title={words.exceptions}
      actions={
        <Button
          look="plain"
          onClick={() =>
            set({ exceptions: [...exceptions, { name: '', from: today, to: today, yearly: false, times: '' }] })
          }
        >
          {words.addException}
        </Button>
      }
    >
      <div {...kept} className="space-y-4 p-4">
        {exceptions.length === 0 && <p className="text-soft">{words.exceptionsHint}</p>}
        {exceptions.map((exception, index) => {
          const change = (part: Partial<typeof exception>) =>
            set({ exceptions: exceptions.with(index, { ...exception, ...part }) })
          return (
            <fieldset
              // biome-ignore lint/suspicious/noArrayIndexKey: an exception has nothing of its own but its place
              key={index}
              className="min-w-0 grid items-start gap-3 rounded-lg border border-line p-3 sm:grid-cols-2"
            >
              <legend className="px-1 text-[0.8125rem] font-semibold">
                {exception.name || words.exceptionNumber(index + 1)}
              </legend>
              <Field
                label={words.exceptionName}
                required
                maxLength={100}
                autoComplete="off"
                value={exception.name}
                onChange={event => change({ name: event.target.value })}
              />
              <TimesField label={words.exceptionTimes} line={exception.times} onChange={times => change({ times })} />
              <Field
                label={words.from}
                type="date"
                required
                value={exception.from}
                onChange={event => change({ from: event.target.value })}
              />
              <Field
                label={words.to}
                type="date"
                required
                min={exception.from}
                value={exception.to}
                onChange={event => change({ to: event.target.value })}
              />
              <Checkbox
                label={words.yearly}
                checked={exception.yearly}
                onChange={event => change({ yearly: event.target.checked })}
              />
              <div className="text-right">
                <Button
                  look="plain"
                  aria-label={words.removeException(exception.name)}
                  onClick={() => set({ exceptions: exceptions.toSpliced(index, 1) })}
                >
                  {words.remove}
                </Button>
              </div>
            </fieldset>
          )
        })}
      </div>
    </Panel>
  )
}
