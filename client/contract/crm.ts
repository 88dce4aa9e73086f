import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { CallOutcome, CallStatus, Consent, Direction } from './calls.ts'
import { Strategy } from './queues.ts'
import { Day, Id, Page, Success, seconds, Time, words, ZonedTime } from './words.ts'

/*
 * The API that CRM systems integrate with: under /functions/v1, in snake_case, with an `x-api-key`. What is called a
 * department here is a queue everywhere else, and a `call_sid` the provider's own id of a call, whichever provider it is.
 */

/** A day means its beginning, or as the end of a period its end, in UTC. */
const Moment = z.union([ZonedTime, Day], {
  error:
    'A date or a time as of ISO 8601, such as 2025-10-01 or 2025-10-01T00:00:00Z; in a query, + is written as %2B.',
})

export const CrmAgent = z.object({ id: Id, full_name: z.string(), email: z.string() })
export const CrmDepartmentRef = z.object({ queue_id: Id, display_name: z.string() })
export const CrmCall = z.object({
  id: Id,
  twilio_call_sid: z.string().describe('The provider’s own id of the call, whichever provider it is.'),
  direction: Direction,
  from_number: z.string().nullable().describe('E.164 where it parses, else as received; null when not given.'),
  to_number: z.string().nullable(),
  caller_name: z.string().nullable(),
  status: CallStatus,
  duration_seconds: z.number().int().nullable(),
  recording_url: z
    .string()
    .nullable()
    .describe('Signed, valid for one hour; null without a recording, and for keys without `recordings:read`.'),
  transcript: z.string().nullable(),
  started_at: Time,
  ended_at: Time.nullable(),
  agent: CrmAgent.nullable(),
  metadata: z.record(z.string(), z.unknown()).describe('What whoever began or logged the call has kept with it.'),
})
export type CrmCall = z.infer<typeof CrmCall>

export const listCrmCalls = defineRoute({
  method: 'GET',
  path: '/functions/v1/api-calls-list',
  summary: 'Call records, newest first.',
  may: 'see calls',
  query: z.object({
    status: CallStatus.optional(),
    agent_id: Id.optional(),
    start_date: Moment.optional().describe('Begun at this moment or after it.'),
    end_date: Moment.optional().describe('Begun before this moment, or on this day at the latest.'),
    limit: Page.limit,
    cursor: Page.cursor.describe('`next_cursor` of the page before.'),
  }),
  answer: Success.extend({
    calls: z.array(CrmCall),
    count: z.number().int().describe('How many are on this page.'),
    next_cursor: z.string().nullable(),
  }),
})

export const CrmCallEvent = z.object({
  seq: z.number().int().describe('Its place in the log of the workspace.'),
  type: z.string(),
  at: Time,
  status: CallStatus.describe('Of the call, from then on.'),
  details: z.record(z.string(), z.unknown()).describe('What this type of event tells besides.'),
})
const CrmPerson = z.object({ id: Id, full_name: z.string() })
export const CrmCallDetails = CrmCall.extend({
  provider: z.string(),
  outcome: CallOutcome.nullable().describe('How it ended; null while it lives.'),
  subject: z.string().nullable(),
  disposition: z.string().nullable().describe('What came of it, in the words of whoever had it.'),
  department: CrmDepartmentRef.nullable(),
  customer: z.object({ id: Id, name: z.string(), email: z.string().nullable() }).nullable(),
  queued_at: Time.nullable(),
  answered_at: Time.nullable(),
  recording_consent: Consent.nullable().describe('Null: nothing has been said about recording.'),
  recordings: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['call', 'voicemail']),
      status: z.enum(['in-progress', 'completed', 'failed']),
      started_at: Time,
      duration_seconds: z.number().int().nullable(),
      recording_url: z.string().nullable(),
      transcript: z.string().nullable(),
    }),
  ),
  legs: z
    .array(
      z.object({
        leg_sid: z.string(),
        party: z.enum(['customer', 'agent', 'supervisor']),
        status: z.enum(['initiated', 'ringing', 'in-progress', 'ended']),
        end_reason: z.string().nullable(),
        started_at: Time,
        answered_at: Time.nullable(),
        ended_at: Time.nullable(),
        duration_seconds: z.number().int().nullable(),
      }),
    )
    .describe('Its sides, as the provider tells of them.'),
  offers: z
    .array(
      z.object({
        id: Id,
        department: CrmDepartmentRef,
        agent: CrmPerson,
        made_at: Time,
        ended_at: Time.nullable(),
        outcome: z.enum(['accepted', 'rejected', 'timed-out', 'canceled', 'lost-race', 'failed']).nullable(),
        waited_seconds: z.number().int(),
        strategy: Strategy,
        eligible: z.array(CrmPerson).describe('Who could have been asked as well, first choice first.'),
      }),
    )
    .describe('Who was asked to take it.'),
  notes: z.array(z.object({ id: Id, text: z.string(), author: z.string(), created_at: Time })),
  events: z.array(CrmCallEvent).describe('Everything that happened to it, in order; the first thousand.'),
})
export type CrmCallDetails = z.infer<typeof CrmCallDetails>
const ofCall = z.object({ call_id: Id })
export const getCrmCall = defineRoute({
  method: 'GET',
  path: '/functions/v1/api-calls-details',
  summary: 'One call with its events, consent, recordings, sides, offers and notes.',
  may: 'see calls',
  query: ofCall,
  answer: Success.extend({ call: CrmCallDetails }),
  refuses: [404],
})
export const getCrmRecording = defineRoute({
  method: 'GET',
  path: '/functions/v1/api-calls-recording',
  summary: 'A signed address of the newest recording of a call, valid for one hour. 404 until there is one.',
  may: 'hear recordings',
  query: ofCall,
  answer: Success.extend({ recording_url: z.string(), expires_at: Time, call_id: Id }),
  refuses: [404],
})

