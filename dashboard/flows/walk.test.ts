import { expect, test } from 'vitest'
import { FlowTest } from '../../client/contract.ts'
import { inputInWords, testOf, walkOf } from './walk.ts'

const words = {
  presses: (keys: string) => `presses ${keys}`,
  says: (said: string) => `says “${said}”`,
  nothing: 'does nothing',
  dialled: { answered: 'a', busy: 'b', 'no-answer': 'n', failed: 'f', canceled: 'c' },
  records: (seconds: number) => `speaks for ${seconds} s`,
}

test('what was walked is kept as a test that the contract takes', () => {
  const result = { name: 'walk', passed: true, problems: [], path: ['menu', 'sales'], said: ['Hello'] }
  const kept = testOf('Sales', {}, ['1'], result)
  expect(kept).toEqual({ name: 'Sales', inputs: ['1'], expect: { path: ['menu', 'sales'], exact: true } })
  expect(testOf('Sales', { language: 'es-US' }, ['1'], result).given).toEqual({ language: 'es-US' })
  expect(FlowTest.parse(kept)).toEqual(kept)
  expect(FlowTest.parse(walkOf({}, [{ nothing: true }])).expect).toEqual({})
})

test('each input is told in words', () => {
  const told = ['12', { speech: 'sales' }, { nothing: true as const }, { dialled: 'busy' as const }, { recorded: 7 }]
  expect(told.map(input => inputInWords(input, words))).toEqual([
    'presses 12',
    'says “sales”',
    'does nothing',
    'b',
    'speaks for 7 s',
  ])
})
