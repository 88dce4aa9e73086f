import { describe, expect, test } from 'vitest'
import { meets, newQueue, placeInLine, type QueueSettings, queueProblems, requirement, stepsAt } from './queue.ts'

const queue = (more: Partial<QueueSettings>): QueueSettings => ({ ...newQueue('q', 'Queue'), ...more })

describe('what a call asks for', () => {
  const relaxed = queue({
    requires: { french: 3 },
    relaxation: [
      { afterMs: 30_000, lower: { french: 2, tax: 1 } },
      { afterMs: 60_000, lower: { french: 0 } },
    ],
  })

  test('is the higher of what the queue and the call ask for, lowered step by step', () => {
    expect(requirement(relaxed, { tax: 2 }, 0)).toEqual({ french: 3, tax: 2 })
    expect(requirement(relaxed, { french: 5, tax: 2 }, 0)).toEqual({ french: 5, tax: 2 })
    expect(requirement(relaxed, { french: 5, tax: 2 }, 1)).toEqual({ french: 2, tax: 1 })
    expect(requirement(relaxed, { tax: 2 }, 2)).toEqual({ tax: 1 })
  })

  test('never rises by waiting', () => {
    expect(requirement(queue({ relaxation: [{ afterMs: 1, lower: { french: 4 } }] }), { french: 1 }, 1)).toEqual({
      french: 1,
    })
  })

  test('looks the same in whatever order it was written', () => {
    const one = requirement(queue({ requires: { b: 1, a: 1 } }), { c: 1 }, 0)
    const other = requirement(queue({ requires: { a: 1, c: 1 } }), { b: 1 }, 0)
    expect(JSON.stringify(one)).toBe(JSON.stringify(other))
  })

  test('a step holds from its very moment on, for fractions of milliseconds too', () => {
    expect([29_999, 30_000, 59_999, 60_000].map(now => stepsAt(relaxed, 0, now))).toEqual([0, 1, 1, 2])
    const odd = 0.1 + 0.2
    expect(stepsAt(relaxed, odd, odd + 30_000)).toBe(1)
  })
})

test('skills are enough when every level is', () => {
  expect(meets({ french: 2 }, {})).toBe(true)
  expect(meets({ french: 2 }, { french: 2 })).toBe(true)
  expect(meets({ french: 2 }, { french: 3 })).toBe(false)
  expect(meets({}, { french: 1 })).toBe(false)
  // A skill may bear any name, that of something every object has included.
  expect(meets({}, { constructor: 1 })).toBe(false)
})

test('one level of priority is worth the wait the queue says', () => {
  const line = queue({ priorityWorthMs: 60_000, priority: 2 })
  expect(placeInLine(line, 0, 120_000)).toBe(0)
  expect(placeInLine(line, 1, 120_000)).toBeLessThan(placeInLine(line, 0, 60_001))
  expect(placeInLine(line, 1, 120_000)).toBeGreaterThan(placeInLine(line, 0, 59_999))
})

test('settings that cannot be used are told all at once', () => {
  expect(queueProblems(newQueue('q', 'Queue'))).toEqual([])
  const wrong = queue({
    agents: ['ana', 'ana'],
    ringMs: -1,
    maxWaitMs: Number.NaN,
    maxLength: 1.5,
    priority: Number.POSITIVE_INFINITY,
    requires: { french: 0 },
    relaxation: [
      { afterMs: 5, lower: { french: -1 } },
      { afterMs: 5, lower: {} },
    ],
    overflow: { type: 'queue', queueId: 'q' },
  })
  expect(queueProblems(wrong)).toHaveLength(9)
})
