import { z } from 'zod'
import { defineRoute } from './route.ts'

// ---------------------------------------------------------------------------------------------------------------
// Words that several operations share
// ---------------------------------------------------------------------------------------------------------------

const Id = z.uuid()
const Time = z.iso.datetime()
/** A line or a text of people: no wrong types, no more than `max` characters, not only blanks. */
const words = (max: number) => z.string().trim().min(1).max(max)
const Named = z.object({ id: Id, name: z.string() })
const IdParams = z.object({ id: Id })
const Success = z.object({ success: z.literal(true) })

const Page = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Items on one page, 1 to 200.'),
  cursor: z.string().max(1000).optional().describe('`nextCursor` of the page before.'),
}
const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

/** Every error has this body. */
export const ErrorBody = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.string(),
    message: z.string(),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
})

// ---------------------------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------------------------

export const CallStatus = z.enum(['initiated', 'ringing', 'in-progress', 'completed', 'failed'])
export const CallOutcome = z.enum([
  'answered',
  'abandoned',
  'voicemail',
  'callback',
  'overflowed',
  'rejected',
  'busy',
  'no-answer',
  'canceled',
  'failed',
])
export const Direction = z.enum(['inbound', 'outbound'])
const ContactRef = Named.extend({ email: z.string().nullable() })

export const Call = z
  .object({
    id: Id,
    provider: z.string(),
    providerCallId: z.string(),
    direction: Direction,
    from: z.string().nullable().describe('E.164 where it parses, else as received; null when not given.'),
    to: z.string().nullable(),
    callerName: z.string().nullable(),
    subject: z.string().nullable(),
    status: CallStatus,
    outcome: CallOutcome.nullable().describe('How it ended; null while it lives.'),
    queue: Named.nullable(),
    agent: Named.nullable(),
    contact: ContactRef.nullable(),
    startedAt: Time,
    answeredAt: Time.nullable(),
    endedAt: Time.nullable(),
    durationSeconds: z.number().int().nullable(),
  })
  .describe('A conversation by telephone, from the first ring to the last hang-up.')
export type Call = z.infer<typeof Call>

export const MatchReason = z.enum(['exact', 'variant', 'similar'])
export const Match = z.object({
  state: z.enum(['matched', 'ambiguous', 'unknown', 'withheld', 'settled']),
  candidates: z.array(
    z.object({
      contactId: Id,
      name: z.string(),
      email: z.string().nullable(),
      company: z.string().nullable(),
      reason: MatchReason,
    }),
  ),
})
export type Match = z.infer<typeof Match>

export const Card = z
  .object({
    match: Match,
    lastCalls: z.array(
      z.object({
        id: Id,
        direction: Direction,
        status: CallStatus,
        outcome: CallOutcome.nullable(),
        subject: z.string().nullable(),
        agentName: z.string().nullable(),
        startedAt: Time,
        durationSeconds: z.number().int().nullable(),
      }),
    ),
    openRequests: z.array(
      z.object({ id: Id, subject: z.string(), priority: z.string(), status: z.string(), createdAt: Time }),
    ),
  })
  .describe('Everything that the person who may take a call needs to see.')
export type Card = z.infer<typeof Card>

export const Leg = z.object({
  providerLegId: z.string(),
  party: z.enum(['customer', 'agent']),
  status: z.enum(['initiated', 'ringing', 'in-progress', 'ended']),
  endReason: z.string().nullable(),
  startedAt: Time,
  answeredAt: Time.nullable(),
  endedAt: Time.nullable(),
  durationSeconds: z.number().int().nullable(),
})
export const Note = z.object({ id: Id, text: z.string(), author: z.string(), createdAt: Time, callId: Id })
export type Note = z.infer<typeof Note>

/** One line of the event log, as sent to screens and shown with a call. `type` says which other fields are there. */
export const CenterEvent = z.looseObject({ seq: z.number().int(), at: Time, type: z.string() })

export const CallDetails = Call.extend({
  match: Match,
  card: Card,
  legs: z.array(Leg),
  notes: z.array(Note),
  events: z.array(CenterEvent),
  recordings: z.array(z.never()),
})
export type CallDetails = z.infer<typeof CallDetails>

