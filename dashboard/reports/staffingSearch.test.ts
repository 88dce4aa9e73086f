import { expect, test } from 'vitest'
import { readStaffingSearch } from './staffingSearch.ts'

test('what is not understood in the address is left out', () => {
  expect(
    readStaffingSearch({ calls: '300', talk: 'long', agents: '0', patience: '0', within: '1.5', strategy: 'luck' }),
  ).toEqual({ calls: 300, patience: 0 })
  expect(readStaffingSearch({ strategy: 'ring-all', wrapUp: '', maxWait: 60 })).toEqual({
    strategy: 'ring-all',
    maxWait: 60,
  })
})
