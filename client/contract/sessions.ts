import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Id, IdParams, pageOf, Success, Time } from './words.ts'

export const Session = z.object({
  id: Id,
  device: z.string().nullable().describe('Browser and system, as they said when it began.'),
  address: z.string().nullable().describe('The IP address it began from.'),
  createdAt: Time,
  seenAt: Time.describe('When it was last used, to a minute.'),
  current: z.boolean().describe('Whether this very request belongs to it.'),
})
export type Session = z.infer<typeof Session>

export const listSessions = defineRoute({
  method: 'GET',
  path: '/api/me/sessions',
  summary: 'Where you are signed in, the session used last first.',
  may: 'anybody signed in',
  answer: pageOf(Session),
})
export const endSession = defineRoute({
  method: 'DELETE',
  path: '/api/me/sessions/:id',
  summary: 'End one of your sessions, at once.',
  may: 'anybody signed in',
  params: IdParams,
  answer: Success,
})
export const endOtherSessions = defineRoute({
  method: 'DELETE',
  path: '/api/me/sessions',
  summary: 'End all of your sessions but this one, at once.',
  may: 'anybody signed in',
  answer: z.object({ success: z.literal(true), ended: z.number().int() }),
})
export const endSessionsOfUser = defineRoute({
  method: 'DELETE',
  path: '/api/users/:id/sessions',
  summary: 'End all sessions of a user, at once.',
  may: 'manage users',
  params: IdParams,
  answer: z.object({ success: z.literal(true), ended: z.number().int() }),
})

export const confirmIdentity = defineRoute({
  method: 'POST',
  path: '/api/auth/confirm',
  summary: 'Show again who you are, by password or code: operations that answered 403 `sign_in_again` then work.',
  may: 'anybody signed in',
  body: z.object({ password: z.string().max(200).optional(), code: z.string().max(100).optional() }),
  answer: Success,
  refuses: [429],
})
