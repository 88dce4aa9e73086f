import { expect, test } from 'vitest'
import { formulas } from './formulas.ts'
import { USUAL } from './staffingSearch.ts'

test('200 calls an hour of 180 s need more than 10 agents when nobody gives up', () => {
  const question = { ...USUAL, calls: 200, talk: 180, patience: 0 }
  expect(formulas(question, 10)).toEqual({ c: 'endless', a: null })
  // The published table for 10 erlangs and 12 agents.
  expect(formulas(question, 12).c).toMatchObject({ pWait: expect.closeTo(0.4494, 3), abandonment: null })
})

test('writing things up counts as part of the call', () => {
  const apart = formulas({ ...USUAL, talk: 150, wrapUp: 30 }, 8)
  expect(apart).toEqual(formulas({ ...USUAL, talk: 180, wrapUp: 0 }, 8))
})

test('with patience there is an answer for any number of agents', () => {
  const { c, a } = formulas({ ...USUAL, calls: 300, talk: 180, patience: 60 }, 9)
  expect(c).toBe('endless')
  expect(a!.abandonment).toBeGreaterThan(0.3)
  expect(a!.occupancy).toBeLessThanOrEqual(1)
})
