import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

test.each([
  ['postgres://u:p%23q@db/ringside', null],
  ['postgresql://%2Fvar%2Frun%2Fpostgresql/ringside', null],
  ['postgres://u:p#q@db/ringside', /^DATABASE_URL must be .*%23 for a #/],
  ['mysql://db/ringside', /^DATABASE_URL must start with postgres:/],
])('DATABASE_URL=%s is taken, or refused with what to do', (DATABASE_URL, problem) => {
  if (problem === null) return expect(readConfig({ DATABASE_URL }).databaseUrl).toBe(DATABASE_URL)
  const error = (() => {
    try {
      return readConfig({ DATABASE_URL })
    } catch (thrown) {
      return thrown as ConfigError
    }
  })()
  expect(error).toBeInstanceOf(ConfigError)
  expect((error as ConfigError).problems[0]).toMatch(problem)
})

test.each([
  ['PORT', 'five', 'must be a whole number, 0 to 65535'],
  ['PORT', '70000', 'must be a whole number, 0 to 65535'],
  ['VOICE_PROCESSES', '1.5', 'must be a whole number, 0 to 64'],
  ['VOICE_MAX_CALLS', '-1', 'must be a whole number, 0 or more'],
  ['ADMIN_EMAIL', 'ann', 'is not an e-mail address.'],
  ['SUPABASE_URL', 'example.com', 'is not an address, such as https://example.com/.'],
  ['WEBHOOK_ALLOW_PRIVATE', 'maybe', 'has to be one of: true, false.'],
])('%s=%s: what it must be is said', (name, value, problem) => {
  const read = () => readConfig({ [name]: value })
  expect(read).toThrow(`${name} ${problem}`)
})
