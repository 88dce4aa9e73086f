import { describe, expect, test } from 'vitest'
import {
  type AgentState,
  activity,
  BRIEF_ABSENCE_MS,
  callOver,
  callPicked,
  callReturned,
  callTaken,
  choosePresence,
  isOpen,
  occupiedSlots,
  offerMade,
  offerMissed,
  offerOver,
  startShift,
  totalIdle,
  wrapUpOver,
} from './agent.ts'
import { AVAILABLE, MISSED, type Presence } from './presence.ts'

const BREAK: Presence = { status: 'break', reason: 'lunch' }
const profile = { id: 'ana', skills: {}, capacity: 1 }
const ready = choosePresence(startShift(0), AVAILABLE, 1000)

/** One call from ringing to the end of its wrap-up. */
const work = (state: AgentState, from: number): AgentState =>
  wrapUpOver(callOver(callTaken(offerMade(state, from), from + 5), true, from + 100), from + 130)

describe('activity is derived from what occupies the slots', () => {
  const ringing = offerMade(ready, 2000)
  const talking = callTaken(ringing, 3000)
  const writing = callOver(talking, true, 4000)
  test.each([
    ['away', startShift(0)],
    ['ready', ready],
    ['offered', ringing],
    ['talking', talking],
    ['wrap-up', writing],
    ['ready', wrapUpOver(writing, 5000)],
    ['talking', choosePresence(talking, BREAK, 3500)],
    ['away', choosePresence(ready, BREAK, 3500)],
  ])('%s', (expected, state) => {
    expect(activity(state)).toBe(expected)
  })

  test('a slot is occupied from the first ring to the end of the wrap-up', () => {
    expect([ringing, talking, writing].map(occupiedSlots)).toEqual([1, 1, 1])
    expect([ready, ringing, talking, writing].map(state => isOpen(profile, state))).toEqual([true, false, false, false])
    expect(isOpen({ ...profile, capacity: 2 }, talking)).toBe(true)
    expect(isOpen(profile, choosePresence(ready, BREAK, 2000))).toBe(false)
  })
})

describe('longest idle: the stretch since the agent last became available after handled work', () => {
  test('begins when work is done', () => {
    expect(ready.readySince).toBe(1000)
    expect(work(ready, 2000).readySince).toBe(2130)
  })

  test('begins with the return when the agent was away at the end of the work', () => {
    const talking = choosePresence(callTaken(offerMade(ready, 2000), 2000), BREAK, 2500)
    const over = callOver(talking, false, 3000)
    expect(over.readySince).toBeNull()
    expect(choosePresence(over, AVAILABLE, 3500).readySince).toBe(3500)
  })

  test('is not interrupted by an offer that came to nothing', () => {
    expect(offerOver(offerMade(ready, 2000), 2500).readySince).toBe(1000)
  })

  test('is not interrupted by a missed offer, however late the agent comes back', () => {
    const missed = offerMissed(offerMade(ready, 2000), 22_000)
    expect(missed.presence).toEqual(MISSED)
    expect(choosePresence(missed, AVAILABLE, 22_000 + 10 * BRIEF_ABSENCE_MS).readySince).toBe(1000)
  })

  test('is not interrupted by a brief absence, but by a longer one', () => {
    const away = choosePresence(ready, BREAK, 5000)
    expect(choosePresence(away, AVAILABLE, 4999 + BRIEF_ABSENCE_MS).readySince).toBe(1000)
    expect(choosePresence(away, AVAILABLE, 5000 + BRIEF_ABSENCE_MS).readySince).toBe(5000 + BRIEF_ABSENCE_MS)
  })
})

describe('most idle: all the time in the shift with nothing to do', () => {
  test('ringing, work and absence do not count', () => {
    expect(totalIdle(ready, 1500)).toBe(500)
    const worked = work(ready, 2000)
    expect(totalIdle(worked, 2130)).toBe(1000)
    expect(totalIdle(worked, 2200)).toBe(1070)
    const away = choosePresence(worked, BREAK, 2200)
    expect(totalIdle(away, 9000)).toBe(1070)
    expect(totalIdle(choosePresence(away, AVAILABLE, 9000), 9100)).toBe(1170)
    expect(totalIdle(offerMade(ready, 2000), 9000)).toBe(1000)
  })
})

test('calls count when they are taken, not when they ring', () => {
  expect(offerOver(offerMade(ready, 2000), 2500).callsTaken).toBe(0)
  expect(work(work(ready, 2000), 3000).callsTaken).toBe(2)
})

test('a ready period ends with work or absence, not with an offer', () => {
  expect(offerOver(offerMade(ready, 2000), 2500).readyPeriod).toBe(ready.readyPeriod)
  expect(work(ready, 2000).readyPeriod).toBe(ready.readyPeriod + 1)
  expect(choosePresence(choosePresence(ready, BREAK, 2000), AVAILABLE, 2001).readyPeriod).toBe(ready.readyPeriod + 1)
})

test('who went away while it rang out keeps what was chosen', () => {
  const gone = choosePresence(offerMade(ready, 2000), BREAK, 2100)
  expect(offerMissed(gone, 22_000).presence).toEqual(BREAK)
})

test('a call taken by hand occupies a slot and counts, without an offer', () => {
  expect(callPicked(ready, 2000)).toMatchObject({
    offered: 0,
    talking: 1,
    callsTaken: 1,
    idleFrom: null,
    idleBefore: 1000,
  })
})

test('a conversation that came to nothing for want of a connection is no work done', () => {
  const returned = callReturned(callTaken(offerMade(ready, 2000), 2000), 5000)
  expect(returned).toMatchObject({ talking: 0, readySince: 1000, readyPeriod: ready.readyPeriod, idleFrom: 5000 })
})
