import { afterEach, describe, expect, test } from 'vitest'
import { Fields } from './fields.ts'
import { UnreadableWebhook } from './provider.ts'

const { TZ } = process.env
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ
  else process.env.TZ = TZ
})

describe('a time', () => {
  const time = (value: unknown) => new Fields({ at: value }).time('at')

  test.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.123Z'],
    ['2026-01-01T02:00+0200', '2026-01-01T00:00:00.000Z'],
    ['Thu, 01 Jan 2026 00:00:00 +0000', '2026-01-01T00:00:00.000Z'],
    ['1 Jan 2026 00:00:00 GMT', '2026-01-01T00:00:00.000Z'],
    ['2026-02-31T25:00:00Z', null],
    ['1767225600', null],
    ['call 1', null],
    ['', null],
  ])('%s is %s', (text, at) => expect(time(text)).toBe(at))

  test('without a zone is in UTC, wherever the server stands', () => {
    process.env.TZ = 'America/New_York'
    expect(time('2026-01-01T00:00:00')).toBe('2026-01-01T00:00:00.000Z')
  })
})

test.each([
  ['37', 37],
  [37, 37],
  [' 37 ', 37],
  ['36.6', 37],
  [0, 0],
  ['', null],
  ['-1', null],
  [-1, null],
  [Number.NaN, null],
  ['1e3', null],
  ['2147483648', null],
  ['9'.repeat(400), null],
  [null, null],
])('%j are %j seconds', (value, seconds) => expect(new Fields({ value }).seconds('value')).toBe(seconds))

test.each([
  ['0.91234', 0.91234],
  ['1.0', 1],
  ['0', 0],
  [0.5, 0.5],
  ['1.1', null],
  ['-0.1', null],
  [2, null],
  ['1e-1', null],
  ['', null],
  [null, null],
])('%j is the fraction %s', (value, fraction) => expect(new Fields({ value }).fraction('value')).toBe(fraction))

test.each([
  ['1', '1'],
  [' 12*#AD ', '12*#AD'],
  ['7'.repeat(101), '7'.repeat(100)],
  ['1 2', null],
  ['1a', null],
  ['１', null],
  ['hangup', null],
  ['', null],
  [null, null],
])('%j are the digits %s', (value, digits) => expect(new Fields({ value }).digits('value')).toBe(digits))

test.each([
  ['https://api.example.com/a?b=1', 'https://api.example.com/a?b=1'],
  ['https://api.eu.example.com:443/a', 'https://api.eu.example.com/a'],
  ['https://API.Example.com/a', 'https://api.example.com/a'],
  ['http://api.example.com/a', null],
  ['https://example.com/a', null],
  ['https://example.com.evil.org/a', null],
  ['https://evilexample.com/a', null],
  ['https://evil.org/.example.com', null],
  ['https://evil.org\\.example.com/', null],
  ['https://evil.org#.example.com', null],
  ['https://api.example.com:8443/a', null],
  ['https://user@api.example.com/a', null],
  ['https://:password@api.example.com/a', null],
  ['file:///etc/passwd', null],
  ['api.example.com/a', null],
  ['', null],
  [null, null],
])('%j below example.com is %s', (value, url) =>
  expect(new Fields({ value }).urlBelow('value', ['example.com'])).toBe(url),
)

test('what is wrong is collected with its path, once for each field', () => {
  const fields = new Fields({ id: 5, list: [{ name: [] }, 'x'], flag: 1, duration: true })
  expect(fields.requiredId('id')).toBe('')
  expect(fields.id('id')).toBeNull()
  expect(fields.list('list')?.[0]?.text('name')).toBeNull()
  expect(fields.seconds('duration')).toBeNull()
  expect(fields.flag('flag')).toBe(false)
  expect(fields.object('missing')).toBeNull()
  const paths = ['id', 'list[1]', 'list[0].name', 'duration']
  try {
    fields.check()
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableWebhook)
    expect((error as UnreadableWebhook).problems.map(({ path }) => path)).toEqual(paths)
    for (const path of paths) expect((error as UnreadableWebhook).message).toContain(path)
  }
})
