import { describe, expect, test } from 'vitest'
import type { Call } from '../../core/call.ts'
import type { Leg } from '../../core/leg.ts'
import type { LegSignal } from '../../core/signal.ts'
import {
  callbackOf,
  heardFromInside,
  isBegunByUs,
  isUndialled,
  outboundFlow,
  outboundFlowOf,
  outcomeOfReturn,
  prepareOutbound,
  type ReturnOutcome,
} from './outboundCall.ts'

const CALLBACK = '019b8e00-0000-7000-8000-000000000001'
const ANA = '+14155550101'
const AT = '2026-03-02T10:00:00.000Z'
const ends = { id: 'r', from: '+12025550111', to: ANA, agent: { id: 'e', name: 'Eva' } }
const about = { provider: 'twilio', queue: null, contact: null, callerName: 'ANA' }
const prepared = prepareOutbound({ ...ends, ...about, at: { type: 'number', number: '+12025550122' } }, true, AT)
const flowId = outboundFlowOf(CALLBACK, ANA).id

test('is the provider’s only once that has told its own id', () => {
  expect(isUndialled(prepared)).toBe(true)
  expect(isUndialled({ ...prepared, providerCallId: 'CA1' })).toBe(false)
})

test('its flow is made from its id, in a language that is spoken here', () => {
  expect(callbackOf({ flow: { flowId } as Call['flow'] })).toBe(CALLBACK)
  expect(callbackOf({ flow: { flowId: 'queue:q' } as Call['flow'] })).toBeNull()
  const placed = outboundFlowOf(null, ANA).id
  expect([callbackOf, isBegunByUs].map(ask => ask({ flow: { flowId: placed } as Call['flow'] }))).toEqual([null, true])
  expect(outboundFlow(placed, 'en-US')).toMatchObject({ nodes: { ring: { target: { type: 'number', number: ANA } } } })
  expect(outboundFlow(flowId, 'es-US')).toMatchObject({
    language: 'es-US',
    nodes: {
      ring: { target: { type: 'number', number: ANA } },
      unreachable: { prompt: { text: { 'es-US': 'No se ha podido contactar con el cliente.' } } },
    },
  })
  expect(outboundFlow(flowId, 'fr-FR')?.language).toBe('en-US')
  expect(outboundFlow('queue:q', 'en-US')).toBeNull()
})

describe('what has come of it', () => {
  const leg = (party: Leg['party'], endReason: Leg['endReason'], answeredAt: string | null): Leg =>
    ({ party, status: endReason === null ? 'in-progress' : 'ended', endReason, answeredAt }) as Leg
  const call = (change: Partial<Call>, path = ['ring'], awaiting: 'bridge' | 'end' = 'bridge') =>
    ({ ...prepared, flow: { flowId, path, awaiting: { type: awaiting } }, ...change }) as Call
  const agent = leg('agent', null, AT)

  test.each<[string, Call, ReturnOutcome | null]>([
    ['nothing while it rings', call({ legs: [] }), null],
    ['nothing while they talk', call({ legs: [agent], answeredAt: AT }), null],
    ['they have talked', call({ legs: [agent], answeredAt: AT }, ['ring'], 'end'), 'returned'],
    ['nothing yet when the agent wants to hang up', call({ legs: [agent] }, ['ring'], 'end'), null],
    ['the customer is not there', call({ legs: [agent] }, ['ring', 'unreachable'], 'end'), 'customer-unreachable'],
    ['nobody took up', call({ status: 'failed', legs: [leg('agent', 'no-answer', null)] }), 'agent-unreachable'],
    [
      'the agent took up, of which only the end was heard',
      call({ status: 'failed', outcome: 'canceled', legs: [leg('agent', 'completed', null)] }),
      'customer-unreachable',
    ],
    ['its end was heard first', call({ status: 'completed', outcome: 'answered', legs: [] }), 'returned'],
  ])('%s', (_, call, outcome) => {
    expect(outcomeOfReturn(call)).toBe(outcome)
  })
})

test('who opens it is the agent, and who is rung the customer; whoever listens is neither', () => {
  const told = { providerLegId: 'CA1', party: 'agent', direction: 'inbound', from: '+1', to: '+2' } as LegSignal
  const parties = (['customer', 'agent', 'supervisor'] as const).map(party => heardFromInside({ ...told, party }).party)
  expect(parties).toEqual(['agent', 'customer', 'supervisor'])
  expect(heardFromInside(told)).toMatchObject({ providerLegId: 'CA1', direction: null, from: null, to: null })
})
