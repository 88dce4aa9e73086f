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

const Party = z.object({
  id: z.string(),
  role: z.enum(['customer', 'agent', 'consultant', 'supervisor']),
  person: Named.nullable().describe('Null for the customer.'),
  muted: z.boolean(),
  listening: z.enum(['monitor', 'whisper', 'barge']).nullable().describe('For supervisors.'),
})
export const Conversation = z
  .object({
    parties: z.array(Party),
    held: z.boolean().describe('The customer hears music.'),
    recording: z.enum(['off', 'on', 'paused']),
    consultation: z
      .object({
        asked: Named.extend({ type: z.enum(['agent', 'queue']) }),
        state: z.enum(['asking', 'private', 'three-way']),
      })
      .nullable()
      .describe('Whom the agent asks while the customer waits, or speaks with them.'),
  })
  .describe('Who is in a call whose audio is ours, and how.')
export type Conversation = z.infer<typeof Conversation>

export const Call = z
  .object({
    id: Id,
    provider: z.string(),
    providerCallId: z.string(),
    control: z
      .enum(['ours', 'provider', 'nobody'])
      .describe(
        'Who decides what happens to it next: this server, others who only tell of it, or nobody: logged by hand.',
      ),
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
    queuedAt: Time.nullable().describe('When it last joined the line of its queue.'),
    disposition: z.string().nullable().describe('What came of it, in the words of whoever had it.'),
    conversation: Conversation.nullable().describe('Who is in it; null where the audio is not ours.'),
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
  party: z.enum(['customer', 'agent', 'supervisor']),
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

export const Listening = z.enum(['monitor', 'whisper', 'barge'])
export const Recording = z.object({
  id: z.string(),
  kind: z.enum(['call', 'voicemail']),
  status: z.enum(['in-progress', 'completed', 'failed']),
  startedAt: Time,
  seconds: z.number().int().nullable(),
  audioUrl: z
    .string()
    .nullable()
    .describe('Of this server; null while it is being recorded, or where it is elsewhere.'),
})
export type Recording = z.infer<typeof Recording>

export const CallDetails = Call.extend({
  match: Match,
  card: Card,
  legs: z.array(Leg),
  notes: z.array(Note),
  events: z.array(CenterEvent),
  recordings: z.array(Recording),
  supervisors: z.array(Named.extend({ listening: Listening })).describe('Who listens, for those who may listen.'),
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
export const placeCall = defineRoute({
  method: 'POST',
  path: '/api/calls',
  summary:
    'Call somebody: you are reached first, in your softphone or at your telephone, then they are. 409 `no_free_slot` while you have your hands full.',
  may: 'take calls',
  body: z.object({ to: words(60).describe('A telephone number, in any spelling.') }),
  answer: z.object({ success: z.literal(true), call: Call }),
  status: 201,
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
const callAnswer = z.object({ success: z.literal(true), call: Call })
/** What the desk does with a call that its agent is talking in. 409 `not_controllable` where the audio is not ours. */
const conversationRoute = <Path extends string>(path: Path, summary: string) =>
  defineRoute({
    method: 'POST',
    path: `/api/calls/:id/${path}`,
    summary,
    may: 'control calls',
    params: IdParams,
    answer: callAnswer,
  })
export const holdCall = conversationRoute('hold', 'The customer hears music until `resume`.')
export const resumeCall = conversationRoute('resume', 'Back from hold.')
export const muteCall = conversationRoute('mute', 'Nobody hears you until `unmute`.')
export const unmuteCall = conversationRoute('unmute', 'You are heard again.')
export const recordCall = conversationRoute('record', 'Record from now on, or go on recording.')
export const pauseRecording = conversationRoute(
  'pause-recording',
  'What is said until `record` is not kept; the gap is.',
)
export const consult = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/consult',
  summary: 'Ask a colleague who is free, or whoever is next in a queue, while the customer hears music.',
  may: 'control calls',
  params: IdParams,
  body: z
    .object({ agent: Id.optional(), queue: words(100).optional().describe('Id or name.') })
    .refine(body => (body.agent === undefined) !== (body.queue === undefined), {
      path: ['agent'],
      message: 'Give agent or queue.',
    }),
  answer: callAnswer,
})
export const mergeCall = conversationRoute('merge', 'Agent, colleague and customer speak together.')
export const separateCall = conversationRoute('separate', 'Agent and colleague in private again.')
export const completeTransfer = conversationRoute('complete-transfer', 'The colleague has the call from now on.')
export const endConsultation = conversationRoute('end-consultation', 'The colleague leaves, or is asked no longer.')
export const superviseCall = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/supervise',
  summary: 'Listen to a call unheard, speak to its agent alone, or to everybody; null: no longer.',
  may: 'supervise calls',
  params: IdParams,
  body: z.object({ listening: Listening.nullable() }),
  answer: callAnswer,
})
export const setDisposition = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/disposition',
  summary: 'Say what came of a call.',
  may: 'log calls',
  params: IdParams,
  body: z.object({ disposition: words(100).nullable() }),
  answer: callAnswer,
})
export const getWaveform = defineRoute({
  method: 'GET',
  path: '/api/recordings/:id/waveform',
  summary: 'A recording as it is drawn.',
  may: 'hear recordings',
  params: z.object({ id: words(100) }),
  answer: z.object({
    seconds: z.number(),
    channels: z.array(z.array(z.number().int().min(0).max(255))).describe('Left: our side; right: the customer.'),
  }),
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
// Queues and business hours
// ---------------------------------------------------------------------------------------------------------------

export const Strategy = z.enum([
  'longest-idle',
  'most-idle',
  'round-robin',
  'in-order',
  'fewest-calls',
  'skill-based',
  'ring-all',
])
/** Level per skill; higher is better. */
export const Skills = z.record(words(60), z.number().int().min(1).max(100))
/** Where a call goes that may not wait (any longer). */
export const Overflow = z.discriminatedUnion('type', [
  z.object({ type: z.literal('voicemail') }),
  z.object({ type: z.literal('queue'), queueId: Id }),
  z.object({ type: z.literal('number'), number: words(60) }),
  z.object({ type: z.literal('callback') }),
  z.object({ type: z.literal('message'), text: words(1000) }),
  z.object({ type: z.literal('hangUp') }),
])
export type Overflow = z.infer<typeof Overflow>
const seconds = (max: number) => z.number().int().min(0).max(max)
const Media = z.union([
  z.literal('hold-music'),
  z.templateLiteral(['prompt:', Id]),
  z.url({ protocol: /^https$/ }).max(1000),
])
const waitKey = z
  .string()
  .regex(/^[0-9*#]$/, 'One key of a telephone.')
  .nullable()

const queueSettings = {
  strategy: Strategy,
  requires: Skills.describe('Least level per skill that every call of this queue asks for.'),
  relaxation: z
    .array(z.object({ afterSeconds: seconds(86_400), lower: z.record(words(60), z.number().int().min(0).max(100)) }))
    .max(20)
    .describe('From that much waiting on, these levels are enough.'),
  priority: z.number().int().min(-100).max(100),
  priorityWorthSeconds: seconds(86_400).describe('How much waiting one level of priority is worth.'),
  preferredHoldSeconds: seconds(3600).describe('How long a call waits for its preferred agent alone.'),
  stickyAgent: z.boolean().describe('Known contacts are first offered to whom they spoke with last.'),
  recording: z.boolean().describe('Conversations that come by the built-in engine are recorded.'),
  supervisionVisible: z.boolean().describe('Agents are told when somebody listens.'),
  maxWaitSeconds: seconds(86_400).nullable(),
  maxLength: z.number().int().min(0).max(10_000).nullable().describe('How many may wait; 0: nobody, null: no bound.'),
  ringSeconds: z.number().int().min(5).max(600),
  wrapUpSeconds: seconds(3600),
  afterMissed: z.enum(['away', 'stay']),
  overflow: Overflow,
  hoursId: Id.nullable().describe('When it is open; null: always.'),
  afterHours: Overflow,
  music: Media,
  announcements: z.object({
    position: z.boolean(),
    wait: z.boolean(),
    everySeconds: z.number().int().min(15).max(600),
  }),
  waitKeys: z.object({ voicemail: waitKey, callback: waitKey }).describe('Keys that end the wait.'),
  serviceLevel: z.object({ withinSeconds: seconds(3600), percent: z.number().min(0).max(100) }),
}
const queueName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'Small letters, digits and hyphens.')
  .describe('Short name, unique in the workspace.')
export const Queue = z.object({
  id: Id,
  name: z.string(),
  displayName: z.string(),
  number: z.string().nullable().describe('A number of ours that leads straight to it.'),
  agents: z.array(Named).describe('In the order that `in-order` and `round-robin` follow.'),
  waiting: z.number().int().describe('How many are in line just now.'),
  ...queueSettings,
})
export type Queue = z.infer<typeof Queue>
export const listQueues = defineRoute({
  method: 'GET',
  path: '/api/queues',
  summary: 'The queues, by name.',
  may: 'see queues',
  answer: pageOf(Queue),
})
const queueFields = z.object({
  displayName: words(100),
  agents: z.array(Id).max(10_000).describe('Ids of agents, in order.'),
  ...queueSettings,
})
export const createQueue = defineRoute({
  method: 'POST',
  path: '/api/queues',
  summary: 'Add a queue; what is not given is as usual.',
  may: 'edit queues',
  body: queueFields.partial().extend({ name: queueName }),
  answer: z.object({ success: z.literal(true), queue: Queue }),
  status: 201,
})
export const updateQueue = defineRoute({
  method: 'PATCH',
  path: '/api/queues/:id',
  summary: 'Change a queue. Calls that wait go on waiting, by the new rules.',
  may: 'edit queues',
  params: IdParams,
  body: queueFields.partial().extend({ name: queueName.optional() }),
  answer: z.object({ success: z.literal(true), queue: Queue }),
})
export const deleteQueue = defineRoute({
  method: 'DELETE',
  path: '/api/queues/:id',
  summary: 'Delete a queue. 409 `queue_in_use` while calls wait in it, or a flow or another queue leads to it.',
  may: 'edit queues',
  params: IdParams,
  answer: Success,
})

const clock = (text: string) => z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, text)
const Interval = z.object({
  from: clock('HH:MM'),
  to: clock('HH:MM').describe('24:00 is midnight; not after `from`: the next day.'),
})
const hoursFields = {
  name: words(100),
  timeZone: words(60).describe('IANA, such as America/New_York.'),
  weekly: z.array(Interval.extend({ weekday: z.number().int().min(1).max(7).describe('1 is Monday.') })).max(100),
  exceptions: z
    .array(
      z.object({
        name: words(100),
        from: z.iso.date(),
        to: z.iso.date().describe('The last day.'),
        yearly: z.boolean().optional(),
        intervals: z.array(Interval).max(20).describe('None: closed all day.'),
      }),
    )
    .max(100),
}
export const BusinessHours = z.object({
  id: Id,
  ...hoursFields,
  open: z.boolean().describe('Now.'),
  nextChangeAt: Time.nullable(),
  warnings: z.array(z.string()),
})
export type BusinessHours = z.infer<typeof BusinessHours>
export const listHours = defineRoute({
  method: 'GET',
  path: '/api/hours',
  summary: 'Business hours, by name.',
  may: 'see queues',
  answer: pageOf(BusinessHours),
})
export const createHours = defineRoute({
  method: 'POST',
  path: '/api/hours',
  summary: 'Add business hours.',
  may: 'edit queues',
  body: z.object(hoursFields).partial({ weekly: true, exceptions: true }),
  answer: z.object({ success: z.literal(true), hours: BusinessHours }),
  status: 201,
})
export const updateHours = defineRoute({
  method: 'PATCH',
  path: '/api/hours/:id',
  summary: 'Change business hours; they hold for the next question, calls that wait included.',
  may: 'edit queues',
  params: IdParams,
  body: z.object(hoursFields).partial(),
  answer: z.object({ success: z.literal(true), hours: BusinessHours }),
})
export const deleteHours = defineRoute({
  method: 'DELETE',
  path: '/api/hours/:id',
  summary: 'Delete business hours. 409 `hours_in_use` while a queue or a flow asks them.',
  may: 'edit queues',
  params: IdParams,
  answer: Success,
})

// ---------------------------------------------------------------------------------------------------------------
// Agents and offers
// ---------------------------------------------------------------------------------------------------------------

export const PresenceStatus = z.enum(['available', 'busy', 'break', 'offline'])
export const Presence = z.object({
  status: PresenceStatus,
  reason: z.string().nullable().describe('`missed`, `unreachable` and `connection-lost` are the center’s own.'),
})
export const Agent = z.object({
  id: Id,
  name: z.string(),
  team: z.string().nullable(),
  queues: z.array(Named),
  skills: Skills,
  capacity: z.number().int().describe('How many calls at once.'),
  phone: z.string().nullable().describe('Where calls reach this agent by telephone.'),
  presence: Presence.extend({ since: Time }),
  activity: z
    .enum(['away', 'ready', 'offered', 'talking', 'wrap-up'])
    .describe('Derived from what occupies the agent.'),
  wrapUps: z.array(z.object({ callId: Id, until: Time })),
})
export type Agent = z.infer<typeof Agent>
export const listAgents = defineRoute({
  method: 'GET',
  path: '/api/agents',
  summary: 'Everybody who takes calls, with presence and activity, by name.',
  may: 'see queues',
  answer: pageOf(Agent),
})
export const getMyAgent = defineRoute({
  method: 'GET',
  path: '/api/agents/me',
  summary: 'The signed-in agent.',
  may: 'take calls',
  answer: Agent,
})
export const setPresence = defineRoute({
  method: 'PUT',
  path: '/api/agents/me/presence',
  summary: 'Say what you are: available, busy, on a break or offline.',
  may: 'take calls',
  body: z.object({ presence: PresenceStatus, reason: words(100).nullable().optional() }),
  answer: z.object({ success: z.literal(true), agent: Agent }),
})
export const setAgentPresence = defineRoute({
  method: 'PUT',
  path: '/api/agents/:id/presence',
  summary: 'Say it for somebody else.',
  may: 'lead agents',
  params: IdParams,
  body: z.object({ presence: PresenceStatus, reason: words(100).nullable().optional() }),
  answer: z.object({ success: z.literal(true), agent: Agent }),
})
export const updateAgent = defineRoute({
  method: 'PATCH',
  path: '/api/agents/:id',
  summary: 'Change skills, team, capacity or telephone of an agent.',
  may: 'lead agents',
  params: IdParams,
  body: z.object({
    skills: Skills.optional(),
    team: words(100).nullable().optional(),
    capacity: z.number().int().min(1).max(20).optional(),
    phone: words(60).nullable().optional(),
  }),
  answer: z.object({ success: z.literal(true), agent: Agent }),
})
export const setMyPhone = defineRoute({
  method: 'PATCH',
  path: '/api/agents/me',
  summary: 'Where your calls reach you by telephone.',
  may: 'take calls',
  body: z.object({ phone: words(60).nullable() }),
  answer: z.object({ success: z.literal(true), agent: Agent }),
})
export const endWrapUp = defineRoute({
  method: 'DELETE',
  path: '/api/calls/:id/wrap-up',
  summary: 'Finish your wrap-up of this call early.',
  may: 'take calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), agent: Agent }),
})
export const extendWrapUp = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/wrap-up',
  summary: 'Take more time for the wrap-up of this call: so much from now on, an hour at most.',
  may: 'take calls',
  params: IdParams,
  body: z.object({ seconds: z.number().int().min(1).max(3600) }),
  answer: z.object({ success: z.literal(true), agent: Agent }),
})

