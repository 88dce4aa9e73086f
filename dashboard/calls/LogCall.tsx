import { useNavigate } from '@tanstack/react-router'
import { Direction, logCall } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Select, TextArea } from '../ui/fields.tsx'

interface LogCallProps {
  /** Whom it was with, where that is known. */
  contact?: { id: string; name: string }
  onClose(): void
}

const FIELDS = ['customerPhone', 'subject', 'durationSeconds', 'startedAt', 'notes']

/** A call that another telephone took or made, entered by hand. */
export function LogCall({ contact, onClose }: LogCallProps) {
  const text = useText()
  const navigate = useNavigate()
  const save = useAction(async (form: FormData) => {
    const { call } = await api.call(logCall, { body: { ...readForm(form), ...(contact && { contactId: contact.id }) } })
    onClose()
    await navigate({ to: '/calls/$id', params: { id: call.id } })
  })
  const problem = (field: string) => problemAt(save.error, field)
  return (
    <Dialog title={text.log.title} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault()
          save.run(new FormData(event.currentTarget))
        }}
      >
        {contact ? (
          <p>
            <span className="text-soft">{text.log.contact}</span> <strong>{contact.name}</strong>
          </p>
        ) : (
          <Field
            label={text.log.phone}
            hint={text.log.phoneHint}
            name="customerPhone"
            type="tel"
            autoComplete="off"
            required
            problem={problem('customerPhone')}
          />
        )}
        <div className="grid grid-cols-2 gap-4">
          <Select
            label={text.log.direction}
            name="direction"
            defaultValue={contact ? 'outbound' : 'inbound'}
            options={Direction.options.map(value => ({ value, label: text.popup.direction[value] }))}
          />
          <Field
            label={text.log.minutes}
            name="minutes"
            type="number"
            min={0}
            max={1440}
            step="any"
            inputMode="decimal"
            problem={problem('durationSeconds')}
          />
        </div>
        <Field
          label={text.log.startedAt}
          name="startedAt"
          type="datetime-local"
          defaultValue={localNow()}
          problem={problem('startedAt')}
        />
        <Field label={text.log.subject} name="subject" maxLength={200} problem={problem('subject')} />
        <TextArea label={text.log.notes} name="notes" rows={3} maxLength={5000} problem={problem('notes')} />
        <Problem error={problemElsewhere(save.error, FIELDS)} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" look="primary" disabled={save.pending}>
            {save.pending ? text.saving : text.log.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function readForm(form: FormData) {
  const words = (name: string) => String(form.get(name) ?? '').trim() || undefined
  const minutes = words('minutes')
  const startedAt = words('startedAt')
  return {
    customerPhone: words('customerPhone'),
    direction: Direction.parse(form.get('direction')),
    subject: words('subject'),
    notes: words('notes'),
    durationSeconds: minutes === undefined ? undefined : Math.round(Number(minutes) * 60),
    startedAt: startedAt === undefined ? undefined : new Date(startedAt).toISOString(),
  }
}

/** As `datetime-local` wants it: the clock on the wall, without a zone. */
function localNow(): string {
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
