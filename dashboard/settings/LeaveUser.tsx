import { useState } from 'react'
import type { z } from 'zod'
import { leaveUser, type User } from '../../client/contract.ts'
import { api } from '../api.ts'
import { refreshUsers } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'

/** Takes somebody off who leaves, and then says what goes on without them, if anything does. */
export function LeaveUser({ user, onClose }: { user: User; onClose(): void }) {
  const words = useText().leaving
  const [left, setLeft] = useState<z.output<typeof leaveUser.answer> | null>(null)
  async function leave(): Promise<void> {
    const answer = await api.call(leaveUser, { params: { id: user.id } })
    await refreshUsers()
    if (answer.apiKeys.length + answer.flows.length === 0) onClose()
    else setLeft(answer)
  }
  if (left !== null)
    return (
      <Dialog title={words.remains(user.name)} onClose={onClose}>
        <Remaining hint={words.keys} items={left.apiKeys} />
        <Remaining hint={words.flows} items={left.flows} />
      </Dialog>
    )
  return (
    <FormDialog title={words.sure(user.name)} onClose={onClose} onSubmit={leave} action={words.takeOff} look="danger">
      <p>{words.hint}</p>
    </FormDialog>
  )
}

function Remaining({ hint, items }: { hint: string; items: { id: string; name: string }[] }) {
  if (items.length === 0) return null
  return (
    <>
      <p>{hint}</p>
      <ul className="mb-3 list-disc pl-5">
        {items.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
    </>
  )
}
