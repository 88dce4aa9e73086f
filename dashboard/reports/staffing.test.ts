import { expect, test } from 'vitest'
import { whatIf } from '../../simulator/whatIf.ts'
import { around, askedWith, isEndless } from './staffing.ts'
import { USUAL } from './staffingSearch.ts'

test('the asked number of agents comes first, and nobody is fewer than one', () => {
  expect(around(9, 2)).toEqual([9, 10, 8, 11, 7])
  expect(around(2, 3)).toEqual([2, 3, 1, 4, 5])
})

test('writing things up is part of a call’s time, and 0 stands for no bound', () => {
  expect(askedWith({ ...USUAL, talk: 150, wrapUp: 30, patience: 0, maxWait: 0 }, 7)).toMatchObject({
    ahtSeconds: 180,
    wrapUpSeconds: 30,
    agents: 7,
    patienceSeconds: null,
    maxWaitSeconds: null,
  })
})

test('the line is endless exactly where the simulator refuses to play', () => {
  const questions = [0, 60].flatMap(patience =>
    [0, 60].map(maxWait => ({ ...USUAL, talk: 150, wrapUp: 30, patience, maxWait })),
  )
  for (const question of questions)
    for (const agents of [5, 6, 7]) {
      const play = () => whatIf({ ...askedWith(question, agents), runs: 5, callsPerRun: 100 })
      if (isEndless(question, agents)) expect(play).toThrow(RangeError)
      else expect(play).not.toThrow()
    }
  expect(isEndless(questions[0]!, 6)).toBe(true)
})
