import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refuseWeakPassword, weaknessOf } from './passwordPolicy.ts'

const ABOUT = ['ann.miller@acme-phones.example', 'Ann Miller', 'Acme Phones']

describe('refused', () => {
  test.each([
    ['password1234', 'common'],
    ['Password123!', 'common'],
    ['P@ssw0rd2026!', 'common'],
    ['passwordpassword', 'common'],
    ['2026!Welcome!!', 'common'],
    ['ChangeMe-2026', 'common'],
    ['letmeinletmein', 'common'],
    ['administrator1', 'common'],
    ['CorrectHorseBatteryStaple', 'common'],
    ['correct horse battery staple', 'common'],
    ['iloveyou1234', 'common'],
    ['Liverpool2024', 'common'],
    ['MichaelJordan23', 'common'],
    ['princess-ashley', 'common'],
    ['2020spongebob!', 'common'],
    ['f00tb4ll!!2025', 'common'],
    ['realmadrid1902', 'common'],
    ['harrypotter12', 'common'],
    ['tequiero1234', 'common'],
    ['aaaaaaaaaaaa', 'repeats'],
    ['abababababab', 'repeats'],
    ['            ', 'repeats'],
    ['abcdabcdabcd', 'repeats'],
    ['123456789012', 'row'],
    ['abcdefghijklmn', 'row'],
    ['zyxwvutsrqpo', 'row'],
    ['qwertyuiop12', 'row'],
    ['QWERTZUIOPasdfghjkl', 'row'],
    ['1qaz2wsx3edc', 'row'],
    ['1q2w3e4r5t6y', 'row'],
    ['asdfghjkl1234!', 'row'],
    ['Ann.Miller2026', 'personal'],
    ['acmephones-ann', 'personal'],
    ['ringside-2026', 'personal'],
    ['RingsideRingside', 'personal'],
  ])('%s (%s)', (password, why) => {
    expect(weaknessOf(password, ABOUT)).toBe(why)
  })

  test('with the field that is meant, and what to do instead', () => {
    expect(() => refuseWeakPassword('password.new', 'password1234', ABOUT)).toThrow(
      expect.objectContaining({
        status: 400,
        fields: [{ path: 'password.new', message: expect.stringContaining('four random words') }],
      }),
    )
  })
})

describe('taken', () => {
  test.each([
    'correct horse battery',
    'another good one',
    'agent-password-1',
    'supervisor-secret',
    'tiger lamps over oslo',
    'violet canoe thunder lamp',
    'miller moth and the lantern',
    'ñandú corre por la pampa',
    '长江后浪推前浪一浪更比一浪强',
    'zq8-kf02-vw71',
    'agent-password-1 of the tests',
  ])('%s', password => {
    expect(weaknessOf(password, ABOUT)).toBeNull()
  })

  test('whatever a generator makes', () => {
    const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_')
    fc.assert(
      fc.property(fc.array(letters, { minLength: 24, maxLength: 40 }), characters => {
        fc.pre(new Set(characters).size > 12)
        expect(weaknessOf(characters.join(''), [])).toBeNull()
      }),
    )
  })
})

test('whatever is typed, an answer comes, and soon', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.string(), { maxLength: 3 }),
      (typed, about) => {
        weaknessOf(typed, about)
      },
    ),
  )
})
