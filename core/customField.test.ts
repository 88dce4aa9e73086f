import { describe, expect, test } from 'vitest'
import { type CustomField, setFields } from './customField.ts'

const field = (name: string, type: CustomField['type'], more: Partial<CustomField> = {}): CustomField => ({
  name,
  label: name.toUpperCase(),
  type,
  choices: [],
  onCard: true,
  ...more,
})
const FIELDS = [
  field('nickname', 'text'),
  field('seats', 'number'),
  field('since', 'date'),
  field('tier', 'choice', { choices: ['Gold', 'Silver'] }),
  field('blocked', 'boolean', { onCard: false }),
]

describe('values of custom fields', () => {
  test.each<[string, unknown, boolean]>([
    ['nickname', 'Annie', true],
    ['nickname', 7, false],
    ['nickname', 'x'.repeat(2001), false],
    ['seats', 0.5, true],
    ['seats', '7', false],
    ['seats', Number.NaN, false],
    ['since', '2024-02-29', true],
    ['since', '2023-02-29', false],
    ['since', '1900-02-29', false],
    ['since', '2026-13-01', false],
    ['since', '2026-03-31T10:00:00Z', false],
    ['tier', 'Gold', true],
    ['tier', 'gold', false],
    ['blocked', false, true],
    ['blocked', 'no', false],
    ['unheard_of', 'x', false],
  ])('%s: %j is taken: %s', (name, value, taken) => {
    const set = setFields(FIELDS, {}, { [name]: value })
    if (taken) expect(set).toEqual({ values: { [name]: value } })
    else expect(set).toEqual({ problems: [{ name, message: expect.stringMatching(/\.$/) }] })
  })

  test('what is not given stays, null takes away', () => {
    const before = { nickname: 'Annie', seats: 3 }
    expect(setFields(FIELDS, before, { seats: null, tier: 'Gold' })).toEqual({
      values: { nickname: 'Annie', tier: 'Gold' },
    })
    expect(before).toEqual({ nickname: 'Annie', seats: 3 })
  })

  test('a name that every object has is no field', () => {
    expect(setFields(FIELDS, {}, { constructor: 'x' })).toHaveProperty('problems')
  })
})
