import { createHmac } from 'node:crypto'
import type { Verdict, Webhook } from '../provider.ts'
import { isSameSecret } from '../secret.ts'

export interface BuiltinCredentials {
  secret: string
}

export const SIGNATURE = 'x-ringside-signature'

/** HMAC-SHA256 over the address (it says which script is answered) and the body as sent, in hexadecimal. */
export function sign(secret: string, url: string, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${url}\n`).update(body).digest('hex')
}

/** Reports are made in this process, and nobody else may post one. */
export function verify({ headers, urls: [url = ''], body }: Webhook, { secret }: BuiltinCredentials): Verdict {
  const signature = headers[SIGNATURE]
  if (!signature) return { valid: false, reason: `The ${SIGNATURE} header is missing.` }
  if (secret === '') return { valid: false, reason: 'No secret is configured.' }
  if (isSameSecret(signature, sign(secret, url, body))) return { valid: true }
  return { valid: false, reason: `The ${SIGNATURE} header does not match the address and the body.` }
}
