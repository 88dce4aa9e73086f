import { expect, test } from 'vitest'
import { changesBetween } from './changes.ts'

test('only what differs, and only what is small, is told with its values', () => {
  const before = {
    name: 'Sales',
    ringSeconds: 20,
    agents: ['a'],
    open: true,
    music: null as string | null,
    rules: { deep: 1 },
  }
  const after = { name: 'Sales', ringSeconds: 30, agents: ['a', 'b'], open: true, music: 'm', rules: { deep: 2 } }
  expect(changesBetween(before, after)).toEqual({
    ringSeconds: { from: 20, to: 30 },
    agents: { from: ['a'], to: ['a', 'b'] },
    music: { from: null, to: 'm' },
  })
})

test('a long text is not repeated in the log', () => {
  expect(changesBetween({ greeting: 'x'.repeat(201) }, { greeting: 'short' })).toEqual({})
})
