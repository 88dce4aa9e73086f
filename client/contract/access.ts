import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Id, IdParams, Named, Page, pageOf, ShortPage, Success, Time, words } from './words.ts'

export const Role = z.enum(['admin', 'supervisor', 'agent'])
export const Me = z.object({
  id: Id,
  email: z.string(),
  name: z.string(),
  role: Role,
  workspace: Named.extend({ defaultCountry: z.string(), timeZone: z.string() }),
  agent: z.object({ id: Id, queues: z.array(Named) }).nullable(),
  locale: z.string(),
  hasPassword: z.boolean().describe('False after a one-time link: choose one now.'),
})
export type Me = z.infer<typeof Me>
/** Signing in takes a second step, with a code: `POST /api/auth/sign-in/code`. */
export const Challenge = z.object({
  token: z.string(),
  need: z.enum(['code', 'enrolment']).describe('`enrolment`: this role takes a second factor, and there is none yet.'),
  expiresAt: Time,
})
export type Challenge = z.infer<typeof Challenge>
const SignedIn = z.object({
  success: z.literal(true),
  user: Me.optional().describe('Who is signed in now. Absent when there is a challenge.'),
  challenge: Challenge.optional().describe(
    'For whoever has a second factor, or must have one: nobody is signed in yet.',
  ),
})

/** At least 12 characters; any are allowed, but not the best-known ones. */
const NewPassword = z.string().min(12, 'Use at least 12 characters.').max(200)

export const signIn = defineRoute({
  method: 'POST',
  path: '/api/auth/sign-in/email',
  summary: 'Sign in with e-mail and password; sets the session cookie.',
  may: 'anyone',
  body: z.object({ email: z.string().trim().max(254), password: z.string().max(200) }),
  answer: SignedIn,
  refuses: [401],
})
export const signInByLink = defineRoute({
  method: 'POST',
  path: '/api/auth/sign-in/link',
  summary: 'Sign in with the token of a one-time link.',
  may: 'anyone',
  body: z.object({ token: z.string().max(200) }),
  answer: SignedIn,
  refuses: [401],
})
export const signOut = defineRoute({
  method: 'POST',
  path: '/api/auth/sign-out',
  summary: 'End this session.',
  may: 'anyone',
  answer: Success,
})
export const getMe = defineRoute({
  method: 'GET',
  path: '/api/me',
  summary: 'The signed-in user.',
  may: 'anybody signed in',
  answer: Me,
})
export const updateMe = defineRoute({
  method: 'PATCH',
  path: '/api/me',
  summary: 'Change your own name, language or password. A password in use must be given with the new one.',
  may: 'anybody signed in',
  body: z.object({
    name: words(100).optional(),
    locale: z.enum(['en', 'es']).optional(),
    password: z.object({ current: z.string().max(200).optional(), new: NewPassword }).optional(),
  }),
  answer: z.object({ success: z.literal(true), user: Me }),
  refuses: [429],
})

export const User = z.object({
  id: Id,
  email: z.string(),
  name: z.string(),
  role: Role,
  agentId: Id.nullable(),
  queues: z.array(Named),
  supabaseUserId: z.string().nullable(),
  disabled: z.boolean(),
  leftAt: Time.nullable().describe('When somebody who is no longer here has left; they are disabled, too.'),
  secondFactor: z.boolean().describe('Whether they show a code when they sign in.'),
  createdAt: Time,
})
export type User = z.infer<typeof User>
export const listUsers = defineRoute({
  method: 'GET',
  path: '/api/users',
  summary: 'Everybody in the workspace, by name.',
  may: 'manage users',
  query: z.object({
    ...Page,
    state: z.enum(['here', 'left']).default('here').describe('`left`: those who are no longer here instead.'),
  }),
  answer: pageOf(User),
})
const userFields = {
  name: words(100),
  role: Role,
  takesCalls: z.boolean().describe('Whether this user is also an agent. Users with the role agent always are.'),
  queues: z.array(z.string().max(100)).max(200).describe('Ids or names of the queues this user takes calls from.'),
  supabaseUserId: words(200).nullable(),
}
export const createUser = defineRoute({
  method: 'POST',
  path: '/api/users',
  summary: 'Add a user.',
  may: 'manage users',
  body: z.object({
    email: z.email().max(254),
    name: userFields.name,
    role: userFields.role,
    password: NewPassword.optional().describe('Without one, the answer holds a one-time sign-in link.'),
    takesCalls: userFields.takesCalls.optional(),
    queues: userFields.queues.optional(),
    supabaseUserId: userFields.supabaseUserId.optional(),
  }),
  answer: z.object({ success: z.literal(true), user: User, signInLink: z.string().nullable() }),
  status: 201,
})
export const updateUser = defineRoute({
  method: 'PATCH',
  path: '/api/users/:id',
  summary: 'Change a user. Disabling one, changing the role or the password ends their sessions at once.',
  may: 'manage users',
  params: IdParams,
  body: z.object({
    name: userFields.name.optional(),
    role: userFields.role.optional(),
    password: NewPassword.optional(),
    takesCalls: userFields.takesCalls.optional(),
    queues: userFields.queues.optional(),
    supabaseUserId: userFields.supabaseUserId.optional(),
    disabled: z.boolean().optional(),
  }),
  answer: z.object({ success: z.literal(true), user: User }),
})

