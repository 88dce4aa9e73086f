import type { Call, Card, SupportRequest } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import type { CallQueue, QueueItem } from './callQueue.ts'

/** Examples for tests: valid, small, and only what a test names is particular. */

export const aCall = (given: Partial<Call> = {}): Call => ({
  id: 'call-1',
  provider: 'twilio',
  providerCallId: 'CA1',
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

type Told = LiveEvent extends infer Event ? (Event extends LiveEvent ? Omit<Event, 'seq' | 'at'> : never) : never

export const anEvent = (seq: number, told: Told): LiveEvent =>
  ({ seq, at: '2026-03-01T10:00:00.000Z', ...told }) as LiveEvent

export const aQueue = (...items: QueueItem[]): CallQueue => ({ items, seq: 0 })

export const ANA = { id: 'agent-ana', name: 'Ana' }
export const BEN = { id: 'agent-ben', name: 'Ben' }
