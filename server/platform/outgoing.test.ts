import dns from 'node:dns'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  createKeptConnections,
  fetchBytes,
  isPrivateAddress,
  type KeptConnections,
  type Outgoing,
  send,
} from './outgoing.ts'

describe('which addresses are the internet’s', () => {
  test.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
    ...['172.31.255.255', '192.168.1.1', '192.0.2.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
    ...['::', '::1', '0:0:0:0:0:0:0:1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fec0::1', 'ff02::1', '2001:db8::1'],
    // IPv4 inside IPv6: mapped, compatible, translated, tunnelled.
    ...['::ffff:127.0.0.1', '::FFFF:10.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:7f00:1', '::127.0.0.1', '::7f00:1'],
    ...['64:ff9b::7f00:1', '64:ff9b::127.0.0.1', '2002:7f00:1::1', '::ffff:0:7f00:1', '64:ff9b:1::7f00:1'],
    ...['2001::1', '3fff::1', '4000::1', '5f00::1', '8000::1', 'abcd::1', '1::1'],
    // What is no address is nobody's.
    ...['', 'localhost', '127.1', '2130706433', '0x7f000001', '1.2.3.4.5'],
  ])('not %s', address => {
    expect(isPrivateAddress(address)).toBe(true)
  })

  test.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '100.128.0.1',
    '192.167.1.1',
    '::ffff:8.8.8.8',
    '2606:4700::1',
  ])('%s is', address => {
    expect(isPrivateAddress(address)).toBe(false)
  })
})