export const CrmMonitor = z.object({
  metrics: z.object({
    active_calls: z.number().int().describe('That ring, wait or are being spoken in.'),
    available_agents: z.number().int().describe('Who would be offered a call now.'),
    busy_agents: z.number().int().describe('Who is there and has something else to do, or a break.'),
    total_agents: z.number().int().describe('Available, busy and offline.'),
    queued_calls: z.number().int().describe('That wait in a department.'),
  }),
  active_calls: z
    .array(
      CrmCall.omit({ recording_url: true, transcript: true }).extend({
        department: CrmDepartmentRef.nullable(),
        queued_at: Time.nullable(),
        answered_at: Time.nullable(),
      }),
    )
    .describe('Newest first; the first 500.'),
  agents: z.array(
    CrmAgent.extend({
      status: z.enum(['available', 'busy', 'offline']),
      presence: z.enum(['available', 'busy', 'break', 'offline']).describe('What the agent has chosen to be.'),
      presence_since: Time,
      activity: z.enum(['away', 'ready', 'offered', 'talking', 'wrap-up']).describe('What occupies the agent.'),
      departments: z.array(CrmDepartmentRef),
    }),
  ),
  queues: z.array(
    CrmDepartmentRef.extend({
      name: z.string(),
      enabled: z.boolean(),
      waiting_calls: z.number().int(),
      longest_wait_seconds: z.number().int().nullable().describe('Null while nobody waits.'),
      available_agents: z.number().int(),
      total_agents: z.number().int(),
      service_level: z
        .object({
          within_seconds: z.number().int(),
          target_percent: z.number(),
          percent: z.number().nullable().describe('Of those answered or given up; null: there were none.'),
          answered_calls: z.number().int(),
          abandoned_calls: z.number().int(),
        })
        .describe('Of the calls that joined its line within the last hour.'),
    }),
  ),
})
export const monitorCrmCalls = defineRoute({
  method: 'GET',
  path: '/functions/v1/api-calls-monitor',
  summary: 'Active calls, agents and departments as they are just now.',
  may: 'see calls',
  answer: Success.extend(CrmMonitor.shape),
})

export const CrmAction = z.enum(['monitor', 'barge', 'whisper', 'disconnect'])
export const actOnCrmCall = defineRoute({
  method: 'POST',
  path: '/functions/v1/api-calls-admin-action',
  summary:
    'Have a supervisor listen to a call unheard (`monitor`), speak to its agent alone (`whisper`) or to everybody (`barge`), in the softphone of an open page of theirs; or end it (`disconnect`). 409 `softphone_closed` where no page is open, `not_controllable` where the audio is on another telephone system.',
  may: 'supervise calls',
  body: z
    .object({
      call_sid: words(200).optional(),
      call_id: Id.optional(),
      action: CrmAction,
      supervisor_id: words(254)
        .optional()
        .describe('Id, e-mail address or telephone number of a supervisor or an admin; not needed to `disconnect`.'),
    })
    .refine(body => (body.call_sid === undefined) !== (body.call_id === undefined), {
      path: ['call_sid'],
      message: 'Give call_sid or call_id.',
    })
    .refine(body => body.action === 'disconnect' || body.supervisor_id !== undefined, {
      path: ['supervisor_id'],
      message: 'Say who is to listen.',
    }),
  answer: Success.extend({
    call_id: Id,
    call_sid: z.string(),
    action: CrmAction,
    status: CallStatus,
    supervisor: CrmPerson.nullable(),
  }),
  refuses: [404],
})