/** Why somebody could not be asked. */
export const Hindrance = z.discriminatedUnion('type', [
  z.object({ type: z.literal('unknown') }),
  z.object({ type: z.literal('presence'), presence: Presence }),
  z.object({ type: z.literal('no-free-slot'), occupied: z.number(), capacity: z.number() }),
  z.object({ type: z.literal('skill'), skill: z.string(), needs: z.number(), has: z.number() }),
  z.object({ type: z.literal('passed-it-up') }),
  z.object({ type: z.literal('held-for'), agentId: Id }),
])
export const WorkKind = z.enum(['call', 'callback', 'voicemail', 'consultation'])
export const OfferOutcome = z.enum(['accepted', 'rejected', 'timed-out', 'canceled', 'lost-race', 'failed'])
export const Offer = z
  .object({
    id: Id,
    kind: WorkKind,
    workId: Id.describe('The call, callback or voicemail that is offered.'),
    callId: Id.describe('The call that it is or comes from.'),
    queue: Named,
    agent: Named,
    attempt: z.number().int().describe('Offers of one attempt ring together.'),
    madeAt: Time,
    expiresAt: Time,
    waitedSeconds: z.number().int(),
  })
  .describe('A call asks an agent: “yours?”')
export type Offer = z.infer<typeof Offer>
export const Explanation = z
  .object({
    strategy: Strategy,
    requires: Skills,
    offeredTo: z.array(Id),
    eligible: z.array(Id).describe('Who could be asked as well, first choice first.'),
    hindered: z.array(z.object({ agentId: Id, hindrances: z.array(Hindrance) })),
  })
  .describe('Why this agent, and not another.')
