import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type Contact, deleteContact, type Note, updateContact } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { api, queryClient } from '../api.ts'
import { CallList } from '../calls/CallList.tsx'
import { LogCall } from '../calls/LogCall.tsx'
import { callsQuery, contactQuery, requestsQuery } from '../queries.ts'
import { RequestList } from '../requests/RequestList.tsx'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Panel } from '../ui/Panel.tsx'
import { PhoneLink } from '../ui/PhoneLink.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'
import { CustomFields } from './CustomFields.tsx'
import { type ContactField, FIELDS, lineOf, readLine } from './contactFields.ts'
import { EditableField } from './EditableField.tsx'
import { MergeContact } from './MergeContact.tsx'
import { Tags } from './Tags.tsx'

export function ContactScreen() {
  const { id } = useParams({ from: '/shell/contacts/$id' })
  const query = useQuery(contactQuery(id))
  return <Loaded query={query}>{contact => <OneContact key={contact.id} contact={contact} />}</Loaded>
}

function OneContact({ contact }: { contact: Contact & { notes: Note[] } }) {
  const text = useText()
  const words = text.contactsScreen
  const session = useSession()
  const [open, setOpen] = useState<'log' | 'merge' | 'delete' | null>(null)
  return (
    <Screen
      title={contact.name}
      back={{ to: '/contacts', label: words.back }}
      actions={
        <>
          {session.may('log calls') && (
            <Button look="primary" onClick={() => setOpen('log')}>
              {words.callBack}
            </Button>
          )}
          {session.may('merge contacts') && <Button onClick={() => setOpen('merge')}>{text.sync.merge.open}</Button>}
          {session.may('delete contacts') && (
            <Button look="plain" onClick={() => setOpen('delete')}>
              {words.delete}
            </Button>
          )}
        </>
      }
    >
      <div className="grid items-start gap-4 p-4 md:p-6 xl:grid-cols-[26rem_minmax(0,1fr)]">
        <div className="space-y-4">
          <Panel title={text.call.details}>
            <ContactFields contact={contact} />
          </Panel>
          <Panel title={words.notes}>
            <Notes notes={contact.notes} />
          </Panel>
        </div>
        <div className="space-y-4">
          <Panel title={words.calls}>
            <ContactCalls contactId={contact.id} />
          </Panel>
          <Panel title={words.requests}>
            <ContactRequests contactId={contact.id} />
          </Panel>
        </div>
      </div>
      {open === 'log' && <LogCall contact={contact} onClose={() => setOpen(null)} />}
      {open === 'merge' && <MergeContact contact={contact} onClose={() => setOpen(null)} />}
      {open === 'delete' && <DeleteContact contact={contact} onClose={() => setOpen(null)} />}
    </Screen>
  )
}

function ContactFields({ contact }: { contact: Contact }) {
  const words = useText().contactsScreen
  const session = useSession()
  async function save(body: NonNullable<(typeof updateContact)['body']>['_input']): Promise<void> {
    const { contact: saved } = await api.call(updateContact, { params: { id: contact.id }, body })
    queryClient.setQueryData(contactQuery(contact.id).queryKey, known => known && { ...known, ...saved })
  }
  const shown: Record<ContactField, ReactNode> = {
    name: contact.name,
    email: contact.email && (
      <a className="ringside-link" href={`mailto:${contact.email}`}>
        {contact.email}
      </a>
    ),
    phones: (
      <ul>
        {contact.phones.map(phone => (
          <li key={phone}>
            <PhoneLink number={phone} />
          </li>
        ))}
      </ul>
    ),
    company: contact.company,
    type: contact.type,
    tags: <Tags tags={contact.tags} />,
    externalId: contact.externalId,
  }
  const hints: Partial<Record<ContactField, string>> = { phones: words.phonesHint, tags: words.tagsHint }
  return (
    <div className="py-2">
      {FIELDS.map(field => {
        const hint = hints[field]
        return (
          <EditableField
            key={field}
            name={field}
            label={words[field]}
            line={lineOf(contact, field)}
            type={field === 'email' ? 'email' : 'text'}
            {...(hint === undefined ? {} : { hint })}
            disabled={!session.may('edit contacts')}
            onSave={line => save({ [field]: readLine(field, line) })}
          >
            {shown[field]}
          </EditableField>
        )
      })}
      <CustomFields contact={contact} disabled={!session.may('edit contacts')} onSave={fields => save({ fields })} />
    </div>
  )
}

function Notes({ notes }: { notes: readonly Note[] }) {
  const text = useText()
  if (notes.length === 0) return <p className="p-4 text-soft">{text.contactsScreen.noNotes}</p>
  return (
    <ul className="divide-y divide-line">
      {notes.map(note => (
        <li key={note.id} className="px-4 py-3">
          <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{note.text}</p>
          <p className="mt-1 text-[0.8125rem] text-soft">
            {note.author} ·{' '}
            <Link to="/calls/$id" params={{ id: note.callId }} className="ringside-link">
              <When time={note.createdAt} />
            </Link>
          </p>
        </li>
      ))}
    </ul>
  )
}

function ContactCalls({ contactId }: { contactId: string }) {
  const words = useText().contactsScreen
  const query = useInfiniteQuery(callsQuery({ contact: contactId }))
  return (
    <Loaded query={query} lines={3}>
      {({ pages }) => {
        const calls = pages.flatMap(page => page.items)
        if (calls.length === 0) return <p className="p-4 text-soft">{words.noCalls}</p>
        return (
          <div className="overflow-x-auto rounded-b-xl [&>table]:border-b-0">
            <CallList calls={calls} oneCustomer />
            <LoadMore query={query} />
          </div>
        )
      }}
    </Loaded>
  )
}

function ContactRequests({ contactId }: { contactId: string }) {
  const words = useText().contactsScreen
  const query = useInfiniteQuery(requestsQuery({ contact: contactId }))
  return (
    <Loaded query={query} lines={3}>
      {({ pages }) => {
        const requests = pages.flatMap(page => page.items)
        if (requests.length === 0) return <p className="p-4 text-soft">{words.noRequests}</p>
        return (
          <div className="overflow-hidden rounded-b-xl">
            <RequestList requests={requests} />
            <LoadMore query={query} />
          </div>
        )
      }}
    </Loaded>
  )
}

function DeleteContact({ contact, onClose }: { contact: Contact; onClose(): void }) {
  const words = useText().contactsScreen
  const navigate = useNavigate()
  return (
    <Confirm
      title={words.deleteSure(contact.name)}
      hint={words.deleteHint}
      action={words.delete}
      onClose={onClose}
      onConfirm={async () => {
        await api.call(deleteContact, { params: { id: contact.id } })
        await navigate({ to: '/contacts' })
      }}
    />
  )
}
