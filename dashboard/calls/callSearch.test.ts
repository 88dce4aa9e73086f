import { expect, test } from 'vitest'
import { filterOf, readCallSearch } from './callSearch.ts'

test('what is not understood in the address is left out', () => {
  expect(
    readCallSearch({ status: 'ringing', direction: 'up', agent: 'ana', from: '2026-02-30x', to: '2026-03-01', q: '' }),
  ).toEqual({
    status: 'ringing',
    to: '2026-03-01',
  })
})

test('days are whole days where the person is: from midnight to the midnight after', () => {
  const { since, until } = filterOf({ from: '2026-03-01', to: '2026-03-01' })
  expect(new Date(since!).getHours()).toBe(0)
  expect(new Date(until!).getDate()).toBe(2)
  expect(filterOf({ q: 'ana' })).toEqual({ q: 'ana' })
  expect(filterOf(readCallSearch({ q: 'ana', in: 'said' }))).toEqual({ q: 'ana' })
})