export type Explanation = z.infer<typeof Explanation>
export const LiveOffer = Offer.extend({ call: Call, card: Card, explanation: Explanation.nullable() })
export type LiveOffer = z.infer<typeof LiveOffer>
export const listOffers = defineRoute({
  method: 'GET',
  path: '/api/offers',
  summary: 'What is offered to you just now, with the whole card.',
  may: 'take calls',
  answer: pageOf(LiveOffer),
})
export const acceptOffer = defineRoute({
  method: 'POST',
  path: '/api/offers/:id/accept',
  summary: 'Take it. 409 `offer_gone` when somebody else was first or time is up.',
  may: 'take calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), offer: Offer, call: Call }),
})
export const declineOffer = defineRoute({
  method: 'POST',
  path: '/api/offers/:id/decline',
  summary: 'Leave it to others. 409 `offer_gone` when it is no longer yours to decline.',
  may: 'take calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), offer: Offer }),
})
export const RoutingStep = Offer.extend({
  endedAt: Time.nullable(),
  outcome: OfferOutcome.nullable(),
  strategy: Strategy,
  requires: Skills,
  eligible: z.array(Named).describe('Who could have been asked as well, first choice first.'),
  hindered: z.array(z.object({ agent: Named, hindrances: z.array(Hindrance) })),
})
export type RoutingStep = z.infer<typeof RoutingStep>
export const getRouting = defineRoute({
  method: 'GET',
  path: '/api/calls/:id/routing',
  summary: 'Why it went where it went: each offer with who was eligible, who was not and why.',
  may: 'see calls',
  params: IdParams,
  answer: z.object({
    offers: z.array(RoutingStep),
    waiting: z
      .object({
        queue: Named,
        position: z.number().int(),
        estimatedWaitSeconds: z.number().int().nullable(),
        since: Time,
        eligible: z.array(Named),
        hindered: RoutingStep.shape.hindered,
      })
      .nullable()
      .describe('Where it waits just now, and why nobody is asked.'),
  }),
})
export const transferCall = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/transfer',
  summary: 'Send a call that is yours, or waits, to another queue, to a colleague who is free, or to a number.',
  may: 'control calls',
  params: IdParams,
  body: z
    .object({
      queue: words(100).optional().describe('Id or name.'),
      agent: Id.optional(),
      number: words(60).optional(),
    })
    .refine(({ queue, agent, number }) => [queue, agent, number].filter(to => to !== undefined).length === 1, {
      path: ['queue'],
      message: 'Give queue, agent or number.',
    }),
  answer: z.object({ success: z.literal(true), call: Call }),
})

