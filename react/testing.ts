import type { Agent, Call, Card, Conversation, Offer, SupportRequest } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import type { CallQueue, QueueItem } from './callQueue.ts'

/** Examples for tests: valid, small, and only what a test names is particular. */

export const aCall = (given: Partial<Call> = {}): Call => ({
  id: 'call-1',
  provider: 'twilio',
  providerCallId: 'CA1',
  control: 'ours',
  direction: 'inbound',
  from: '+12025550143',
  to: '+12025550100',
  callerName: null,
  subject: null,
  status: 'ringing',
  outcome: null,
  queue: null,
  agent: null,
  contact: null,
  startedAt: '2026-03-01T10:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  durationSeconds: null,
  queuedAt: null,
  disposition: null,
  conversation: null,
  consent: null,
  ...given,
})

export const aCard = (match: Card['match'] = { state: 'unknown', candidates: [] }): Card => ({
  match,
  lastCalls: [],
  openRequests: [],
})

export const aRequest = (given: Partial<SupportRequest> = {}): SupportRequest => ({
  id: 'request-1',
  userId: null,
  userEmail: 'ana@example.com',
  subject: 'Billing question',
  description: 'I need help with my invoice.',
  priority: 'normal',
  phoneNumber: null,
  status: 'pending',
  contact: null,
  agent: null,
  createdAt: '2026-03-01T10:00:00.000Z',
  updatedAt: '2026-03-01T10:00:00.000Z',
  ...given,
})

export const anOffer = (given: Partial<Offer> = {}): Offer => ({
  id: 'offer-1',
  kind: 'call',
  workId: 'call-1',
  callId: 'call-1',
  queue: { id: 'q-support', name: 'support' },
  agent: ANA,
  attempt: 1,
  madeAt: '2026-03-01T10:00:10.000Z',
  expiresAt: '2026-03-01T10:00:30.000Z',
  waitedSeconds: 10,
  ...given,
})

export const anAgent = (given: Partial<Agent> = {}): Agent => ({
  ...ANA,
  team: null,
  queues: [],
  skills: {},
  capacity: 1,
  phone: null,
  presence: { status: 'available', reason: null, since: '2026-03-01T09:00:00.000Z' },
  activity: 'ready',
  wrapUps: [],
  ...given,
})

type Told = LiveEvent extends infer Event ? (Event extends LiveEvent ? Omit<Event, 'seq' | 'at'> : never) : never

export const anEvent = (seq: number, told: Told): LiveEvent =>
  ({ seq, at: '2026-03-01T10:00:00.000Z', ...told }) as LiveEvent

export const aQueue = (...items: QueueItem[]): CallQueue => ({ items, seq: 0 })

export const ANA = { id: 'agent-ana', name: 'Ana' }
export const BEN = { id: 'agent-ben', name: 'Ben' }

/** Ana talks with the customer; what a test names is otherwise. */
export const aConversation = (given: Partial<Conversation> = {}): Conversation => ({
  parties: [aParty('customer'), aParty('agent', ANA)],
  held: false,
  recording: 'off',
  consultation: null,
  ...given,
})

type Party = Conversation['parties'][number]

export const aParty = (role: Party['role'], person: Party['person'] = null, given: Partial<Party> = {}): Party => ({
  id: person === null ? role : `${role}:${person.id}`,
  role,
  person,
  muted: false,
  listening: null,
  ...given,
})
