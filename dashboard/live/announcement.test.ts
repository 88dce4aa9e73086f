import { expect, test } from 'vitest'
import { ANA, aCall, aCard, anEvent, anOffer, BEN } from '../../react/testing.ts'
import { en } from '../text/en.ts'
import { es } from '../text/es.ts'
import { announcementOf } from './announcement.ts'

const ana = { agentId: ANA.id, country: 'US', text: en }
const call = aCall({ contact: { id: 'c', name: 'Sarah', email: null } })
const made = anEvent(1, { type: 'offer.made', offer: anOffer(), call, card: aCard(), explanation: null })
const ended = (outcome: 'accepted' | 'lost-race') =>
  anEvent(2, { type: 'offer.ended', offer: anOffer(), call, outcome })

test('an offer interrupts whoever it is for, and nobody else', () => {
  expect(announcementOf(made, ana)).toEqual({
    words: 'Call for you: Sarah, support. Press Enter to answer.',
    urgent: true,
  })
  expect(announcementOf(made, { ...ana, text: es })?.words).toContain('Llamada para ti: Sarah, support.')
  expect(announcementOf(made, { ...ana, agentId: BEN.id })).toBeNull()
})

test('an offer that is lost is said in a pause; one that was answered needs no word', () => {
  expect(announcementOf(ended('lost-race'), ana)).toEqual({ words: 'Sarah: somebody else was first.', urgent: false })
  expect(announcementOf(ended('accepted'), ana)).toBeNull()
})
