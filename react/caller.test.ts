import { expect, test } from 'vitest'
import { callerOf } from './caller.ts'
import { aCall, aCard } from './testing.ts'

const candidate = {
  contactId: 'c',
  name: 'Ana',
  email: 'ana@example.com',
  company: 'Meridian',
  fields: [{ label: 'Tier', value: 'Gold' }],
  reason: 'exact' as const,
}
const contact = { id: 'c', name: 'Ana', email: 'ana@example.com' }

test('a matched or settled caller is known, with the company and the fields from the card', () => {
  expect(callerOf(aCall({ contact }), aCard({ state: 'matched', candidates: [candidate] }))).toEqual({
    kind: 'known',
    contactId: 'c',
    name: 'Ana',
    email: 'ana@example.com',
    company: 'Meridian',
    fields: [{ label: 'Tier', value: 'Gold' }],
  })
  expect(callerOf(aCall({ contact }), null)).toMatchObject({ kind: 'known', company: null, fields: [] })
})

test('several that may be it are asked about, until somebody has said', () => {
  expect(callerOf(aCall(), aCard({ state: 'ambiguous', candidates: [candidate] })).kind).toBe('candidates')
  expect(callerOf(aCall(), aCard({ state: 'settled', candidates: [candidate] })).kind).toBe('unknown')
})

test('unknown, withheld and never looked up are three different things', () => {
  expect(callerOf(aCall(), aCard()).kind).toBe('unknown')
  expect(callerOf(aCall(), aCard({ state: 'withheld', candidates: [] })).kind).toBe('withheld')
  expect(callerOf(aCall(), null).kind).toBe('unsought')
  expect(callerOf(aCall(), aCard({ state: 'ambiguous', candidates: [] })).kind).toBe('unsought')
})
