import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advance, type Call, type CallFacts, CallRefusal, isOver, logByHand } from './call.ts'
import type { CallEvent } from './event.ts'
import type { LegSignal } from './signal.ts'

const now = '2026-01-01T12:00:00.000Z'
const facts: CallFacts = {
  newCallId: 'call',
  from: '+14155550100',
  to: '+12025550100',
  card: { match: { state: 'unknown', candidates: [] }, lastCalls: [], openRequests: [] },
  contact: null,
  startFlow: null,
  flow: null,
  greeting: { text: 'Welcome.', language: 'en-US' },
}
const ana = { id: 'ana', name: 'Ana' }
const ben = { id: 'ben', name: 'Ben' }

const signal = (more: Partial<LegSignal>): LegSignal => ({
  type: 'leg',
  provider: 'twilio',
  providerCallId: 'CA1',
  providerLegId: 'CA1',
  party: 'customer',
  status: null,
  endReason: null,
  order: null,
  at: null,
  durationSeconds: null,
  direction: 'inbound',
  from: '+14155550100',
  to: '+12025550100',
  callerName: null,
  control: 'provider',
  extensionId: null,
  ...more,
})

function play(signals: LegSignal[]): { call: Call; events: CallEvent[] } {
  const events: CallEvent[] = []
  let call: Call | null = null
  for (const each of signals) {
    const turn = advance(call, { type: 'signal', signal: each }, facts, now)
    call = turn.call
    events.push(...turn.events)
  }
  return { call: call!, events }
}

