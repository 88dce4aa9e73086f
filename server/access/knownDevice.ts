import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parse, serialize } from 'cookie'
import type { App } from '../app.ts'
import { serverSecret } from '../platform/secrets.ts'
import { newSecret } from './secret.ts'

const DAYS = 180

/**
 * The cookie of a browser that an account has signed in from before. It opens nothing: it only keeps the tries of this
 * browser apart from everybody else's (`signInLimits.ts`), so that whoever guesses from a thousand addresses cannot
 * use up the owner's. A browser knows the account that signed in there last.
 */
export interface KnownDevice {
  /** Something of this browser's own, if it has signed in to this account; else null. */
  read(headers: IncomingHttpHeaders, account: string): Promise<string | null>
  /** The `Set-Cookie` header by which this browser is known from now on. */
  set(account: string): Promise<string>
}

export function createKnownDevice(app: Pick<App, 'config' | 'db' | 'envelopes'>): KnownDevice {
  const secure = app.config.publicUrl?.startsWith('https:') ?? false
  const name = secure ? '__Host-ringside_device' : 'ringside_device'
  const proofOf = async (account: string, device: string) =>
    createHmac('sha256', await serverSecret(app, 'known devices'))
      .update(`${device} ${account}`)
      .digest()

  return {
    async read(headers, account) {
      const [, device, proof] = /^([\w-]{43})\.([\w-]{43})$/.exec(parse(headers.cookie ?? '')[name] ?? '') ?? []
      if (device === undefined || proof === undefined) return null
      return timingSafeEqual(Buffer.from(proof, 'base64url'), await proofOf(account, device)) ? device : null
    },
    async set(account) {
      const device = newSecret()
      const value = `${device}.${(await proofOf(account, device)).toString('base64url')}`
      return serialize(name, value, { httpOnly: true, sameSite: 'lax', path: '/', secure, maxAge: DAYS * 24 * 3600 })
    },
  }
}
