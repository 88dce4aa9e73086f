import { parseOptions } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { hashPassword, isPassword } from './password.ts'

const freely = async () => {}

test('a password is checked against its hash, and never fits nobody’s', async () => {
  const stored = await hashPassword('correct horse battery')
  expect(await isPassword('correct horse battery', stored, freely)).toBe(true)
  expect(await isPassword('correct horse batterx', stored, freely)).toBe(false)
  expect(await isPassword('', stored, freely)).toBe(false)
  expect(await isPassword('correct horse battery', null, freely)).toBe(false)
})

test('hashes cost what they must, and no two are alike', async () => {
  const [one, other] = await Promise.all([hashPassword('the same'), hashPassword('the same')])
  expect(parseOptions(one!)).toMatchObject({ memoryCost: 47_104, timeCost: 1, parallelism: 1 })
  expect(one).toMatch(/^\$argon2id\$/)
  expect(one).not.toBe(other)
})

test('nobody’s password takes as long to check as somebody’s', async () => {
  const stored = await hashPassword('correct horse battery')
  const times: Record<'somebodys' | 'nobodys', number[]> = { somebodys: [], nobodys: [] }
  const measure = async (whose: keyof typeof times, hash: string | null) => {
    const begun = performance.now()
    await isPassword('wrong horse battery', hash, freely)
    times[whose].push(performance.now() - begun)
  }
  // By turns: what else this machine does falls on both.
  for (let i = 0; i < 15; i++) {
    await measure('somebodys', stored)
    await measure('nobodys', null)
  }
  const somebodys = Math.min(...times.somebodys)
  const nobodys = Math.min(...times.nobodys)
  // The fastest of many is the work itself; the rest is what else this machine was doing.
  expect(nobodys / somebodys).toBeGreaterThan(0.5)
  expect(nobodys / somebodys).toBeLessThan(2)
})

test('two are checked at a time, a line waits, and the rest is asked to come back', async () => {
  let checking = 0
  let most = 0
  let letGo = () => {}
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  const onTurn = async () => {
    most = Math.max(most, ++checking)
    await held
    checking--
    throw new Error('no work in this test')
  }
  const first = Array.from({ length: 66 }, () => isPassword('x', null, onTurn).catch(() => 'done'))
  await expect(isPassword('x', null, onTurn)).rejects.toMatchObject({ status: 429, retryAfter: 1 })
  await expect(hashPassword('x')).rejects.toMatchObject({ status: 429 })
  letGo()
  expect(await Promise.all(first)).toEqual(first.map(() => 'done'))
  expect(most).toBe(2)
  // Nobody holds a place for ever.
  expect(await isPassword('x', await hashPassword('x'), freely)).toBe(true)
})
