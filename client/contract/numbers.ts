import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Id, IdParams, Named, pageOf, ShortPage, Success, words } from './words.ts'

export const PhoneNumber = z.object({
  id: Id,
  number: z.string(),
  label: z.string(),
  flow: Named.nullable().describe('What its callers go through.'),
  queue: Named.nullable().describe('Where they wait when it has no flow.'),
})
export type PhoneNumber = z.infer<typeof PhoneNumber>
export const listNumbers = defineRoute({
  method: 'GET',
  path: '/api/numbers',
  summary: 'Our own telephone numbers. The dialled number gives the workspace of a call.',
  may: 'manage settings',
  query: z.object({ ...ShortPage }),
  answer: pageOf(PhoneNumber),
})
export const createNumber = defineRoute({
  method: 'POST',
  path: '/api/numbers',
  summary: 'Add a telephone number of ours.',
  may: 'manage settings',
  needsRecentSignIn: true,
  body: z.object({
    number: words(60),
    label: words(100).optional(),
    queue: z.string().max(100).optional().describe('Id or name of the queue that calls to it wait in.'),
    flow: z.string().max(100).optional().describe('Id or name of the flow that calls to it go through.'),
  }),
  answer: z.object({ success: z.literal(true), number: PhoneNumber }),
  status: 201,
})
export const updateNumber = defineRoute({
  method: 'PATCH',
  path: '/api/numbers/:id',
  summary: 'Change where calls to a number go, or its label.',
  may: 'manage settings',
  needsRecentSignIn: true,
  params: IdParams,
  body: z.object({
    label: words(100).optional(),
    queue: z.string().max(100).nullable().optional(),
    flow: z.string().max(100).nullable().optional(),
  }),
  answer: z.object({ success: z.literal(true), number: PhoneNumber }),
})
export const deleteNumber = defineRoute({
  method: 'DELETE',
  path: '/api/numbers/:id',
  summary: 'Give up a telephone number.',
  may: 'manage settings',
  needsRecentSignIn: true,
  params: IdParams,
  answer: Success,
})
