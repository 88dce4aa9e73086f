import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

export const newSecret = (): Uint8Array => randomBytes(SECRET_BYTES)

/** A secret as people and libraries write it. */
export const writeSecret = (secret: Uint8Array): string => PREFIX + Buffer.from(secret).toString('base64')

/**
 * The headers of Standard Webhooks 1.0. The receiver takes the message if any of the signatures is right, which is how a
 * secret is exchanged while messages are on their way.
 *
 * @param now milliseconds since the epoch; receivers refuse what is more than five minutes off.
 */
export function signedHeaders(id: string, body: string, now: number, secrets: Uint8Array[]): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const sign = (secret: Uint8Array) =>
    `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': secrets.map(sign).join(' ') }
}