export const Voicemail = z.object({
  id: Id,
  call: Named.pick({ id: true }),
  queue: Named,
  from: z.string().nullable(),
  contact: ContactRef.nullable(),
  seconds: z.number().int(),
  leftAt: Time,
  status: z.enum(['new', 'in-progress', 'done']),
  agent: Named.nullable().describe('Who has taken it up.'),
  transcript: z.string().nullable(),
  recordingId: z.string().nullable().describe('For `GET /api/recordings/:id/waveform`; null where it is elsewhere.'),
  audioUrl: z.string().nullable().describe('Of this server; null where it is elsewhere.'),
})
export type Voicemail = z.infer<typeof Voicemail>
export const listVoicemails = defineRoute({
  method: 'GET',
  path: '/api/voicemails',
  summary: 'Messages that callers left, newest first. Each is work in its queue.',
  may: 'see calls',
  query: z.object({ status: Voicemail.shape.status.optional(), ...Page }),
  answer: pageOf(Voicemail),
})
export const finishVoicemail = defineRoute({
  method: 'POST',
  path: '/api/voicemails/:id/done',
  summary: 'It has been dealt with.',
  may: 'take calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), voicemail: Voicemail }),
})
export const Callback = z.object({
  id: Id,
  call: Named.pick({ id: true }),
  queue: Named,
  number: z.string(),
  contact: ContactRef.nullable(),
  status: z.enum(['waiting', 'in-progress', 'done', 'failed']),
  agent: Named.nullable(),
  promisedAt: Time,
  attempts: z.number().int(),
})
export type Callback = z.infer<typeof Callback>
export const listCallbacks = defineRoute({
  method: 'GET',
  path: '/api/callbacks',
  summary: 'Calls that were promised, newest first. Each keeps its place in line.',
  may: 'see calls',
  query: z.object({ status: Callback.shape.status.optional(), ...Page }),
  answer: pageOf(Callback),
})
export const finishCallback = defineRoute({
  method: 'POST',
  path: '/api/callbacks/:id/done',
  summary: 'The customer was reached, or need not be called any more.',
  may: 'take calls',
  params: IdParams,
  answer: z.object({ success: z.literal(true), callback: Callback }),
})

