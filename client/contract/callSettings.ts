import { z } from 'zod'
import { defineRoute } from '../route.ts'

/** By the names of the CRM API. */
export const CallSettings = z.object({
  crm_webhook_url: z.string().nullable().describe('Where `call.status_update` is sent to; null: nowhere.'),
  crm_webhook_token: z
    .string()
    .nullable()
    .describe('Sent as `Authorization: Bearer`. Given back in part only; that part, put back, changes nothing.'),
})
export type CallSettings = z.infer<typeof CallSettings>

export const getCallSettings = defineRoute({
  method: 'GET',
  path: '/api/settings/calls',
  summary: 'What is set for calls.',
  may: 'manage settings',
  answer: CallSettings,
})
export const updateCallSettings = defineRoute({
  method: 'PUT',
  path: '/api/settings/calls',
  summary: 'Set what is given; the rest stays.',
  may: 'manage settings',
  body: CallSettings.extend({
    crm_webhook_url: z.string().trim().max(2000).nullable(),
    crm_webhook_token: z
      .string()
      .trim()
      .regex(/^(•{4})?[\x21-\x7e]{0,1000}$/, 'A token has at most 1000 characters of ASCII, none of them a space.')
      .nullable(),
  }).partial(),
  answer: CallSettings,
})
