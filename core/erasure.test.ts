import { describe, expect, test } from 'vitest'
import { ERASED, numberPattern, withoutPerson } from './erasure.ts'
import { readAddress } from './phoneNumber.ts'

const patternOf = (number: string) => new RegExp(numberPattern(readAddress(number, 'US'))!)

describe('a number is found in any spelling', () => {
  test.each([
    [
      '+14155550190',
      [
        '+14155550190',
        '14155550190',
        '4155550190',
        '(415) 555-0190',
        '+1 (415) 555 0190',
        '1-415-555-0190',
        '415.555.0190',
        '0014155550190',
        '011 1 415 555 0190',
        'From=%2B14155550190&To=x',
        '{"from":"+14155550190"}',
        'sip:+14155550190@host',
        'placed:+14155550190',
      ],
    ],
    ['+442079460123', ['+442079460123', '020 7946 0123', '+44 (0)20 7946 0123', '02079460123', '44 20 7946 0123']],
    ['+34612345678', ['+34 612 345 678', '612345678', '612 34 56 78']],
    ['+5215512345678', ['+5215512345678', '+52 55 1234 5678', '55 1234 5678']],
  ])('%s', (number, spellings) => {
    for (const spelling of spellings) expect(spelling).toMatch(patternOf(number))
  })

  test('and no other is', () => {
    const pattern = patternOf('+14155550190')
    for (const other of [
      '+14155550191',
      '+1415555019',
      '941555501901',
      '2026-04-15 55:50:19',
      '+24155550190'.slice(0, 9),
    ])
      expect(other).not.toMatch(pattern)
  })

  test('what is too short is not looked for', () => {
    expect(numberPattern(readAddress('12345', 'US'))).toBeNull()
    expect(numberPattern(readAddress('anonymous', 'US'))).toBeNull()
    expect(new RegExp(numberPattern(readAddress('+1234567890', 'US'))!).test('call +1234567890 now')).toBe(true)
  })
})

test('an event keeps its shape, and nothing of the person', () => {
  const person = { number: patternOf('+14155550190'), names: ['Jane Doe', 'jane@example.com'], ids: new Set(['jane']) }
  const queue = { id: 'q', name: 'Sales' }
  const event = {
    type: 'call.arrived',
    call: {
      id: 'c',
      from: '+14155550190',
      to: '+12025550100',
      callerName: 'JANE',
      subject: null,
      queue,
      contact: { id: 'jane', name: 'Jane Doe', email: 'jane@example.com' },
    },
    card: { match: { state: 'matched', candidates: [{ name: 'Jane Doe' }] }, lastCalls: [{}], openRequests: [] },
    note: { id: 'n', text: 'Her dog is ill.' },
    by: { id: 'u', name: 'Ana' },
    variables: { mobile: 14155550190, seconds: 20 },
  }
  expect(withoutPerson(event, person)).toEqual({
    type: 'call.arrived',
    call: {
      id: 'c',
      from: ERASED,
      to: '+12025550100',
      callerName: ERASED,
      subject: null,
      queue,
      contact: { id: 'jane', name: ERASED, email: ERASED },
    },
    card: { match: { state: 'withheld', candidates: [] }, lastCalls: [], openRequests: [] },
    note: { id: 'n', text: ERASED },
    by: { id: 'u', name: 'Ana' },
    variables: { mobile: null, seconds: 20 },
  })
})

test.each(['%20', '%2F', '-', '(', '(0', '4', '+1', '1 ', '0', '1%20(0)%20'])(
  'a text that is made to be searched for ever is searched at once: %j',
  piece => {
    const pattern = patternOf('+14155550190')
    const text = `1${piece.repeat(100_000 / piece.length)}x`
    const start = performance.now()
    expect(text.replace(new RegExp(pattern.source, 'g'), ERASED)).toBe(text)
    expect(performance.now() - start).toBeLessThan(10_000)
  },
)
