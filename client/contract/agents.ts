import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Call, Card, ContactRef } from './calls.ts'
import { Skills, Strategy } from './queues.ts'
import { Id, IdParams, Named, Page, pageOf, ShortPage, Time, words } from './words.ts'

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
  query: z.object({
    ...ShortPage,
    state: z
      .enum(['here', 'retired'])
      .default('here')
      .describe('`retired`: those who take no calls any more, and whose calls are still under their name.'),
  }),
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
  offeredTo: z.array(Named).describe('Who was asked at the same time, whoever this offer is for among them.'),
  eligible: z.array(Named).describe('Who could be asked: those who were, then the others, first choice first.'),
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
