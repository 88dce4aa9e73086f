import { expect, test } from 'vitest'
import { ANA, aCall, aCard, anEvent, anOffer, BEN } from '../../react/testing.ts'
import { en } from '../text/en.ts'
import { es } from '../text/es.ts'
import { activityAfter } from './activity.ts'
import { eventSentence } from './eventSentence.ts'

const arrived = anEvent(7, { type: 'call.arrived', call: aCall(), card: aCard() })
const empty = { pages: [{ items: [], nextCursor: null }], pageParams: [null] }

test('what happens is put on top, once, where it is of the kind that is shown', () => {
  const log = activityAfter(empty, arrived, 'call')
  expect(log.pages[0]?.items.map(({ seq }) => seq)).toEqual([7])
  expect(activityAfter(log, arrived, 'call')).toBe(log)
  expect(activityAfter(empty, arrived, 'contact')).toBe(empty)
  expect(activityAfter(empty, arrived, 'all').pages[0]?.items).toHaveLength(1)
})

test('events are told in words, in each language', () => {
  expect(eventSentence({ ...arrived }, en, 'US', 'en')).toBe('(202) 555-0143 called')
  expect(eventSentence({ ...arrived }, es, 'US', 'es')).toBe('Llamó (202) 555-0143')
})

test('an event that this page does not know is shown by its type', () => {
  expect(eventSentence({ seq: 1, at: arrived.at, type: 'moon.full' }, en, 'US', 'en')).toBe('moon.full')
})

test('what an agent did, and what the center did with an agent, is told apart', () => {
  const presence = { status: 'busy' as const, reason: 'missed' }
  const previous = { status: 'available' as const, reason: null }
  const told = (by: typeof ANA | null, text = en) =>
    eventSentence(
      { ...anEvent(1, { type: 'agent.presence_changed', agent: ANA, presence, previous, by }) },
      text,
      'US',
      'en',
    )
  expect(told(null)).toBe('Ana is busy: missed a call')
  expect(told(ANA, es)).toBe('Ana: ocupado, perdió una llamada')
  expect(told(BEN)).toBe('Ben set Ana to busy')
})

test('how an offer ended says who and why', () => {
  const ended = (outcome: 'lost-race' | 'timed-out') =>
    eventSentence({ ...anEvent(1, { type: 'offer.ended', offer: anOffer(), call: aCall(), outcome }) }, en, 'US', 'en')
  expect(ended('timed-out')).toBe('(202) 555-0143 rang out at Ana')
  expect(ended('lost-race')).toBe('Somebody else was faster than Ana for (202) 555-0143')
})

test.each([
  ['voip.started', 'Carla called Ana from a web page', 'Carla llamó a Ana desde una página web'],
  ['voip.accepted', 'Ana answered Carla on a web page', 'Ana contestó a Carla en una página web'],
  ['voip.declined', 'Ana declined the call from Carla', 'Ana rechazó la llamada de Carla'],
  ['voip.missed', 'Ana did not answer Carla', 'Ana no contestó a Carla'],
  ['voip.ended', 'The call between Carla and Ana ended', 'Terminó la llamada entre Carla y Ana'],
  [
    'voip.consent_noted',
    'The customer allows the call between Carla and Ana to be recorded',
    'El cliente permite que se grabe la llamada entre Carla y Ana',
  ],
])('%s, a call between two people at web pages', (type, english, spanish) => {
  const consent = { said: { choice: 'allow' } }
  const voip = { from: { id: 'p1', name: 'Carla' }, to: { id: 'p2', name: 'Ana' }, consent }
  const entry = { seq: 1, at: arrived.at, type, voip }
  expect([eventSentence(entry, en, 'US', 'en'), eventSentence(entry, es, 'US', 'es')]).toEqual([english, spanish])
})

test('a call that may not go where it was led says where that is, and why', () => {
  const barred = { because: 'country', country: 'JM' } as const
  const entry = { ...anEvent(1, { type: 'call.barred', call: aCall(), number: '+18765551234', barred }) }
  expect(eventSentence(entry, en, 'US', 'en')).toBe(
    '(202) 555-0143 was not led to +1 876 555 1234: calls to Jamaica are not allowed',
  )
  expect(eventSentence(entry, es, 'US', 'es')).toBe(
    '(202) 555-0143 no pasó a +1 876 555 1234: no se permiten llamadas a Jamaica',
  )
})

test('a call that was turned away says why and where to', () => {
  const diverted = anEvent(1, { type: 'call.diverted', call: aCall(), reason: 'closed', to: 'voicemail' })
  expect(eventSentence({ ...diverted }, en, 'US', 'en')).toBe(
    '(202) 555-0143 called while closed and went to voicemail',
  )
})

test.each([
  ['Ana', { type: 'recording.heard' as const, by: ANA }, 'Ana listened to the recording of (202) 555-0143'],
  [
    'a link',
    { type: 'recording.heard' as const, by: null },
    'Somebody with a link listened to the recording of (202) 555-0143',
  ],
  [
    'a hold',
    { type: 'recording.held' as const, by: BEN, reason: 'Case 17' },
    'Ben put the recording of (202) 555-0143 under legal hold: Case 17',
  ],
])('what is done with a recording is told: %s', (_, event, sentence) => {
  expect(eventSentence({ ...anEvent(1, { ...event, recordingId: 'r', call: aCall() }) }, en, 'US', 'en')).toBe(sentence)
})
