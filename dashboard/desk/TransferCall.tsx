import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Call } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { consult, type TransferAim, transferCall } from '../live/callActions.ts'
import { agentsQuery, queuesQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { SearchField } from '../ui/fields.tsx'
import { PresenceDot } from './StatusControl.tsx'
import { colleaguesOf, freeIn, named } from './transfer.ts'

const AIMS = ['colleague', 'queue', 'number'] as const
type Aim = (typeof AIMS)[number]

/**
 * Agents are told only of themselves and of the calls of their queues. Whoever chooses among the others asks, for as long
 * as that takes.
 */
const UP_TO_DATE = { refetchOnMount: 'always', refetchInterval: 2000 } as const

/** From so many colleagues on they are looked for by name. */
const MANY = 8

const aimOf = (aim: Aim, to: string): TransferAim =>
  aim === 'colleague' ? { agent: to } : aim === 'queue' ? { queue: to } : { number: to }

/** Sends a call on: to a colleague, to the line of a queue or to a number; or asks the first two before. */
export function TransferCall({ call, onClose }: { call: Call; onClose(): void }) {
  const text = useText()
  const words = text.voice.transfer
  const [aim, setAim] = useState<Aim>('colleague')
  const [chosen, choose] = useState<string | null>(null)
  const send = useAction(async (to: TransferAim, asking: boolean) => {
    if (asking && !('number' in to)) await consult(call.id, to)
    else await transferCall(call.id, to)
    onClose()
  })
  const canAsk = call.conversation !== null && aim !== 'number'
  return (
    <Dialog title={words.title} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault()
          const { submitter } = event.nativeEvent as SubmitEvent
          const to = aim === 'number' ? String(new FormData(event.currentTarget).get('number')) : chosen
          if (to !== null) send.run(aimOf(aim, to), (submitter as HTMLButtonElement | null)?.value === 'ask')
        }}
      >
        <Choice<Aim>
          label={words.to}
          value={aim}
          onChoose={value => {
            setAim(value)
            choose(null)
          }}
          options={AIMS.map(value => ({ value, label: words[value] }))}
        />
        {/* As high whatever is chosen, so that the buttons stay where they are. */}
        <div className="h-72">
          {aim === 'colleague' && <Colleagues chosen={chosen} onChoose={choose} />}
          {aim === 'queue' && <Queues chosen={chosen} onChoose={choose} />}
          {aim === 'number' && (
            <Field
              label={words.theNumber}
              hint={words.numberHint}
              name="number"
              type="tel"
              required
              maxLength={60}
              autoComplete="off"
              problem={problemAt(send.error, 'number')}
            />
          )}
        </div>
        <Problem error={problemElsewhere(send.error, ['number'])} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {text.cancel}
          </Button>
          {canAsk && (
            <Button type="submit" value="ask" pending={send.pending} disabled={chosen === null}>
              {words.askFirst}
            </Button>
          )}
          <Button type="submit" look="primary" pending={send.pending} disabled={aim !== 'number' && chosen === null}>
            {words.now}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface ListProps {
  chosen: string | null
  onChoose(id: string): void
}

/** Everybody else, with what they do just now, as it changes. */
function Colleagues({ chosen, onChoose }: ListProps) {
  const text = useText()
  const words = text.voice.transfer
  const { agentId } = useSession()
  const { data: agents = [] } = useQuery({ ...agentsQuery, ...UP_TO_DATE })
  const [letters, setLetters] = useState('')
  const all = colleaguesOf(agents, agentId)
  const shown = named(all, letters)
  if (all.length === 0) return <p className="text-soft">{words.noColleagues}</p>
  return (
    <div className="flex h-full flex-col gap-2">
      {all.length >= MANY && <SearchField label={words.find} placeholder={words.find} onSearch={setLetters} />}
      <Options label={words.colleagues}>
        {shown.map(({ agent, free }) => (
          <Option
            key={agent.id}
            id={agent.id}
            chosen={chosen}
            onChoose={onChoose}
            disabled={!free}
            name={
              <>
                <PresenceDot status={agent.presence.status} /> {agent.name}
              </>
            }
            detail={
              free
                ? words.free
                : agent.activity === 'away'
                  ? text.deskStatus.status[agent.presence.status]
                  : text.deskLive.activities[agent.activity]
            }
          />
        ))}
        {shown.length === 0 && <p className="p-2 text-soft">{words.nobodyFits}</p>}
      </Options>
      {shown.some(({ free }) => !free) && <p className="ringside-hint flex-none">{words.notFree}</p>}
    </div>
  )
}

/** The queues, with who waits in them and who could answer, as it changes. */
function Queues({ chosen, onChoose }: ListProps) {
  const words = useText().voice.transfer
  const { data: queues = [] } = useQuery({ ...queuesQuery, ...UP_TO_DATE })
  const { data: agents = [] } = useQuery({ ...agentsQuery, ...UP_TO_DATE })
  return (
    <Options label={words.queues}>
      {queues.map(({ id, displayName, waiting }) => (
        <Option
          key={id}
          id={id}
          chosen={chosen}
          onChoose={onChoose}
          name={displayName}
          detail={words.waits(waiting, freeIn(agents, id))}
        />
      ))}
    </Options>
  )
}

const Options = ({ label, children }: { label: string; children: ReactNode }) => (
  <fieldset className="max-h-full min-h-0 overflow-y-auto rounded-lg border border-line p-1">
    <legend className="sr-only">{label}</legend>
    {children}
  </fieldset>
)

interface OptionProps extends ListProps {
  id: string
  name: ReactNode
  detail: string
  disabled?: boolean
}

const Option = ({ id, chosen, onChoose, name, detail, disabled = false }: OptionProps) => (
  <label className="flex cursor-pointer items-center gap-2.5 rounded-md px-2 py-1.5 hover:bg-ground has-checked:bg-accent-ground has-disabled:cursor-default has-disabled:text-soft">
    <input
      type="radio"
      name="to"
      className="size-4 flex-none accent-accent"
      checked={id === chosen}
      disabled={disabled}
      onChange={() => onChoose(id)}
    />
    <span className="flex min-w-0 grow items-center gap-1.5 truncate font-medium">{name}</span>
    <span className="flex-none text-soft tabular-nums">{detail}</span>
  </label>
)
