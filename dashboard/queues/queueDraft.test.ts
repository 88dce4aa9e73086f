import { expect, test } from 'vitest'
import type { Queue } from '../../client/contract.ts'
import { changesOf, draftOf, shortName } from './queueDraft.ts'

const queue: Queue = {
  id: 'q1',
  name: 'support',
  displayName: 'Support',
  number: null,
  waiting: 3,
  agents: [
    { id: 'a', name: 'Ana' },
    { id: 'b', name: 'Ben' },
  ],
  strategy: 'longest-idle',
  requires: { billing: 2 },
  relaxation: [{ afterSeconds: 60, lower: { billing: 1 } }],
  priority: 0,
  priorityWorthSeconds: 300,
  preferredHoldSeconds: 0,
  stickyAgent: false,
  recording: true,
  supervisionVisible: true,
  maxWaitSeconds: null,
  maxLength: null,
  ringSeconds: 20,
  wrapUpSeconds: 0,
  afterMissed: 'away',
  overflow: { type: 'voicemail' },
  enabled: true,
  hoursId: null,
  afterHours: { type: 'voicemail' },
  music: 'hold-music',
  announcements: { position: true, wait: true, everySeconds: 60 },
  waitKeys: { voicemail: null, callback: null },
  serviceLevel: { withinSeconds: 20, percent: 80 },
}

test('what nobody has touched is not sent', () => {
  expect(changesOf(queue, draftOf(queue))).toEqual({})
})

test('only what differs is sent, as the API writes it', () => {
  const draft = draftOf(queue)
  expect(
    changesOf(queue, {
      ...draft,
      agents: [...draft.agents].reverse(),
      requires: [
        { skill: ' billing ', level: 3 },
        { skill: '', level: 1 },
      ],
      announcements: { ...draft.announcements, wait: false },
    }),
  ).toEqual({
    agents: ['b', 'a'],
    requires: { billing: 3 },
    announcements: { position: true, wait: false, everySeconds: 60 },
  })
})

test('steps of relaxation are sent by rising time', () => {
  const draft = draftOf(queue)
  const early = { afterSeconds: 30, lower: [{ skill: 'billing', level: 1 }] }
  const { relaxation } = changesOf(queue, { ...draft, relaxation: [...draft.relaxation, early] })
  expect(relaxation?.map(({ afterSeconds }) => afterSeconds)).toEqual([30, 60])
})

test('a short name is made of small letters, digits and hyphens', () => {
  expect(shortName('Atención & Ventas 2')).toBe('atencion-ventas-2')
})