export const leaveUser = defineRoute({
  method: 'DELETE',
  path: '/api/users/:id',
  summary:
    'Take off somebody who leaves. They are signed out and cannot sign in; what they had taken up goes on to others; queues, telephone and e-mail are free. All that they have done stays under their name. 409 `agent_on_call` while they are on a call.',
  may: 'manage users',
  params: IdParams,
  answer: z.object({
    success: z.literal(true),
    user: User,
    apiKeys: z.array(Named).describe('Keys in force that they made, and may know: they go on working.'),
    flows: z.array(Named).describe('Published flows that lead callers to them: those go on as if nobody answered.'),
  }),
})
export const returnUser = defineRoute({
  method: 'POST',
  path: '/api/users/:id/return',
  summary:
    'Take on again somebody who had left: with their role and all that is under their name, without queues. The answer holds a one-time sign-in link.',
  may: 'manage users',
  params: IdParams,
  answer: z.object({ success: z.literal(true), user: User, signInLink: z.string() }),
})

export const Permission = z.enum([
  'calls:read',
  'recordings:read',
  'queues:write',
  'calls:supervise',
  'contacts:read',
  'contacts:write',
  'webhooks:manage',
  'calls:write',
  'users:manage',
  'settings:manage',
])
export const ApiKey = z.object({
  id: Id,
  name: z.string(),
  hint: z.string().describe('The last four characters.'),
  permissions: z.array(Permission),
  createdAt: Time,
  lastUsedAt: Time.nullable(),
  expiresAt: Time.nullable(),
  previous: z
    .object({ hint: z.string(), until: Time, lastUsedAt: Time.nullable() })
    .nullable()
    .describe('The key before the last rotation, while it still works beside the present one.'),
  requestsPerHour: z.number().int().describe('To `/functions/v1`.'),
})
export type ApiKey = z.infer<typeof ApiKey>
export const listApiKeys = defineRoute({
  method: 'GET',
  path: '/api/api-keys',
  summary: 'API keys that are in force.',
  may: 'manage keys',
  query: z.object({ ...ShortPage }),
  answer: pageOf(ApiKey),
})
export const createApiKey = defineRoute({
  method: 'POST',
  path: '/api/api-keys',
  summary: 'Create an API key. It is shown in this answer and never again.',
  may: 'manage keys',
  needsRecentSignIn: true,
  body: z.object({
    name: words(100),
    permissions: z.array(Permission).min(1).max(Permission.options.length),
    expiresAt: Time.optional(),
  }),
  answer: z.object({ success: z.literal(true), apiKey: ApiKey, key: z.string() }),
  status: 201,
})
export const revokeApiKey = defineRoute({
  method: 'DELETE',
  path: '/api/api-keys/:id',
  summary: 'Revoke an API key, at once.',
  may: 'manage keys',
  params: IdParams,
  answer: Success,
})

export const rotateApiKey = defineRoute({
  method: 'POST',
  path: '/api/api-keys/:id/rotate',
  summary:
    'Replace an API key. The new one is shown in this answer and never again; the old one works until the overlap ends.',
  may: 'manage keys',
  needsRecentSignIn: true,
  params: IdParams,
  body: z
    .object({
      overlapHours: z.number().int().min(0).max(720).optional().describe('24 unless given; 0: the old one ends now.'),
    })
    .optional(),
  answer: z.object({ success: z.literal(true), apiKey: ApiKey, key: z.string() }),
})
export const setApiKeyLimit = defineRoute({
  method: 'PUT',
  path: '/api/api-keys/:id/limit',
  summary: 'Allow an API key of any workspace more or fewer requests an hour than the others; null: as many as they.',
  may: 'the operator',
  params: IdParams,
  body: z.object({ requestsPerHour: z.number().int().min(1).max(1_000_000_000).nullable() }),
  answer: z.object({ success: z.literal(true), apiKey: ApiKey }),
})

export const createWorkspace = defineRoute({
  method: 'POST',
  path: '/api/workspaces',
  summary: 'Create a workspace with its first admin and its first API key.',
  may: 'the operator',
  body: z.object({
    name: words(100),
    adminEmail: z.email().max(254),
    adminPassword: NewPassword,
    defaultCountry: z
      .string()
      .regex(/^[A-Z]{2}$/, 'Two capital letters, such as US.')
      .optional(),
  }),
  answer: z.object({ success: z.literal(true), workspace: Named, apiKey: z.string() }),
  status: 201,
})
