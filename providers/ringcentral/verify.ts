import { readBody } from '../body.ts'
import type { Verdict, Webhook } from '../provider.ts'
import { isSameSecret } from '../secret.ts'

/** The token given when the subscription was made; more than one while it changes. */
export interface RingCentralCredentials {
  verificationTokens: string[]
}

/** Documented under both names. */
const HEADERS = ['verification-token', 'validation-token']

/** RingCentral accepts an answer of at most 1024 bytes, headers and all. */
const MAX_TOKEN = 500

/**
 * The token to send back, in a header of the same name with an empty body, when this is RingCentral asking whether the
 * address is ours; null for everything else. Ask before {@link verify}: the question itself proves nothing. An event
 * may carry the same header, but never without content.
 */
export function handshake(webhook: Webhook): string | null {
  const token = webhook.headers['validation-token']
  if (!token || token.length > MAX_TOKEN || !saysNothing(webhook)) return null
  return token
}

/** No body at all, or the empty object of those who ask by hand. */
function saysNothing(webhook: Webhook): boolean {
  const body = readBody(webhook)
  return body.kind === 'empty' || (body.kind === 'json' && Object.keys(body.values).length === 0)
}

/** There is no signature: whoever knows the token is believed. */
export function verify(webhook: Webhook, { verificationTokens }: RingCentralCredentials): Verdict {
  const tokens = verificationTokens.filter(token => token !== '')
  if (tokens.length === 0) return refused('No verification token is configured.')
  const given = HEADERS.map(name => webhook.headers[name]).filter(token => token !== undefined)
  if (given.length === 0) return refused('The Verification-Token header is missing.')
  const matches = given.some(token => tokens.some(expected => isSameSecret(token, expected)))
  return matches ? { valid: true } : refused('The Verification-Token header does not match.')
}

const refused = (reason: string): Verdict => ({ valid: false, reason })