describe('what a provider reports', () => {
  test('ringing, answered, ended: one arrival, then each change of status once', () => {
    const { call, events } = play([
      signal({ status: 'ringing' }),
      signal({ status: 'ringing' }),
      signal({ status: 'in-progress', at: '2026-01-01T12:00:05.000Z' }),
      signal({ status: 'ended', endReason: 'completed', durationSeconds: 120, at: '2026-01-01T12:02:05.000Z' }),
      signal({ status: 'ended', endReason: 'completed', durationSeconds: 120, at: '2026-01-01T12:02:05.000Z' }),
    ])
    expect(events.map(event => event.type)).toEqual(['call.arrived', 'call.status_changed', 'call.status_changed'])
    expect(call).toMatchObject({ status: 'completed', outcome: 'answered', durationSeconds: 120 })
  })

  test('a repeat gives back the very same call', () => {
    const { call } = play([signal({ status: 'ringing' })])
    const again = advance(call, { type: 'signal', signal: signal({ status: 'ringing', at: now }) }, facts, now)
    expect(again.call).toBe(call)
    expect(again.events).toEqual([])
  })

  test('a word that nobody knows changes nothing', () => {
    const { call } = play([signal({ status: 'ringing' }), signal({ status: null, at: '2026-01-01T12:30:00.000Z' })])
    expect(call.status).toBe('ringing')
  })

  test.each([
    ['busy', 'failed', 'busy'],
    ['no-answer', 'failed', 'no-answer'],
    ['canceled', 'failed', 'canceled'],
    ['rejected', 'failed', 'rejected'],
    ['failed', 'failed', 'failed'],
    ['hangup', 'completed', 'abandoned'],
    ['completed', 'completed', 'answered'],
  ] as const)('an end by %s is %s, outcome %s', (endReason, status, outcome) => {
    const { call } = play([signal({ status: 'ringing' }), signal({ status: 'ended', endReason })])
    expect(call).toMatchObject({ status, outcome })
  })

  test('where we control the call, our own greeting is no answer', () => {
    const { call } = play([
      signal({ status: 'ringing', control: 'ours' }),
      signal({ status: 'in-progress' }),
      signal({ status: 'ended', endReason: 'completed', durationSeconds: 30 }),
    ])
    expect(call).toMatchObject({ status: 'completed', outcome: 'abandoned', answeredAt: null })
  })

  test('where the provider routes it, the telephone that rings tells, not its menu', () => {
    const { call, events } = play([
      signal({ providerLegId: 'p-1', status: 'ringing' }),
      signal({ providerLegId: 'p-1', status: 'in-progress' }),
      signal({ providerLegId: 'p-2', party: 'agent', status: 'in-progress' }),
      signal({ providerLegId: 'p-2', party: 'agent', status: 'ended', endReason: 'hangup' }),
      signal({ providerLegId: 'p-3', party: 'agent', status: 'ringing' }),
    ])
    expect(call.status).toBe('ringing')
    expect(events.at(-1)).toMatchObject({ type: 'call.status_changed', previousStatus: 'in-progress' })
  })

  test('a call that leaves one extension goes on at the other', () => {
    const { call } = play([
      signal({ providerLegId: 'p-2', party: 'agent', extensionId: '101', status: 'ringing' }),
      signal({ providerLegId: 'p-3', party: 'agent', extensionId: '102', status: 'ringing' }),
      signal({ providerLegId: 'p-3', party: 'agent', extensionId: '102', status: 'in-progress' }),
    ])
    const left = advance(call, { type: 'vanished', extensionId: '101', at: null }, facts, now)
    expect(left.call.status).toBe('in-progress')
    const gone = advance(left.call, { type: 'vanished', extensionId: '102', at: null }, facts, now)
    expect(gone.call).toMatchObject({ status: 'completed', outcome: 'answered' })
  })

  test('a caller who waits with us hears a greeting and music; a repeat of the webhook answers the same', () => {
    const first = advance(null, { type: 'signal', signal: signal({ status: 'ringing', control: 'ours' }) }, facts, now)
    expect(first.actions.map(action => action.type)).toEqual(['say', 'play'])
    const again = advance(
      first.call,
      { type: 'signal', signal: signal({ status: 'ringing', control: 'ours' }) },
      facts,
      now,
    )
    expect(again.actions).toEqual(first.actions)
  })

  test('any order of any reports ends in the same call, and an end stays an end', () => {
    const reports = fc.array(
      fc
        .record({
          status: fc.constantFrom('initiated', 'ringing', 'in-progress', 'ended', null),
          endReason: fc.constantFrom('completed', 'busy', 'no-answer', 'canceled', 'failed'),
          order: fc.option(fc.nat(7)),
          at: fc.nat(600).map(second => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()),
          durationSeconds: fc.option(fc.nat(600)),
          control: fc.constantFrom('ours', 'provider'),
          direction: fc.constantFrom('inbound', 'outbound', null),
          callerName: fc.constantFrom('Ana', 'Ben', null),
        })
        .map(more => signal(more as Partial<LegSignal>)),
      { minLength: 1, maxLength: 7 },
    )
    fc.assert(
      fc.property(reports, fc.infiniteStream(fc.nat()), (given, dice) => {
        const shuffled = [...given, given[0]!]
          .map(item => ({ item, key: dice.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item)
        const { call } = play(given)
        expect(play(shuffled).call).toEqual(call)
        if (given.some(report => report.status === 'ended')) expect(isOver(call)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('what people ask', () => {
  test('the first to take a call has it; the second is told who does', () => {
    const { call } = play([signal({ status: 'ringing' })])
    const taken = advance(call, { type: 'take', agent: ana, number: null }, facts, now)
    expect(taken.events).toMatchObject([{ type: 'call.assigned', agent: ana }])
    expect(() => advance(taken.call, { type: 'take', agent: ben, number: null }, facts, now)).toThrow(CallRefusal)
    expect(advance(taken.call, { type: 'take', agent: ana, number: null }, facts, now).events).toEqual([])
  })

  test('saying who it is, or that it is none of the candidates, settles the question once', () => {
    const { call } = play([signal({ status: 'ringing' })])
    const nobody = advance(call, { type: 'settleContact', contact: null, by: ana }, facts, now)
    expect(nobody.events).toMatchObject([{ type: 'call.contact_settled', call: { contact: null } }])
    const contact = { id: 'carla', name: 'Carla', email: null }
    const settled = advance(nobody.call, { type: 'settleContact', contact, by: ana }, facts, now)
    expect(settled.events).toMatchObject([{ type: 'call.contact_settled', call: { contact } }])
    expect(advance(settled.call, { type: 'settleContact', contact, by: ben }, facts, now).events).toEqual([])
  })

  test('a call that is over on another telephone system is not ended from here', () => {
    const { call } = play([signal({ status: 'ringing' })])
    expect(() => advance(call, { type: 'finish', by: ana }, facts, now)).toThrow(/hang up there/)
  })

  test('a call logged while it goes on is ended by whoever logged it', () => {
    const { call } = logByHand(
      {
        id: 'call',
        direction: 'outbound',
        customer: '+14155550100',
        contact: null,
        agent: ana,
        subject: null,
        status: 'in-progress',
        startedAt: '2026-01-01T11:58:00.000Z',
        durationSeconds: null,
      },
      ana,
    )
    const { call: ended } = advance(call, { type: 'finish', by: ana }, facts, now)
    expect(ended).toMatchObject({ status: 'completed', outcome: 'answered', durationSeconds: 120, endedAt: now })
  })
})
