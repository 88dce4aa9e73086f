import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Call, Card } from './calls.ts'
import { Id, IdParams, Named, Page, pageOf, Time, words } from './words.ts'

export const RequestPriority = z.enum(['low', 'normal', 'high', 'urgent'])
export const RequestStatus = z.enum(['pending', 'in-progress', 'done'])
export const SupportRequest = z.object({
  id: Id,
  userId: z.string().nullable(),
  userEmail: z.string(),
  subject: z.string(),
  description: z.string(),
  priority: RequestPriority,
  phoneNumber: z.string().nullable(),
  status: RequestStatus,
  contact: Named.nullable(),
  agent: Named.nullable(),
  createdAt: Time,
  updatedAt: Time,
})
export type SupportRequest = z.infer<typeof SupportRequest>

export const createRequest = defineRoute({
  method: 'POST',
  path: '/api/customer/support-request',
  summary: 'Ask for help; for web sites and apps, without credentials, limited per address.',
  may: 'anyone',
  body: z.object({
    userId: z.string().trim().max(200).nullish(),
    userEmail: z.email().max(254),
    subject: words(200),
    description: words(10_000),
    priority: RequestPriority.nullish().describe('`normal` unless given.'),
    phoneNumber: z.string().trim().max(60).nullish(),
    workspaceId: Id.optional().describe('Which workspace it is for; the first one unless given.'),
  }),
  answer: z.object({
    success: z.literal(true),
    request: SupportRequest.describe('Its `contact` is null for whoever may not see requests.'),
  }),
  status: 201,
})
export const listRequests = defineRoute({
  method: 'GET',
  path: '/api/requests',
  summary: 'Support requests, newest first.',
  may: 'see requests',
  query: z.object({ status: RequestStatus.optional(), contact: Id.optional(), ...Page }),
  answer: pageOf(SupportRequest),
})
export const getRequest = defineRoute({
  method: 'GET',
  path: '/api/requests/:id',
  summary: 'One support request.',
  may: 'see requests',
  params: IdParams,
  answer: SupportRequest,
})
export const updateRequest = defineRoute({
  method: 'PATCH',
  path: '/api/requests/:id',
  summary: 'Take up, finish or reopen a support request.',
  may: 'handle requests',
  params: IdParams,
  body: z.object({ status: RequestStatus }),
  answer: z.object({ success: z.literal(true), request: SupportRequest }),
})
export const callBackRequest = defineRoute({
  method: 'POST',
  path: '/api/requests/:id/call-back',
  summary: 'Call the customer back: takes the request up and opens an outbound call that is yours.',
  may: 'take calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), request: SupportRequest, call: Call }),
  status: 201,
})

export const QueueEntry = z.discriminatedUnion('kind', [
  Call.extend({ kind: z.literal('call'), card: Card }),
  SupportRequest.extend({ kind: z.literal('request') }),
])
export type QueueEntry = z.infer<typeof QueueEntry>
export const callQueue = defineRoute({
  method: 'GET',
  path: '/api/admin/customer-service/calls',
  summary: 'The call queue: calls that ring, wait or are going on, and pending requests; newest demand first.',
  may: 'see calls',
  answer: z.object({
    success: z.literal(true),
    items: z.array(QueueEntry),
    calls: z.array(Call).describe('Only the calls.'),
    requests: z.array(SupportRequest).describe('Only the pending requests.'),
    seq: z.number().int().describe('The event log has been read up to here.'),
  }),
})