describe('asking another server', () => {
  let server: http.Server
  let port: number
  let answer: http.RequestListener
  let requests: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[]

  beforeAll(async () => {
    server = http.createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      requests.push({ method: request.method!, url: request.url!, headers: request.headers, body })
      answer(request, response)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    requests = []
    answer = (_request, response) => response.end('{"tier":"gold"}')
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const ask = (more: Partial<Outgoing> = {}) =>
    send({ method: 'GET', url: `http://127.0.0.1:${port}/`, body: null, deadlineMs: 2000, allowPrivate: true, ...more })

  test('gets what it answers, whatever its status', async () => {
    expect(await ask({ url: `http://localhost:${port}/tier?of=ana` })).toEqual({ status: 200, body: '{"tier":"gold"}' })
    expect(requests).toMatchObject([{ method: 'GET', url: '/tier?of=ana', body: '' }])
    expect(requests[0]!.headers['content-type']).toBeUndefined()
    answer = (_request, response) => response.writeHead(503).end()
    expect(await ask()).toEqual({ status: 503, body: '' })
  })

  test('sends a body as JSON, and the headers that it is given', async () => {
    await ask({ method: 'POST', body: '{"name":"Ana López"}', headers: { 'x-key': 'k' } })
    expect(requests).toMatchObject([
      { method: 'POST', headers: { 'content-type': 'application/json', 'x-key': 'k' }, body: '{"name":"Ana López"}' },
    ])
  })

  describe('does not reach this machine or its neighbours', () => {
    test.each([
      ...['127.0.0.1', '127.1', '2130706433', '0177.0.0.1', '017700000001', '0x7f.0.0.1', '0x7f000001', '127.0.0.1.'],
      ...['①②⑦.⓪.⓪.①', '0', '0.0.0.0', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]'],
      ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]', '[2002:7f00:1::]'],
      ...['localhost', 'LOCALHOST', 'localhost.', 'crm.localhost', 'metadata.google.internal', 'printer.local'],
      ...['example.com@127.0.0.1', 'user:secret@localhost', '169.254.169.254', '[fe80::1]'],
    ])('as %s', async host => {
      await expect(ask({ url: `http://${host}:${port}/`, allowPrivate: false })).rejects.toThrow(/private|ENOTFOUND/)
      expect(requests).toEqual([])
    })

    test.each<[string, string[]]>([
      ['one', ['127.0.0.1']],
      ['one of IPv6', ['::1']],
      ['one mapped into IPv6', ['::ffff:127.0.0.1']],
      ['several', ['10.0.0.1', '127.0.0.1', '169.254.169.254']],
    ])('by a name that points there: %s', async (_name, addresses) => {
      const lookup = vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(stub: unknown): void }
      lookup.mockImplementation((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
        done(
          null,
          addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
      )
      const url = `http://innocent.example:${port}/`
      await expect(ask({ url, allowPrivate: false })).rejects.toThrow('the address is a private one')
      expect(requests).toEqual([])
    })

    test('by a name that points there besides: only what is public is spoken to', async () => {
      const lookup = vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(stub: unknown): void }
      lookup.mockImplementation((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
        done(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '2606:4700::1', family: 6 },
        ]),
      )
      await expect(
        ask({ url: `http://mixed.example:${port}/`, allowPrivate: false, deadlineMs: 300 }),
      ).rejects.toThrow()
      expect(requests).toEqual([])
    })

    test('by a name that points somewhere else when it is used', async () => {
      let looked = 0
      const lookup = vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(stub: unknown): void }
      lookup.mockImplementation((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
        done(null, [{ address: looked++ === 0 ? '2606:4700::1' : '127.0.0.1', family: looked === 1 ? 6 : 4 }]),
      )
      const url = `http://rebound.example:${port}/`
      await expect(ask({ url, allowPrivate: false, deadlineMs: 300 })).rejects.toThrow()
      await expect(ask({ url, allowPrivate: false, deadlineMs: 300 })).rejects.toThrow('the address is a private one')
      // Once for each: what was checked is what is spoken to.
      expect(looked).toBe(2)
      expect(requests).toEqual([])
    })

    test.each([22, 25, 5432, 6379])('by a port that is another service’s: %i', async other => {
      await expect(ask({ url: `http://93.184.216.34:${other}/`, allowPrivate: false })).rejects.toThrow('port')
    })

    test('by what a server that is asked answers', async () => {
      answer = (_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/inner` }).end()
      expect((await ask()).status).toBe(302)
      expect(requests).toHaveLength(1)
    })
  })

  test.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1/', 'javascript:1', 'nowhere', ''])(
    '%j is not asked',
    async url => {
      await expect(ask({ url })).rejects.toThrow()
    },
  )

  describe('in time', () => {
    const late = async (more: Partial<Outgoing> = {}) => {
      const began = performance.now()
      await expect(ask({ deadlineMs: 200, ...more })).rejects.toThrow()
      const took = performance.now() - began
      expect(took).toBeGreaterThan(150)
      expect(took).toBeLessThan(1500)
    }

    test('who says nothing is given up', async () => {
      answer = () => {}
      await late()
    })

    test('who speaks drop by drop is given up too: the deadline is for everything', async () => {
      let drops: NodeJS.Timeout
      answer = (request, response) => {
        drops = setInterval(() => response.write(' '), 20)
        request.socket.on('close', () => clearInterval(drops))
      }
      await late()
    })

    test('so is a name that nobody resolves', async () => {
      ;(vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(stub: unknown): void }).mockImplementation(() => {})
      await late({ url: `http://slow.example:${port}/`, allowPrivate: false })
    })
  })

  test('an answer of the greatest length is taken; one byte more is not', async () => {
    answer = (_request, response) => response.end('x'.repeat(100_000))
    expect((await ask()).body).toHaveLength(100_000)
    answer = (_request, response) => response.end('x'.repeat(100_001))
    await expect(ask()).rejects.toThrow('too long')
    await expect(ask({ maxBytes: 10 })).rejects.toThrow('too long')
  })

  test('of an answer that may be cut, only so much is read, and its headers are told', async () => {
    answer = (_request, response) => response.writeHead(503, { 'retry-after': '7' }).end('x'.repeat(1_000_000))
    const url = `http://127.0.0.1:${port}/`
    const options = { method: 'GET' as const, url, body: null, deadlineMs: 2000, allowPrivate: true }
    const { status, headers, body } = await fetchBytes({ ...options, maxBytes: 10, cut: true })
    expect([status, headers['retry-after'], body.toString()]).toEqual([503, '7', 'x'.repeat(10)])
  })

  test('an answer without an end is given up as soon as it is too long', async () => {
    answer = (request, response) => {
      const more = () => {
        while (response.write('x'.repeat(16_384)));
      }
      response.on('drain', more)
      request.socket.on('close', () => response.destroy())
      more()
    }
    await expect(ask()).rejects.toThrow('too long')
  })

  test('half an answer is none', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{"tier":')
      setTimeout(() => request.socket.destroy(), 20)
    }
    await expect(ask()).rejects.toThrow()
  })

  test('nobody at home is an error', async () => {
    await expect(ask({ url: 'http://127.0.0.1:1/' })).rejects.toThrow('ECONNREFUSED')
  })

  describe('over connections that are kept', () => {
    let kept: KeptConnections
    beforeEach(() => {
      kept = createKeptConnections()
      ports.length = 0
      server.on('request', note)
    })
    afterEach(() => {
      server.off('request', note)
      kept.close()
    })

    const over = (more: Partial<Outgoing> = {}) => ask({ kept, ...more })
    /** The connection of each request so far, by the port at our end. */
    const ports: number[] = []
    const note = (request: http.IncomingMessage) => void ports.push(request.socket.remotePort!)

    test('one carries one request after the other', async () => {
      for (let i = 0; i < 5; i++) expect((await over()).body).toBe('{"tier":"gold"}')
      expect(new Set(ports).size).toBe(1)
    })

    test('without, each request has its own', async () => {
      for (let i = 0; i < 3; i++) await ask()
      expect(new Set(ports).size).toBe(3)
    })

    test('those at once have one each, and not more of them stay open than ten', async () => {
      await Promise.all(Array.from({ length: 15 }, () => over()))
      expect(new Set(ports).size).toBe(15)
      await expect.poll(() => connections()).toBe(10)
    })

    test('one that the other side has closed meanwhile is not used, not even in the same moment', async () => {
      const sockets: Socket[] = []
      answer = (request, response) => {
        sockets.push(request.socket)
        response.end('first')
      }
      for (const close of ['end', 'destroy', 'resetAndDestroy'] as const) {
        await over()
        sockets.at(-1)![close]()
        expect((await over()).body).toBe('first')
      }
      expect(requests).toHaveLength(6)
    })

    test('one that ends after the request was sent is a failure, told as one: it may have been heeded', async () => {
      await over()
      answer = request => request.socket.destroy()
      await expect(over()).rejects.toThrow()
      expect(requests).toHaveLength(2)
      expect(new Set(ports).size).toBe(1)
    })

    test('one over which an answer was cut is not used again', async () => {
      answer = (_request, response) => response.end('x'.repeat(1_000_000))
      for (let i = 0; i < 2; i++) expect((await over({ maxBytes: 10, cut: true })).body).toBe('x'.repeat(10))
      expect(new Set(ports).size).toBe(2)
    })

    test('one that leads to a private address serves nobody who may not go there', async () => {
      const lookup = vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(stub: unknown): void }
      lookup.mockImplementation((_host: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
        options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
      )
      const url = `http://crm.example:${port}/`
      expect((await over({ url })).status).toBe(200)
      await expect(over({ url, allowPrivate: false })).rejects.toThrow('the address is a private one')
      await expect(over({ allowPrivate: false })).rejects.toThrow('the address is a private one')
      expect(requests).toHaveLength(1)
    })

    test('they are closed with us', async () => {
      await over()
      expect(await connections()).toBe(1)
      kept.close()
      await expect.poll(() => connections()).toBe(0)
    })

    test('who says nothing over one is given up', async () => {
      await over()
      answer = () => {}
      const began = performance.now()
      await expect(over({ deadlineMs: 200 })).rejects.toThrow()
      expect(performance.now() - began).toBeLessThan(1500)
    })

    const connections = () =>
      new Promise<number>((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      )
  })

  test('characters that are cut by the network are put together again', async () => {
    answer = (_request, response) => {
      const bytes = Buffer.from('{"name":"López"}')
      response.write(bytes.subarray(0, 10))
      setTimeout(() => response.end(bytes.subarray(10)), 20)
    }
    expect((await ask()).body).toBe('{"name":"López"}')
  })
})
