import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call } from '../client/contract.ts'
import {
  NO_POPUP,
  nextTick,
  type Popup,
  type PopupInput,
  popupAfter,
  popupBesides,
  SHOWN_MS,
  WITHDRAWN_MS,
} from './popup.ts'
import { ANA, aCall, aCard, anEvent, anOffer, BEN } from './testing.ts'

const T = Date.parse('2026-03-01T10:00:00.000Z')
const arrived = (call: Call): PopupInput => ({
  type: 'event',
  event: anEvent(1, { type: 'call.arrived', call, card: aCard() }),
  card: null,
})
const changed = (call: Call): PopupInput => ({
  type: 'event',
  event: anEvent(2, { type: 'call.status_changed', call, previousStatus: 'ringing' }),
  card: null,
})
const assigned = (call: Call): PopupInput => ({
  type: 'event',
  event: anEvent(2, { type: 'call.assigned', call, agent: call.agent! }),
  card: null,
})

/** Ana's popup after these inputs, each with the second at which it comes. */
function play(...steps: [second: number, input: PopupInput][]): Popup {
  return steps.reduce(
    (popup, [second, input]) => popupAfter(popup, input, { agentId: ANA.id, now: T + second * 1000 }),
    NO_POPUP,
  )
}
const ids = (popup: Popup) => popup.calls.map(({ call }) => call.id)
const call = (id: string, given: Partial<Call> = {}) => aCall({ id, ...given })

test('an inbound call that rings or is about to opens the popup with its card', () => {
  for (const status of ['ringing', 'initiated'] as const) {
    const popup = play([0, arrived(call('a', { status }))])
    expect(popup.openId).toBe('a')
    expect(popup.calls[0]?.card).toEqual(aCard())
  }
})

test('calls that ring for nobody here open nothing', () => {
  expect(ids(play([0, arrived(call('a', { direction: 'outbound' }))]))).toEqual([])
  expect(ids(play([0, arrived(call('a', { agent: BEN }))]))).toEqual([])
  expect(ids(play([0, arrived(call('a', { status: 'in-progress' }))]))).toEqual([])
})

test('ringing that is only heard of later opens it too, with the card known from the queue', () => {
  const card = aCard({ state: 'withheld', candidates: [] })
  const popup = play([0, { ...changed(call('a')), card } as PopupInput])
  expect(popup.calls[0]?.card).toBe(card)
})

test('it leaves when ringing ends, whichever way', () => {
  for (const status of ['in-progress', 'completed', 'failed'] as const) {
    expect(ids(play([0, arrived(call('a'))], [5, changed(call('a', { status }))]))).toEqual([])
  }
})

test('what is offered to whoever looks has a card of its own; what is offered to others rings on', () => {
  const offered = (agent: typeof ANA): PopupInput => ({
    type: 'event',
    event: anEvent(2, {
      type: 'offer.made',
      offer: anOffer({ callId: 'a', agent }),
      call: call('a'),
      card: aCard(),
      explanation: null,
    }),
    card: null,
  })
  expect(ids(play([0, arrived(call('a'))], [1, offered(ANA)]))).toEqual([])
  expect(ids(play([0, arrived(call('a'))], [1, offered(BEN)]))).toEqual(['a'])
})

test('calls that are shown elsewhere leave the next one open', () => {
  const popup = play([0, arrived(call('a'))], [1, arrived(call('b'))])
  const left = popupBesides(popup, [{ callId: 'a' }])
  expect([ids(left), left.openId]).toEqual([['b'], 'b'])
  expect(popupBesides(popup, [{ callId: 'x' }])).toBe(popup)
  expect(popupBesides(popup, [{ callId: 'a' }, { callId: 'b' }]).openId).toBeNull()
})

test('it leaves by itself after 30 seconds and does not come back', () => {
  const popup = play([0, arrived(call('a'))])
  expect(nextTick(popup)).toBe(T + SHOWN_MS)
  expect(ids(play([0, arrived(call('a'))], [29.9, { type: 'tick' }]))).toEqual(['a'])
  expect(ids(play([0, arrived(call('a'))], [30, { type: 'tick' }]))).toEqual([])
  expect(ids(play([0, arrived(call('a'))], [30, { type: 'tick' }], [31, changed(call('a'))]))).toEqual([])
})

test('its time stands still while somebody looks at it', () => {
  const held = play([0, arrived(call('a'))], [10, { type: 'hold', callId: 'a' }])
  expect(nextTick(held)).toBeNull()
  const released = play(
    [0, arrived(call('a'))],
    [10, { type: 'hold', callId: 'a' }],
    [60, { type: 'release', callId: 'a' }],
  )
  expect(nextTick(released)).toBe(T + 80_000)
})

test('dismissed is dismissed, until the call is over and forgotten', () => {
  const dismissed = play([0, arrived(call('a'))], [1, { type: 'dismiss', callId: 'a' }])
  expect(ids(popupAfter(dismissed, changed(call('a')), { agentId: ANA.id, now: T }))).toEqual([])
  const over = popupAfter(dismissed, changed(call('a', { status: 'completed' })), { agentId: ANA.id, now: T })
  expect(over.done.size).toBe(0)
})

