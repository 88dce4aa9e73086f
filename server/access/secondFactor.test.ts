import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { enrolmentOf, newRecoveryCodes, newSeed, plainCode, stepOf } from './secondFactor.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a code', () => {
  // RFC 6238, appendix B (SHA-1), the last six of its eight digits.
  const seed = bytes('12345678901234567890')
  test.each([
    [59, '287082', 1],
    [1111111109, '081804', 37037036],
    [1111111111, '050471', 37037037],
    [1234567890, '005924', 41152263],
    [2000000000, '279037', 66666666],
    [20000000000, '353130', 666666666],
  ])('of the standard, at %d s', (seconds, code, step) => {
    expect(stepOf(seed, code, seconds * 1000)).toBe(step)
  })

  test('is right one step early and one step late, not two', () => {
    const at = (steps: number) => stepOf(seed, '050471', (1111111111 + steps * 30) * 1000)
    expect([-2, -1, 0, 1, 2].map(at)).toEqual([null, 37037037, 37037037, 37037037, null])
  })

  test('of another seed, or of no form, is wrong', () => {
    expect(stepOf(newSeed(), '050471', 1111111111_000)).toBeNull()
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), typed => {
        fc.pre(!['081804', '050471', '266759'].includes(plainCode(typed)))
        expect(stepOf(seed, plainCode(typed), 1111111111_000)).toBeNull()
      }),
    )
  })
})

test('an app is told by a QR code, a link or by typing', () => {
  const { secret, uri, qr } = enrolmentOf(bytes('12345678901234567890'), 'ann@example.com')
  expect(secret).toBe('GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')
  expect(uri).toBe(
    'otpauth://totp/Ringside:ann%40example.com?issuer=Ringside&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
  )
  expect(qr).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/)
  expect(qr).not.toContain('script')
})

test('recovery codes: ten, no two alike, 120 bits each, taken as people type them', () => {
  const codes = newRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) {
    expect(code).toMatch(/^([A-HJ-NP-Z2-9]{4} ){5}[A-HJ-NP-Z2-9]{4}$/)
    expect(plainCode(` ${code.toLowerCase().replaceAll(' ', '-')} `)).toBe(code.replaceAll(' ', ''))
  }
})
