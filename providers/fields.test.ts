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
