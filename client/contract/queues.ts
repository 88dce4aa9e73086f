import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Day, Id, IdParams, Named, pageOf, ShortPage, Success, seconds, Time, words } from './words.ts'

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
export const Media = z.union([
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
  maxLength: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .nullable()
    .describe(
      'How many callers may wait; 0: nobody, null: no bound. Messages, promised calls and questions to colleagues do not count.',
    ),
  ringSeconds: z.number().int().min(5).max(600),
  wrapUpSeconds: seconds(3600),
  afterMissed: z.enum(['away', 'stay']),
  overflow: Overflow,
  enabled: z.boolean().describe('Whether it takes calls at all: one that does not is as if closed.'),
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
  query: z.object({ ...ShortPage }),
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
        from: Day,
        to: Day.describe('The last day.'),
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
  query: z.object({ ...ShortPage }),
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
