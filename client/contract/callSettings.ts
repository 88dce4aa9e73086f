import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { CrmBusinessHours } from './crm.ts'
import { HeardBy } from './recordings.ts'
import { Id, Named, Time, words } from './words.ts'

const ConsentMode = z.enum(['none', 'announce', 'ask'])
/** By language, BCP 47. */
const Wording = z
  .record(
    z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Name languages like `en` or `es-MX`.'),
    z.string().trim().min(1).max(500),
  )
  .refine(texts => Object.keys(texts).length <= 20, 'Twenty languages at most.')
const Days = z
  .number()
  .int()
  .min(30, 'Recordings are kept for 30 days or more.')
  .max(365, 'Recordings are kept for 365 days at most.')
const Retention = {
  retention_days: Days.describe('How long recordings are kept, with what was said in them.'),
  retention_by_queue: z.record(Id, Days).describe('Of calls of these queues, by id, instead.'),
}

/** By the names of the CRM API. */
export const CallSettings = z.object({
  crm_webhook_url: z.string().nullable().describe('Where `call.status_update` is sent to; null: nowhere.'),
  crm_webhook_token: z
    .string()
    .nullable()
    .describe('Sent as `Authorization: Bearer`. Given back in part only; that part, put back, changes nothing.'),
  business_hours: CrmBusinessHours.nullable().describe(
    'Of every queue that has no hours of its own. Null: those are always open. Where calls go when it is closed, each queue says.',
  ),
  time_zone: words(60).describe('Of the business hours: IANA, such as America/New_York.'),
  recording_enabled: z.boolean().describe('Whether conversations are recorded at all. Messages always are.'),
  consent_mode: ConsentMode.describe(
    'Before anything is recorded, callers hear nothing, hear that it is (`announce`), or are asked (`ask`).',
  ),
  consent_numbers: z
    .record(z.string(), ConsentMode)
    .describe('By number of yours, E.164. Where it and the region have a rule, the stricter holds.'),
  consent_regions: z
    .record(z.string().regex(/^[A-Z]{2}(-[A-Z]{2})?$/, 'Name regions like `DE` or `US-CA`.'), ConsentMode)
    .describe(
      'By where the number says that the caller is: a country, or a state of the US that has all parties agree.',
    ),
  consent_announcement: Wording.nullable().describe('Instead of “This call may be recorded.”'),
  consent_question: Wording.nullable().describe('Instead of the usual one; 1 is yes, 2 is no.'),
  consent_opt_out_key: z
    .string()
    .regex(/^[0-9*#]$/, 'One key: a digit, * or #.')
    .nullable()
    .describe('Who presses it during the announcement is not recorded.'),
  consent_voicemail: z.boolean().describe('Whether callers hear it before they leave a message, too.'),
  recordings_heard_by: HeardBy.describe(
    'Who hears recordings of conversations: everybody who sees the call; those who lead and the call’s own agent; of those who lead, only the ones of the agent’s team. Admins and keys always do, and messages are for everybody who sees the call.',
  ),
  transcription_enabled: z
    .boolean()
    .describe('Whether recordings are written down, where an endpoint for it is configured.'),
  pii_masking: z
    .object({
      phone_numbers: z.boolean(),
      cards: z.boolean(),
      emails: z.boolean(),
      numbers: z.boolean().describe('Any other run of seven digits or more, in figures or words.'),
      names: z.boolean().describe('Of the caller and the agent, as far as they are known.'),
    })
    .describe('What is replaced in transcripts. Admins can read the original; the log tells that they have.'),
  ...Retention,
})
export type CallSettings = z.infer<typeof CallSettings>

export const getCallSettings = defineRoute({
  method: 'GET',
  path: '/api/settings/calls',
  summary: 'What is set for calls.',
  may: 'handle call settings',
  answer: CallSettings,
})
export const updateCallSettings = defineRoute({
  method: 'PUT',
  path: '/api/settings/calls',
  summary:
    'Set what is given; the rest stays. With `webhooks:manage` alone: `crm_webhook_url` and `crm_webhook_token`.',
  may: 'handle call settings',
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

const TooOld = z.object({
  recordings: z.number().int(),
  seconds: z.number().int().describe('Of audio, all together.'),
  oldest: Time.nullable(),
  byQueue: z.array(z.object({ queue: Named.nullable(), recordings: z.number().int(), seconds: z.number().int() })),
  held: z.number().int().describe('As old, and under legal hold: they stay.'),
})
export type TooOld = z.infer<typeof TooOld>

export const previewRetention = defineRoute({
  method: 'POST',
  path: '/api/settings/calls/retention-preview',
  summary: 'What would be deleted by these rules, or by those in force: at once, and within a week.',
  may: 'manage settings',
  body: z.object(Retention).partial(),
  answer: z.object({
    now: TooOld,
    withinWeek: TooOld,
    undeleted: z
      .array(z.object({ provider: z.string(), problem: z.string(), recordings: z.number().int() }))
      .describe('Deleted here, and not yet where else their audio lies.'),
  }),
})
