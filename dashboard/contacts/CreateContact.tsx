import { useNavigate } from '@tanstack/react-router'
import { createContact } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { splitList } from './contactFields.ts'

const FIELDS = ['name', 'email', 'company', 'phones', 'tags']

export function CreateContact({ onClose }: { onClose(): void }) {
  const text = useText()
  const words = text.contactsScreen
  const navigate = useNavigate()
  const save = useAction(async (form: FormData) => {
    const line = (name: string) => String(form.get(name)).trim()
    const { contact } = await api.call(createContact, {
      body: {
        name: line('name'),
        email: line('email') || null,
        company: line('company') || null,
        phones: splitList(line('phones')),
        tags: splitList(line('tags')),
      },
    })
    onClose()
    await navigate({ to: '/contacts/$id', params: { id: contact.id } })
  })
  const problem = (field: string) => problemAt(save.error, field)
  return (
    <Dialog title={words.create} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault()
          save.run(new FormData(event.currentTarget))
        }}
      >
        <Field label={words.name} name="name" required maxLength={200} autoComplete="off" problem={problem('name')} />
        <Field label={words.email} name="email" type="email" autoComplete="off" problem={problem('email')} />
        <Field
          label={words.phones}
          hint={words.phonesHint}
          name="phones"
          autoComplete="off"
          problem={problem('phones')}
        />
        <Field label={words.company} name="company" maxLength={200} autoComplete="off" problem={problem('company')} />
        <Field label={words.tags} hint={words.tagsHint} name="tags" autoComplete="off" problem={problem('tags')} />
        <Problem error={problemElsewhere(save.error, FIELDS)} />
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
