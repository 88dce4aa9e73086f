import { expect, test } from 'vitest'
import type { Call } from '../../core/call.ts'
import { alone, asked, held, taken } from '../../core/conversation.ts'
import type { Awaiting } from '../../core/flowRun.ts'
import type { Leg } from '../../core/leg.ts'
import { lineState } from './lineState.ts'

const ANA = { id: 'ana', name: 'Ana' }
const place = { position: 2, waitSeconds: 90 }
const line = { queueId: 'sales', otherwise: null }
const queue: Awaiting = { ...line, type: 'queue', announcedAt: 0, asking: null, unheard: [] }
const bridge: Awaiting = { type: 'bridge', unanswered: { type: 'voicemail', queueId: 'sales' } }
const gather = { type: 'gather', prompts: [], digits: 1, timeoutSeconds: 1, speech: null } as const

const call = (awaiting: Awaiting, more: Partial<Call> = {}): Call =>
  ({
    status: 'in-progress',
    outcome: null,
    from: '+14155550190',
    queue: { id: 'sales', name: 'Sales' },
    agent: null,
    conversation: null,
    legs: [],
    flow: { awaiting, script: [gather] },
    ...more,
  }) as unknown as Call

const agentLeg = (status: Leg['status']) => [{ party: 'agent', status } as Leg]
const phaseOf = (awaiting: Awaiting, more: Partial<Call> = {}) =>
  lineState(call(awaiting, more), { place: null, callbackKey: null }).phase

test('in a menu, being asked, leaving a message', () => {
  expect(phaseOf({ type: 'input' })).toBe('menu')
  expect(phaseOf({ type: 'fetch', step: 1, until: 0, unheard: [] })).toBe('menu')
  expect(phaseOf({ type: 'callback', queueId: 'sales' })).toBe('menu')
  expect(phaseOf({ type: 'voicemail', queueId: 'sales', next: null })).toBe('message')
})

test('waiting, with its place, and whether it may be called back', () => {
  const state = lineState(call(queue), { place, callbackKey: '2' })
  expect(state).toEqual({
    ...{ phase: 'waiting', queue: 'Sales', agent: null, position: 2, waitSeconds: 90, outcome: null },
    canBeCalledBack: true,
  })
  const offered = (more: Partial<Call>, callbackKey: string | null = '2', awaiting = queue) =>
    lineState(call(awaiting, more), { place, callbackKey }).canBeCalledBack
  expect(offered({}, null), 'its queue does not').toBe(false)
  expect(offered({ from: null }), 'nobody knows at what number').toBe(false)
  expect(offered({}, '2', { ...queue, asking: 'callback' }), 'it is being asked').toBe(false)
})

test('rung at an agent, talking, kept waiting', () => {
  const talking = { agent: ANA, legs: agentLeg('in-progress'), conversation: taken(alone(), ANA) }
  expect(phaseOf(bridge, { ...talking, legs: agentLeg('ringing') })).toBe('ringing')
  expect(phaseOf(bridge, talking)).toBe('talking')
  expect(phaseOf(bridge, { ...talking, conversation: held(talking.conversation, true) })).toBe('held')
  const consultation = { workId: 'w', asked: { type: 'agent' as const, id: 'bob', name: 'Bob' } }
  expect(phaseOf(bridge, { ...talking, conversation: asked(talking.conversation, consultation) })).toBe('held')
})

test('over, and how', () => {
  const over = call({ type: 'end', voicemailOf: null }, { status: 'completed', outcome: 'answered' })
  expect(lineState(over, { place, callbackKey: null })).toMatchObject({
    ...{ phase: 'over', outcome: 'answered', position: null },
  })
})

test('a number without a flow: somebody will take it', () => {
  expect(phaseOf(queue, { flow: null })).toBe('waiting')
})
