import { useState } from 'react'
import { type Contact, mergeContacts } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { contactQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { FindContact } from './FindContact.tsx'

/** Finds the other contact that is the same person, shows what will be, and makes them one. */
export function MergeContact({ contact, onClose }: { contact: Contact; onClose(): void }) {
  const text = useText()
  const words = text.sync.merge
  const [other, setOther] = useState<Contact | null>(null)
  const merge = useAction(async (from: string) => {
    await api.call(mergeContacts, { params: { id: contact.id }, body: { from } })
    await queryClient.invalidateQueries({ queryKey: contactQuery(contact.id).queryKey })
    await queryClient.invalidateQueries({ queryKey: ['calls'] })
    onClose()
  })
  return (
    <Dialog title={words.title(contact.name)} onClose={onClose}>
      {other === null ? (
        <FindContact onFind={found => found.id !== contact.id && setOther(found)} />
      ) : (
        <div className="space-y-4">
          <p>{words.sure(other.name, contact.name)}</p>
          <p className="text-soft">{[other.company, other.email, ...other.phones].filter(Boolean).join(' · ')}</p>
          <p className="ringside-hint">{words.hint}</p>
          <Problem error={merge.error} />
          <div className="flex justify-end gap-2">
            <Button look="plain" onClick={() => setOther(null)}>
              {words.another}
            </Button>
            <Button look="primary" pending={merge.pending} onClick={() => merge.run(other.id)}>
              {words.action}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
