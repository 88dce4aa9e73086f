import { expect, test } from 'vitest'
import { around, readStaffingSearch } from './staffingSearch.ts'

test('what is not understood in the address is left out', () => {
  expect(
    readStaffingSearch({ calls: '300', talk: 'long', agents: '0', patience: '0', within: '1.5', strategy: 'luck' }),
  ).toEqual({ calls: 300, patience: 0 })
  expect(readStaffingSearch({ strategy: 'ring-all', wrapUp: '', maxWait: 60 })).toEqual({
    strategy: 'ring-all',
    maxWait: 60,
  })
})

test('the asked number of agents comes first, and nobody is fewer than one', () => {
  expect(around(9, 2)).toEqual([9, 10, 8, 11, 7])
  expect(around(2, 3)).toEqual([2, 3, 1, 4, 5])
})
