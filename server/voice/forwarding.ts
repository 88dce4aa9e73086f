import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'

/** Says whose page another process of ours passes on, and proves that it is one. */
const HEADER = 'x-ringside-forwarded'
const CONNECT_MS = 3000

/** Passes a page's request for a WebSocket on to the process that carries calls, byte for byte from then on. */
export function forward(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  to: { address: string; client: string; secret: Uint8Array },
): void {
  const { host, port } = new URL(`http://${to.address}`)
  const upstream = net.connect(Number(port), host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
  const give = () => {
    upstream.destroy()
    socket.destroy()
  }
  upstream.setTimeout(CONNECT_MS, give)
  upstream.once('connect', () => {
    upstream.setTimeout(0)
    upstream.setNoDelay(true)
    const lines = [`${request.method} ${request.url} HTTP/1.1`]
    for (let at = 0; at < request.rawHeaders.length; at += 2)
      if (request.rawHeaders[at]!.toLowerCase() !== HEADER)
        lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`)
    lines.push(`${HEADER}: ${to.client} ${signatureOf(to.client, to.secret)}`)
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`)
    upstream.write(head)
    socket.pipe(upstream).pipe(socket)
  })
  for (const end of [upstream, socket]) {
    end.once('error', give)
    end.once('close', give)
  }
}

/** Whose page it is, as one of our own processes says; null: none of them does. */
export function forwardedClient(request: IncomingMessage, secret: Uint8Array): string | null {
  const [client = '', signature = ''] = String(request.headers[HEADER] ?? '').split(' ')
  const expected = Buffer.from(signatureOf(client, secret))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected) ? client : null
}

const signatureOf = (client: string, secret: Uint8Array): string =>
  createHmac('sha256', secret).update(client).digest('base64url')
