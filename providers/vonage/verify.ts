import { createHash, createHmac } from 'node:crypto'
import type { Verdict, Webhook } from '../provider.ts'
import { isSameSecret } from '../secret.ts'
import { type Claims, readToken } from './token.ts'

/** The account's signature secret, or two while it changes from one to the other. */
export interface VonageCredentials {
  signatureSecrets: string[]
}

/** Vonage sets no expiry: this is how far, in seconds, a signature's clock may be from ours. */
const WINDOW = 300

/**
 * Checks the JWT of a signed webhook: HS256 with the account's secret, issued by Vonage, just now, for exactly these
 * bytes. The official library checks only the signature, so a recorded token would fit any body for ever.
 */
export function verify(webhook: Webhook, { signatureSecrets }: VonageCredentials): Verdict {
  const token = readToken(webhook)
  if (token === null) return refused('The Authorization header carries no signature.')
  const secrets = signatureSecrets.filter(secret => secret !== '')
  if (secrets.length === 0) return refused('No signature secret is configured.')
  // Only ever HS256: a token that names another algorithm, or none, chooses how it is checked.
  if (token.algorithm !== 'HS256') return refused('The signature is not made with HS256.')
  if (!secrets.some(secret => isSameSecret(token.signature, sign(token.signed, secret)))) {
    return refused('The signature does not match.')
  }
  const reason = objection(token.claims, webhook)
  return reason === null ? { valid: true } : refused(reason)
}

function objection(claims: Claims, webhook: Webhook): string | null {
  const now = webhook.receivedAt / 1000
  if (claims.iss !== 'Vonage') return 'The signature is not issued by Vonage.'
  if (typeof claims.iat !== 'number') return 'The signature does not say when it was made.'
  if (Math.abs(now - claims.iat) > WINDOW) return 'The signature is too old, or our clock is wrong.'
  if (claims.exp !== undefined && !(typeof claims.exp === 'number' && claims.exp > now)) {
    return 'The signature has expired.'
  }
  if (claims.nbf !== undefined && !(typeof claims.nbf === 'number' && claims.nbf <= now + WINDOW)) {
    return 'The signature is not valid yet.'
  }
  if (typeof claims.payload_hash !== 'string') {
    return 'The signature does not cover the content. Use POST for the answer and event addresses.'
  }
  const hash = createHash('sha256').update(webhook.body).digest('hex')
  return isSameSecret(claims.payload_hash, hash) ? null : 'The signature was made for other content.'
}

const sign = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('base64url')

const refused = (reason: string): Verdict => ({ valid: false, reason })
