import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { CenterEvent } from './calls.ts'
import { Page, pageOf, ZonedTime } from './words.ts'

export const listActivity = defineRoute({
  method: 'GET',
  path: '/api/activity',
  summary: 'The activity log: everything that happened, newest first.',
  may: 'see activity',
  query: z.object({
    type: z.string().max(60).optional().describe('An event type, or its first word: `call`.'),
    since: ZonedTime.optional(),
    until: ZonedTime.optional(),
    ...Page,
  }),
  answer: pageOf(CenterEvent),
})
