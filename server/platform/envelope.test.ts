import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { type ConfigError, readConfig } from '../config.ts'
import { createEnvelopes, EnvelopeError, openEnvelopes } from './envelope.ts'

const keyNamed = (id: string) => ({ id, key: randomBytes(32) })
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (plain: Uint8Array) => new TextDecoder().decode(plain)

describe('an envelope', () => {
  const envelopes = createEnvelopes([keyNamed('2026-11')])
  const anything = fc.uint8Array({ maxLength: 300 })
  const anyPurpose = fc.string({ unit: 'binary', maxLength: 60 })

  test('opens to what was sealed, for the same purpose', () => {
    fc.assert(
      fc.property(anything, anyPurpose, (plain, purpose) => {
        const opened = envelopes.open(envelopes.seal(plain, purpose), purpose)
        expect(Buffer.from(opened)).toEqual(Buffer.from(plain))
      }),
    )
  })

  test('does not open for another purpose', () => {
    const sealed = envelopes.seal(bytes('secret'), 'totp workspace-1 user-1')
    for (const purpose of ['totp workspace-1 user-2', 'totp workspace-2 user-1', 'webhook workspace-1 user-1', '']) {
      expect(() => envelopes.open(sealed, purpose)).toThrow(EnvelopeError)
    }
  })

  test('does not open when a bit of it was turned, or when it was cut', () => {
    const sealed = envelopes.seal(bytes('a secret of ours'), 'for this')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Uint8Array.from(sealed)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => envelopes.open(changed, 'for this'), `bit ${bit}`).toThrow(EnvelopeError)
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => envelopes.open(sealed.subarray(0, length), 'for this'), `${length} bytes`).toThrow(EnvelopeError)
    }
  })

  test('shows neither what is inside nor that two hold the same', () => {
    const one = envelopes.seal(bytes('the same secret'), 'for this')
    const other = envelopes.seal(bytes('the same secret'), 'for this')
    expect(Buffer.from(one)).not.toEqual(Buffer.from(other))
    expect(Buffer.from(one).includes('secret')).toBe(false)
    expect(Buffer.from(one).includes('for this')).toBe(false)
  })

  test('whatever is no envelope is said to be none, and nothing else happens', () => {
    fc.assert(
      fc.property(anything, given => {
        expect(() => envelopes.open(given, 'for this')).toThrow(EnvelopeError)
      }),
    )
  })
})

describe('a change of keys', () => {
  const [old, next] = [keyNamed('old'), keyNamed('next')]
  const sealed = createEnvelopes([old]).seal(bytes('secret'), 'for this')

  test('the first seals, all open', () => {
    const both = createEnvelopes([next, old])
    expect(both.currentKeyId).toBe('next')
    expect(both.keyIdOf(sealed)).toBe('old')
    expect(text(both.open(sealed, 'for this'))).toBe('secret')
    expect(both.keyIdOf(both.seal(bytes('more'), 'for this'))).toBe('next')
  })

  test('what is sealed anew needs the old key no longer; what is under the current key stays as it is', () => {
    const both = createEnvelopes([next, old])
    const again = both.reseal(sealed, 'for this')
    expect(text(createEnvelopes([next]).open(again, 'for this'))).toBe('secret')
    expect(both.reseal(again, 'for this')).toBe(again)
  })

  test('a key that is gone is named', () => {
    const without = createEnvelopes([next])
    expect(() => without.open(sealed, 'for this')).toThrow('sealed with the key “old”')
  })
})

describe('ENCRYPTION_KEYS', () => {
  const key = randomBytes(32).toString('base64')
  const problemsOf = (value: string): string[] => {
    try {
      readConfig({ ENCRYPTION_KEYS: value })
    } catch (error) {
      return (error as ConfigError).problems
    }
    return []
  }

  test('are ids with 32 bytes each, in their order', () => {
    const other = randomBytes(32).toString('base64url')
    const { encryptionKeys } = readConfig({ ENCRYPTION_KEYS: ` 2026-11:${key} , 2025-11:${other}` })
    expect(encryptionKeys.map(({ id }) => id)).toEqual(['2026-11', '2025-11'])
    expect(encryptionKeys.map(one => Buffer.from(one.key).toString('base64'))[0]).toBe(key)
    expect(readConfig({}).encryptionKeys).toEqual([])
  })

  test.each([
    ['no id', key],
    ['an empty id', `:${key}`],
    ['no key', 'a:'],
    ['31 bytes', `a:${randomBytes(31).toString('base64')}`],
    ['not base64', `a:${'!'.repeat(44)}`],
    ['one id for two keys', `a:${key},a:${randomBytes(32).toString('base64')}`],
    ['the id of the key in the database', `database:${key}`],
    ['a blank in the id', `a b:${key}`],
  ])('%s is a problem, by name, that says nothing of a key', (_, value) => {
    const problems = problemsOf(value)
    expect(problems).toEqual([expect.stringMatching(/^ENCRYPTION_KEYS /)])
    expect(problems.join()).not.toContain(key)
  })
})

onBothDatabases('the envelopes of an installation', open => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  test('are sealed with the key in the database where none is configured, by every process alike', async () => {
    const one = await openEnvelopes({ encryptionKeys: [] }, database.db)
    const another = await openEnvelopes({ encryptionKeys: [] }, { ...database.db })
    expect(one.currentKeyId).toBe('database')
    expect(text(another.open(one.seal(bytes('secret'), 'for this'), 'for this'))).toBe('secret')
  })

  test('whoever configures a key later can still open what was sealed before', async () => {
    const before = await openEnvelopes({ encryptionKeys: [] }, database.db)
    const after = await openEnvelopes({ encryptionKeys: [keyNamed('mine')] }, database.db)
    const sealed = before.seal(bytes('secret'), 'for this')
    expect(text(after.open(sealed, 'for this'))).toBe('secret')
    expect(after.keyIdOf(after.reseal(sealed, 'for this'))).toBe('mine')
  })
})
