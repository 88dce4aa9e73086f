import { expect, test } from 'vitest'
import { OFFER_OUTCOMES, wasPassedUp } from './offer.ts'

test('only who had a chance has passed it up: not who lost the race, nor whose caller hung up', () => {
  expect(OFFER_OUTCOMES.filter(wasPassedUp)).toEqual(['rejected', 'timed-out', 'failed'])
})
