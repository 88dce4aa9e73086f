import { expect, test } from 'vitest'
import { aCall, aCard, anEvent } from '../../react/testing.ts'
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
  expect(eventSentence({ seq: 1, at: arrived.at, type: 'flow.published' }, en, 'US', 'en')).toBe('flow.published')
})
