import { describe, expect, test } from 'vitest'
import type { Call } from '../client/contract.ts'
import { type Hand, type HandInput, handAfter } from './hand.ts'
import { ANA, aCall, aCard, aConversation, anEvent, aParty, BEN } from './testing.ts'

const play = (...inputs: HandInput[]): Hand =>
  inputs.reduce<Hand>((hand, input) => handAfter(hand, input, ANA.id), null)
const taken = (call: Call): HandInput => ({
  type: 'event',
  event: anEvent(1, { type: 'call.assigned', call, agent: call.agent! }),
  card: aCard(),
})
const changed = (call: Call): HandInput => ({
  type: 'event',
  event: anEvent(2, { type: 'call.status_changed', call, previousStatus: 'ringing' }),
  card: null,
})
const mine = (given: Partial<Call> = {}) => aCall({ agent: ANA, ...given })
const queued = (call: Call) => ({ ...call, kind: 'call' as const, card: aCard() })

test('the call that I take is at hand, with its card', () => {
  expect(play(taken(mine()))).toEqual({ call: mine(), card: aCard() })
  expect(play(taken(aCall({ agent: BEN })))).toBeNull()
})

test('it stays after its end until it is put away', () => {
  const ended = mine({ status: 'completed', outcome: 'answered' })
  expect(play(taken(mine()), changed(ended))?.call).toEqual(ended)
  expect(play(taken(mine()), changed(ended), { type: 'close', calls: [] })).toBeNull()
})

test('it keeps its card while it changes, and is gone when it becomes somebody else’s', () => {
  const answered = mine({ status: 'in-progress' })
  expect(play(taken(mine()), changed(answered))).toEqual({ call: answered, card: aCard() })
  expect(play(taken(mine()), changed(aCall({ agent: BEN })))).toBeNull()
})

test('another of my calls that changes does not push it aside; one that I take does', () => {
  const other = mine({ id: 'other' })
  expect(play(taken(mine()), changed(other))?.call.id).toBe('call-1')
  expect(play(taken(mine()), taken(other))?.call.id).toBe('other')
})

test('put away, another call of mine that is still going on takes its place', () => {
  const other = queued(mine({ id: 'other', status: 'in-progress' }))
  expect(play(taken(mine()), { type: 'close', calls: [queued(mine()), other] })?.call.id).toBe('other')
})

test('a page that opens finds the call that I am on', () => {
  expect(play({ type: 'queue', calls: [queued(aCall({ id: 'x' })), queued(mine())] })?.call.id).toBe('call-1')
  expect(play({ type: 'queue', calls: [queued(aCall({ agent: BEN }))] })).toBeNull()
})

test('whoever takes no calls has none at hand', () => {
  expect(handAfter(null, { type: 'queue', calls: [queued(aCall())] }, null)).toBeNull()
  expect(handAfter(null, changed(aCall()), null)).toBeNull()
})

const written = (call: Call): HandInput => ({
  type: 'event',
  event: anEvent(3, { type: 'agent.wrap_up_started', agent: ANA, call, until: '2026-03-01T10:10:00.000Z' }),
  card: aCard(),
})

test('a page that opens in the middle of a wrap-up finds its call, but it pushes nothing aside', () => {
  const over = mine({ status: 'completed' })
  expect(play({ type: 'wrap_up', call: over, card: aCard() })).toMatchObject({ call: over, card: aCard() })
  expect(play(taken(mine({ id: 'other' })), { type: 'wrap_up', call: over, card: null })?.call.id).toBe('other')
})

test('a call that has been sent on stays while it is written up, whoever has it then', () => {
  const sent = aCall({ agent: null, status: 'in-progress' })
  expect(play(taken(mine()), written(sent), changed(aCall({ agent: BEN, status: 'in-progress' })))).toMatchObject({
    call: { agent: BEN },
    card: aCard(),
  })
  expect(play(taken(mine()), written(sent), { type: 'queue', calls: [queued(sent)] })?.call).toEqual(sent)
  expect(play(taken(mine()), changed(sent))).toBeNull()
  expect(play(taken(mine()), changed(sent), written(sent))?.call.id).toBe('call-1')
  expect(play(taken(mine({ id: 'other' })), written(sent))?.call.id).toBe('other')
})

test('a call that has gone out of sight is put away, unless it is written up', () => {
  const gone: HandInput = { type: 'out_of_sight', callId: 'call-1', calls: [queued(mine({ id: 'other' }))] }
  expect(play(taken(mine()), gone)?.call.id).toBe('other')
  expect(play(taken(mine({ id: 'x' })), gone)?.call.id).toBe('x')
  expect(play(written(mine()), gone)?.call.id).toBe('call-1')
})

describe('a call that a colleague asks about', () => {
  const conversation = aConversation({ parties: [aParty('agent', BEN), aParty('consultant', ANA)] })
  const theirs = aCall({ agent: BEN, status: 'in-progress', conversation })
  const answered: HandInput = {
    type: 'event',
    event: anEvent(3, { type: 'consultation.answered', call: theirs, agent: ANA }),
    card: aCard(),
  }

  test('is at hand as soon as I have answered', () => {
    expect(play(answered)).toEqual({ call: theirs, card: aCard() })
    expect(play(taken(mine({ id: 'other' })), answered)?.call.id).toBe('call-1')
    expect(play({ type: 'queue', calls: [queued(theirs)] })?.call.id).toBe('call-1')
  })

  test('is put away when it goes on without me', () => {
    const without = { ...theirs, conversation: aConversation({ parties: [aParty('agent', BEN)] }) }
    expect(play(answered, changed(without))).toBeNull()
    expect(play(answered, { type: 'out_of_sight', callId: 'call-1', calls: [] })).toBeNull()
  })

  test('stays when it is handed over to me', () => {
    expect(play(answered, taken({ ...theirs, agent: ANA }))?.call.agent).toEqual(ANA)
  })
})
