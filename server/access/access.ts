import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../../core/role.ts'

/** Finds out who is asking, for HTTP requests, sockets and streams alike. */
export interface Access {
  /**
   * Checks the credentials in a request's headers: session cookie, `x-api-key`, or bearer token.
   * Null when there are none. Throws a 401 refusal when there are some and they are not (or no longer) valid, and a 403
   * refusal when a cookie is used from a foreign site for anything but reading.
   */
  identify(request: { method: string; headers: IncomingHttpHeaders }): Promise<Principal | null>
}
