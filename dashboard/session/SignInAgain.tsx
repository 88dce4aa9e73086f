import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { confirmIdentity } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { api } from '../api.ts'
import { secondFactorQuery } from '../queries.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useSession } from './session.tsx'
import { asksWhoItIs } from './signInAgain.ts'

/** Asks once more who it is, wherever the server wants to know before it does what was asked. */
export function SignInAgain() {
  const [asked, setAsked] = useState<((shown: boolean) => void) | null>(null)
  useEffect(
    () =>
      asksWhoItIs(
        () =>
          new Promise(resolve => {
            setAsked(() => resolve)
          }),
      ),
    [],
  )
  if (!asked) return null
  const close = (shown: boolean) => {
    setAsked(null)
    asked(shown)
  }
  return <Asking onClose={close} />
}

function Asking({ onClose }: { onClose(shown: boolean): void }) {
  const text = useText()
  const words = text.security.again
  const { me } = useSession()
  const { data: factor } = useQuery(secondFactorQuery)
  // No action of its own (`useAction`): the one that waits for this answer would keep it pending.
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  async function confirm(form: FormData): Promise<void> {
    const code = String(form.get('code') ?? '')
    const password = String(form.get('password') ?? '')
    setPending(true)
    setError(null)
    try {
      await api.call(confirmIdentity, { body: code !== '' ? { code } : { password } })
      onClose(true)
    } catch (problem) {
      setError(problem as Error)
      setPending(false)
    }
  }
  return (
    <Dialog title={words.title} onClose={() => onClose(false)}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault()
          void confirm(new FormData(event.currentTarget))
        }}
      >
        <p className="text-soft">{words.hint}</p>
        <input type="text" name="username" autoComplete="username" defaultValue={me.email} hidden />
        <Field
          label={words.password}
          name="password"
          type="password"
          autoComplete="current-password"
          problem={problemAt(error, 'password')}
        />
        {factor?.since && (
          <Field label={words.code} name="code" autoComplete="one-time-code" problem={problemAt(error, 'code')} />
        )}
        <Problem error={problemElsewhere(error, ['password', 'code'])} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={() => onClose(false)}>
            {text.cancel}
          </Button>
          <Button type="submit" look="primary" disabled={pending}>
            {words.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
