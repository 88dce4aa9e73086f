import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { CalendarClock } from 'lucide-react'
import { useState } from 'react'
import { type BusinessHours, createHours } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { hoursQuery } from '../queries.ts'
import { QueueSections } from '../queues/QueuesScreen.tsx'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
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
  const words = useText().hoursScreen
  const navigate = useNavigate()
  async function save(form: FormData): Promise<void> {
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
  }
  return (
    <FormDialog title={words.create} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field label={words.name} name="name" required maxLength={100} autoComplete="off" problem={problem('name')} />
          <p className="text-soft">{words.createHint}</p>
        </>
      )}
    </FormDialog>
  )
}
