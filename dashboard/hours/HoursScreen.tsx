import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { CalendarClock } from 'lucide-react'
import { useState } from 'react'
import { type BusinessHours, createHours } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { hoursQuery } from '../queries.ts'
import { QueueSections } from '../queues/QueuesScreen.tsx'
import { useSession } from '../session/session.tsx'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { HoursEditor } from './HoursEditor.tsx'
import { hoursOf } from './hoursDraft.ts'
import { OpenNow } from './OpenNow.tsx'

/** What most begin with: weekdays, nine to five. */
const USUAL = hoursOf({
  name: '',
  timeZone: '',
  days: ['9-17', '9-17', '9-17', '9-17', '9-17', '', ''],
  exceptions: [],
})!.weekly

export function HoursScreen() {
  const text = useText()
  const words = text.hoursScreen
  const session = useSession()
  const query = useQuery(hoursQuery)
  const { id } = useSearch({ from: '/shell/hours' })
  const [creating, setCreating] = useState(false)
  return (
    <Screen
      title={text.hours}
      actions={
        session.may('edit queues') && (
          <Button look="primary" onClick={() => setCreating(true)}>
            {words.create}
          </Button>
        )
      }
      tools={<QueueSections />}
    >
      <Loaded query={query}>
        {all => {
          const chosen = all.find(each => each.id === id) ?? (all.length === 1 ? all[0] : undefined)
          if (all.length === 0) return <Empty icon={CalendarClock} title={words.empty} hint={words.emptyHint} />
          return (
            <div className="lg:grid lg:grid-cols-[20rem_minmax(0,1fr)] lg:items-start">
              <ul aria-label={text.hours} className="divide-y divide-line border-b border-line bg-surface lg:border-r">
                {all.map(hours => (
                  <HoursRow key={hours.id} hours={hours} chosen={hours.id === chosen?.id} />
                ))}
              </ul>
              {chosen ? (
                <HoursEditor key={chosen.id} hours={chosen} />
              ) : (
                <p className="p-6 text-center text-soft">{words.choose}</p>
              )}
            </div>
          )
        }}
      </Loaded>
      {creating && <CreateHours onClose={() => setCreating(false)} />}
    </Screen>
  )
}

function HoursRow({ hours, chosen }: { hours: BusinessHours; chosen: boolean }) {
  return (
    <li className={`relative px-4 py-2.5 md:px-6 ${chosen ? 'bg-accent-ground' : 'hover:bg-ground'}`}>
      <Link
        to="/hours"
        search={{ id: hours.id }}
        className="row-link block truncate font-semibold"
        aria-current={chosen ? 'true' : undefined}
      >
        {hours.name}
      </Link>
      <OpenNow hours={hours} />
    </li>
  )
}

function CreateHours({ onClose }: { onClose(): void }) {
  const text = useText()
  const words = text.hoursScreen
  const navigate = useNavigate()
  const save = useAction(async (form: FormData) => {
    const { hours } = await api.call(createHours, {
      body: {
        name: String(form.get('name')),
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        weekly: USUAL,
        exceptions: [],
      },
    })
    await queryClient.invalidateQueries({ queryKey: hoursQuery.queryKey })
    onClose()
    await navigate({ to: '/hours', search: { id: hours.id } })
  })
  return (
    <Dialog title={words.create} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault()
          save.run(new FormData(event.currentTarget))
        }}
      >
        <Field
          label={words.name}
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          problem={problemAt(save.error, 'name')}
        />
        <p className="text-soft">{words.createHint}</p>
        <Problem error={problemElsewhere(save.error, ['name'])} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" look="primary" disabled={save.pending}>
            {save.pending ? text.saving : text.save}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
