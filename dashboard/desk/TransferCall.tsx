import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { transferCall } from '../live/callActions.ts'
import { queuesQuery } from '../queries.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Select } from '../ui/fields.tsx'

const AIMS = ['queue', 'number'] as const
type Aim = (typeof AIMS)[number]

/** Sends a call on, to the line of another queue or to a telephone number. */
export function TransferCall({ callId, onClose }: { callId: string; onClose(): void }) {
  const text = useText()
  const words = text.deskCall
  const [aim, setAim] = useState<Aim>('queue')
  const { data: queues = [] } = useQuery(queuesQuery)
  const transfer = useAction(async (to: string) => {
    await transferCall(callId, aim === 'queue' ? { queue: to } : { number: to })
    onClose()
  })
  return (
    <Dialog title={words.transferTitle} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault()
          transfer.run(String(new FormData(event.currentTarget).get('to')))
        }}
      >
        <Choice<Aim>
          label={words.to}
          value={aim}
          onChoose={value => setAim(value)}
          options={[
            { value: 'queue', label: words.aQueue },
            { value: 'number', label: words.aNumber },
          ]}
        />
        {aim === 'queue' ? (
          <Select
            key="queue"
            label={words.queue}
            name="to"
            options={queues.map(({ id, displayName }) => ({ value: id, label: displayName }))}
          />
        ) : (
          <Field
            key="number"
            label={words.number}
            hint={words.numberHint}
            name="to"
            type="tel"
            required
            maxLength={60}
            autoComplete="off"
            problem={problemAt(transfer.error, 'number')}
          />
        )}
        <Problem error={problemElsewhere(transfer.error, ['number'])} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" look="primary" disabled={transfer.pending}>
            {words.transfer}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