export const listCalls = defineRoute({
  method: 'GET',
  path: '/api/calls',
  summary: 'Calls, newest first.',
  may: 'see calls',
  query: z.object({
    status: CallStatus.optional(),
    direction: Direction.optional(),
    queue: z.string().max(100).optional().describe('Id or name of a queue.'),
    agent: Id.optional(),
    contact: Id.optional(),
    from: z.string().max(60).optional().describe("The caller's number, in any spelling."),
    to: z.string().max(60).optional(),
    since: Time.optional().describe('Started at or after.'),
    until: Time.optional().describe('Started before.'),
    q: z.string().max(100).optional().describe('Any part of a number, a name or a subject.'),
    ...Page,
  }),
  answer: pageOf(Call),
})
export const getCall = defineRoute({
  method: 'GET',
  path: '/api/calls/:id',
  summary: 'One call with its events in order, its legs and its notes.',
  may: 'see calls',
  params: IdParams,
  answer: CallDetails,
})
export const takeCall = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/take',
  summary: 'Take a call that nobody has: it becomes yours. 409 `call_taken` when somebody else was first.',
  may: 'take calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), call: Call }),
})
export const hangUpCall = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/hang-up',
  summary: 'End a call. 409 `not_controllable` for one that another telephone system routes.',
  may: 'log calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), call: Call }),
})
export const settleCaller = defineRoute({
  method: 'PUT',
  path: '/api/calls/:id/contact',
  summary: 'Say who the caller is, or with null that it is none of the candidates.',
  may: 'log calls',
  params: IdParams,
  body: z.object({ contactId: Id.nullable() }),
  answer: z.object({ success: z.literal(true), call: Call }),
})
export const addNote = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/notes',
  summary: 'Add a note to a call and to its contact.',
  may: 'log calls',
  params: IdParams,
  body: z.object({ text: words(5000) }),
  answer: z.object({ success: z.literal(true), note: Note }),
  status: 201,
})
export const logCall = defineRoute({
  method: 'POST',
  path: '/api/admin/customer-service/calls',
  summary: 'Log a call by hand: a returned call, a follow-up, one that another telephone took.',
  may: 'log calls',
  body: z
    .object({
      customerPhone: words(60).optional(),
      contactId: Id.optional(),
      direction: Direction,
      subject: words(200).optional(),
      notes: words(5000).optional(),
      status: CallStatus.optional().describe('`completed` unless given.'),
      startedAt: Time.optional().describe('Now unless given.'),
      durationSeconds: z.number().int().min(0).max(86_400).optional(),
    })
    .refine(body => body.customerPhone !== undefined || body.contactId !== undefined, {
      path: ['customerPhone'],
      message: 'Give customerPhone or contactId.',
    }),
  answer: z.object({ success: z.literal(true), call: Call }),
  status: 201,
})

// ---------------------------------------------------------------------------------------------------------------
// Support requests and the call queue
// ---------------------------------------------------------------------------------------------------------------

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
    userId: z.string().trim().max(200).optional(),
    userEmail: z.email().max(254),
    subject: words(200),
    description: words(10_000),
    priority: RequestPriority.optional().describe('`normal` unless given.'),
    phoneNumber: z.string().trim().max(60).optional(),
    workspaceId: Id.optional().describe('Which workspace it is for; the first one unless given.'),
  }),
  answer: z.object({ success: z.literal(true), request: SupportRequest }),
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

// ---------------------------------------------------------------------------------------------------------------
// Contacts
// ---------------------------------------------------------------------------------------------------------------

export const Contact = z.object({
  id: Id,
  name: z.string(),
  email: z.string().nullable(),
  phones: z.array(z.string()).describe('E.164 where it parses, else as given; the first is the main one.'),
  company: z.string().nullable(),
  type: z.string().nullable(),
  tags: z.array(z.string()),
  externalId: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  createdAt: Time,
  updatedAt: Time,
})
export type Contact = z.infer<typeof Contact>

const contactFields = {
  name: words(200),
  email: z.email().max(254).nullable().optional(),
  phones: z.array(words(60)).max(20).optional(),
  company: words(200).nullable().optional(),
  type: words(60).nullable().optional(),
  tags: z.array(words(60)).max(50).optional(),
  externalId: words(200).nullable().optional(),
  metadata: z.record(z.string().max(200), z.unknown()).optional(),
}
export const listContacts = defineRoute({
  method: 'GET',
  path: '/api/contacts',
  summary: 'Contacts; with `q`, those whose name, e-mail, company or number contains it, best first.',
  may: 'see contacts',
  query: z.object({
    q: z.string().max(100).optional(),
    phone: z.string().max(60).optional().describe('A whole number in any spelling: who would be matched.'),
    tag: z.string().max(60).optional(),
    ...Page,
  }),
  answer: pageOf(Contact),
})
export const getContact = defineRoute({
  method: 'GET',
  path: '/api/contacts/:id',
  summary: 'One contact with its notes.',
  may: 'see contacts',
  params: IdParams,
  answer: Contact.extend({ notes: z.array(Note) }),
})
export const createContact = defineRoute({
  method: 'POST',
  path: '/api/contacts',
  summary: 'Create a contact.',
  may: 'edit contacts',
  body: z.object(contactFields),
  answer: z.object({ success: z.literal(true), contact: Contact }),
  status: 201,
})
export const updateContact = defineRoute({
  method: 'PATCH',
  path: '/api/contacts/:id',
  summary: 'Change fields of a contact; those not given stay.',
  may: 'edit contacts',
  params: IdParams,
  body: z.object({ ...contactFields, name: contactFields.name.optional() }),
  answer: z.object({ success: z.literal(true), contact: Contact }),
})
export const deleteContact = defineRoute({
  method: 'DELETE',
  path: '/api/contacts/:id',
  summary: 'Delete a contact; its calls stay, without it.',
  may: 'delete contacts',
  params: IdParams,
  answer: Success,
})
/** `POST /api/contacts/import` takes a CSV file as the body (`text/csv`) and answers line by line as it goes (NDJSON). */
export const ImportProgress = z.object({
  type: z.literal('progress'),
  read: z.number(),
  imported: z.number(),
  rejected: z.number(),
})
export const ImportReport = z.object({
  type: z.literal('done'),
  success: z.literal(true),
  imported: z.number().int(),
  updated: z.number().int(),
  rejected: z.number().int(),
  rejections: z
    .array(z.object({ line: z.number().int(), reason: z.string(), text: z.string() }))
    .describe('The first 1,000 lines that were not taken, each with its reason.'),
})
/** The last line instead, when the import had to stop: what was imported until then stays. */
export const ImportFailure = z.object({
  type: z.literal('failed'),
  success: z.literal(false),
  error: ErrorBody.shape.error,
  imported: z.number().int(),
  updated: z.number().int(),
  rejected: z.number().int(),
})
export type ImportReport = z.infer<typeof ImportReport>

