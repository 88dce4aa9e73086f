import { expect, test } from 'vitest'
import type { RoutingStep } from '../../client/contract.ts'
import { ANA, anOffer, BEN } from '../../react/testing.ts'
import { en } from '../text/en.ts'
import { es } from '../text/es.ts'
import { stepInWords } from './routing.ts'

const CARLA = { id: 'agent-carla', name: 'Carla' }
const step = (given: Partial<RoutingStep> = {}): RoutingStep => ({
  ...anOffer(),
  endedAt: null,
  outcome: null,
  strategy: 'longest-idle',
  requires: {},
  offeredTo: [ANA],
  eligible: [ANA],
  hindered: [],
  ...given,
})

test('an offer says whom, for which queue, after how long, and what came of it', () => {
  const told = stepInWords(step({ outcome: 'timed-out', requires: { french: 2 }, eligible: [ANA, BEN, CARLA] }), en)
  expect(told.title).toBe('Ana was asked for support after 0:10')
  expect(told.outcome).toBe('it rang out')
  expect(told.reasons).toEqual([
    'This queue asks whoever has been free the longest.',
    'The call asked for french 2.',
    'Could have been asked as well, in this order: Ben, Carla.',
  ])
  expect(stepInWords(step(), en)).toMatchObject({ outcome: 'rings now', reasons: [{}, en.deskWhy.nobodyElse] })
})

test('whoever could not be asked is named, with every reason', () => {
  const told = stepInWords(
    step({
      hindered: [
        { agent: BEN, hindrances: [{ type: 'presence', presence: { status: 'busy', reason: 'missed' } }] },
        {
          agent: CARLA,
          hindrances: [
            { type: 'no-free-slot', occupied: 1, capacity: 1 },
            { type: 'skill', skill: 'french', needs: 2, has: 0 },
            { type: 'skill', skill: 'sales', needs: 5, has: 3 },
            { type: 'passed-it-up' },
            { type: 'held-for', agentId: ANA.id },
            { type: 'held-for', agentId: 'gone' },
            { type: 'unknown' },
          ],
        },
      ],
    }),
    en,
  )
  expect(told.hindered).toEqual([
    { name: 'Ben', why: 'busy (missed a call)' },
    {
      name: 'Carla',
      why: 'was occupied; has no french; has sales 3, it takes 5; had passed it up; it was kept for Ana; it was kept for somebody; no longer takes calls',
    },
  ])
})

test('in Spanish too', () => {
  expect(stepInWords(step({ outcome: 'accepted' }), es)).toMatchObject({
    title: 'Se preguntó a Ana por support tras 0:10',
    outcome: 'la tomó',
  })
})
