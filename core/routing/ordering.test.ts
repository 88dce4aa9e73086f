import { describe, expect, test } from 'vitest'
import { type AgentState, choosePresence, startShift } from '../agent.ts'
import { AVAILABLE } from '../presence.ts'
import type { Strategy } from '../queue.ts'
import { type Candidate, Ordering, type Seat } from './ordering.ts'

const ALL = [{ score: 0, groups: [0, 1] }]

/** An ordering of two groups; agents enter in the order in which they are named. */
function open(strategy: Strategy, people: Record<string, Partial<AgentState> & { group?: number }>) {
  const ordering = new Ordering<Candidate>(strategy, Object.keys(people))
  const seats = Object.entries(people).map(([id, { group = 0, ...more }], order): Seat<Candidate> => {
    const state = { ...choosePresence(startShift(0), AVAILABLE, 0), ...more }
    const agent = { order, profile: { id, skills: {}, capacity: 1 }, state, group: { number: group } }
    return { key: 0, second: 0, order, at: -1, agent }
  })
  for (const seat of seats) ordering.enter(seat, false, 100)
  const seat = (id: string) => seats.find(each => each.agent.profile.id === id)!
  return { ordering, seat, best: (choice = ALL) => ordering.best(choice)?.profile.id }
}

describe('who is asked first', () => {
  test.each([
    ['longest-idle', { ana: { readySince: 20 }, ben: { readySince: 10, group: 1 } }],
    ['most-idle', { ana: { idleFrom: 10, idleBefore: 5 }, ben: { idleFrom: 50, idleBefore: 60, group: 1 } }],
    ['fewest-calls', { ana: { callsTaken: 2, readySince: 1 }, ben: { callsTaken: 1, readySince: 90, group: 1 } }],
    ['in-order', { ben: { readySince: 90, group: 1 }, ana: { readySince: 10 } }],
    ['round-robin', { ben: { readySince: 90 }, ana: { readySince: 10, group: 1 } }],
  ] as const)('%s', (strategy, people) => {
    const { ordering, best, seat } = open(strategy, people)
    expect(best()).toBe('ben')
    expect(ordering.bestOf(ALL, agent => agent.profile.id !== 'ben')?.profile.id).toBe('ana')
    ordering.leave(seat('ben'))
    expect(best()).toBe('ana')
    ordering.leave(seat('ana'))
    expect(best()).toBeUndefined()
  })

  test('of equals, who came first, in whatever group', () => {
    expect(open('longest-idle', { ana: { group: 1 }, ben: { group: 0 } }).best()).toBe('ana')
  })

  test('skill-based: the better skilled before the longer idle', () => {
    const { best } = open('skill-based', { ana: { readySince: 10 }, ben: { readySince: 20, group: 1 } })
    expect(
      best([
        { score: 5, groups: [1] },
        { score: 3, groups: [0] },
      ]),
    ).toBe('ben')
    expect(best([{ score: 3, groups: [1, 0] }])).toBe('ana')
  })

  test('all, in the order in which they came', () => {
    const { ordering } = open('ring-all', { ana: { readySince: 20 }, ben: { readySince: 10, group: 1 } })
    expect(ordering.all(ALL).map(agent => agent.profile.id)).toEqual(['ana', 'ben'])
  })
})

describe('round-robin', () => {
  const three = () => open('round-robin', { ana: {}, ben: { group: 1 }, eva: {} })

  test('goes on from where it stood, who was passed over first', () => {
    const { ordering, seat, best } = three()
    expect(ordering.stand()).toEqual({ reached: null, passedOver: [] })
    ordering.takeTurn(seat('ben'))
    expect(ordering.stand()).toEqual({ reached: 'ben', passedOver: ['ana'] })
    expect(best()).toBe('ana')
    const other = three()
    other.ordering.restore(ordering.stand())
    const asked = [0, 1, 2, 3].map(() => {
      const id = other.best()!
      other.ordering.takeTurn(other.seat(id))
      return id
    })
    expect(asked).toEqual(['ana', 'eva', 'ana', 'ben'])
  })

  test('who is free all along keeps its turn, who comes back waits for the round', () => {
    const { ordering, seat, best } = three()
    ordering.takeTurn(seat('eva'))
    ordering.leave(seat('ben'))
    ordering.enter(seat('ben'), true, 200)
    expect(ordering.stand().passedOver).toEqual(['ana', 'ben'])
    ordering.leave(seat('ana'))
    ordering.enter(seat('ana'), false, 200)
    expect(ordering.stand().passedOver).toEqual(['ben'])
    expect(best()).toBe('ben')
  })

  test('begins anew when who was reached is no longer in the list', () => {
    const { ordering, best } = three()
    ordering.restore({ reached: 'gone', passedOver: [] })
    expect(best()).toBe('ana')
  })
})
