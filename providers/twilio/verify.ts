import { createHash } from 'node:crypto'
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import { readBody } from '../body.ts'
import type { Verdict, Webhook } from '../provider.ts'
import { isSameSecret } from '../secret.ts'

/** One auth token, or two while the account changes from one to the other. Only the primary one signs. */
export interface TwilioCredentials {
  authTokens: string[]
}

type Params = Record<string, unknown>

/**
 * Checks `X-Twilio-Signature` over the address as received and, for forms, over every field. A JSON body is not signed
 * itself: the signed address carries its hash, and one without a hash could say anything.
 */
export function verify(webhook: Webhook, { authTokens }: TwilioCredentials): Verdict {
  const signature = webhook.headers['x-twilio-signature']
  if (!signature) return refused('The X-Twilio-Signature header is missing.')
  const tokens = authTokens.filter(token => token !== '')
  if (tokens.length === 0) return refused('No auth token is configured.')
  const body = readBody(webhook)
  if (body.kind === 'unreadable') return refused(body.error.message)

  // The fragment holds Twilio's connection settings. It is neither sent nor signed.
  const urls = webhook.urls.map(url => url.split('#', 1)[0]!)
  const candidates = body.kind === 'json' ? urls.filter(url => carriesHashOf(webhook.body, url)) : urls
  if (candidates.length === 0) return refused('The body does not match the bodySHA256 of the address.')
  const params = body.kind === 'form' ? body.values : {}
  const signed = candidates.some(url => tokens.some(token => isSignedWith(token, signature, url, params)))
  return signed ? { valid: true } : refused('The X-Twilio-Signature header does not match the address and the fields.')
}

function isSignedWith(token: string, signature: string, url: string, params: Params): boolean {
  try {
    return validateRequest(token, signature, url, params)
  } catch {
    // The library throws on an address that is none.
    return false
  }
}

/** Over the raw bytes: JSON that was parsed and written again hashes differently. */
function carriesHashOf(body: Uint8Array, url: string): boolean {
  const start = url.indexOf('?')
  if (start === -1) return false
  const hash = new URLSearchParams(url.slice(start)).get('bodySHA256')
  return hash !== null && isSameSecret(hash, createHash('sha256').update(body).digest('hex'))
}

const refused = (reason: string): Verdict => ({ valid: false, reason })
