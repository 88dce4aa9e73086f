import { describe, expect, test } from 'vitest'
import { ALL_PARTY_STATES, DEFAULT_CONSENT, demandOf, mayRecord, regionOf } from './consent.ts'

test.each([
  ['+14155550190', 'US-CA'],
  ['+16175550190', 'US-MA'],
  ['+12065550190', 'US-WA'],
  // One party's consent is enough there.
  ['+12125550190', 'US'],
  ['+15125550190', 'US'],
  // The same plan, another country.
  ['+14165550190', 'CA'],
  ['+493012345678', 'DE'],
  ['+442079460123', 'GB'],
  ['+123', null],
  [null, null],
])('%s is in %s', (number, region) => {
  expect(regionOf(number)).toBe(region)
})

test('the states of which anybody says that all parties must know', () => {
  expect([...ALL_PARTY_STATES].sort().join(' ')).toBe(
    'US-CA US-CT US-DE US-FL US-IL US-MA US-MD US-MI US-MT US-NH US-NV US-OR US-PA US-WA',
  )
})

describe('the rule for a call', () => {
  const rules = {
    ...DEFAULT_CONSENT,
    numbers: { '+12025550100': 'none', '+12025550101': 'ask' },
    regions: { US: 'none', 'US-CA': 'ask', DE: 'ask', AT: 'announce' },
  } as const
  const [plain, quiet, strict] = ['+12025550199', '+12025550100', '+12025550101']
  const [texas, california, austria, spain] = ['+15125550190', '+14155550190', '+43123456789', '+34912345678']

  test.each([
    ['nothing says otherwise', plain, spain, 'announce', 'default'],
    ['the caller is not known', plain, null, 'announce', 'default'],
    ['its country has a rule', plain, texas, 'none', 'region'],
    ['its state has one, too', plain, california, 'ask', 'region'],
    ['our number has one', quiet, spain, 'none', 'number'],
    ['our number is less strict than the region', quiet, california, 'ask', 'region'],
    ['our number is stricter than the region', strict, austria, 'ask', 'number'],
  ])('%s', (_, own, customer, mode, policy) => {
    expect(demandOf(rules, own, customer)).toMatchObject({ mode, policy, region: regionOf(customer) })
  })

  test('names that every object has are no rules', () => {
    expect(demandOf(rules, 'constructor', null).policy).toBe('default')
  })
})

test.each([
  ['none', null, true],
  ['none', { how: 'asked', given: false }, false],
  ['announce', null, false],
  ['announce', { how: 'announced', given: true }, true],
  ['announce', { how: 'announced', given: false }, false],
  ['announce', { how: 'agent', given: true }, true],
  ['ask', null, false],
  ['ask', { how: 'announced', given: true }, false],
  ['ask', { how: 'asked', given: true }, true],
  ['ask', { how: 'asked', given: false }, false],
  ['ask', { how: 'agent', given: true }, true],
] as const)('%s, and %j: recorded %s', (mode, said, may) => {
  expect(mayRecord(mode, said)).toBe(may)
})
