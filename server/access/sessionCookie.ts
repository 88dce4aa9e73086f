import type { IncomingHttpHeaders } from 'node:http'
import { parse, serialize } from 'cookie'

export interface SessionCookie {
  name: string
  /** The token in a request's headers, if there is one. */
  read(headers: IncomingHttpHeaders): string | null
  /** The `Set-Cookie` header that gives a browser this session, for so many seconds. */
  set(session: { token: string; seconds: number }): string
  /** The `Set-Cookie` header that takes it away. */
  clear(): string
}

/** @param publicUrl where the server is reached, or null. */
export function createSessionCookie(publicUrl: string | null): SessionCookie {
  const secure = publicUrl?.startsWith('https:') ?? false
  // The prefix makes browsers refuse a cookie of this name from a sister domain or an unencrypted page.
  const name = secure ? '__Host-ringside_session' : 'ringside_session'
  const options = { httpOnly: true, sameSite: 'lax', path: '/', secure } as const
  return {
    name,
    read: headers => parse(headers.cookie ?? '')[name] || null,
    set: ({ token, seconds }) => serialize(name, token, { ...options, maxAge: seconds }),
    clear: () => serialize(name, '', { ...options, maxAge: 0 }),
  }
}
