import dns from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'

/** Networks that nobody outside may make this server speak to: its own machine, its neighbours, its cloud's metadata. */
const PRIVATE_IPV4 = new net.BlockList()
const PRIVATE_IPV6 = new net.BlockList()
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
  PRIVATE_IPV4.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  // Only 2000::/3 is given out. What stands for an IPv4 address (mapped, compatible, translated) lies outside it, too.
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  // In it: protocols of their own (Teredo), documentation, 6to4.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  PRIVATE_IPV6.addSubnet(network, prefix, 'ipv6')

const PRIVATE_ADDRESS = 'the address is a private one'

/** Whether an address is not one of the internet's. IPv4 inside IPv6 counts as what it stands for. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = mapped ?? address
  if (net.isIPv4(plain)) return PRIVATE_IPV4.check(plain)
  return !net.isIPv6(plain) || PRIVATE_IPV6.check(plain, 'ipv6')
}

/** Whether the host of an address is a private one by how it is written. Names are looked up by whoever connects. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return net.isIP(host) === 0 ? /^(.+\.)?(localhost|local|internal)\.?$/i.test(host) : isPrivateAddress(host)
}

/** Services that no web server stands behind: what is sent there by HTTP is meant to do harm. */
const PORTS_OF_OTHERS = new Set(
  [
    ...[20, 21, 22, 23, 25, 53, 110, 111, 135, 139, 143, 389, 445, 465, 587, 636, 993, 995, 1433, 2049, 2375, 2379],
    ...[3306, 3389, 5432, 5672, 5900, 6379, 6667, 9092, 9200, 11211, 27017],
  ].map(String),
)
export const isForbiddenPort = (url: URL): boolean => PORTS_OF_OTHERS.has(url.port)

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
  /** What is longer than `maxBytes` is cut there, rather than refused. */
  cut?: boolean
  /** Gives it up earlier. */
  signal?: AbortSignal
  /** Goes over one of these, and leaves it open. Without: over a connection of its own. */
  kept?: KeptConnections
}

/** Connections that stay open for a while after an answer, for the next request to the same server. */
export interface KeptConnections {
  agentFor(url: URL, allowPrivate: boolean): http.Agent
  /** All of them, at once. */
  close(): void
}

/** Shorter than any server usually waits for another request, so that we are the one who closes. */
const IDLE_MS = 4000
const IDLE_OF_ONE_SERVER = 10
const IDLE_SERVERS = 100

export function createKeptConnections(): KeptConnections {
  const agents = new Map<string, http.Agent>()
  return {
    agentFor({ protocol }, allowPrivate) {
      // Apart, so that what somebody was let through to is not open to those who are not.
      const name = `${protocol} ${allowPrivate}`
      const known = agents.get(name)
      if (known) return known
      const agent = new (protocol === 'https:' ? https : http).Agent({
        keepAlive: true,
        timeout: IDLE_MS,
        maxFreeSockets: IDLE_OF_ONE_SERVER,
      })
      const keep = agent.keepSocketAlive.bind(agent)
      agent.keepSocketAlive = socket => Object.keys(agent.freeSockets).length < IDLE_SERVERS && keep(socket)
      agents.set(name, agent)
      return agent
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

/** What has been closed by now at the other end is known to be closed when the loop has looked at all connections once. */
async function noticeClosed(): Promise<void> {
  // The first may come before the next look.
  for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setImmediate(resolve))
}

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
}

/** {@link fetchBytes}, for answers that are text. */
export async function send(request: Outgoing): Promise<{ status: number; body: string }> {
  const { status, body } = await fetchBytes(request)
  return { status, body: body.toString('utf8') }
}

/**
 * Asks another server once, without following redirects. Resolves with whatever it answered; throws when it does not
 * answer in time, answers too much, or lives at a private address. The name is resolved once for a connection, and that
 * very address is used, so that it cannot point somewhere else a moment later.
 */
export async function fetchBytes(request: Outgoing): Promise<Answer> {
  if (request.kept) await noticeClosed()
  return new Promise((resolve, reject) => {
    const url = new URL(request.url)
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error('only http and https are asked')
    // A literal address is never looked up: it is checked here, names are in lookUpPublic.
    if (!request.allowPrivate && isPrivateHost(url.hostname)) throw new Error(PRIVATE_ADDRESS)
    if (!request.allowPrivate && isForbiddenPort(url)) throw new Error('the port is another service’s')
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
        agent: request.kept?.agentFor(url, request.allowPrivate) ?? false,
      },
      answer => {
        const chunks: Buffer[] = []
        const maxBytes = request.maxBytes ?? 100_000
        let size = 0
        const done = () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) })
        answer.on('data', (chunk: Buffer) => {
          const room = maxBytes - size
          size += chunk.length
          if (size <= maxBytes) return void chunks.push(chunk)
          if (!request.cut) return void answer.destroy(new Error('the answer is too long'))
          chunks.push(chunk.subarray(0, room))
          done()
          answer.destroy()
        })
        answer.on('error', reject)
        answer.on('end', done)
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
    if (open.length === 0) return done(new Error(PRIVATE_ADDRESS), '', 0)
    if (options.all) return done(null, open)
    done(null, open[0]!.address, open[0]!.family)
  })
}
