import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { confirmIdentity } from '../../client/contract.ts'
import { Field } from '../../react/Field.tsx'
import { api } from '../api.ts'
import { secondFactorQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
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
  const words = useText().security.again
  const { me } = useSession()
  const { data: factor } = useQuery(secondFactorQuery)
  async function confirm(form: FormData): Promise<void> {
    const code = String(form.get('code') ?? '')
    const password = String(form.get('password') ?? '')
    await api.call(confirmIdentity, { body: code !== '' ? { code } : { password } })
    onClose(true)
  }
  return (
    <FormDialog title={words.title} onClose={() => onClose(false)} onSubmit={confirm} action={words.submit}>
      {problem => (
        <>
          <p className="text-soft">{words.hint}</p>
          <input type="text" name="username" autoComplete="username" defaultValue={me.email} hidden />
          <Field
            label={words.password}
            name="password"
            type="password"
            autoComplete="current-password"
            problem={problem('password')}
          />
          {factor?.since && (
            <Field label={words.code} name="code" autoComplete="one-time-code" problem={problem('code')} />
          )}
        </>
      )}
    </FormDialog>
  )
}
