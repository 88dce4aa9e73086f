import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'

/**
 * Where a socket really comes from: behind proxies that are trusted, the last address before theirs.
 *
 * @param trusted addresses or networks such as `10.0.0.0/8`.
 */
export function clientAddress(request: IncomingMessage, trusted: string[]): string {
  const direct = plain(request.socket.remoteAddress ?? '')
  const proxies = new BlockList()
  for (const entry of trusted) {
    const [address = '', length] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (length === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, Number(length), family)
  }
  const isTrusted = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  const hops = [String(request.headers['x-forwarded-for'] ?? '').split(','), direct]
    .flat()
    .map(hop => plain(hop.trim()))
  return hops.toReversed().find(hop => hop !== '' && !isTrusted(hop)) ?? direct
}

/** An IPv4 address that came as an IPv6 one is itself. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')
