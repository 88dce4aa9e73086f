import { expect, test } from 'vitest'
import { callTaken, choosePresence, offerMade, startShift } from './agent.ts'
import { hindrancesOf } from './explanation.ts'
import { AVAILABLE, type Presence } from './presence.ts'

const profile = { id: 'ana', skills: { french: 1 }, capacity: 1 }
const ready = choosePresence(startShift(0), AVAILABLE, 0)
const call = { requires: { french: 1 }, passedUp: false, heldFor: null }

test('nothing hinders who is there, free and able', () => {
  expect(hindrancesOf({ profile, state: ready }, call)).toEqual([])
  expect(hindrancesOf({ profile, state: ready }, { ...call, heldFor: 'ana' })).toEqual([])
})

test('everything that hinders is told, not only the first thing', () => {
  const lunch: Presence = { status: 'break', reason: 'lunch' }
  const state = choosePresence(callTaken(offerMade(ready, 10), 20), lunch, 30)
  const asked = { requires: { french: 2, tax: 1 }, passedUp: true, heldFor: 'ben' }
  expect(hindrancesOf({ profile, state }, asked)).toEqual([
    { type: 'presence', presence: lunch },
    { type: 'no-free-slot', occupied: 1, capacity: 1 },
    { type: 'skill', skill: 'french', needs: 2, has: 1 },
    { type: 'skill', skill: 'tax', needs: 1, has: 0 },
    { type: 'passed-it-up' },
    { type: 'held-for', agentId: 'ben' },
  ])
})
