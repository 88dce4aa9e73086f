import type { IncomingHttpHeaders } from 'node:http'
import type { App } from '../app.ts'

/**
 * Whether a request comes from one of our own pages, or from no page at all: programs send neither `Origin` nor
 * `Sec-Fetch-Site`, browsers always send one of them with what could do harm.
 */
export function isOwnOrigin(app: Pick<App, 'config'>, headers: IncomingHttpHeaders): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  // The browser's own word, which no page can forge. Also right where the page came by another way than the public
  // address: http://localhost behind a tunnel.
  if (site === 'same-origin') return true
  if (origin === undefined) return site === undefined || site === 'none'
  if (app.config.publicUrl !== null) return origin === new URL(app.config.publicUrl).origin
  // Without a public address there is no name to expect: the page must come from the host it talks to.
  return URL.canParse(origin) && new URL(origin).host === headers.host
}
