import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Attempt, createSignInLimits, network, type SignInLimits } from './signInLimits.ts'

const HERE = '192.0.2.1'
const THERE = '198.51.100.7'

const from = (address: string, account: string, device: string | null = null): Attempt => ({ address, account, device })

describe('wrong passwords', () => {
  let limits: SignInLimits
  beforeEach(() => {
    vi.useFakeTimers()
    limits = createSignInLimits()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const takeTimes = async (times: number, address: string, account: (time: number) => string) => {
    for (let time = 0; time < times; time++) await limits.take(from(address, account(time)))
  }

  test('five a minute for one account, then a minute of rest that is told', async () => {
    await takeTimes(5, HERE, () => 'ann')
    vi.advanceTimersByTime(20_000)
    for (const ask of [limits.check, limits.take]) {
      await expect(ask(from(HERE, 'ann'))).rejects.toMatchObject({ status: 429, retryAfter: 40 })
    }
    vi.advanceTimersByTime(40_000)
    await limits.take(from(HERE, 'ann'))
  })

  test('nobody locks somebody else out', async () => {
    await takeTimes(5, HERE, () => 'ann')
    await limits.take(from(HERE, 'bob'))
    await limits.check(from(THERE, 'ann'))
    await limits.take(from(THERE, 'ann'))
  })

  test('twenty a minute from one address, whoever is tried', async () => {
    await takeTimes(20, HERE, time => `victim ${time}`)
    await expect(limits.check(from(HERE, 'somebody new'))).rejects.toMatchObject({ status: 429 })
    await expect(limits.take(from(HERE, 'somebody new'))).rejects.toMatchObject({ status: 429, retryAfter: 60 })
    await limits.take(from(THERE, 'victim 1'))
  })

  test('what is refused for one account is not counted against its neighbours', async () => {
    await takeTimes(5, HERE, () => 'ann')
    for (let time = 0; time < 50; time++) await limits.take(from(HERE, 'ann')).catch(() => {})
    await limits.take(from(HERE, 'bob'))
  })

  test('a right password is given back, so a whole call center signs in behind one address', async () => {
    for (let agent = 0; agent < 200; agent++) {
      await limits.check(from(HERE, `agent ${agent}`))
      await limits.take(from(HERE, `agent ${agent}`))
      await limits.giveBack(from(HERE, `agent ${agent}`))
    }
  })

  test('a right password forgets the account’s wrong ones, not the address’s', async () => {
    await takeTimes(4, HERE, () => 'ann')
    await limits.take(from(HERE, 'ann'))
    await limits.giveBack(from(HERE, 'ann'))
    await takeTimes(5, HERE, () => 'ann')
    await takeTimes(11, HERE, time => `victim ${time}`)
    await expect(limits.check(from(HERE, 'bob'))).rejects.toMatchObject({ status: 429 })
  })

  test('an IPv6 address counts as its network', async () => {
    await takeTimes(20, '2001:db8:1:2::1', time => `victim ${time}`)
    await expect(limits.check(from('2001:db8:1:2:ffff::9', 'bob'))).rejects.toMatchObject({ status: 429 })
    await limits.check(from('2001:db8:1:3::1', 'bob'))
  })
})

describe('an account that a thousand addresses attack', () => {
  /** Addresses 10.0.0.0 to 10.0.3.231, five guesses each: the most that each of them has in a minute. */
  async function attack(limits: SignInLimits, account: string): Promise<number> {
    let taken = 0
    for (let guess = 0; guess < 5; guess++) {
      for (let address = 0; address < 1000; address++) {
        taken += await limits.take(from(`10.0.${address >> 8}.${address & 255}`, account)).then(
          () => 1,
          () => 0,
        )
      }
    }
    return taken
  }

  test('simulation: fifty guesses of five thousand are taken; its owner is let in where they were before', async () => {
    const limits = createSignInLimits()
    expect(await attack(limits, 'ann')).toBe(50)
    await limits.check(from(THERE, 'ann', 'device of ann'))
    for (let time = 0; time < 5; time++) await limits.take(from(THERE, 'ann', 'device of ann'))
    // Not even that browser guesses without end.
    await expect(limits.take(from(THERE, 'ann', 'device of ann'))).rejects.toMatchObject({ status: 429 })
    // A browser that nobody knows waits, and its account is told apart from everybody else's.
    await expect(limits.check(from(THERE, 'ann'))).rejects.toMatchObject({ status: 429 })
    await limits.take(from(THERE, 'bob'))
  })

  test('may be one that nobody has: the answers are the same', async () => {
    const limits = createSignInLimits()
    expect(await attack(limits, 'nobody@example.com')).toBe(50)
    await expect(limits.check(from(THERE, 'nobody@example.com'))).rejects.toMatchObject({ status: 429 })
  })
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0001:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['2001:db8:1:2:3::', '2001:db8:1:2'],
  ['somewhere', 'somewhere'],
])('the network of %s', (address, expected) => {
  expect(network(address)).toBe(expected)
})