// ---------------------------------------------------------------------------------------------------------------
// Flows (IVR)
// ---------------------------------------------------------------------------------------------------------------

const Language = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'A language such as en-US.')
const Text = z.record(Language, z.string().max(1000))
const Spoken = z.object({ text: Text, audio: z.record(Language, Media).optional() })
const NodeId = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/, 'A letter, then letters, digits, - or _.')
const Next = NodeId.nullable()
const Reference = words(100)
const placed = {
  label: z.string().max(100).optional(),
  position: z.object({ x: z.number(), y: z.number() }).optional(),
}
export const FlowNode = z.discriminatedUnion('type', [
  z.object({ type: z.literal('say'), ...placed, prompt: Spoken, next: Next }),
  z.object({ type: z.literal('play'), ...placed, media: Media, next: Next }),
  z.object({
    type: z.literal('menu'),
    ...placed,
    prompt: Spoken,
    options: z
      .array(
        z.object({
          digits: z.string().regex(/^[0-9*#]{1,20}$/, 'Keys of a telephone.'),
          hints: z.record(Language, z.array(words(100)).max(50)).optional(),
          next: Next,
        }),
      )
      .max(50),
    digits: z.number().int().min(1).max(20).optional(),
    timeoutSeconds: z.number().int().min(1).max(60),
    retries: z.number().int().min(0).max(10),
    invalid: Spoken.optional(),
    silence: Spoken.optional(),
    entered: Next.optional(),
    otherwise: Next,
    saveAs: z.string().max(40).optional(),
  }),
  z.object({ type: z.literal('hours'), ...placed, hours: Reference, open: Next, closed: Next }),
  z.object({ type: z.literal('language'), ...placed, language: Language, next: Next }),
  z.object({ type: z.literal('set'), ...placed, variable: words(40), value: z.string().max(500), next: Next }),
  z.object({
    type: z.literal('branch'),
    ...placed,
    cases: z
      .array(
        z.object({
          when: z.object({
            value: words(100),
            is: z.enum(['equal', 'not-equal', 'contains', 'starts-with', 'set', 'not-set', 'at-least', 'at-most']),
            to: z.string().max(500).optional(),
          }),
          next: Next,
        }),
      )
      .max(50),
    otherwise: Next,
  }),
  z.object({
    type: z.literal('http'),
    ...placed,
    method: z.enum(['GET', 'POST']),
    url: z.string().max(2000),
    send: z.array(words(100)).max(50).optional(),
    deadlineMs: z.number().int().min(100).max(10_000),
    save: z.record(z.string().max(40), z.string().max(200)),
    next: Next,
    failed: Next,
  }),
  z.object({
    type: z.literal('queue'),
    ...placed,
    queue: Reference,
    requires: Skills.optional(),
    priority: z.number().int().min(-100).max(100).optional(),
    otherwise: Next.optional(),
  }),
  z.object({
    type: z.literal('ring'),
    ...placed,
    target: z.discriminatedUnion('type', [
      z.object({ type: z.literal('agent'), agent: Reference }),
      z.object({ type: z.literal('number'), number: words(60) }),
    ]),
    ringSeconds: z.number().int().min(5).max(60),
    unanswered: Next,
  }),
  z.object({
    type: z.literal('voicemail'),
    ...placed,
    queue: Reference,
    prompt: Spoken,
    maxSeconds: z.number().int().min(5).max(600),
    next: Next,
  }),
  z.object({
    type: z.literal('callback'),
    ...placed,
    queue: Reference,
    prompt: Spoken,
    confirmed: Spoken,
    declined: Next,
  }),
  z.object({
    type: z.literal('consent'),
    ...placed,
    mode: z.enum(['announce', 'ask']),
    prompt: Spoken,
    next: Next,
    refused: Next.optional(),
  }),
  z.object({ type: z.literal('message'), ...placed, text: Text, next: Next, unsent: Next }),
  z.object({ type: z.literal('hangUp'), ...placed, prompt: Spoken.optional() }),
  z.object({ type: z.literal('subflow'), ...placed, flow: Reference, next: Next }),
])
export const FlowDefinition = z.object({
  start: NodeId,
  language: Language,
  nodes: z.record(NodeId, FlowNode).refine(nodes => Object.keys(nodes).length <= 500, 'At most 500 nodes.'),
})
export type FlowDefinition = z.infer<typeof FlowDefinition>
/** Given these inputs, this path: run before publishing and from the command line. */
export const FlowTest = z.object({
  name: words(200),
  given: z
    .object({
      callerNumber: z.string().max(60).optional(),
      contact: z.record(z.string().max(100), z.string().max(500)).optional(),
      open: z.record(z.string().max(100), z.boolean()).optional(),
      closedQueues: z.array(z.string().max(100)).optional(),
      answers: z.array(z.unknown()).max(50).optional(),
      language: Language.optional(),
    })
    .optional(),
  inputs: z
    .array(
      z.union([
        z.string().max(20),
        z.object({ speech: z.string().max(500) }),
        z.object({ nothing: z.literal(true) }),
        z.object({ dialled: z.enum(['answered', 'busy', 'no-answer', 'failed', 'canceled']) }),
        z.object({ recorded: z.number().min(0).max(3600) }),
      ]),
    )
    .max(100),
  expect: z.object({
    path: z.array(z.string().max(60)).max(500).optional(),
    exact: z.boolean().optional(),
    says: z.array(z.string().max(1000)).max(100).optional(),
    endsIn: z
      .discriminatedUnion('type', [
        z.object({ type: z.literal('queue'), queue: words(100) }),
        z.object({ type: z.literal('voicemail') }),
        z.object({ type: z.literal('callback') }),
        z.object({ type: z.literal('number'), number: words(60) }),
        z.object({ type: z.literal('hangUp') }),
      ])
      .optional(),
  }),
})
export type FlowTest = z.infer<typeof FlowTest>
export const FlowProblem = z.object({
  severity: z.enum(['error', 'warning']),
  nodeId: z.string().nullable(),
  code: z.string(),
  message: z.string(),
})
export type FlowProblem = z.infer<typeof FlowProblem>
export const FlowTestResult = z.object({
  name: z.string(),
  passed: z.boolean(),
  problems: z.array(z.string()),
  path: z.array(z.string()),
  said: z.array(z.string()),
})
export type FlowTestResult = z.infer<typeof FlowTestResult>

export const Flow = z.object({
  id: Id,
  name: z.string(),
  numbers: z.array(z.object({ id: Id, number: z.string() })).describe('Numbers of ours whose calls begin with it.'),
  publishedVersion: z.number().int().nullable(),
  draftChanged: z.boolean().describe('Whether the draft differs from what is published.'),
  updatedAt: Time,
})
export type Flow = z.infer<typeof Flow>
export const FlowDetails = Flow.extend({
  draft: FlowDefinition,
  tests: z.array(FlowTest),
  revision: z.number().int().describe('Rises with every change of the draft.'),
  problems: z.array(FlowProblem),
  changes: z.array(z.string()).describe('What publishing would change, in sentences.'),
})
export type FlowDetails = z.infer<typeof FlowDetails>
export const listFlows = defineRoute({
  method: 'GET',
  path: '/api/flows',
  summary: 'The flows, by name.',
  may: 'see queues',
  answer: pageOf(Flow),
})
export const getFlow = defineRoute({
  method: 'GET',
  path: '/api/flows/:id',
  summary: 'A flow with its draft, what is wrong with it, and what publishing would change.',
  may: 'see queues',
  params: IdParams,
  answer: FlowDetails,
})
export const createFlow = defineRoute({
  method: 'POST',
  path: '/api/flows',
  summary: 'Add a flow as a draft; without a definition, one that leads to the first queue.',
  may: 'edit flows',
  body: z.object({
    name: words(100),
    definition: FlowDefinition.optional(),
    tests: z.array(FlowTest).max(200).optional(),
  }),
  answer: z.object({ success: z.literal(true), flow: FlowDetails }),
  status: 201,
})
export const updateFlow = defineRoute({
  method: 'PATCH',
  path: '/api/flows/:id',
  summary: 'Change the draft. 409 `flow_changed` when somebody else has saved since `revision`.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({
    name: words(100).optional(),
    definition: FlowDefinition.optional(),
    tests: z.array(FlowTest).max(200).optional(),
    revision: z.number().int().optional().describe('Which revision this change is of.'),
  }),
  answer: z.object({ success: z.literal(true), flow: FlowDetails }),
})
export const deleteFlow = defineRoute({
  method: 'DELETE',
  path: '/api/flows/:id',
  summary: 'Delete a flow. 409 `flow_in_use` while a number or another flow leads to it, or calls are in it.',
  may: 'edit flows',
  params: IdParams,
  answer: Success,
})
export const testFlow = defineRoute({
  method: 'POST',
  path: '/api/flows/:id/test',
  summary: 'Run the flow’s tests, or those given, on its draft.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({ tests: z.array(FlowTest).max(200).optional() }).optional(),
  answer: z.object({ success: z.literal(true), passed: z.boolean(), results: z.array(FlowTestResult) }),
})
export const publishFlow = defineRoute({
  method: 'POST',
  path: '/api/flows/:id/publish',
  summary:
    'Make the draft the version that new calls get. 409 `flow_invalid` or `flow_tests_failed` says what stands in the way.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({ note: words(500).optional() }).optional(),
  answer: z.object({ success: z.literal(true), flow: FlowDetails, version: z.number().int() }),
})
export const FlowVersion = z.object({
  version: z.number().int(),
  publishedAt: Time,
  publishedBy: z.string(),
  note: z.string().nullable(),
  changes: z.array(z.string()).describe('Against the version before, in sentences.'),
  liveCalls: z.number().int().describe('Calls that are in it just now.'),
})
export type FlowVersion = z.infer<typeof FlowVersion>
export const listFlowVersions = defineRoute({
  method: 'GET',
  path: '/api/flows/:id/versions',
  summary: 'What was published, newest first, with a readable difference.',
  may: 'see queues',
  params: IdParams,
  answer: pageOf(FlowVersion),
})
export const rollBackFlow = defineRoute({
  method: 'POST',
  path: '/api/flows/:id/roll-back',
  summary: 'Publish an earlier version again, as a new one. The draft stays.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({ version: z.number().int().min(1) }),
  answer: z.object({ success: z.literal(true), flow: FlowDetails, version: z.number().int() }),
})

