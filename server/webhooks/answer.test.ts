import { describe, expect, test } from 'vitest'
import { judge, noAnswer } from './answer.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const answer = (status: number, headers: Record<string, string> = {}, body = '') =>
  judge({ status, headers, body: Buffer.from(body) }, NOW)

describe('an answer', () => {
  test.each([200, 201, 202, 204, 299])('of %i is an acknowledgement', status => {
    expect(answer(status)).toMatchObject({ status, delivered: true, gone: false, error: null })
  })

  test.each([301, 302, 307, 308, 400, 401, 404, 409, 410, 429, 500, 503])('of %i is none', status => {
    const verdict = answer(status, status < 400 ? { location: 'https://elsewhere.example' } : {})
    expect(verdict).toMatchObject({ status, delivered: false, gone: status === 410 })
    expect(verdict.error).toMatch(/\.$/)
  })

  test.each([
    ['120', 120_000],
    [' 5 ', 5000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['soon', 0],
    ['-3', 0],
    ['99999999999999999999', 0],
  ])('may say when to come again: %s', (header, ms) => {
    for (const status of [429, 502, 503, 504]) expect(answer(status, { 'retry-after': header }).retryAfterMs).toBe(ms)
    expect(answer(500, { 'retry-after': header }).retryAfterMs).toBe(0)
  })

  test('is remembered as far as the database takes it', () => {
    expect(answer(500, {}, 'a\0b').response).toBe('ab')
    expect(answer(500, {}, `${'x'.repeat(999)}😀`).response).toBe(`${'x'.repeat(999)}�`)
  })
})

test('no answer is described, and never final', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EHOSTUNREACH', 'CERT_HAS_EXPIRED'])
    expect(noAnswer(Object.assign(new Error('why'), { code }), 1000)).toMatchObject({
      status: null,
      delivered: false,
      gone: false,
      error: expect.stringMatching(/\.$/),
    })
})
