import { useNavigate } from '@tanstack/react-router'
import { Direction, logCall } from '../../client/contract.ts'
import { Field } from '../../react/Field.tsx'
import { api } from '../api.ts'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Select, TextArea } from '../ui/fields.tsx'

interface LogCallProps {
  /** Whom it was with, where that is known. */
  contact?: { id: string; name: string }
  onClose(): void
}

/** A call that another telephone took or made, entered by hand. */
export function LogCall({ contact, onClose }: LogCallProps) {
  const text = useText()
  const navigate = useNavigate()
  async function save(form: FormData): Promise<void> {
    const { call } = await api.call(logCall, { body: { ...readForm(form), ...(contact && { contactId: contact.id }) } })
    onClose()
    await navigate({ to: '/calls/$id', params: { id: call.id } })
  }
  return (
    <FormDialog title={text.log.title} onClose={onClose} onSubmit={save} action={text.log.submit}>
      {problem => (
        <>
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
        </>
      )}
    </FormDialog>
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
