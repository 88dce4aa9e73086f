import { expect, test } from 'vitest'
import { extended } from './wrapUp.ts'

const now = Date.parse('2026-03-01T10:00:00.000Z')

test('two minutes more are added to what is left, an hour at most', () => {
  expect(extended('2026-03-01T10:00:30.000Z', now)).toBe(150)
  expect(extended('2026-03-01T09:59:59.000Z', now)).toBe(120)
  expect(extended('2026-03-01T10:59:30.000Z', now)).toBe(3600)
})