test('what is being read stays where it is when more calls come; the next opens when it leaves', () => {
  const popup = play([0, arrived(call('a'))], [1, arrived(call('b'))], [2, arrived(call('c'))])
  expect(popup.openId).toBe('a')
  expect(ids(popup)).toEqual(['a', 'b', 'c'])
  expect(play([0, arrived(call('a'))], [1, arrived(call('b'))], [2, { type: 'dismiss', callId: 'a' }]).openId).toBe('b')
  expect(play([0, arrived(call('a'))], [1, arrived(call('b'))], [2, { type: 'open', callId: 'b' }]).openId).toBe('b')
})

test('taken by me it leaves; taken by somebody else it says so for a moment', () => {
  expect(ids(play([0, arrived(call('a'))], [3, assigned(call('a', { agent: ANA }))]))).toEqual([])
  const withdrawn = play([0, arrived(call('a'))], [3, assigned(call('a', { agent: BEN }))])
  expect(withdrawn.calls[0]?.call.agent).toEqual(BEN)
  expect(nextTick(withdrawn)).toBe(T + 3000 + WITHDRAWN_MS)
})

test('what somebody is writing in it is not lost when the call goes on or ends', () => {
  const writing = [
    [0, arrived(call('a'))],
    [5, { type: 'keep', callId: 'a' }],
    [6, changed(call('a', { status: 'in-progress' }))],
    [90, { type: 'tick' }],
  ] as [number, PopupInput][]
  const kept = play(...writing)
  expect(kept.calls[0]).toMatchObject({ kept: true, call: { status: 'in-progress' } })
  expect(ids(play(...writing, [95, { type: 'let_go', callId: 'a' }]))).toEqual([])
})

test('done writing while it still rings, it goes on with the time it had left', () => {
  const popup = play(
    [0, arrived(call('a'))],
    [10, { type: 'keep', callId: 'a' }],
    [50, { type: 'let_go', callId: 'a' }],
  )
  expect(nextTick(popup)).toBe(T + 70_000)
})

test('a page that opens shows what has just begun to ring, not what has rung for long', () => {
  const queued = (id: string, second: number) => ({
    ...call(id, { startedAt: new Date(T + second * 1000).toISOString() }),
    kind: 'call' as const,
    card: aCard(),
  })
  const popup = play([60, { type: 'queue', calls: [queued('new', 50), queued('old', 20)] }])
  expect(ids(popup)).toEqual(['new'])
  expect(nextTick(popup)).toBe(T + 80_000)
})

test('after a long break the fetched queue decides: what is not in it has ended', () => {
  const queued = { ...call('b'), kind: 'call' as const, card: aCard() }
  const popup = play([0, arrived(call('a'))], [1, arrived(call('b'))], [5, { type: 'queue', calls: [queued] }])
  expect(ids(popup)).toEqual(['b'])
  expect(nextTick(popup)).toBe(T + 31_000)
})

test('whatever happens in whatever order: the open card is one that is shown, and everything unheld has an end', () => {
  const callIds = fc.constantFrom('a', 'b', 'c')
  const calls = fc
    .record({
      id: callIds,
      status: fc.constantFrom('initiated', 'ringing', 'in-progress', 'completed', 'failed'),
      agent: fc.constantFrom(null, ANA, BEN),
    })
    .map(given => aCall(given as Partial<Call>))
  const inputs: fc.Arbitrary<PopupInput> = fc.oneof(
    calls.map(arrived),
    calls.map(changed),
    fc.record({ type: fc.constantFrom('open', 'dismiss', 'hold', 'release', 'keep', 'let_go'), callId: callIds }),
    fc.constant({ type: 'tick' as const }),
    fc.array(calls, { maxLength: 2 }).map(list => ({
      type: 'queue' as const,
      calls: list.map(each => ({ ...each, kind: 'call' as const, card: null })),
    })),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), inputs), { maxLength: 40 }), steps => {
      let now = T
      let popup = NO_POPUP
      for (const [seconds, input] of steps) {
        now += seconds * 1000
        popup = popupAfter(popup, input, { agentId: ANA.id, now })
        expect(new Set(ids(popup)).size).toBe(popup.calls.length)
        expect(popup.openId === null).toBe(popup.calls.length === 0)
        if (popup.openId !== null) expect(ids(popup)).toContain(popup.openId)
        for (const shown of popup.calls) {
          if (!shown.kept) expect(['initiated', 'ringing']).toContain(shown.call.status)
          if (shown.kept) expect(shown.leavesAt).toBeNull()
        }
      }
      // Left alone for a minute, only what is held stays.
      const later = popupAfter(popup, { type: 'tick' }, { agentId: ANA.id, now: now + 60_000 })
      for (const shown of later.calls) expect(shown.leavesAt).toBeNull()
    }),
  )
})
