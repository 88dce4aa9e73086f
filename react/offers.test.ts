import { expect, test } from 'vitest'
import type { LiveEvent } from '../client/live.ts'
import { lostOfferAfter, type Offered, offersAfter, whyOf } from './offers.ts'
import { ANA, aCall, aCard, anEvent, anOffer, BEN } from './testing.ts'

const made = (seq: number, given: Parameters<typeof anOffer>[0] = {}) =>
  anEvent(seq, { type: 'offer.made', offer: anOffer(given), call: aCall(), card: aCard(), explanation: null })
const ended = (seq: number, outcome: Extract<LiveEvent, { type: 'offer.ended' }>['outcome'], given = {}) =>
  anEvent(seq, { type: 'offer.ended', offer: anOffer(given), call: aCall(), outcome })
const play = (...events: LiveEvent[]) =>
  events.reduce<readonly Offered[]>((offers, event) => offersAfter(offers, event, ANA.id), [])

test('an offer is there with its card until it ends, however often it is told', () => {
  expect(play(made(1), made(1))).toEqual([{ ...anOffer(), call: aCall(), card: aCard(), explanation: null }])
  expect(play(made(1), made(2, { id: 'second' }), ended(3, 'canceled')).map(({ id }) => id)).toEqual(['second'])
  expect(play(ended(1, 'canceled'))).toEqual([])
})

test('offers of others are theirs', () => {
  expect(play(made(1, { agent: BEN }))).toEqual([])
  expect(offersAfter([], made(1), null)).toEqual([])
})

test('who is calling changes in the offer too', () => {
  const contact = { id: 'c', name: 'Sarah', email: null }
  const settled = anEvent(2, { type: 'call.contact_settled', call: aCall({ contact }), by: BEN })
  expect(play(made(1), settled)[0]).toMatchObject({ call: { contact }, card: { match: { state: 'settled' } } })
  const renamed = anEvent(3, { type: 'contact.updated', contact: { id: 'c', name: 'Sarah Lee' }, by: BEN })
  expect(play(made(1), settled, renamed)[0]?.call.contact?.name).toBe('Sarah Lee')
})

test('only what ended without its agent’s decision is explained, until the next offer', () => {
  const after = (...events: LiveEvent[]) =>
    events.reduce<ReturnType<typeof lostOfferAfter>>((lost, event) => lostOfferAfter(lost, event, ANA.id), null)
  for (const outcome of ['lost-race', 'timed-out', 'canceled', 'failed'] as const) {
    expect(after(ended(1, outcome))).toMatchObject({ outcome })
  }
  for (const outcome of ['accepted', 'rejected'] as const) expect(after(ended(1, outcome))).toBeNull()
  expect(after(ended(1, 'lost-race', { agent: BEN }))).toBeNull()
  expect(after(ended(1, 'timed-out'), made(2))).toBeNull()
})

test('why: the rule of the queue, how many others there were, and whether it was kept for this agent', () => {
  const explanation = {
    strategy: 'longest-idle' as const,
    requires: {},
    offeredTo: [ANA.id],
    eligible: [BEN.id],
    hindered: [],
  }
  expect(whyOf({ agent: ANA, explanation: null })).toBeNull()
  expect(whyOf({ agent: ANA, explanation })).toEqual({ strategy: 'longest-idle', others: 1, held: false })
  const all = { ...explanation, strategy: 'ring-all' as const, offeredTo: [ANA.id, BEN.id], eligible: ['carl'] }
  expect(whyOf({ agent: ANA, explanation: all })?.others).toBe(2)
  const kept = { agentId: BEN.id, hindrances: [{ type: 'held-for' as const, agentId: ANA.id }] }
  expect(whyOf({ agent: ANA, explanation: { ...explanation, hindered: [kept] } })?.held).toBe(true)
})
