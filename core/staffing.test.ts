import { describe, expect, test } from 'vitest'
import tables from '../simulator/erlang-tables.json' with { type: 'json' }
import { agentsNeeded, erlangA, erlangB, erlangC, offeredLoad } from './staffing.ts'

const near = (value: number, exact: number) => expect(Math.abs(value - exact)).toBeLessThan(1e-9 * Math.max(1, exact))

test.each(tables.erlang_b)('Erlang B, $offered_erlangs erlangs, $n agents', point => {
  near(erlangB(point.offered_erlangs, point.n), point.blocking)
})

const patient = tables.points.filter(point => point.patience_s === null)
test.each(patient)('Erlang C: $id', ({ calls_per_hour, aht_s, n, values }) => {
  const found = erlangC(calls_per_hour, aht_s, n)
  near(found.pWait, values.p_wait)
  near(found.meanWait, values.mean_wait_all)
  near(found.occupancy, values.util)
  near(found.serviceLevel(20), values.sl_offered)
  near(found.waitOf(0.9), values.wait_p90!)
})

const impatient = tables.points.filter(point => point.patience_s !== null)
test.each(impatient)('Erlang A: $id', ({ calls_per_hour, aht_s, patience_s, n, values }) => {
  const found = erlangA(calls_per_hour, aht_s, patience_s!, n)
  near(found.pWait, values.p_wait)
  near(found.meanWait, values.mean_wait_all)
  near(found.pAbandon, values.p_abandon!)
  near(found.occupancy, values.util)
  near(found.serviceLevel(20), values.sl_offered)
  near(found.waitEndsWithin(20), values.p_wait_le_T_any!)
})

describe('what must hold without any table', () => {
  test('where people are as patient as calls are long, the number in the center is Poisson', () => {
    const offered = 6
    const fewer = [0, 1, 2, 3, 4].reduce((sum, k) => sum + (Math.exp(-offered) * offered ** k) / factorial(k), 0)
    near(erlangA(120, 180, 180, 5).pWait, 1 - fewer)
  })

  test('near endless patience Erlang A is Erlang C', () => {
    const patient = erlangC(200, 180, 12)
    const almost = erlangA(200, 180, 1e9, 12)
    expect(almost.pWait).toBeCloseTo(patient.pWait, 5)
    expect(almost.serviceLevel(20)).toBeCloseTo(patient.serviceLevel(20), 5)
  })

  test('ten thousand agents neither overflow nor underflow', () => {
    expect(erlangC(198_000, 180, 10_000).pWait).toBeGreaterThan(0)
    expect(erlangA(200_000, 180, 120, 10_000).pAbandon).toBeGreaterThan(0)
    expect(erlangA(200_000, 180, 120, 10_000).serviceLevel(20)).toBeGreaterThan(0.9)
  })

  test('the fewest agents for a target: one less misses it', () => {
    for (const patience of [null, 120]) {
      const agents = agentsNeeded(200, 180, patience, { share: 0.8, within: 20 })
      const level = (n: number) =>
        (patience === null ? erlangC(200, 180, n) : erlangA(200, 180, patience, n)).serviceLevel(20)
      expect(level(agents)).toBeGreaterThanOrEqual(0.8)
      expect(level(agents - 1)).toBeLessThan(0.8)
    }
    expect(offeredLoad(200, 180)).toBe(10)
  })

  test('what makes no sense is refused', () => {
    expect(() => erlangC(200, 180, 10)).toThrow('grows forever')
    expect(() => erlangA(200, 180, 0, 10)).toThrow('patience')
    expect(() => erlangB(-1, 3)).toThrow('load')
    expect(() => erlangB(1, 2.5)).toThrow('whole')
    expect(() => agentsNeeded(200, 180, null, { share: 1, within: 20 })).toThrow('share')
  })
})

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