const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'HH:MM')
const OpenFrom = z.object({ start: Clock, end: Clock.describe('24:00 is midnight; not after `start`: the next day.') })
const OpenOn = z.union([OpenFrom, z.array(OpenFrom).min(1).max(10)]).optional()
export const CrmBusinessHours = z
  .strictObject({
    monday: OpenOn,
    tuesday: OpenOn,
    wednesday: OpenOn,
    thursday: OpenOn,
    friday: OpenOn,
    saturday: OpenOn,
    sunday: OpenOn,
  })
  .describe('A day that is left out is closed; one with several openings has a list. Empty: always open.')
export type CrmBusinessHours = z.infer<typeof CrmBusinessHours>
export const AfterHoursAction = z.enum(['voicemail', 'callback', 'hangup', 'message', 'forward', 'queue'])

const departmentSettings = {
  display_name: words(100),
  phone_number: words(60).nullable().describe('A number of ours that leads straight to it.'),
  routing_strategy: Strategy,
  business_hours: CrmBusinessHours.nullable().describe('Null: always open.'),
  time_zone: words(60).describe('Of the business hours: IANA, such as America/New_York.'),
  max_wait_time: seconds(86_400).nullable().describe('Seconds; null: as long as it takes.'),
  music_url: z.url().max(1000).nullable().describe('An https address; null: the music that comes along.'),
  after_hours_action: AfterHoursAction.describe('Where calls go while it is closed or not enabled.'),
  after_hours_target: words(1000)
    .nullable()
    .describe('The text of `message`, the number of `forward`, the queue_id of `queue`.'),
  enabled: z.boolean().describe('One that is not is as if closed.'),
}
export const CrmDepartment = z.object({
  id: Id.describe('The same as `queue_id`.'),
  queue_id: Id,
  name: z.string(),
  ...departmentSettings,
  agents: z.array(CrmPerson),
  waiting_calls: z.number().int(),
})
export type CrmDepartment = z.infer<typeof CrmDepartment>
/** What can be given. Without agents a department takes messages only. */
const givenDepartment = z
  .object({
    ...departmentSettings,
    agent_ids: z
      .array(Id)
      .max(10_000)
      .describe('Who takes its calls, in the order that `in-order` and `round-robin` follow.'),
  })
  .partial()
const departmentName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'Small letters, digits and hyphens.')
  .describe('Short name, unique in the workspace.')
const departments = '/functions/v1/api-departments-manage'
export const listDepartments = defineRoute({
  method: 'GET',
  path: departments,
  summary: 'The departments, by name.',
  may: 'see queues',
  answer: Success.extend({ departments: z.array(CrmDepartment), count: z.number().int() }),
})
export const createDepartment = defineRoute({
  method: 'POST',
  path: departments,
  summary:
    'Add a department; what is not given is as usual. One of those that every center begins with is set up, as long as nobody has done so; else 409 `name_taken`.',
  may: 'edit queues',
  body: givenDepartment.extend({ name: departmentName }),
  answer: Success.extend({ department: CrmDepartment }),
  status: 201,
})
export const updateDepartment = defineRoute({
  method: 'PUT',
  path: departments,
  summary: 'Change what is given. Calls that wait go on waiting, by the new rules.',
  may: 'edit queues',
  body: givenDepartment.extend({ queue_id: Id, name: departmentName.optional() }),
  answer: Success.extend({ department: CrmDepartment }),
  refuses: [404],
})
export const deleteDepartment = defineRoute({
  method: 'DELETE',
  path: departments,
  summary:
    'Delete a department; its numbers lead to it no longer. 409 `queue_in_use` while calls wait in it, or a flow or another department leads to it.',
  may: 'edit queues',
  query: z.object({ queue_id: Id }),
  answer: Success.extend({ queue_id: Id }),
  refuses: [404],
})
