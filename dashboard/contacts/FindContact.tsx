import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Contact } from '../../client/contract.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { contactsQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { SearchField } from '../ui/fields.tsx'
import { useDebounced } from '../ui/useDebounced.ts'

const SHOWN = 6

/** Finds one contact by a few letters or digits. */
export function FindContact({ onFind }: { onFind(contact: Contact): void }) {
  const text = useText()
  const { country } = useSession()
  const [words, setWords] = useState('')
  const still = useDebounced(words.trim())
  const query = useInfiniteQuery({ ...contactsQuery(still), placeholderData: keepPreviousData, enabled: still !== '' })
  const found = still === '' ? [] : (query.data?.pages[0]?.items.slice(0, SHOWN) ?? [])
  return (
    <div className="space-y-2">
      <SearchField label={text.call.findHint} placeholder={text.call.findHint} autoFocus onSearch={setWords} />
      <ul aria-live="polite">
        {found.map(contact => (
          <li key={contact.id}>
            <button type="button" className="ringside-candidate" onClick={() => onFind(contact)}>
              <span className="font-semibold">{contact.name}</span>
              <span className="text-soft">
                {[contact.company, contact.email, formatNumber(contact.phones[0] ?? null, country)]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </button>
          </li>
        ))}
        {still !== '' && query.data && found.length === 0 && <li className="text-soft">{text.call.noMatch}</li>}
      </ul>
    </div>
  )
}
