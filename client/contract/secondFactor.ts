import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Me, Role } from './access.ts'
import { IdParams, Success, Time } from './words.ts'

export const Enrolment = z.object({
  secret: z.string().describe('For typing into an authenticator app: base32, in groups of four.'),
  uri: z.string().describe('otpauth://totp/…'),
  qr: z.string().describe('The same as a QR code: an SVG document.'),
})
export type Enrolment = z.infer<typeof Enrolment>
const Code = z.string().min(1).max(100).describe('Six digits from the app, or a recovery code.')
const RecoveryCodes = z.array(z.string()).describe('Shown in this answer and never again; each opens the account once.')
const ChallengeToken = z.string().max(200).describe('`challenge.token` of the first step.')

export const beginSignInEnrolment = defineRoute({
  method: 'POST',
  path: '/api/auth/sign-in/enrolment',
  summary:
    'Between the two steps of signing in, where the role takes a second factor: the seed for an authenticator app.',
  may: 'anyone',
  body: z.object({ token: ChallengeToken }),
  answer: z.object({ success: z.literal(true), enrolment: Enrolment }),
  refuses: [401],
})
export const signInByCode = defineRoute({
  method: 'POST',
  path: '/api/auth/sign-in/code',
  summary: 'The second step of signing in; sets the session cookie.',
  may: 'anyone',
  body: z.object({ token: ChallengeToken, code: Code }),
  answer: z.object({
    success: z.literal(true),
    user: Me,
    recoveryCodes: RecoveryCodes.nullable().describe('After an enrolment; else null.'),
  }),
  refuses: [401],
})

export const SecondFactor = z.object({
  since: Time.nullable().describe('Null: there is none.'),
  recoveryCodesLeft: z.number().int(),
  required: z.boolean().describe('Whether your role may not sign in without.'),
})
export type SecondFactor = z.infer<typeof SecondFactor>
export const getSecondFactor = defineRoute({
  method: 'GET',
  path: '/api/me/second-factor',
  summary: 'Whether you sign in with a second factor.',
  may: 'anybody signed in',
  answer: SecondFactor,
})
export const beginEnrolment = defineRoute({
  method: 'POST',
  path: '/api/me/second-factor',
  summary: 'A seed for an authenticator app. It counts only after its first code is confirmed.',
  may: 'anybody signed in',
  needsRecentSignIn: true,
  answer: z.object({ success: z.literal(true), enrolment: Enrolment }),
})
export const confirmEnrolment = defineRoute({
  method: 'POST',
  path: '/api/me/second-factor/confirm',
  summary: 'The first code of the app: from now on one is asked for at every sign-in.',
  may: 'anybody signed in',
  body: z.object({ code: Code }),
  answer: z.object({ success: z.literal(true), recoveryCodes: RecoveryCodes }),
  refuses: [429],
})
export const renewRecoveryCodes = defineRoute({
  method: 'POST',
  path: '/api/me/second-factor/recovery-codes',
  summary: 'New recovery codes; those before open nothing any more.',
  may: 'anybody signed in',
  body: z.object({ code: Code }),
  answer: z.object({ success: z.literal(true), recoveryCodes: RecoveryCodes }),
  refuses: [429],
})
export const removeSecondFactor = defineRoute({
  method: 'POST',
  path: '/api/me/second-factor/remove',
  summary: 'Sign in without a second factor from now on. Takes a code of it.',
  may: 'anybody signed in',
  body: z.object({ code: Code }),
  answer: Success,
  refuses: [429],
})
export const resetSecondFactor = defineRoute({
  method: 'DELETE',
  path: '/api/users/:id/second-factor',
  summary: 'Take the second factor from a user who has lost it. Ends all of their sessions.',
  may: 'manage users',
  needsRecentSignIn: true,
  params: IdParams,
  answer: Success,
})

export const SignInPolicy = z.object({
  secondFactorFor: z.array(Role).max(3).describe('Who must enrol at their next sign-in, and then always show a code.'),
})
export type SignInPolicy = z.infer<typeof SignInPolicy>
export const getSignInPolicy = defineRoute({
  method: 'GET',
  path: '/api/settings/sign-in',
  summary: 'Which roles may not sign in without a second factor.',
  may: 'manage users',
  answer: SignInPolicy,
})
export const saveSignInPolicy = defineRoute({
  method: 'PUT',
  path: '/api/settings/sign-in',
  summary: 'Choose which roles may not sign in without a second factor. Sessions that are open stay.',
  may: 'manage users',
  needsRecentSignIn: true,
  body: SignInPolicy,
  answer: z.object({ success: z.literal(true), policy: SignInPolicy }),
})
