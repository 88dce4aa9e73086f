import { expect, test } from 'vitest'
import { AVAILABLE, isMissed, MISSED, PRESENCE_STATUSES, takesCalls } from './presence.ts'

test('only who is available takes calls', () => {
  expect(PRESENCE_STATUSES.filter(status => takesCalls({ status, reason: null }))).toEqual(['available'])
})

test('a missed call is told from a choice', () => {
  expect(isMissed(MISSED)).toBe(true)
  expect(isMissed(AVAILABLE)).toBe(false)
  expect(isMissed({ status: 'busy', reason: 'paperwork' })).toBe(false)
})
