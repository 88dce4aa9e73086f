import fs from 'node:fs'
import net from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dataDirectory } from './support/databases.ts'
import { type RingsideProcess, startProcess } from './support/process.ts'
import { ADMIN_API_KEY } from './support/server.ts'

/** Connections that no client of ours would make, against the server as it is started for real. */
let server: RingsideProcess
let directory: string
beforeAll(async () => {
  directory = await dataDirectory()
  server = await startProcess({ DATA_DIR: directory, ADMIN_API_KEY, LOG_LEVEL: 'silent' })
})
afterAll(async () => {
  await server?.end()
  fs.rmSync(directory, { recursive: true })
})

const open: net.Socket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})

interface Raw {
  socket: net.Socket
  /** Everything it has answered so far. */
  answer(): string
  closed: Promise<void>
}

async function connect(): Promise<Raw> {
  const { hostname, port } = new URL(server.url)
  const socket = net.connect(Number(port), hostname)
  open.push(socket)
  let answered = ''
  socket.on('data', chunk => {
    answered += chunk
  })
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
  await new Promise<void>(resolve => socket.once('connect', () => resolve()))
  return { socket, answer: () => answered, closed }
}

/** What is answered until the connection ends, or for `milliseconds`. */
async function send(text: string | Buffer, milliseconds = 3000): Promise<string> {
  const { socket, answer, closed } = await connect()
  socket.write(text)
  await Promise.race([closed, new Promise(resolve => setTimeout(resolve, milliseconds))])
  return answer()
}
const statuses = (answer: string): string[] => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!)

let calls = 0
/** Milliseconds that a webhook takes. */
async function webhook(): Promise<number> {
  const began = performance.now()
  const { status } = await fetch(`${server.url}/api/webhooks/call/incoming`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      CallSid: `CA${String(++calls).padStart(32, '0')}`,
      From: '+14155550100',
      To: '+12025550100',
      CallStatus: 'ringing',
    }),
  })
  expect(status).toBe(200)
  return performance.now() - began
}

const HEAD = 'POST /api/webhooks/call/incoming HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n'

