import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ListOrdered } from 'lucide-react'
import { useState } from 'react'
import { createQueue, type Queue } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { hoursQuery, queuesQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { writeDuration } from '../ui/duration.ts'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Sections } from '../ui/Sections.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { shortName } from './queueDraft.ts'

/** Who waits is told by no event that names the queue, so it is asked for while somebody looks. */
const LOOK_AGAIN_MS = 5000

export function QueuesScreen() {
  const text = useText()
  const words = text.queuesScreen
  const session = useSession()
  const query = useQuery({ ...queuesQuery, refetchInterval: LOOK_AGAIN_MS })
  const [creating, setCreating] = useState(false)
  return (
    <Screen
      title={text.queues}
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
        {queues =>
          queues.length === 0 ? (
            <Empty icon={ListOrdered} title={words.empty} hint={words.emptyHint} />
          ) : (
            <ul aria-label={text.queues} className="divide-y divide-line border-b border-line bg-surface">
              {queues.map(queue => (
                <QueueRow key={queue.id} queue={queue} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {creating && <CreateQueue onClose={() => setCreating(false)} />}
    </Screen>
  )
}

/** Queues, and when they are open. */
export function QueueSections() {
  const text = useText()
  return (
    <Sections
      label={text.queuesScreen.sections}
      sections={[
        { to: '/queues', label: text.queues },
        { to: '/hours', label: text.hours },
      ]}
    />
  )
}

function QueueRow({ queue }: { queue: Queue }) {
  const words = useText().queuesScreen
  const { data: hours = [] } = useQuery(hoursQuery)
  const open = queue.enabled && (hours.find(({ id }) => id === queue.hoursId)?.open ?? true)
  const { withinSeconds, percent } = queue.serviceLevel
  return (
    <li className="relative grid gap-x-4 gap-y-0.5 px-4 py-2.5 hover:bg-ground md:grid-cols-[minmax(0,1.4fr)_8rem_minmax(0,1fr)_9rem_6rem] md:items-center md:px-6">
      <div className="min-w-0">
        <Link to="/queues/$id" params={{ id: queue.id }} className="row-link block truncate font-semibold">
          {queue.displayName}
        </Link>
        <p className="truncate text-soft">{words.agentCount(queue.agents.length)}</p>
      </div>
      <p className={`tabular-nums ${queue.waiting > 0 ? 'font-semibold' : 'text-soft'}`}>
        {words.waitingCount(queue.waiting)}
      </p>
      <p className="truncate text-soft">{words.strategy[queue.strategy]}</p>
      <p className="text-soft tabular-nums">{words.aim(percent, writeDuration(withinSeconds))}</p>
      <p>
        <span className="ringside-badge" data-tone={open ? 'live' : undefined}>
          {open ? words.open : words.closed}
        </span>
      </p>
    </li>
  )
}

function CreateQueue({ onClose }: { onClose(): void }) {
  const words = useText().queuesScreen
  const navigate = useNavigate()
  const [displayName, setDisplayName] = useState('')
  const [chosenName, setName] = useState<string | null>(null)
  const name = chosenName ?? shortName(displayName)
  async function save(): Promise<void> {
    const { queue } = await api.call(createQueue, { body: { name, displayName } })
    await queryClient.invalidateQueries({ queryKey: queuesQuery.queryKey })
    onClose()
    await navigate({ to: '/queues/$id', params: { id: queue.id } })
  }
  return (
    <FormDialog title={words.create} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field
            label={words.displayName}
            required
            maxLength={100}
            autoComplete="off"
            value={displayName}
            onChange={event => setDisplayName(event.target.value)}
            problem={problem('displayName')}
          />
          <Field
            label={words.name}
            hint={words.nameHint}
            required
            maxLength={60}
            autoComplete="off"
            value={name}
            onChange={event => setName(event.target.value)}
            problem={problem('name')}
          />
          <p className="text-soft">{words.createHint}</p>
        </>
      )}
    </FormDialog>
  )
}
