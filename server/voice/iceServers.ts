import { createHmac } from 'node:crypto'
import type { FromServer } from '../../client/voice/protocol.ts'
import type { Config } from '../config.ts'

type IceServers = Extract<FromServer, { type: 'ready' }>['iceServers']

const LIFETIME_SECONDS = 3600

/**
 * Relays for browsers that cannot reach this machine directly. With a shared secret, credentials for one hour as coturn's
 * `use-auth-secret` takes them: a name that says when it expires, and the HMAC-SHA1 of it.
 *
 * @param name whose they are, for the relay's log.
 * @param now milliseconds since the epoch.
 */
export function iceServersFor(
  { urls, secret, username, password }: Config['voice']['turn'],
  name: string,
  now: number,
) {
  if (urls.length === 0) return [] satisfies IceServers
  if (secret !== null) {
    const expiring = `${Math.floor(now / 1000) + LIFETIME_SECONDS}:${name}`
    const credential = createHmac('sha1', secret).update(expiring).digest('base64')
    return [{ urls, username: expiring, credential }] satisfies IceServers
  }
  const credentials = username !== null && password !== null ? { username, credential: password } : {}
  return [{ urls, ...credentials }] satisfies IceServers
}
