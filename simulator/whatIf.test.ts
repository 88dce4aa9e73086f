import { describe, expect, test } from 'vitest'
import { STRATEGIES } from '../core/queue.ts'
import { erlangA, erlangC } from '../core/staffing.ts'
import { type Band, type Question, studentT, whatIf } from './whatIf.ts'

const question: Question = {
  callsPerHour: 200,
  ahtSeconds: 180,
  agents: 11,
  patienceSeconds: 120,
  withinSeconds: 20,
  wrapUpSeconds: 0,
  maxWaitSeconds: null,
  strategy: 'longest-idle',
  seed: 1,
}

/** Half as much again as the band: of all those compared here, hardly one in a thousand falls outside by chance. */
function expectAround({ mean, low, high }: Band, exact: number): void {
  const reach = 1.8 * Math.max(mean - low, high - mean)
  expect(Math.abs(exact - mean)).toBeLessThan(reach)
  expect(reach).toBeLessThan(0.25 * Math.max(mean, 0.05))
}

describe('the answers are those of theory, where there is one', () => {
  test.each([15, 30])('callers who give up, answers within %s seconds', withinSeconds => {
    const answer = whatIf({ ...question, withinSeconds })
    const exact = erlangA(200, 180, 120, 11)
    expectAround(answer.serviceLevel, exact.serviceLevel(withinSeconds))
    expectAround(answer.abandonment, exact.pAbandon)
    expectAround(answer.occupancy, exact.occupancy)
    expectAround(answer.pWait, exact.pWait)
    expectAround(answer.asaSeconds, answer.erlang.a!.asaSeconds)
    expect(answer.overflow).toEqual({ mean: 0, low: 0, high: 0 })
  })

  test('callers who wait as long as it takes', () => {
    const answer = whatIf({ ...question, agents: 14, patienceSeconds: null })
    const exact = erlangC(200, 180, 14)
    expectAround(answer.serviceLevel, exact.serviceLevel(20))
    expectAround(answer.asaSeconds, exact.meanWait)
    expectAround(answer.occupancy, exact.occupancy)
    expect(answer.abandonment.high).toBe(0)
    expect(answer.erlang.a).toBeNull()
    expect(answer.erlang.c).toMatchObject({ asaSeconds: exact.meanWait, pWait: exact.pWait })
  })

  test('a maximum wait', () => {
    // Exact figures of 200 calls/h, 180 s, no patience, 60 s at most, 12 agents.
    const answer = whatIf({ ...question, agents: 12, patienceSeconds: null, maxWaitSeconds: 60 })
    expectAround(answer.overflow, 0.0476074)
    expectAround(answer.asaSeconds, 7.58687)
    expectAround(answer.serviceLevel, 0.7925393)
  })

  test('the mean wait of who is answered, by the formula, leaves a sensible one for who gives up', () => {
    const { a } = whatIf({ ...question, runs: 5, callsPerRun: 100 }).erlang
    // Little's law for those who wait: what all wait is what the answered and the others wait together.
    const { meanWait, pAbandon } = erlangA(200, 180, 120, 11)
    const others = (meanWait - (1 - pAbandon) * a!.asaSeconds) / pAbandon
    expect(others).toBeGreaterThan(0)
    expect(others).toBeLessThan(120)
  })
})

test('wrap-up keeps agents busy and is part of the handle time', () => {
  const { occupancy, abandonment } = whatIf({ ...question, wrapUpSeconds: 60 })
  // Little's law: true for any distribution of the handle time.
  expectAround(occupancy, ((200 * 180) / 3600 / 11) * (1 - abandonment.mean))
})

test.each(STRATEGIES)('every strategy: equal agents are as busy as the work asks for (%s)', strategy => {
  const { occupancy } = whatIf({ ...question, strategy, runs: 5, callsPerRun: 2000 })
  expect(occupancy.mean).toBeGreaterThan(0.75)
  expect(occupancy.mean).toBeLessThan(0.9)
})

test('the same question gives the same answer; more runs a narrower band; progress is told', () => {
  const told: string[] = []
  const once = whatIf({ ...question, runs: 5 }, (done, runs) => told.push(`${done}/${runs}`))
  expect(whatIf({ ...question, runs: 5 })).toEqual(once)
  expect(told).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5'])
  const width = ({ low, high }: Band) => high - low
  expect(width(whatIf({ ...question, runs: 40 }).pWait)).toBeLessThan(width(once.pWait))
  expect(whatIf({ ...question, runs: 5, seed: 2 })).not.toEqual(once)
})

test('what makes no sense is refused', () => {
  expect(() => whatIf({ ...question, agents: 0 })).toThrow('agents must be a whole number of 1 or more')
  expect(() => whatIf({ ...question, callsPerHour: 0 })).toThrow('callsPerHour must be more than 0')
  expect(() => whatIf({ ...question, wrapUpSeconds: 180 })).toThrow('less than ahtSeconds')
  expect(() => whatIf({ ...question, runs: 1 })).toThrow('runs must be')
  expect(() => whatIf({ ...question, agents: 10, patienceSeconds: null })).toThrow('grows forever')
  expect(whatIf({ ...question, agents: 5, runs: 5, callsPerRun: 500 }).erlang.c).toBeNull()
})

test("Student's t", () => {
  expect(Math.abs(studentT(4) - 2.77645)).toBeLessThan(0.001)
  expect(studentT(19)).toBeCloseTo(2.093, 3)
  expect(studentT(1e6)).toBeCloseTo(1.96, 3)
})
