import { expect, test } from 'vitest'
import { areaOf, timeAfterKey } from './waveform.ts'

test('a channel is an area around the middle of its lane; silence is a line', () => {
  expect(areaOf([255, 0], 0)).toBe('M0 4.0L1 49.0L1 51.0L0 96.0Z')
  expect(areaOf([0], 1)).toBe('M0 149.0L0 151.0Z')
})

test.each([
  ['ArrowRight', 10, 15],
  ['ArrowRight', 58, 60],
  ['ArrowLeft', 3, 0],
  ['Home', 30, 0],
  ['End', 30, 60],
  ['x', 30, null],
])('%s from second %d leads to %s', (key, time, after) => expect(timeAfterKey(key, time, 60)).toBe(after))
