import { useQuery } from '@tanstack/react-query'
import { ApiError } from '../../client/api.ts'
import { beginSignInEnrolment, type Challenge, type Me, signInByCode } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { useText } from '../text/text.tsx'
import { EnrolmentSteps } from './EnrolmentSteps.tsx'
import { SignInStep } from './SignInStep.tsx'

interface SecondStepProps {
  challenge: Challenge
  onSignedIn(user: Me, recoveryCodes: string[] | null): void
  onBack(): void
}

/** The code after the password; before that, where there is none yet, the app that shows it. */
export function SecondStep({ challenge, onSignedIn, onBack }: SecondStepProps) {
  const words = useText().security
  const { token, need } = challenge
  const enrols = need === 'enrolment'
  const enrolment = useQuery({
    queryKey: ['sign-in-enrolment', token],
    queryFn: async () => (await api.call(beginSignInEnrolment, { body: { token } })).enrolment,
    enabled: enrols,
    gcTime: 0,
  })
  const enter = useAction(async (code: string) => {
    const { user, recoveryCodes } = await api.call(signInByCode, { body: { token, code } })
    onSignedIn(user, recoveryCodes)
  })
  const wrong = enter.error instanceof ApiError && enter.error.code === 'wrong_code' ? enter.error : null
  return (
    <SignInStep
      title={enrols ? words.signIn.enrolTitle : words.signIn.codeTitle}
      onSubmit={form => enter.run(String(form.get('code')))}
    >
      {enrols && <p className="text-soft">{words.signIn.enrolHint}</p>}
      {enrolment.data && <EnrolmentSteps enrolment={enrolment.data} />}
      <Problem error={enrolment.error} />
      <Field
        label={words.factor.code}
        hint={enrols ? undefined : words.factor.codeHint}
        name="code"
        autoComplete="one-time-code"
        inputMode={enrols ? 'numeric' : 'text'}
        maxLength={100}
        required
        autoFocus
        problem={wrong?.message}
      />
      <Problem error={wrong ? null : enter.error} />
      <div className="flex gap-2">
        <Button type="submit" look="primary" className="grow" pending={enter.pending}>
          {words.signIn.submit}
        </Button>
        <Button look="plain" onClick={onBack}>
          {words.signIn.back}
        </Button>
      </div>
    </SignInStep>
  )
}
