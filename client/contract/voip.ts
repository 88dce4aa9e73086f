import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Id, Page, Time, words } from './words.ts'

// Calls between CRM users and portal customers (VoIP). Callers authenticate with their own app's bearer token, whose
// `sub` is their `supabaseUserId`; bodies are as the CRM's own document has them.

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
  otherStatuses: { 201: 'It is new.' },
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

export const RecordingChoice = z
  .enum(['shown', 'allow', 'decline'])
  .describe('`shown`: the page shows the words. `allow`, `decline`: the customer has pressed that button.')
export type RecordingChoice = z.infer<typeof RecordingChoice>
export const VoipRecording = z
  .object({
    mode: z.enum(['announce', 'ask']).describe('Whether the customer is told, or asked.'),
    yours: z.boolean().describe('Whether it is this page’s own person who is told or asked: the customer.'),
    words: z.record(z.string(), z.string()).describe('What is shown until the call is over, by language (BCP 47).'),
    said: RecordingChoice.nullable().describe('What the customer’s page has said; nothing is recorded before.'),
    choices: z
      .array(RecordingChoice)
      .describe('What this page may say now: the customer’s what is not said yet, the other one nothing.'),
  })
  .describe('What is to be known about recording. Null: the call is not recorded, or nobody has to know.')
export type VoipRecording = z.infer<typeof VoipRecording>
const Recording = { recording: VoipRecording.nullable() }

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
  answer: VoipRoom.extend({ callerToken: z.string(), calleeToken: z.string(), call: VoipCall, ...Recording }),
  refuses: [404, 429],
})
const RoomParams = z.object({ roomName: z.string().max(200) })
export const acceptVoipCall = defineRoute({
  method: 'POST',
  path: '/api/voip/calls/:roomName/accept',
  summary: 'Answer a call. 409 `call_over` when the caller did not wait.',
  may: 'a participant',
  params: RoomParams,
  answer: VoipRoom.extend({ success: z.literal(true), token: z.string(), call: VoipCall, ...Recording }),
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
      ...Recording,
    }).nullable(),
  }),
})
export const answerVoipRecording = defineRoute({
  method: 'POST',
  path: '/api/voip/calls/:roomName/recording',
  summary:
    'The customer’s page shows what there is to know about recording, or the customer has chosen. Recording follows: it ' +
    'begins with `shown` or `allow`, and ends with `decline`, for good. 409 `not_offered` for what is not in `choices`.',
  may: 'a participant',
  params: RoomParams,
  body: z.object({
    choice: RecordingChoice,
    language: z.string().max(35).describe('Of the words that are shown: one of the names in `words`.'),
  }),
  answer: z.object({ success: z.literal(true), ...Recording }),
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
export const VoipEventName = z.enum(['incoming-call', 'call-accepted', 'call-declined', 'call-ended', 'call-recording'])
export const VoipEvent = z.object({
  type: VoipEventName,
  call: VoipCall,
  recording: VoipRecording.optional().describe(
    'With `call-recording`, which is sent to who asks with `?recording=true`.',
  ),
})
export type VoipEvent = z.infer<typeof VoipEvent>
