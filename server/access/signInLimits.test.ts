import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSignInLimits, network, type SignInLimits } from './signInLimits.ts'

const HERE = '192.0.2.1'
const THERE = '198.51.100.7'

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
    for (let time = 0; time < times; time++) await limits.take(address, account(time))
  }

  test('five a minute for one account, then a minute of rest that is told', async () => {
    await takeTimes(5, HERE, () => 'ann')
    vi.advanceTimersByTime(20_000)
    for (const ask of [limits.check, limits.take]) {
      await expect(ask(HERE, 'ann')).rejects.toMatchObject({ status: 429, retryAfter: 40 })
    }
    vi.advanceTimersByTime(40_000)
    await limits.take(HERE, 'ann')
  })

  test('nobody locks somebody else out', async () => {
    await takeTimes(5, HERE, () => 'ann')
    await limits.take(HERE, 'bob')
    await limits.check(THERE, 'ann')
    await limits.take(THERE, 'ann')
  })

  test('twenty a minute from one address, whoever is tried', async () => {
    await takeTimes(20, HERE, time => `victim ${time}`)
    await expect(limits.check(HERE, 'somebody new')).rejects.toMatchObject({ status: 429 })
    await expect(limits.take(HERE, 'somebody new')).rejects.toMatchObject({ status: 429, retryAfter: 60 })
    await limits.take(THERE, 'victim 1')
  })

  test('what is refused for one account is not counted against its neighbours', async () => {
    await takeTimes(5, HERE, () => 'ann')
    for (let time = 0; time < 50; time++) await limits.take(HERE, 'ann').catch(() => {})
    await limits.take(HERE, 'bob')
  })

  test('a right password is given back, so a whole call center signs in behind one address', async () => {
    for (let agent = 0; agent < 200; agent++) {
      await limits.check(HERE, `agent ${agent}`)
      await limits.take(HERE, `agent ${agent}`)
      await limits.giveBack(HERE, `agent ${agent}`)
    }
  })

  test('a right password forgets the account’s wrong ones, not the address’s', async () => {
    await takeTimes(4, HERE, () => 'ann')
    await limits.take(HERE, 'ann')
    await limits.giveBack(HERE, 'ann')
    await takeTimes(5, HERE, () => 'ann')
    await takeTimes(11, HERE, time => `victim ${time}`)
    await expect(limits.check(HERE, 'bob')).rejects.toMatchObject({ status: 429 })
  })

  test('an IPv6 address counts as its network', async () => {
    await takeTimes(20, '2001:db8:1:2::1', time => `victim ${time}`)
    await expect(limits.check('2001:db8:1:2:ffff::9', 'bob')).rejects.toMatchObject({ status: 429 })
    await limits.check('2001:db8:1:3::1', 'bob')
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
