import { expect, test } from 'vitest'
import { rangeOf } from './files.ts'

test.each([
  [undefined, null],
  ['bytes=-', null],
  ['items=0-1', null],
  ['bytes=0-', { first: 0, last: 99 }],
  ['bytes=10-19', { first: 10, last: 19 }],
  ['bytes=90-200', { first: 90, last: 99 }],
  ['bytes=-10', { first: 90, last: 99 }],
  ['bytes=-1000', { first: 0, last: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=20-10', 'unsatisfiable'],
])('of 100 bytes, %s is %j', (header, range) => expect(rangeOf(header, 100)).toEqual(range))
