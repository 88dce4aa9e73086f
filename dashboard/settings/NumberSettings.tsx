import { useQuery } from '@tanstack/react-query'
import { Phone } from 'lucide-react'
import { useState } from 'react'
import { createNumber, deleteNumber, type PhoneNumber } from '../../client/contract.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { numbersQuery, queuesQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Select } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: numbersQuery.queryKey })

export function NumberSettings() {
  const words = useText().settingsScreen
  const { country } = useSession()
  const query = useQuery(numbersQuery)
  const [adding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<PhoneNumber | null>(null)
  return (
    <Panel title={words.numbers} actions={<Button onClick={() => setAdding(true)}>{words.addNumber}</Button>}>
      <Loaded query={query} lines={3}>
        {numbers =>
          numbers.length === 0 ? (
            <Empty icon={Phone} title={words.noNumbers} hint={words.noNumbersHint} />
          ) : (
            <ul className="divide-y divide-line">
              {numbers.map(number => (
                <li key={number.id} className="flex items-center gap-4 px-4 py-2.5">
                  <div className="min-w-0 grow">
                    <p className="font-semibold tabular-nums">{formatNumber(number.number, country)}</p>
                    <p className="truncate text-soft">{number.label}</p>
                  </div>
                  <p className="text-soft">{number.queue?.name ?? words.noQueue}</p>
                  <Button
                    look="plain"
                    aria-label={`${words.giveUp}: ${number.number}`}
                    onClick={() => setLeaving(number)}
                  >
                    {words.giveUp}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {adding && <AddNumber onClose={() => setAdding(false)} />}
      {leaving && (
        <Confirm
          title={words.giveUpSure(formatNumber(leaving.number, country))}
          hint={words.giveUpHint}
          action={words.giveUp}
          onClose={() => setLeaving(null)}
          onConfirm={async () => {
            await api.call(deleteNumber, { params: { id: leaving.id } })
            await refresh()
          }}
        />
      )}
    </Panel>
  )
}

function AddNumber({ onClose }: { onClose(): void }) {
  const words = useText().settingsScreen
  const { data: queues = [] } = useQuery(queuesQuery)
  async function save(form: FormData): Promise<void> {
    const [number, label, queue] = ['number', 'label', 'queue'].map(name => String(form.get(name)).trim())
    await api.call(createNumber, { body: { number: number!, ...(label && { label }), ...(queue && { queue }) } })
    await refresh()
    onClose()
  }
  return (
    <FormDialog title={words.addNumber} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field
            label={words.number}
            name="number"
            type="tel"
            required
            autoComplete="off"
            problem={problem('number')}
          />
          <Field label={words.label} name="label" maxLength={100} problem={problem('label')} />
          <Select
            label={words.queue}
            name="queue"
            options={[
              { value: '', label: words.noQueue },
              ...queues.map(queue => ({ value: queue.id, label: queue.displayName })),
            ]}
          />
        </>
      )}
    </FormDialog>
  )
}
