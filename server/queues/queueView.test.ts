import { expect, test } from 'vitest'
import { newQueue, type QueueSettings } from '../../core/queue.ts'
import { queueView, settingsOf } from './queueView.ts'

test('what goes out comes back the same', () => {
  const settings: QueueSettings = {
    ...newQueue('0b0e7c1e-0000-7000-8000-000000000001', 'gold'),
    agents: ['0b0e7c1e-0000-7000-8000-000000000002'],
    requires: { german: 3 },
    relaxation: [{ afterMs: 30_000, lower: { german: 1 } }],
    priorityWorthMs: 61_000,
    preferredHoldMs: 62_000,
    maxWaitMs: 63_000,
    maxLength: 3,
    ringMs: 64_000,
    wrapUpMs: 65_000,
    hoursId: '0b0e7c1e-0000-7000-8000-000000000003',
    overflow: { type: 'queue', queueId: '0b0e7c1e-0000-7000-8000-000000000004' },
    announcements: { position: false, wait: true, everyMs: 66_000 },
    serviceLevel: { withinMs: 67_000, percent: 81 },
  }
  const agents = settings.agents.map(id => ({ id, name: 'Ann' }))
  const view = queueView({ settings, displayName: 'Gold', agents, number: null, waiting: 0 })
  expect(view).toMatchObject({ maxWaitSeconds: 63, ringSeconds: 64, announcements: { everySeconds: 66 } })
  expect(settingsOf(view)).toEqual(settings)
  expect(settingsOf({ ...view, maxWaitSeconds: null }).maxWaitMs).toBeNull()
})
