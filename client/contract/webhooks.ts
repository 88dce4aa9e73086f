import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Id, IdParams, Page, pageOf, ShortPage, Success, Time, words, ZonedTime } from './words.ts'

export const WebhookType = z.enum([
  'call.status_update',
  'call.assigned',
  'call.disposed',
  'recording.completed',
  'recording.transcribed',
  'voicemail.left',
  'callback.promised',
  'contact.created',
  'contact.updated',
  'contact.deleted',
  'contact.merged',
  'contact.imported',
  'request.created',
  'request.updated',
])
export type WebhookType = z.infer<typeof WebhookType>

export const Webhook = z
  .object({
    id: Id,
    name: z.string(),
    url: z.string(),
    types: z.array(WebhookType).describe('What it is told of.'),
    tokenHint: z
      .string()
      .nullable()
      .describe('The end of the bearer token that it is sent, empty for a short one; null: none is sent.'),
    previousSecretUntil: Time.nullable().describe('Until then messages are signed with the secret before as well.'),
    enabled: z.boolean(),
    disabledReason: z.string().nullable().describe('Why, where nobody has turned it off.'),
    isCrm: z.boolean().describe('Whether it is the one of `crm_webhook_url`.'),
    failingSince: Time.nullable().describe('Since when no attempt has succeeded.'),
    lastSuccessAt: Time.nullable(),
    pending: z.number().int().describe('Deliveries that are still to be made.'),
    failed: z.number().int().describe('Deliveries that were given up and can be replayed.'),
    latencyMs: z.number().int().nullable().describe('The median of its latest answers.'),
    createdAt: Time,
    createdBy: z.string(),
  })
  .describe('Where events are sent to.')
export type Webhook = z.infer<typeof Webhook>

const url = z.string().trim().min(1).max(2000)
const token = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,1000}$/, 'A token has 1 to 1000 characters of ASCII, none of them a space.')
const fields = {
  name: words(100),
  url: url.describe('https, and not at a private address, unless the operator allows it.'),
  types: z.array(WebhookType).min(1),
  token: token.nullable().describe('Sent as `Authorization: Bearer`; null: that header is not sent.'),
}
const Secret = z.string().describe('`whsec_` and base64, for libraries of Standard Webhooks. Shown this once.')

export const listWebhooks = defineRoute({
  method: 'GET',
  path: '/api/webhooks',
  summary: 'The endpoints that events are sent to, with their health.',
  may: 'manage webhooks',
  query: z.object({ ...ShortPage }),
  answer: pageOf(Webhook),
})
export const createWebhook = defineRoute({
  method: 'POST',
  path: '/api/webhooks',
  summary: 'Add an endpoint. It is told of what happens from now on.',
  may: 'manage webhooks',
  body: z.object({
    ...fields,
    name: fields.name.optional().describe('The host unless given.'),
    types: fields.types.optional().describe('`call.status_update` unless given.'),
    token: fields.token.optional(),
  }),
  answer: z.object({ success: z.literal(true), webhook: Webhook, secret: Secret }),
  status: 201,
})
export const updateWebhook = defineRoute({
  method: 'PATCH',
  path: '/api/webhooks/:id',
  summary:
    'Change an endpoint, or turn it on or off. While it is off, it is told of nothing, and nothing waits for it.',
  may: 'manage webhooks',
  params: IdParams,
  body: z.object({ ...fields, enabled: z.boolean() }).partial(),
  answer: z.object({ success: z.literal(true), webhook: Webhook }),
})
export const deleteWebhook = defineRoute({
  method: 'DELETE',
  path: '/api/webhooks/:id',
  summary: 'Delete an endpoint with its deliveries.',
  may: 'manage webhooks',
  params: IdParams,
  answer: Success,
})
export const rotateWebhookSecret = defineRoute({
  method: 'POST',
  path: '/api/webhooks/:id/rotate-secret',
  summary: 'A new secret. For 24 hours messages are signed with the old one as well.',
  may: 'manage webhooks',
  params: IdParams,
  answer: z.object({ success: z.literal(true), webhook: Webhook, secret: Secret }),
})

export const DeliveryStatus = z.enum(['pending', 'delivered', 'failed'])
export const WebhookDelivery = z.object({
  id: Id,
  messageId: z.string().describe('The `webhook-id` header: the same for every attempt.'),
  webhook: z.object({ id: Id, name: z.string() }),
  type: z.string(),
  callId: Id.nullable(),
  status: DeliveryStatus,
  attempts: z.number().int(),
  nextAttemptAt: Time.nullable().describe('Null once it has ended.'),
  lastStatus: z.number().int().nullable().describe('The HTTP status of the last answer; null: there was none.'),
  latencyMs: z.number().int().nullable().describe('From sending to the end of the last answer, or of our patience.'),
  lastError: z.string().nullable(),
  createdAt: Time,
  endedAt: Time.nullable(),
})
export type WebhookDelivery = z.infer<typeof WebhookDelivery>

export const WebhookAttempt = z.object({
  at: Time,
  status: z.number().int().nullable(),
  latencyMs: z.number().int(),
  error: z.string().nullable(),
  response: z.string().nullable().describe('How the answer begins: 1000 characters at most.'),
})
export type WebhookAttempt = z.infer<typeof WebhookAttempt>
export const WebhookDeliveryDetails = WebhookDelivery.extend({
  history: z.array(WebhookAttempt).describe('The attempts, oldest first: the newest fifty.'),
  payload: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What would be sent now, with addresses of recordings for people; null: the event is gone.'),
})
export type WebhookDeliveryDetails = z.infer<typeof WebhookDeliveryDetails>

export const testWebhook = defineRoute({
  method: 'POST',
  path: '/api/webhooks/:id/test',
  summary: 'Send `webhook.test` to an endpoint now, once, and say what it answered.',
  may: 'manage webhooks',
  params: IdParams,
  answer: z.object({ success: z.literal(true), delivery: WebhookDeliveryDetails }),
})
export const listWebhookDeliveries = defineRoute({
  method: 'GET',
  path: '/api/webhook-deliveries',
  summary: 'What has been sent and is to be, newest first. Deliveries that have ended are kept for 30 days.',
  may: 'manage webhooks',
  query: z.object({
    webhook: Id.optional(),
    status: DeliveryStatus.optional(),
    call: Id.optional(),
    type: z.string().max(60).optional(),
    since: ZonedTime.optional(),
    until: ZonedTime.optional(),
    q: z.string().trim().max(200).optional().describe('Part of the last error, or of an id that it is about.'),
    ...Page,
  }),
  answer: pageOf(WebhookDelivery),
})
export const getWebhookDelivery = defineRoute({
  method: 'GET',
  path: '/api/webhook-deliveries/:id',
  summary: 'One delivery with its payload and all its attempts.',
  may: 'manage webhooks',
  params: IdParams,
  answer: WebhookDeliveryDetails,
})
export const replayWebhookDelivery = defineRoute({
  method: 'POST',
  path: '/api/webhook-deliveries/:id/replay',
  summary: 'Send it again, with the same message id. 409 `still_pending` while it is being tried anyway.',
  may: 'manage webhooks',
  params: IdParams,
  answer: z.object({ success: z.literal(true), delivery: WebhookDelivery }),
})
export const replayFailedDeliveries = defineRoute({
  method: 'POST',
  path: '/api/webhooks/:id/replay',
  summary: 'Send all failed deliveries of an endpoint again.',
  may: 'manage webhooks',
  params: IdParams,
  body: z.object({ since: ZonedTime.optional().describe('Only those that were made since then.') }),
  answer: z.object({ success: z.literal(true), replayed: z.number().int() }),
})
