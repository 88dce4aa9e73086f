import dns from 'node:dns'
import { isForbiddenPort, isPrivateHost } from '../platform/outgoing.ts'

/**
 * Why events may not be sent to an address, as a sentence, as far as it can be told beforehand; null: they may. Each
 * attempt looks anew, for a name may point somewhere else tomorrow.
 */
export async function problemWithTarget(address: string, allowPrivate: boolean): Promise<string | null> {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null) return 'This is not an address such as https://crm.example.com/calls.'
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    return 'Only https addresses are told of calls.'
  if (url.username !== '' || url.password !== '')
    return 'An address carries no name and password: enter the token in its own field.'
  if (allowPrivate) return null
  if (isForbiddenPort(url)) return `Port ${url.port} is no web server’s.`
  return (await isPrivate(url.hostname))
    ? 'This address is a private one. The operator allows those with WEBHOOK_ALLOW_PRIVATE=true.'
    : null
}

async function isPrivate(hostname: string): Promise<boolean> {
  if (isPrivateHost(hostname)) return true
  // What cannot be looked up just now may be known when there is something to be sent.
  const found = await dns.promises.lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => [])
  return found.length > 0 && found.every(({ address }) => isPrivateHost(address))
}
