import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { forward, forwardedClient } from './forwarding.ts'

const secret = randomBytes(32)
const opened: { close(): unknown }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
})

async function listen(onUpgrade: Parameters<ReturnType<typeof createServer>['on']>[1]): Promise<string> {
  const server = createServer()
  server.on('upgrade', onUpgrade)
  opened.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Echoes, after it has told whose page it is. */
const listenForPages = (): Promise<string> => {
  const sockets = new WebSocketServer({ noServer: true })
  return listen((request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, page => {
      page.send(`${forwardedClient(request, secret)} ${request.headers.cookie}`)
      page.on('message', data => page.send(String(data)))
    }),
  )
}

const hearFrom = async (address: string, headers: Record<string, string> = {}): Promise<string[]> => {
  const page = new WebSocket(`ws://${address}/voice`, { headers: { cookie: 'session=1', ...headers } })
  opened.push(page)
  const heard: string[] = []
  page.on('message', data => heard.push(String(data)))
  await new Promise((resolve, reject) => page.on('open', resolve).on('error', reject))
  page.send('hello')
  await expect.poll(() => heard.length).toBe(2)
  return heard
}

test('a page that is passed on is heard and hears, as whose it is', async () => {
  const there = await listenForPages()
  const here = await listen((request, socket, head) =>
    forward(request, socket, head, { address: there, client: '198.51.100.7', secret }),
  )
  expect(await hearFrom(here)).toEqual(['198.51.100.7 session=1', 'hello'])
  // What a page says of itself is not passed on.
  expect(await hearFrom(here, { 'x-ringside-forwarded': '203.0.113.9 x' })).toEqual(['198.51.100.7 session=1', 'hello'])
})

test('nobody else can say whose page it is', () => {
  const said = (header?: string) =>
    forwardedClient({ headers: { 'x-ringside-forwarded': header } } as unknown as IncomingMessage, secret)
  for (const header of [undefined, '', '198.51.100.7', '198.51.100.7 ', `198.51.100.7 ${'A'.repeat(43)}`])
    expect(said(header)).toBeNull()
})

test('where nobody listens, the page is let go', async () => {
  const here = await listen((request, socket, head) =>
    forward(request, socket, head, { address: '127.0.0.1:9', client: '198.51.100.7', secret }),
  )
  await expect(hearFrom(here)).rejects.toThrow()
})
