import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideMatch, MAX_CANDIDATES, type MatchCandidate, type MatchReason } from './contact.ts'

const candidate = (contactId: string, reason: MatchReason): MatchCandidate => ({
  contactId,
  name: contactId,
  email: null,
  company: null,
  reason,
})

test('one contact with this very number is the caller', () => {
  const found = [candidate('ana', 'exact')]
  expect(decideMatch('phone', found)).toEqual({ state: 'matched', candidates: found })
})

test('one contact with the same number in another spelling is the caller', () => {
  expect(decideMatch('phone', [candidate('ana', 'variant')]).state).toBe('matched')
})

test('the exact number beats another spelling, whatever the order', () => {
  const found = [candidate('bob', 'similar'), candidate('carla', 'variant'), candidate('ana', 'exact')]
  expect(decideMatch('phone', found)).toEqual({ state: 'matched', candidates: [candidate('ana', 'exact')] })
})

test('several contacts on one number are for a person to settle', () => {
  const found = [candidate('ana', 'exact'), candidate('bob', 'exact')]
  expect(decideMatch('phone', found)).toEqual({ state: 'ambiguous', candidates: found })
})

test('a number that is only similar is never taken for the caller’s', () => {
  const found = [candidate('ana', 'similar')]
  expect(decideMatch('phone', found)).toEqual({ state: 'ambiguous', candidates: found })
})

test('nobody found is unknown; nothing shown is withheld', () => {
  expect(decideMatch('phone', [])).toEqual({ state: 'unknown', candidates: [] })
  expect(decideMatch('withheld', [candidate('ana', 'exact')])).toEqual({ state: 'withheld', candidates: [] })
})

test('an unparsed number and a client name are matched as they are written', () => {
  expect(decideMatch('unparsed', [candidate('ana', 'exact')]).state).toBe('matched')
  expect(decideMatch('client', [candidate('ana', 'exact')]).state).toBe('matched')
})

test('the candidates are of one kind and never more than a person can look through', () => {
  const reason = fc.constantFrom<MatchReason>('exact', 'variant', 'similar')
  fc.assert(
    fc.property(fc.array(reason, { maxLength: 20 }), reasons => {
      const match = decideMatch(
        'phone',
        reasons.map((each, index) => candidate(`c${index}`, each)),
      )
      expect(match.candidates.length).toBeLessThanOrEqual(MAX_CANDIDATES)
      expect(new Set(match.candidates.map(each => each.reason)).size).toBeLessThanOrEqual(1)
      expect(match.state === 'unknown').toBe(reasons.length === 0)
      if (match.state === 'matched') expect(match.candidates).toHaveLength(1)
    }),
  )
})
