import { expect, test } from 'vitest'
import { agentNow } from '../../react/agents.ts'
import { ANA, anAgent, BEN } from '../../react/testing.ts'
import { colleaguesOf, freeIn, named } from './transfer.ts'

const agents = [
  agentNow(anAgent(), []),
  agentNow(anAgent({ ...BEN, activity: 'talking', team: 'Night shift' }), []),
  agentNow(anAgent({ id: 'zoe', name: 'Zoe', queues: [{ id: 'q', name: 'support' }] }), []),
  agentNow(anAgent({ id: 'eva', name: 'Eva', activity: 'away' }), []),
]
const names = (colleagues: ReturnType<typeof named>) => colleagues.map(({ agent, free }) => [agent.name, free])

test('the colleagues are everybody else, whoever is free first', () => {
  expect(names(colleaguesOf(agents, ANA.id))).toEqual([
    ['Zoe', true],
    ['Ben', false],
    ['Eva', false],
  ])
})

test('they are found by part of a name or of a team', () => {
  const colleagues = colleaguesOf(agents, null)
  expect(names(named(colleagues, ' ZO'))).toEqual([['Zoe', true]])
  expect(names(named(colleagues, 'night'))).toEqual([['Ben', false]])
  expect(named(colleagues, '')).toHaveLength(4)
})

test('of those who take its calls a queue has so many free', () => {
  expect(freeIn(agents, 'q')).toBe(1)
  expect(freeIn(agents, 'other')).toBe(0)
})