// ---------------------------------------------------------------------------------------------------------------
// The customers' phone page
// ---------------------------------------------------------------------------------------------------------------

export const PhoneInfo = z.object({
  number: z.string().describe('E.164: what the page dials.'),
  label: z.string(),
  workspaceName: z.string(),
  language: z.string().describe('What callers of it are spoken to in, unless their browser prefers another (BCP 47).'),
})
export type PhoneInfo = z.infer<typeof PhoneInfo>
export const getPhone = defineRoute({
  method: 'GET',
  path: '/api/phone',
  summary: 'Whom the phone page calls: this number of ours, or the main number of the first workspace.',
  may: 'anyone',
  query: z.object({ number: z.string().max(40).optional() }),
  answer: PhoneInfo,
})

// ---------------------------------------------------------------------------------------------------------------
// Numbers, activity
// ---------------------------------------------------------------------------------------------------------------

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

// ---------------------------------------------------------------------------------------------------------------
// Recorded prompts, and who speaks where nothing is recorded
// ---------------------------------------------------------------------------------------------------------------

const promptFields = {
  name: words(100),
  language: Language,
  text: words(1000)
    .nullable()
    .describe(
      'What is said in it. Where we speak this text ourselves (to callers in the browser), the recording is played.',
    ),
}
export const RecordedPrompt = z
  .object({
    id: Id,
    name: z.string(),
    language: z.string(),
    text: z.string().nullable(),
    seconds: z.number(),
    bytes: z.number().int(),
    createdAt: Time,
    createdBy: z.string(),
  })
  .describe('A recording that flows and queues play as `prompt:<id>`.')