// ---------------------------------------------------------------------------------------------------------------
// Who is here: sessions, users, keys, workspaces
// ---------------------------------------------------------------------------------------------------------------

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
/** At least 12 characters; any are allowed. */
const NewPassword = z.string().min(12, 'Use at least 12 characters.').max(200)

export const signIn = defineRoute({
  method: 'POST',
  path: '/api/auth/sign-in/email',
  summary: 'Sign in with e-mail and password; sets the session cookie.',
  may: 'anyone',
  body: z.object({ email: z.string().trim().max(254), password: z.string().max(200) }),
  answer: z.object({ success: z.literal(true), user: Me }),
})
export const signInByLink = defineRoute({
  method: 'POST',
  path: '/api/auth/sign-in/link',
  summary: 'Sign in with the token of a one-time link.',
  may: 'anyone',
  body: z.object({ token: z.string().max(200) }),
  answer: z.object({ success: z.literal(true), user: Me }),
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
  createdAt: Time,
})
export type User = z.infer<typeof User>
export const listUsers = defineRoute({
  method: 'GET',
  path: '/api/users',
  summary: 'Everybody in the workspace, by name.',
  may: 'manage users',
  query: z.object({ ...Page }),
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
})
export type ApiKey = z.infer<typeof ApiKey>
export const listApiKeys = defineRoute({
  method: 'GET',
  path: '/api/api-keys',
  summary: 'API keys that are in force.',
  may: 'manage keys',
  answer: pageOf(ApiKey),
})
export const createApiKey = defineRoute({
  method: 'POST',
  path: '/api/api-keys',
  summary: 'Create an API key. It is shown in this answer and never again.',
  may: 'manage keys',
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

// ---------------------------------------------------------------------------------------------------------------
// Queues, numbers, activity
// ---------------------------------------------------------------------------------------------------------------

export const Queue = z.object({ id: Id, name: z.string(), displayName: z.string(), agents: z.array(Named) })
export type Queue = z.infer<typeof Queue>
export const listQueues = defineRoute({
  method: 'GET',
  path: '/api/queues',
  summary: 'The queues, by name.',
  may: 'see queues',
  answer: pageOf(Queue),
})

export const PhoneNumber = z.object({ id: Id, number: z.string(), label: z.string(), queue: Named.nullable() })
export type PhoneNumber = z.infer<typeof PhoneNumber>
export const listNumbers = defineRoute({
  method: 'GET',
  path: '/api/numbers',
  summary: 'Our own telephone numbers. The dialled number gives the workspace of a call.',
  may: 'manage settings',
  answer: pageOf(PhoneNumber),
})
export const createNumber = defineRoute({
  method: 'POST',
  path: '/api/numbers',
  summary: 'Add a telephone number of ours.',
  may: 'manage settings',
  body: z.object({
    number: words(60),
    label: words(100).optional(),
    queue: z.string().max(100).optional().describe('Id or name of the queue that calls to it wait in.'),
  }),
  answer: z.object({ success: z.literal(true), number: PhoneNumber }),
  status: 201,
})
export const deleteNumber = defineRoute({
  method: 'DELETE',
  path: '/api/numbers/:id',
  summary: 'Give up a telephone number.',
  may: 'manage settings',
  params: IdParams,
  answer: Success,
})

export const listActivity = defineRoute({
  method: 'GET',
  path: '/api/activity',
  summary: 'The activity log: everything that happened, newest first.',
  may: 'see activity',
  query: z.object({
    type: z.string().max(60).optional().describe('An event type, or its first word: `call`.'),
    since: Time.optional(),
    until: Time.optional(),
    ...Page,
  }),
  answer: pageOf(CenterEvent),
})
