import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Leg, type LegReport, mergeReport } from './leg.ts'

const report = fc.record<LegReport>({
  providerLegId: fc.constant('leg'),
  party: fc.constant('customer'),
  status: fc.constantFrom('initiated', 'ringing', 'in-progress', 'ended', null),
  order: fc.option(fc.nat(9)),
  endReason: fc.constantFrom('completed', 'hangup', 'busy', 'no-answer', 'canceled', 'rejected', 'failed', null),
  at: fc.nat(600).map(second => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()),
  durationSeconds: fc.option(fc.nat(600)),
  direction: fc.constantFrom('inbound', 'outbound', null),
  from: fc.constantFrom('+14155550100', '+14155550101', null),
  to: fc.constantFrom('+12025550100', null),
  callerName: fc.constantFrom('Ana', 'Ben', null),
  extensionId: fc.constantFrom('101', '102', null),
})
const merge = (reports: LegReport[]): Leg => reports.reduce<Leg | null>((leg, next) => mergeReport(leg, next), null)!

test('reports in any order, any number of times, end in the same leg', () => {
  fc.assert(
    fc.property(fc.array(report, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (reports, dice) => {
      const repeated = [...reports, ...reports.filter(() => dice.next().value % 2 === 0)]
      const shuffled = repeated
        .map(item => ({ item, key: dice.next().value }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item)
      expect(merge(shuffled)).toEqual(merge(reports))
    }),
  )
})

test('an ended leg never lives again', () => {
  fc.assert(
    fc.property(fc.array(report, { minLength: 1, maxLength: 8 }), reports => {
      const end = reports.findIndex(({ status }) => status === 'ended')
      if (end !== -1) expect(merge(reports).status).toBe('ended')
    }),
  )
})