export type RecordedPrompt = z.infer<typeof RecordedPrompt>
/** `GET /api/prompts/:id/audio` (whoever may see queues) is its sound: Opus in Ogg, one channel. */
export const listPrompts = defineRoute({
  method: 'GET',
  path: '/api/prompts',
  summary: 'The recorded prompts, by name.',
  may: 'see queues',
  answer: pageOf(RecordedPrompt),
})
export const createPrompt = defineRoute({
  method: 'POST',
  path: '/api/prompts',
  summary:
    'Add a recording. The body is the sound itself: WAV, or Opus in Ogg or WebM, at most 10 MB. 400 `unreadable_sound` says why it cannot be read.',
  may: 'edit flows',
  query: z.object({ ...promptFields, text: promptFields.text.unwrap().optional() }),
  answer: z.object({ success: z.literal(true), prompt: RecordedPrompt }),
  status: 201,
})
export const updatePrompt = defineRoute({
  method: 'PATCH',
  path: '/api/prompts/:id',
  summary: 'Change what a recording is called, its language, or what is said in it.',
  may: 'edit flows',
  params: IdParams,
  body: z.object(promptFields).partial(),
  answer: z.object({ success: z.literal(true), prompt: RecordedPrompt }),
})
export const deletePrompt = defineRoute({
  method: 'DELETE',
  path: '/api/prompts/:id',
  summary: 'Delete a recording. 409 `prompt_in_use` while a flow or a queue plays it.',
  may: 'edit flows',
  params: IdParams,
  answer: Success,
})

export const getVoiceSettings = defineRoute({
  method: 'GET',
  path: '/api/voice/settings',
  summary: 'What this server can say, write down and carry.',
  may: 'see queues',
  answer: z.object({
    speech: z
      .enum(['bundled', 'endpoint'])
      .describe(
        '`bundled`: English, and its own phrases in Spanish. `endpoint`: whatever the server at SPEECH_URL speaks.',
      ),
    transcription: z.boolean().describe('Whether recordings are written down (TRANSCRIPTION_URL).'),
    webCalls: z
      .boolean()
      .describe('Whether calls over the web are carried, and pages are softphones (VOICE_PROCESSES).'),
  }),
})

// ---------------------------------------------------------------------------------------------------------------
// Calls between CRM users and portal customers (VoIP). Callers authenticate with their own app's bearer token, whose
// `sub` is their `supabaseUserId`; bodies are as the CRM's own document has them.
// ---------------------------------------------------------------------------------------------------------------

export const ParticipantType = z.enum(['CRM_USER', 'PORTAL_CUSTOMER'])
export const VoipStatus = z.enum(['RINGING', 'IN_PROGRESS', 'COMPLETED', 'MISSED', 'DECLINED', 'FAILED'])
const SupabaseUserId = words(200).describe('The `sub` of this person’s bearer tokens.')

export const Participant = z.object({
  id: Id,
  supabaseUserId: z.string(),
  type: ParticipantType,
  firstName: z.string(),
  lastName: z.string(),
  email: z.string(),
  role: z.string().nullable(),
  phone: z.string().nullable(),
})
export type Participant = z.infer<typeof Participant>
export const putParticipant = defineRoute({
  method: 'POST',
  path: '/api/voip/participants',
  summary: 'Create or update who may call and be called. Users with a `supabaseUserId` take part without this.',
  may: 'manage users',
  body: z.object({
    supabaseUserId: SupabaseUserId,
    type: ParticipantType,
    firstName: words(100),
    lastName: words(100),
    email: z.email().max(254),
    role: words(60).optional(),
    phone: words(60).optional(),
  }),
  answer: z.object({ success: z.literal(true), participant: Participant }),
})

