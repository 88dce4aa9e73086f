import type { IncomingHttpHeaders } from 'node:http'
import { NIL } from 'uuid'
import type { Channel } from '../../core/cause.ts'
import { type KeyPrincipal, PERMISSIONS, type Principal } from '../../core/role.ts'
import type { App } from '../app.ts'
import { actAsPrincipal } from '../platform/cause.ts'
import { isOwnOrigin } from '../platform/origin.ts'
import { forbidden, Refusal, unauthenticated } from '../platform/refusal.ts'
import { findOldestWorkspace } from '../workspaces/workspaceStore.ts'
import { createBearer } from './bearer.ts'
import { looksLikeKey, touchKey } from './keyStore.ts'
import { findByKey, findBySession, findBySubject } from './principalStore.ts'
import { digest, looksLikeSecret, sameDigest } from './secret.ts'
import { createSessionCookie } from './sessionCookie.ts'
import { findSession, touchSession } from './sessionStore.ts'
import { createSignInLimits, type SignInLimits } from './signInLimits.ts'

/** Whoever has shown credentials, and until when these hold: null for those without an end. */
export interface Admitted {
  who: Principal
  until: Date | null
}

/** Finds out who is asking, for HTTP requests, sockets and streams alike. */
export interface Access {
  /**
   * Checks the credentials in a request's headers: session cookie, `x-api-key`, or bearer token.
   * Null when there are none. Throws a 401 refusal when there are some and they are not (or no longer) valid, and a 403
   * refusal when a cookie is used from a foreign site for anything but reading (opening a socket included). What the
   * request does from then on is this principal's doing.
   */
  identify(request: { method: string; headers: IncomingHttpHeaders }): Promise<Principal | null>
  /** {@link identify} for what stays open, and must end with the credentials. Throws a 401 refusal when there are none. */
  admit(request: { method: string; headers: IncomingHttpHeaders }): Promise<Admitted>
  /**
   * Throws a 403 `sign_in_again` refusal when this request comes by a session whose person has not shown for a quarter of
   * an hour who they are. Of keys and bearer tokens it demands nothing.
   */
  demandRecentSignIn(request: { headers: IncomingHttpHeaders }): Promise<void>
  /** How often passwords and codes may be tried, wherever it is that they are asked for. */
  limits: { passwords: SignInLimits; codes: SignInLimits }
}

/** There are only a million codes. */
const CODES_ANYWHERE = 10

export function createAccess({ config, db }: Pick<App, 'config' | 'db'>): Access {
  const cookie = createSessionCookie(config.publicUrl)
  const bearer = createBearer(config.jwt)
  const operatorKey = config.adminApiKey === null ? null : digest(config.adminApiKey)

  async function byKey(key: string): Promise<Admitted> {
    if (operatorKey !== null && sameDigest(digest(key), operatorKey)) return { who: await operator(), until: null }
    const found = looksLikeKey(key)
      ? await db.asSystem(async sql => {
          const found = await findByKey(sql, key)
          if (found?.unseen) await touchKey(sql, found.principal.keyId, found.previous)
          return found
        })
      : null
    if (found === null) throw unauthenticated('This API key is not valid, has expired or was revoked.')
    return { who: found.principal, until: found.until }
  }

  async function operator(): Promise<KeyPrincipal> {
    const workspaceId = await db.asSystem(findOldestWorkspace)
    if (workspaceId === null) {
      throw new Refusal(503, 'not_ready', 'The first workspace is still being made. Try again.', { retryAfter: 1 })
    }
    return { ...OPERATOR, workspaceId }
  }

  async function bySubject(token: string): Promise<Admitted> {
    const { subject, until } = await bearer.read(token)
    const who = await db.asSystem(sql => findBySubject(sql, subject))
    if (who === null) throw unauthenticated('This bearer token is valid, but nobody here has its `sub`.')
    return { who, until }
  }

  async function bySession(token: string): Promise<Admitted> {
    const found = looksLikeSecret(token)
      ? await db.asSystem(async sql => {
          const found = await findBySession(sql, token)
          if (found?.unseen) await touchSession(sql, token)
          return found
        })
      : null
    if (found === null) throw unauthenticated('This session has ended. Sign in again.')
    return { who: found.principal, until: found.until }
  }

  async function check(request: { method: string; headers: IncomingHttpHeaders }): Promise<Admitted | null> {
    const { method, headers } = request
    // What was sent on purpose goes before the cookie, which browsers add by themselves.
    const key = keyIn(headers)
    if (key !== undefined) return acting(await byKey(String(key)), 'api')
    const token = bearerIn(headers)
    if (token !== undefined) return acting(await bySubject(token), 'api')
    const session = cookie.read(headers)
    if (session === null) return null
    if (isUnsafe(method, headers)) refuseForeignSite({ config }, headers)
    return acting(await bySession(session), 'web')
  }

  return {
    limits: { passwords: createSignInLimits(), codes: createSignInLimits({ anywhere: CODES_ANYWHERE }) },

    async demandRecentSignIn({ headers }) {
      if (keyIn(headers) !== undefined || bearerIn(headers) !== undefined) return
      const token = cookie.read(headers)
      const session = token === null ? null : await db.asSystem(sql => findSession(sql, token))
      if (!session?.recent) {
        throw new Refusal(403, 'sign_in_again', 'Enter your password once more: this takes a recent sign-in.')
      }
    },

    identify: async request => (await check(request))?.who ?? null,
    async admit(request) {
      const admitted = await check(request)
      if (admitted === null) throw unauthenticated()
      return admitted
    },
  }
}

function acting(admitted: Admitted, channel: Channel): Admitted {
  actAsPrincipal(admitted.who, channel)
  return admitted
}

const keyIn = (headers: IncomingHttpHeaders) => headers['x-api-key']
const bearerIn = (headers: IncomingHttpHeaders) => /^Bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1]

/** `ADMIN_API_KEY`: it is in no table, so it has the id of nobody. */
export const OPERATOR = {
  kind: 'key',
  keyId: NIL,
  name: 'Operator',
  permissions: [...PERMISSIONS],
  operator: true,
} satisfies Omit<KeyPrincipal, 'workspaceId'>

/** Whether the answer may change something: anything but reading, and opening a socket, through which all can be asked. */
const isUnsafe = (method: string, headers: IncomingHttpHeaders): boolean =>
  !['GET', 'HEAD', 'OPTIONS'].includes(method) || headers.upgrade !== undefined

/** Throws a 403 refusal when a browser sent this on behalf of a page that is not ours. */
export function refuseForeignSite(app: Pick<App, 'config'>, headers: IncomingHttpHeaders): void {
  if (!isOwnOrigin(app, headers)) throw forbidden('This request comes from a page of another site.')
}
