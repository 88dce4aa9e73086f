import { isIPv6 } from 'node:net'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { tooMany } from '../platform/refusal.ts'

const SECONDS = 60
const PER_ACCOUNT = 5
const PER_ADDRESS = 20

/**
 * How many wrong passwords may be tried a minute: 5 for one account from one address, 20 from one address in all.
 * Accounts are counted per address so that nobody can lock somebody else out; right passwords are given back, so that
 * a whole call center behind one address can begin its shift.
 */
export interface SignInLimits {
  /** Throws a 429 refusal when there are no tries left; takes none. */
  check(address: string, account: string): Promise<void>
  /** Takes one try. Throws a 429 refusal when there are none left. */
  take(address: string, account: string): Promise<void>
  /** The password was right: that was no try, and what was tried before is forgotten. */
  giveBack(address: string, account: string): Promise<void>
}

export function createSignInLimits(): SignInLimits {
  const accounts = new RateLimiterMemory({ points: PER_ACCOUNT, duration: SECONDS })
  const addresses = new RateLimiterMemory({ points: PER_ADDRESS, duration: SECONDS })
  const accountKey = (address: string, account: string) => `${network(address)} ${account}`

  return {
    async check(address, account) {
      for (const [limiter, key] of [
        [accounts, accountKey(address, account)],
        [addresses, network(address)],
      ] as const) {
        const state = await limiter.get(key)
        if (state !== null && state.consumedPoints >= limiter.points) refuse(state)
      }
    },
    async take(address, account) {
      // The account first: what it refuses has cost nothing, and should not use up what others at this address have.
      await accounts.consume(accountKey(address, account)).catch(refuse)
      await addresses.consume(network(address)).catch(refuse)
    },
    async giveBack(address, account) {
      await accounts.delete(accountKey(address, account))
      await addresses.reward(network(address))
    },
  }
}

function refuse(reason: unknown): never {
  if (!(reason instanceof RateLimiterRes)) throw reason
  throw tooMany(reason.msBeforeNext / 1000, 'Too many wrong passwords. Wait a minute, then try again.')
}

/** An IPv4 address, or the first 64 bits of an IPv6 one: a household or a server has all the rest to itself. */
export function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]!.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return groups
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