describe('as slow as can be', () => {
  const SOCKETS = 500

  test('five hundred heads and bodies, drop by drop: given up soon, and calls come in meanwhile', {
    timeout: 60_000,
  }, async () => {
    const began = performance.now()
    const dripping = await Promise.all(
      Array.from({ length: SOCKETS }, async (_, index) => {
        const raw = await connect()
        const inBody = index % 2 === 0
        raw.socket.write(inBody ? `${HEAD}content-length: 100000\r\n\r\n{"CallSid": "` : 'POST /api/webhooks/call')
        const drop = setInterval(() => void (raw.socket.writable && raw.socket.write('a')), 1000)
        const lasted = raw.closed.then(() => {
          clearInterval(drop)
          return performance.now() - began
        })
        return { ...raw, lasted }
      }),
    )
    const times: number[] = []
    for (let i = 0; i < 20; i++) {
      times.push(await webhook())
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    times.sort((a, b) => a - b)
    expect(times[times.length >> 1]).toBeLessThan(500)

    const lasted = await Promise.all(dripping.map(each => each.lasted))
    // 10 s for a head, looked at every 5 s; 20 s for a body.
    expect(Math.max(...lasted)).toBeLessThan(35_000)
    for (const { answer } of dripping) expect(statuses(answer()).join()).toMatch(/^(408)?$/)
    expect(await webhook()).toBeLessThan(5000)
  })
})

describe('a body that is not what it says', () => {
  test('endless, in chunks: cut off after what may be', async () => {
    const { socket, answer, closed } = await connect()
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`)
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    let sent = 0
    const pump = setInterval(() => {
      if (socket.writable && socket.writableLength < 1e6) sent += Number(socket.write(chunk)) * 0x10000
    }, 1)
    await Promise.race([closed, new Promise(resolve => setTimeout(resolve, 5000))])
    clearInterval(pump)
    expect(statuses(answer())).toEqual(['413'])
    expect(socket.destroyed || !socket.writable).toBe(true)
    expect(sent).toBeLessThan(20e6)
  })

  test('ten gigabytes, by its own word', async () => {
    expect(statuses(await send(`${HEAD}content-length: 10737418240\r\n\r\n{`))).toEqual(['413'])
  })

  test('packed a thousandfold: nobody unpacks it', async () => {
    const bomb = gzipSync(Buffer.alloc(50e6, ' '))
    const head = `${HEAD}connection: close\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`
    const answer = await send(Buffer.concat([Buffer.from(head), bomb]))
    expect(statuses(answer)[0]).toMatch(/^4/)
  })

  test('longer than it says: the rest is no request', async () => {
    const answer = await send(`${HEAD}content-length: 2\r\n\r\n{}GARBAGE that follows\r\n\r\n`)
    expect(statuses(answer).join()).toMatch(/^400(,400)?$/)
  })
})

describe('a request that two readers could read in two ways is refused, and nothing after it is heard', () => {
  const SMUGGLED = 'GET /api/me HTTP/1.1\r\nhost: here\r\n\r\n'
  const bodies: [string, string][] = [
    ['a length and chunks', `${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks and a length', `${HEAD}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${HEAD}content-length: 2\r\ncontent-length: 40\r\n\r\n{}`],
    ['a length with a sign', `${HEAD}content-length: +2\r\n\r\n{}`],
    ['two lengths in one', `${HEAD}content-length: 2, 2\r\n\r\n{}`],
    ['chunks that are not last', `${HEAD}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['an unknown coding', `${HEAD}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a blank before the colon', `${HEAD}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a folded line', `${HEAD}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk size that is none', `${HEAD}transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`],
    ['a zero in a header', `${HEAD}x-odd: a\0b\r\ncontent-length: 2\r\n\r\n{}`],
    ['a head of a megabyte', `${HEAD}x-long: ${'x'.repeat(1e6)}\r\n\r\n`],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ]
  test.each(bodies)('%s', async (_, text) => {
    const answer = await send(text + SMUGGLED)
    expect(statuses(answer).filter(status => status === '200' || status === '401')).toEqual([])
    expect(statuses(answer).join()).toMatch(/^(4\d\d)?$/)
  })

  test('what is in order is heard, one after the other', async () => {
    const answer = await send(
      `GET /healthz HTTP/1.1\r\nhost: here\r\n\r\n${SMUGGLED.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')}`,
    )
    expect(statuses(answer)).toEqual(['200', '401'])
  })
})

describe('text that is none', () => {
  const post = (body: Buffer, type: string) => {
    const head = `POST /api/webhooks/call/incoming HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-type: ${type}\r\n`
    return send(Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]))
  }
  const FORM = 'application/x-www-form-urlencoded'
  const form = (name: string | Buffer) =>
    Buffer.concat([
      Buffer.from(
        `CallSid=CA${String(++calls).padStart(32, '0')}&From=%2B14155550100&To=%2B12025550100&CallStatus=ringing&CallerName=`,
      ),
      Buffer.from(name),
    ])

  test.each<[string, string | Buffer]>([
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0xc0, 0x80])],
    ['overlong forms', '%C0%AF%E0%80%AF'],
    ['half of a pair', '%ED%A0%80'],
    ['a zero', 'a%00b'],
    ['a mark of byte order', '%EF%BB%BFname'],
    ['a turn of direction', '%E2%80%AEname'],
    ['broken escapes', '%ZZ%4'],
    ['lines', '%0D%0AX-Evil: 1'],
  ])('%s in a caller’s name is a call or a refusal, never a fault', async (_, name) => {
    const [status] = statuses(await post(form(name), FORM))
    expect(['200', '400']).toContain(status)
  })

  test('tens of thousands of fields are refused, at once', async () => {
    const began = performance.now()
    const body = Buffer.from(
      Array.from({ length: 60_000 }, (_, i) => `a${i}=1`)
        .join('&')
        .slice(0, 250_000),
    )
    const [status] = statuses(await post(body, FORM))
    expect(status).toBe('400')
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('after all of this it goes on', async () => {
    expect(await webhook()).toBeLessThan(5000)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  })
})

test.each([
  ['a head without end', `GET /api/me HTTP/1.1\r\nhost: here\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'too_large'],
  ['another language', 'EHLO mail.example.com\r\n\r\n', 400, 'malformed_request'],
  ['two lengths', `${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 400, 'malformed_request'],
])('%s is answered as everything is, in words and with every header', async (_name, text, status, code) => {
  const [head, body] = (await send(text)).split('\r\n\r\n') as [string, string]
  expect(statuses(head)).toEqual([String(status)])
  expect(JSON.parse(body)).toEqual({ success: false, error: { code, message: expect.any(String) } })
  for (const header of ['content-security-policy', 'x-content-type-options', 'cache-control'])
    expect(head).toContain(`${header}: `)
})
