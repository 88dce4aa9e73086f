import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { FieldValue } from './customFields.ts'
import { Recording } from './recordings.ts'
import { Id, IdParams, Named, Page, pageOf, Time, words, ZonedTime } from './words.ts'

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
export const ContactRef = Named.extend({ email: z.string().nullable() })

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

export const Consent = z
  .object({
    how: z
      .enum(['announced', 'asked', 'agent'])
      .describe('Announced, and stayed; asked; or told and asked by the agent in person.'),
    given: z.boolean(),
    policy: z
      .enum(['number', 'region', 'default', 'flow', 'agent'])
      .describe('Why: a rule for our number, for the caller’s region, for all calls; the flow’s own; an agent.'),
    region: z.string().nullable().describe('Where the number says that the customer is: `DE`, `US`, `US-CA`.'),
    version: z.number().int().describe('Of the rules and wordings in force.'),
    heard: z
      .string()
      .nullable()
      .describe('The words, or the recording, that the customer was played, or the words that its page has shown.'),
    language: z.string().nullable(),
    answer: z.string().nullable().describe('The key that was pressed; in a page the button: `allow`, `decline`.'),
    by: Named.nullable().describe('The agent who says so.'),
    at: Time,
  })
  .describe('What the customer was told or asked about being recorded, and what it said: the evidence.')
export type Consent = z.infer<typeof Consent>

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
    consent: Consent.nullable().describe('Null: nothing has been said about recording.'),
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
      fields: z
        .array(z.object({ label: z.string(), value: FieldValue }))
        .optional()
        .describe('Custom fields that are to be shown when they call.'),
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
const MAX_METADATA = 10_000
/** What an integration keeps with a call, such as its own id of it. */
const Metadata = z
  .record(z.string().min(1).max(200), z.unknown())
  .refine(metadata => JSON.stringify(metadata).length <= MAX_METADATA, `At most ${MAX_METADATA} characters of JSON.`)

export const CallDetails = Call.extend({
  metadata: z.record(z.string(), z.unknown()).describe('What whoever began or logged the call has kept with it.'),
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
    since: ZonedTime.optional().describe('Started at or after.'),
    until: ZonedTime.optional().describe('Started before.'),
    q: z
      .string()
      .max(100)
      .optional()
      .describe('Any part of a number, a name or a subject: among the newest 50,000 that the other filters leave.'),
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
  body: z.object({
    to: words(60).describe('A telephone number, in any spelling; 400 `call_barred` where calls may not go.'),
    metadata: Metadata.optional(),
  }),
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
  summary:
    'End a call. Agents end their own and those that are nobody’s yet: 403 for a colleague’s. 409 `not_controllable` for one that another telephone system routes.',
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
export const noteConsent = defineRoute({
  method: 'POST',
  path: '/api/calls/:id/consent',
  summary: 'Note that you have told or asked the customer about recording, and what it said. Recording follows.',
  may: 'control calls',
  params: IdParams,
  body: z.object({ given: z.boolean() }),
  answer: callAnswer,
})
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
      customerPhone: words(60).nullish(),
      contactId: Id.nullish(),
      direction: Direction,
      subject: words(200).nullish(),
      notes: words(5000).nullish(),
      status: CallStatus.nullish().describe('`completed` unless given.'),
      startedAt: ZonedTime.nullish().describe('Since 1970, and not to come; now unless given.'),
      durationSeconds: z.number().int().min(0).max(86_400).nullish(),
      metadata: Metadata.optional(),
    })
    .refine(body => body.customerPhone != null || body.contactId != null, {
      path: ['customerPhone'],
      message: 'Give customerPhone or contactId.',
    }),
  answer: z.object({ success: z.literal(true), call: Call }),
  status: 201,
  refuses: [404],
})
