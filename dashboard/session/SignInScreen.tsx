import { useRouter, useSearch } from '@tanstack/react-router'
import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'
import { ApiError } from '../../client/api.ts'
import { type Me, signIn, signInByLink } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { meQuery } from '../queries.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Logo } from '../ui/Logo.tsx'
import { changeMe } from './changeMe.ts'
import { forgetSession } from './session.tsx'

/** The token of a one-time link, taken out of the address at once so that it is in no history. */
function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token) history.replaceState(history.state, '', location.pathname + location.search)
  return token
}

export function SignInScreen() {
  const text = useText()
  const router = useRouter()
  const { to } = useSearch({ from: '/sign-in' })
  const [choosing, setChoosing] = useState(false)
  const enter = () => router.history.push(to ?? '/desk')

  function onSignedIn(user: Me): void {
    forgetSession()
    queryClient.setQueryData(meQuery.queryKey, user)
    if (user.hasPassword) enter()
    else setChoosing(true)
  }

  useEffect(() => {
    document.title = `${text.signIn.title} · ${text.app}`
  }, [text])

  return (
    <main className="grid min-h-full place-items-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-8 flex items-center gap-3">
          <Logo className="size-10" />
          <div>
            <p className="text-lg font-bold tracking-tight">{text.app}</p>
            <p className="text-soft">{text.signIn.tagline}</p>
          </div>
        </div>
        <div className="rounded-xl border border-line bg-surface p-6">
          {choosing ? <ChoosePassword onDone={enter} /> : <SignInForm onSignedIn={onSignedIn} />}
        </div>
      </div>
    </main>
  )
}

function SignInForm({ onSignedIn }: { onSignedIn(user: Me): void }) {
  const text = useText()
  const byLink = useAction(async (token: string) => {
    const { user } = await api.call(signInByLink, { body: { token } })
    onSignedIn(user)
  })
  const byPassword = useAction(async (email: string, password: string) => {
    const { user } = await api.call(signIn, { body: { email, password } })
    onSignedIn(user)
  })
  const followLink = useEffectEvent(() => {
    const token = takeToken()
    if (token !== null) byLink.run(token)
  })
  useEffect(() => {
    followLink()
    // Pasted into the address of this very page, a link changes nothing but what follows the hash.
    const listener = () => followLink()
    window.addEventListener('hashchange', listener)
    return () => window.removeEventListener('hashchange', listener)
  }, [])

  const linkError = byLink.error instanceof ApiError && byLink.error.status === 401 ? text.signIn.linkUsed : null
  const wrong = byPassword.error instanceof ApiError && byPassword.error.status === 401 ? byPassword.error : null
  return (
    <Form
      title={text.signIn.title}
      onSubmit={form => byPassword.run(String(form.get('email')), String(form.get('password')))}
    >
      {byLink.error && (
        <p role="alert" className="rounded-lg bg-missed-ground p-3 text-missed">
          {linkError ?? byLink.error.message}
        </p>
      )}
      <Field label={text.signIn.email} name="email" type="email" autoComplete="username" required />
      <Field
        label={text.signIn.password}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        problem={wrong?.message}
      />
      <Problem error={wrong ? null : byPassword.error} />
      <Button type="submit" look="primary" className="w-full" disabled={byPassword.pending || byLink.pending}>
        {byPassword.pending || byLink.pending ? text.signIn.submitting : text.signIn.submit}
      </Button>
    </Form>
  )
}

function ChoosePassword({ onDone }: { onDone(): void }) {
  const text = useText()
  const save = useAction(async (password: string) => {
    await changeMe({ password: { new: password } })
    onDone()
  })
  return (
    <Form title={text.signIn.choosePassword} onSubmit={form => save.run(String(form.get('password')))}>
      <p className="text-soft">{text.signIn.chooseHint}</p>
      <Field
        label={text.signIn.newPassword}
        hint={text.signIn.passwordHint}
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={12}
        required
        autoFocus
        problem={problemAt(save.error, 'password.new')}
      />
      <Problem error={problemElsewhere(save.error, ['password.new'])} />
      <div className="flex gap-2">
        <Button type="submit" look="primary" className="grow" disabled={save.pending}>
          {save.pending ? text.saving : text.save}
        </Button>
        <Button look="plain" onClick={onDone}>
          {text.signIn.later}
        </Button>
      </div>
    </Form>
  )
}

function Form({ title, onSubmit, children }: { title: string; onSubmit(form: FormData): void; children: ReactNode }) {
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        onSubmit(new FormData(event.currentTarget))
      }}
    >
      <h1>{title}</h1>
      {children}
    </form>
  )
}
