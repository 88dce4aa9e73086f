import { expect, test } from 'vitest'
import { holds } from './condition.ts'
import type { Condition } from './flow.ts'

const known = (name: string) => ({ tier: 'Gold', age: '42', tags: 'vip,new', blank: '' })[name] ?? null
const so = (value: string, is: Condition['is'], to?: string) =>
  holds(to === undefined ? { value, is } : { value, is, to }, known)

test.each<[string, Condition['is'], string | undefined, boolean]>([
  ['tier', 'equal', 'gold', true],
  ['tier', 'equal', 'goldfish', false],
  ['tier', 'not-equal', 'silver', true],
  ['tier', 'not-equal', 'GOLD', false],
  ['tags', 'contains', 'VIP', true],
  ['tags', 'contains', 'old', false],
  ['tier', 'starts-with', 'go', true],
  ['tier', 'starts-with', 'ol', false],
  ['tier', 'set', undefined, true],
  ['blank', 'set', undefined, false],
  ['nothing', 'set', undefined, false],
  ['nothing', 'not-set', undefined, true],
  ['age', 'at-least', '42', true],
  ['age', 'at-least', '43', false],
  // As text, 5 is more than 42.
  ['age', 'at-most', '5', false],
  ['age', 'at-most', '100', true],
])('%s %s %s', (value, is, to, expected) => {
  expect(so(value, is, to)).toBe(expected)
})

test('what is not known equals nothing, and is neither more nor less than anything', () => {
  const all: Condition['is'][] = ['equal', 'contains', 'starts-with', 'at-least', 'at-most']
  expect(all.map(is => so('nothing', is, ''))).toEqual([false, false, false, false, false])
  expect(so('nothing', 'not-equal', 'x')).toBe(true)
  expect([so('blank', 'at-most', '5'), so('age', 'at-least', ''), so('tier', 'at-least', '1')]).toEqual([
    false,
    false,
    false,
  ])
})
