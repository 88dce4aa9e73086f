import { useNavigate } from '@tanstack/react-router'
import { createContact } from '../../client/contract.ts'
import { Field } from '../../react/Field.tsx'
import { api } from '../api.ts'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { splitList } from './contactFields.ts'

export function CreateContact({ onClose }: { onClose(): void }) {
  const words = useText().contactsScreen
  const navigate = useNavigate()
  async function save(form: FormData): Promise<void> {
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
  }
  return (
    <FormDialog title={words.create} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
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
        </>
      )}
    </FormDialog>
  )
}
