import { useRouter, useSearch } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useState } from 'react'
import { ApiError } from '../../client/api.ts'
import { type Challenge, type Me, signIn, signInByLink } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { meQuery } from '../queries.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Logo } from '../ui/Logo.tsx'
import { changeMe } from './changeMe.ts'
import { RecoveryCodes } from './EnrolmentSteps.tsx'
import { SecondStep } from './SecondStep.tsx'
import { SignInStep } from './SignInStep.tsx'
import { forgetSession } from './session.tsx'

/** The token of a one-time link, taken out of the address at once so that it is in no history. */
function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token) history.replaceState(history.state, '', location.pathname + location.search)
  return token
}

type Step =
  | { name: 'begin' }
  | { name: 'second-step'; challenge: Challenge }
  /** Shown once, so they come before everything else. */
  | { name: 'recovery-codes'; codes: string[]; user: Me }
  | { name: 'choose-password' }

export function SignInScreen() {
  const text = useText()
  const router = useRouter()
  const { to } = useSearch({ from: '/sign-in' })
  const [step, setStep] = useState<Step>({ name: 'begin' })
  const enter = () => router.history.push(to ?? '/desk')

  function onSignedIn(user: Me, codes: string[] | null = null): void {
    forgetSession()
    queryClient.setQueryData(meQuery.queryKey, user)
    if (codes !== null) setStep({ name: 'recovery-codes', codes, user })
    else if (user.hasPassword) enter()
    else setStep({ name: 'choose-password' })
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
          {step.name === 'begin' && (
            <SignInForm
              onSignedIn={onSignedIn}
              onChallenge={challenge => setStep({ name: 'second-step', challenge })}
            />
          )}
          {step.name === 'second-step' && (
            <SecondStep challenge={step.challenge} onSignedIn={onSignedIn} onBack={() => setStep({ name: 'begin' })} />
          )}
          {step.name === 'recovery-codes' && (
            <>
              <h1 className="mb-4">{text.security.factor.recoveryTitle}</h1>
              <RecoveryCodes codes={step.codes} onDone={() => onSignedIn(step.user)} />
            </>
          )}
          {step.name === 'choose-password' && <ChoosePassword onDone={enter} />}
        </div>
      </div>
    </main>
  )
}

interface SignInFormProps {
  onSignedIn(user: Me): void
  onChallenge(challenge: Challenge): void
}

function SignInForm({ onSignedIn, onChallenge }: SignInFormProps) {
  const text = useText()
  const goOn = ({ user, challenge }: { user?: Me | undefined; challenge?: Challenge | undefined }) => {
    if (user) onSignedIn(user)
    else if (challenge) onChallenge(challenge)
  }
  const byLink = useAction(async (token: string) => goOn(await api.call(signInByLink, { body: { token } })))
  const byPassword = useAction(async (email: string, password: string) =>
    goOn(await api.call(signIn, { body: { email, password } })),
  )
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
    <SignInStep
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
      <Button type="submit" look="primary" className="w-full" pending={byPassword.pending} disabled={byLink.pending}>
        {byPassword.pending || byLink.pending ? text.signIn.submitting : text.signIn.submit}
      </Button>
    </SignInStep>
  )
}

function ChoosePassword({ onDone }: { onDone(): void }) {
  const text = useText()
  const save = useAction(async (password: string) => {
    await changeMe({ password: { new: password } })
    onDone()
  })
  return (
    <SignInStep title={text.signIn.choosePassword} onSubmit={form => save.run(String(form.get('password')))}>
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
        <Button type="submit" look="primary" className="grow" pending={save.pending}>
          {save.pending ? text.saving : text.save}
        </Button>
        <Button look="plain" onClick={onDone}>
          {text.signIn.later}
        </Button>
      </div>
    </SignInStep>
  )
}
