import { createHash, createHmac } from 'node:crypto'
import type { Verdict, Webhook } from '../provider.ts'
import { isSameSecret } from '../secret.ts'

export interface LiveKitCredentials {
  apiKey: string
  apiSecret: string
}

/** Seconds that our clock and theirs may differ: what LiveKit's own receiver allows. */
const TOLERANCE = 10

/**
 * Checks the JWT of a webhook: HS256 with the API secret, issued to our key, in force, for exactly these bytes. The
 * verdicts are those of `WebhookReceiver` in LiveKit's own package (`vectors/webhooks.json`); that one cannot be asked
 * without waiting.
 */
export function verify(webhook: Webhook, { apiKey, apiSecret }: LiveKitCredentials): Verdict {
  if (apiKey === '' || apiSecret === '') return refused('No API key is configured.')
  const { authorization } = webhook.headers
  if (authorization === undefined) return refused('The Authorization header is missing.')
  // The bare token: nothing that LiveKit sends says “Bearer”.
  const [head, payload, signature, ...rest] = authorization.split('.')
  if (head === undefined || payload === undefined || signature === undefined || rest.length > 0)
    return refused('The Authorization header carries no token.')
  const claims = decode(payload)
  if (decode(head)?.alg !== 'HS256' || claims === null) return refused('The token is not made with HS256.')
  const expected = createHmac('sha256', apiSecret).update(`${head}.${payload}`).digest('base64url')
  if (!isSameSecret(signature, expected)) return refused('The token’s signature does not match.')
  const now = webhook.receivedAt / 1000
  if (claims.iss !== apiKey) return refused('The token is not of this API key.')
  if (typeof claims.exp !== 'number' || claims.exp + TOLERANCE <= now) return refused('The token has expired.')
  if (claims.nbf !== undefined && !(typeof claims.nbf === 'number' && claims.nbf - TOLERANCE <= now))
    return refused('The token is not valid yet.')
  const hash = createHash('sha256').update(webhook.body).digest('base64')
  if (typeof claims.sha256 !== 'string' || !isSameSecret(claims.sha256, hash))
    return refused('The token was made for other content.')
  return { valid: true }
}

const refused = (reason: string): Verdict => ({ valid: false, reason })

function decode(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
