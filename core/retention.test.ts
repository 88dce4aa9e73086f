import { expect, test } from 'vitest'
import { cutoffs, daysKept } from './retention.ts'

const rules = { days: 90, byQueue: { sales: 30, legal: 365 } }

test('a queue’s own rule goes before the workspace’s', () => {
  expect([null, 'support', 'sales', 'legal', 'constructor'].map(queue => daysKept(rules, queue))).toEqual([
    90, 90, 30, 365, 90,
  ])
})

test('what is older than its days goes', () => {
  expect(cutoffs(rules, Date.parse('2026-12-31T12:00:00Z'))).toEqual([
    { queueId: null, before: '2026-10-02T12:00:00.000Z' },
    { queueId: 'sales', before: '2026-12-01T12:00:00.000Z' },
    { queueId: 'legal', before: '2025-12-31T12:00:00.000Z' },
  ])
})
