import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { tooMany } from '../platform/refusal.ts'

/** argon2id with 46 MiB and one pass: OWASP ASVS 5, appendix C. */
const COST = { memoryCost: 47_104, timeCost: 1, parallelism: 1 }

/**
 * Hashing takes a processor core and 46 MiB for as long as it runs. However many people sign in at once, calls keep
 * the rest: two at a time in this process, a line of limited length, and beyond that a polite refusal.
 */
const AT_ONCE = 2
const IN_LINE = 64

let running = 0
const line: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < AT_ONCE) running++
  else if (line.length >= IN_LINE) throw tooMany(1, 'Too many people are signing in just now. Try again in a moment.')
  else await new Promise<void>(resolve => line.push(resolve)) // whoever finishes hands its place over
  try {
    return await work()
  } finally {
    const next = line.shift()
    if (next) next()
    else running--
  }
}

/** The hash to store for a new password. Throws a 429 refusal when too many are being hashed. */
export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, COST))

/** What nobody's password is checked against, so that it takes as long as somebody's. */
const NOBODYS = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${unpadded(16)}$${unpadded(32)}`

function unpadded(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '')
}

/**
 * Whether this is the password behind `stored`; never for null, but after the same work.
 * `onTurn` runs when this one's turn has come, before any work, and may still refuse.
 * Throws a 429 refusal when too many are being checked.
 */
export function isPassword(password: string, stored: string | null, onTurn: () => Promise<void>): Promise<boolean> {
  return inTurn(async () => {
    await onTurn()
    const right = await verify(stored ?? NOBODYS, password)
    return right && stored !== null
  })
}
