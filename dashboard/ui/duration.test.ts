import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDuration, writeDuration } from './duration.ts'

test.each([
  ['90', 90],
  ['90 s', 90],
  ['1:30', 90],
  ['2 min', 120],
  ['1 min 30 s', 90],
  ['1h', 3600],
  ['', null],
  ['soon', null],
  ['1:75', null],
])('“%s” is %s seconds', (typed, seconds) => expect(readDuration(typed)).toBe(seconds))

test('what is written reads as the same span', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 86_400 }), span => readDuration(writeDuration(span)) === span))
})
