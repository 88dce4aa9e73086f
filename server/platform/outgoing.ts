import dns from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'

/** Networks that nobody outside may make this server speak to: its own machine, its neighbours, its cloud's metadata. */
const PRIVATE = new net.BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6')

/** Whether an address is not one of the internet's. IPv4 inside IPv6 counts as what it stands for. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = mapped ?? address
  const family = net.isIP(plain)
  return family === 0 || PRIVATE.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

export interface Outgoing {
  method: 'GET' | 'POST'
  url: string
  /** JSON unless the headers say otherwise; null: none. */
  body: string | Uint8Array | null
  headers?: Record<string, string>
  /** Whole milliseconds for everything: name, connection, answer. */
  deadlineMs: number
  allowPrivate: boolean
  maxBytes?: number
  /** Gives it up earlier. */
  signal?: AbortSignal
}

/** {@link fetchBytes}, for answers that are text. */
export async function send(request: Outgoing): Promise<{ status: number; body: string }> {
  const { status, body } = await fetchBytes(request)
  return { status, body: body.toString('utf8') }
}

/**
 * Asks another server once, without following redirects. Resolves with whatever it answered; throws when it does not
 * answer in time, answers too much, or lives at a private address. The name is resolved once, and that very address is
 * used, so that it cannot point somewhere else a moment later.
 */
export function fetchBytes(request: Outgoing): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url)
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error('only http and https are asked')
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (!request.allowPrivate && net.isIP(host) !== 0 && isPrivateAddress(host))
      throw new Error('the address is a private one')
    const outgoing = (url.protocol === 'https:' ? https : http).request(
      url,
      {
        method: request.method,
        headers: {
          accept: 'application/json',
          ...(request.body === null ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        lookup: request.allowPrivate ? undefined : lookUpPublic,
        signal: AbortSignal.any([AbortSignal.timeout(request.deadlineMs), ...(request.signal ? [request.signal] : [])]),
        agent: false,
      },
      answer => {
        const chunks: Buffer[] = []
        let size = 0
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > (request.maxBytes ?? 100_000)) answer.destroy(new Error('the answer is too long'))
          else chunks.push(chunk)
        })
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(request.body ?? undefined)
  })
}

const lookUpPublic: net.LookupFunction = (hostname, options, done) => {
  dns.lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 0)
    const open = found.filter(({ address }) => !isPrivateAddress(address))
    if (open.length === 0) return done(new Error('the address is a private one'), '', 0)
    if (options.all) return done(null, open)
    done(null, open[0]!.address, open[0]!.family)
  })
}