export const AvailableAgent = Participant.pick({
  supabaseUserId: true,
  firstName: true,
  lastName: true,
  email: true,
  role: true,
})
export type AvailableAgent = z.infer<typeof AvailableAgent>
export const listAvailableAgents = defineRoute({
  method: 'GET',
  path: '/api/voip/agents/available',
  summary: 'CRM users who can be called now, by name.',
  may: 'a participant',
  answer: z.array(AvailableAgent),
})

export const VoipCall = z.object({
  id: Id,
  fromUserId: Id.describe('A participant.'),
  toUserId: Id,
  fromUserType: ParticipantType,
  toUserType: ParticipantType,
  fromName: z.string(),
  toName: z.string(),
  fromSupabaseUserId: z.string(),
  toSupabaseUserId: z.string(),
  roomName: z.string(),
  startedAt: Time,
  answeredAt: Time.nullable(),
  endedAt: Time.nullable(),
  duration: z
    .number()
    .int()
    .nullable()
    .describe('Seconds from the beginning to the end; 0 when nobody answered, null while it lives.'),
  status: VoipStatus,
})
export type VoipCall = z.infer<typeof VoipCall>

/** Where a participant speaks and hears. */
export const VoipRoom = z.object({
  roomName: z.string(),
  provider: z
    .enum(['builtin', 'livekit'])
    .describe('What the tokens are for: Ringside’s own voice socket, or LiveKit.'),
  url: z.string().nullable().describe('Where LiveKit is; null: this server.'),
})
export type VoipRoom = z.infer<typeof VoipRoom>
export const startVoipCall = defineRoute({
  method: 'POST',
  path: '/api/voip/start-call',
  summary: 'Call somebody. 404 for an unknown callee, 409 `callee_busy` or `caller_busy` when one is on another call.',
  may: 'a participant',
  body: z.object({
    calleeSupabaseId: SupabaseUserId,
    callerName: words(100).optional().describe('What the callee is shown; the participant’s own name unless given.'),
  }),
  answer: VoipRoom.extend({ callerToken: z.string(), calleeToken: z.string(), call: VoipCall }),
})
const RoomParams = z.object({ roomName: z.string().max(200) })
export const acceptVoipCall = defineRoute({
  method: 'POST',
  path: '/api/voip/calls/:roomName/accept',
  summary: 'Answer a call. 409 `call_over` when the caller did not wait.',
  may: 'a participant',
  params: RoomParams,
  answer: VoipRoom.extend({ success: z.literal(true), token: z.string(), call: VoipCall }),
})
export const declineVoipCall = defineRoute({
  method: 'POST',
  path: '/api/voip/calls/:roomName/decline',
  summary: 'Do not answer a call.',
  may: 'a participant',
  params: RoomParams,
  answer: z.object({ success: z.literal(true), call: VoipCall }),
})
export const endVoipCall = defineRoute({
  method: 'POST',
  path: '/api/voip/calls/:roomName/end',
  summary: 'Hang up; while it rings, the caller gives up. Ending twice is ending once.',
  may: 'a participant',
  params: RoomParams,
  answer: z.object({ success: z.literal(true), call: VoipCall }),
})
export const currentVoipCall = defineRoute({
  method: 'GET',
  path: '/api/voip/calls/current',
  summary: 'The call that the participant is on, with what it takes to be in its room; for a page that was reloaded.',
  may: 'a participant',
  answer: z.object({
    current: VoipRoom.extend({
      token: z.string(),
      as: z.enum(['caller', 'callee']).describe('Which of the two is asking.'),
      call: VoipCall,
    }).nullable(),
  }),
})
export const superviseVoipCall = defineRoute({
  method: 'POST',
  path: '/api/voip/calls/:roomName/supervise',
  summary:
    'Listen to a call that LiveKit carries, unseen (`monitor`), or speak too. 409 `not_controllable` for others: `POST /api/calls/:id/supervise`.',
  may: 'supervise calls',
  params: RoomParams,
  body: z.object({ listening: z.enum(['monitor', 'whisper', 'barge']) }),
  answer: VoipRoom.extend({
    success: z.literal(true),
    token: z.string(),
    heardBy: z
      .array(z.string())
      .nullable()
      .describe(
        'Identities that may hear the supervisor, whose page has to restrict its track to them before it publishes; ' +
          'null: everybody.',
      ),
  }),
})
export const listVoipCalls = defineRoute({
  method: 'GET',
  path: '/api/voip/history',
  summary: 'The participant’s own calls, newest first.',
  may: 'a participant',
  query: z.object({
    limit: Page.limit,
    before: Time.optional().describe('Started before: `startedAt` of the last call of the page before.'),
  }),
  answer: z.array(VoipCall),
})

/** What `GET /api/voip/events` sends under each name, besides `connected` and `heartbeat`. */
export const VoipEventName = z.enum(['incoming-call', 'call-accepted', 'call-declined', 'call-ended'])
export const VoipEvent = z.object({ type: VoipEventName, call: VoipCall })
export type VoipEvent = z.infer<typeof VoipEvent>
