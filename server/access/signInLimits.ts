import { isIPv6 } from 'node:net'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { tooMany } from '../platform/refusal.ts'

const MINUTE = 60
const PER_ACCOUNT = 5
const PER_ADDRESS = 20
const QUARTER_HOUR = 15 * 60
/** Passwords have at least twelve characters: this many guesses in a quarter of an hour find none. */
const ANYWHERE = 50

/** Somebody who is about to try a password or a code. */
export interface Attempt {
  address: string
  /** An e-mail, whether anybody has it or not: both are counted alike, so that nobody learns which. */
  account: string
  /** Something of its own for each browser that this account has signed in from before; null for any other. */
  device: string | null
}

/**
 * How many wrong passwords may be tried: a minute 5 for one account from one address and 20 from one address in all; a
 * quarter of an hour 50 for one account from everywhere. The last could lock somebody out whom many addresses attack,
 * so it does not hold where this account has signed in before: such a browser has five tries a minute of its own, which
 * nobody else can use up. Right passwords are given back, so that a whole call center behind one address can begin its
 * shift. Counted in memory: each of several processes counts for itself.
 */
export interface SignInLimits {
  /** Throws a 429 refusal when there are no tries left; takes none. */
  check(attempt: Attempt): Promise<void>
  /** Takes one try. Throws a 429 refusal when there are none left. */
  take(attempt: Attempt): Promise<void>
  /** The password was right: that was no try, and what was tried before from here is forgotten. */
  giveBack(attempt: Attempt): Promise<void>
}

/** @param anywhere wrong ones for one account in a quarter of an hour, from all addresses together. */
export function createSignInLimits({ anywhere = ANYWHERE } = {}): SignInLimits {
  const devices = new RateLimiterMemory({ points: PER_ACCOUNT, duration: MINUTE })
  const neighbours = new RateLimiterMemory({ points: PER_ACCOUNT, duration: MINUTE })
  const accounts = new RateLimiterMemory({ points: anywhere, duration: QUARTER_HOUR })
  const addresses = new RateLimiterMemory({ points: PER_ADDRESS, duration: MINUTE })

  /** What counts for this attempt, narrowest first: what the first refuses uses up nothing that others share. */
  function countsFor({ address, account, device }: Attempt): [limiter: RateLimiterMemory, key: string][] {
    if (device !== null) return [[devices, `${device} ${account}`]]
    return [
      [neighbours, `${network(address)} ${account}`],
      [addresses, network(address)],
      [accounts, account],
    ]
  }

  return {
    async check(attempt) {
      for (const [limiter, key] of countsFor(attempt)) {
        const state = await limiter.get(key)
        if (state !== null && state.consumedPoints >= limiter.points) refuse(state)
      }
    },
    async take(attempt) {
      for (const [limiter, key] of countsFor(attempt)) await limiter.consume(key).catch(refuse)
    },
    async giveBack(attempt) {
      for (const [limiter, key] of countsFor(attempt)) {
        if (limiter === devices || limiter === neighbours) await limiter.delete(key)
        else await limiter.reward(key)
      }
    },
  }
}

function refuse(reason: unknown): never {
  if (!(reason instanceof RateLimiterRes)) throw reason
  throw tooMany(reason.msBeforeNext / 1000, 'Too many wrong tries. Wait a little, then try again.')
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
