import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { memo, useEffect, useState } from 'react'
import type { Contact } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { contactsQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { SearchField } from '../ui/fields.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { PhoneLink } from '../ui/PhoneLink.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import { CreateContact } from './CreateContact.tsx'
import { ImportContacts } from './ImportContacts.tsx'
import { Tags } from './Tags.tsx'

export function ContactsScreen() {
  const text = useText()
  const session = useSession()
  const { q = '' } = useSearch({ from: '/shell/contacts' })
  const [open, setOpen] = useState<'create' | 'import' | null>(null)
  return (
    <Screen
      title={text.contacts}
      actions={
        <>
          {session.may('edit contacts') && (
            <Button look="primary" onClick={() => setOpen('create')}>
              {text.contactsScreen.create}
            </Button>
          )}
          {session.may('import contacts') && (
            <Button onClick={() => setOpen('import')}>{text.contactsScreen.import}</Button>
          )}
        </>
      }
      tools={<ContactSearch q={q} />}
    >
      <ContactList q={q} />
      {open === 'create' && <CreateContact onClose={() => setOpen(null)} />}
      {open === 'import' && <ImportContacts onClose={() => setOpen(null)} />}
    </Screen>
  )
}

function ContactSearch({ q }: { q: string }) {
  const text = useText().contactsScreen
  const navigate = useNavigate({ from: '/contacts' })
  const [words, setWords] = useState(q)
  const still = useDebounced(words.trim())
  useEffect(() => {
    void navigate({ search: still === '' ? {} : { q: still }, replace: true })
  }, [still, navigate])
  return (
    <SearchField
      label={text.searchHint}
      placeholder={text.searchHint}
      className="w-full md:w-96"
      value={words}
      onSearch={setWords}
    />
  )
}

function ContactList({ q }: { q: string }) {
  const all = useText()
  const text = all.contactsScreen
  const query = useInfiniteQuery({ ...contactsQuery(q), placeholderData: keepPreviousData })
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const contacts = pages.flatMap(page => page.items)
        if (contacts.length === 0) {
          return q === '' ? (
            <Empty icon={Users} title={text.empty} hint={text.emptyHint} />
          ) : (
            <Empty icon={Users} title={text.nobody(q)} />
          )
        }
        return (
          <>
            <ul aria-label={all.contacts} className="divide-y divide-line border-b border-line bg-surface">
              {contacts.map(contact => (
                <ContactRow key={contact.id} contact={contact} />
              ))}
            </ul>
            <LoadMore query={query} />
          </>
        )
      }}
    </Loaded>
  )
}

const ContactRow = memo(function ContactRow({ contact }: { contact: Contact }) {
  return (
    <li className="relative grid gap-x-4 gap-y-0.5 px-4 py-2.5 hover:bg-ground md:grid-cols-[minmax(0,1.2fr)_minmax(0,1.2fr)_12rem_minmax(0,1fr)] md:items-center md:px-6">
      <div className="min-w-0">
        <Link to="/contacts/$id" params={{ id: contact.id }} className="row-link block truncate font-semibold">
          {contact.name}
        </Link>
        <p className="truncate text-soft">{contact.company}</p>
      </div>
      <p className="truncate">{contact.email}</p>
      <p className="truncate tabular-nums">
        {contact.phones[0] !== undefined && <PhoneLink number={contact.phones[0]} />}
        {contact.phones.length > 1 && <span className="text-soft"> +{contact.phones.length - 1}</span>}
      </p>
      <Tags tags={contact.tags} />
    </li>
  )
})
