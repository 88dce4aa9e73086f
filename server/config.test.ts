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
