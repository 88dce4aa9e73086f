import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeEngine } from '../providers/builtin/testing.ts'
import { recordingLink } from '../server/recordings/recordingLink.ts'
import { leaveRecording, tellCompleted } from '../server/recordings/testing.ts'
import { ADMIN_API_KEY, startTestServer, type TestServer } from './support/server.ts'

/** What the process that is told to end allows itself (server/main.ts). */
const WITHIN_MS = 9000
/** What it allows whoever does not come to an end. */
const PATIENCE_MS = 4000
const ACCOUNT = `AC${'0'.repeat(32)}`

let dataDir: string
let carrier: http.Server
let server: TestServer
let workspaceId: string
let callId: string
let sockets: net.Socket[]
/** Whoever asks the carrier for a recording. */
let asked: Promise<void>

beforeEach(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-stopping-'))
  sockets = []
  asked = new Promise(happen => {
    carrier = http.createServer((_request, response) => {
      // The first bytes of what never ends.
      response.writeHead(200, { 'content-type': 'audio/wav' }).write('RIFF')
      happen()
    })
  })
  await new Promise<void>(resolve => carrier.listen(0, '127.0.0.1', resolve))
  server = await startTestServer(
    {
      DATA_DIR: dataDir,
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_API_URL: `http://127.0.0.1:${(carrier.address() as AddressInfo).port}`,
    },
    undefined,
    async () => new FakeEngine(),
  )
  const [row] = await server.app.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces'))
  workspaceId = row!.id
  const { body } = await server.api('/api/admin/customer-service/calls', {
    json: { customerPhone: '+12025550143', direction: 'inbound' },
  })
  callId = (body as { call: { id: string } }).call.id
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  carrier.closeAllConnections()
  await new Promise(resolve => carrier.close(resolve))
  fs.rmSync(dataDir, { recursive: true, force: true })
})

/** A connection of somebody's who says just this, and reads nothing unless asked to. */
async function say(text: string): Promise<net.Socket> {
  const { hostname, port } = new URL(server.url)
  const socket = net.connect(Number(port), hostname)
  sockets.push(socket)
  socket.on('error', () => {})
  await new Promise<void>(resolve => socket.once('connect', resolve))
  socket.write(text)
  return socket
}
const asking = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: ${new URL(server.url).host}\r\nx-api-key: ${ADMIN_API_KEY}\r\n${more}\r\n`
const upgrading = (path: string): string =>
  asking(
    path,
    `connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n`,
  )
const firstBytes = (socket: net.Socket) =>
  new Promise<string>(resolve => socket.once('data', data => resolve(`${data}`)))

async function stopping(): Promise<number> {
  const began = performance.now()
  await server.close()
  return performance.now() - began
}

test('a server that nobody is connected to stops at once', async () => {
  expect(await stopping()).toBeLessThan(PATIENCE_MS)
})

test('what is being answered is answered, and its connection is not kept alive', async () => {
  const { db } = server.app
  let goOn = () => {}
  const held = new Promise<void>(resolve => {
    goOn = resolve
  })
  // The one session of the embedded database: whoever asks now is answered when it is free.
  const holding = db.asOwner(() => held)
  const agent = new http.Agent({ keepAlive: true })
  const answered = new Promise<number>((resolve, reject) => {
    const request = http.get(
      `${server.url}/api/calls`,
      { agent, headers: { 'x-api-key': ADMIN_API_KEY } },
      response => void response.resume().on('end', () => resolve(response.statusCode!)),
    )
    request.on('error', reject)
  })
  await new Promise(resolve => setTimeout(resolve, 200))
  const stopped = stopping()
  await new Promise(resolve => setTimeout(resolve, 200))
  goOn()
  await holding
  expect(await answered).toBe(200)
  expect(await stopped).toBeLessThan(WITHIN_MS)
  agent.destroy()
})

test('nobody keeps it by not going on: half a request, unread streams and files, WebSockets that say no goodbye', async () => {
  const id = await leaveRecording({ db: server.app.db, dataDir, workspaceId, callId }, randomBytes(20_000_000))
  const { url } = await recordingLink(server.app, workspaceId, id)
  const { pathname, search } = new URL(url)
  await say('GET /api/calls HTTP/1.1\r\nhost: here\r\n')
  await say(`POST /api/contacts HTTP/1.1\r\nhost: here\r\nx-api-key: ${ADMIN_API_KEY}\r\ncontent-length: 1000\r\n\r\n{`)
  const file = await say(asking(pathname + search))
  expect(await firstBytes(file)).toContain('200 OK')
  file.pause()
  const stream = await say(asking('/api/ringcentral/call-stream'))
  expect(await firstBytes(stream)).toContain('200 OK')
  stream.pause()
  for (const path of ['/socket.io/?EIO=4&transport=websocket', '/voice']) {
    const socket = await say(upgrading(path))
    expect(await firstBytes(socket)).toContain('101 Switching Protocols')
    socket.pause()
  }
  expect(await stopping()).toBeLessThan(WITHIN_MS)
})

test('nor does a carrier whose recording never ends', async () => {
  const at = { db: server.app.db, dataDir, workspaceId, callId }
  const id = `RE${createHash('md5').update('x').digest('hex')}`
  await leaveRecording(at, randomBytes(1), {
    id,
    provider: 'twilio',
    url: `http://127.0.0.1:${(carrier.address() as AddressInfo).port}/2010-04-01/Accounts/${ACCOUNT}/Recordings/${id}`,
  })
  await tellCompleted(at, id)
  await asked
  expect(await stopping()).toBeLessThan(WITHIN_MS)
})
