import { expect, test } from 'vitest'
import { agentNow } from '../../react/agents.ts'
import { ANA, aCall, anAgent, BEN } from '../../react/testing.ts'
import { agentsInOrder, queuesNow } from './liveBoard.ts'

const support = { id: 'q-support', name: 'support' }
const sales = { id: 'q-sales', name: 'sales' }
const queues = [
  { id: sales.id, displayName: 'Sales' },
  { id: support.id, displayName: 'Support' },
]
const queued = (id: string, given: Parameters<typeof aCall>[0]) => ({
  ...aCall({ id, queue: support, ...given }),
  kind: 'call' as const,
  card: null,
})
const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`

test('a queue shows who waits and since when, who talks, and who would be asked next', () => {
  const calls = [
    queued('a', { startedAt: at(3) }),
    queued('b', { startedAt: at(1) }),
    queued('c', { startedAt: at(0), agent: ANA, status: 'in-progress' }),
    queued('d', { queue: null }),
  ]
  const agents = [
    agentNow(anAgent({ queues: [support], activity: 'talking' }), calls),
    agentNow(anAgent({ ...BEN, queues: [support, sales] }), calls),
  ]
  expect(queuesNow(queues, calls, agents)).toEqual([
    { id: 'q-sales', name: 'Sales', waiting: 0, longestSince: null, talking: 0, ready: 1 },
    { id: 'q-support', name: 'Support', waiting: 2, longestSince: at(1), talking: 1, ready: 1 },
  ])
})

test('whoever is on a call comes first, whoever is away last', () => {
  const agents = (['away', 'ready', 'wrap-up', 'offered', 'talking'] as const).map(activity =>
    agentNow(anAgent({ id: activity, name: activity, activity }), []),
  )
  expect(agentsInOrder(agents).map(({ id }) => id)).toEqual(['talking', 'offered', 'wrap-up', 'ready', 'away'])
})
