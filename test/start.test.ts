import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { dataDirectory } from './support/databases.ts'
import { type RingsideProcess, startProcess, temporaryDirectory } from './support/process.ts'
import { ADMIN, ADMIN_API_KEY } from './support/server.ts'

const running: RingsideProcess[] = []
const directories: string[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.end('SIGKILL')
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true })
})
const emptyDirectory = (): string => {
  const made = temporaryDirectory()
  directories.push(made)
  return made
}
/** As any start but the first finds it. */
const migratedDirectory = async (): Promise<string> => {
  const made = await dataDirectory()
  directories.push(made)
  return made
}
async function start(env: Record<string, string>): Promise<RingsideProcess> {
  const server = await startProcess(env)
  running.push(server)
  return server
}
const failure = (env: Record<string, string>): Promise<{ code: number; printed: string }> =>
  startProcess(env).then(
    async server => {
      await server.end('SIGKILL')
      throw new Error('it started')
    },
    error => error,
  )
const call = (url: string, CallSid: string): Promise<Response> =>
  fetch(`${url}/api/webhooks/call/incoming`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ CallSid, From: '+14155550100', CallStatus: 'ringing', Direction: 'inbound' }),
    signal: AbortSignal.timeout(10_000),
  })

describe('a start', () => {
  test('names every problem of configuration at once, and starts nothing', async () => {
    const dataDir = path.join(emptyDirectory(), 'untouched')
    const { code, printed } = await failure({
      PORT: 'no number',
      PUBLIC_URL: 'calls.example.com',
      DATABASE_URL: 'mysql://nowhere',
      ADMIN_API_KEY: 'short',
      ADMIN_EMAIL: 'admin@example.com',
      TWILIO_ACCOUNT_SID: 'SK1',
      RINGCENTRAL_CLIENT_ID: 'id',
      DATA_DIR: dataDir,
    })
    expect(code).toBe(1)
    for (const variable of [
      'PORT',
      'PUBLIC_URL',
      'DATABASE_URL',
      'ADMIN_API_KEY',
      'ADMIN_PASSWORD',
      'TWILIO_ACCOUNT_SID',
      'RINGCENTRAL_CLIENT_SECRET',
      'RINGCENTRAL_JWT_TOKEN',
    ]) {
      expect(printed).toMatch(new RegExp(`^ {2}${variable} `, 'm'))
    }
    expect(fs.existsSync(dataDir)).toBe(false)
  })

  test('says so when its port is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => taken.once('listening', resolve))
    const { port } = taken.address() as net.AddressInfo
    const { code, printed } = await failure({ PORT: String(port), DATA_DIR: await migratedDirectory() })
    expect([code, printed]).toEqual([1, expect.stringContaining(`Port ${port} is taken`)])
    taken.close()
  })

  test.each([
    [{ DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/d' }, /DATABASE_URL cannot be used\. Nothing listens there/],
    [{ DATA_DIR: path.join(import.meta.filename, 'inside') }, /^ {2}DATA_DIR must be a folder that can be written/m],
  ])(
    'says what is wrong with %o, and how',
    async (env, sentence) => {
      const { code, printed } = await failure({ DATA_DIR: emptyDirectory(), ...env })
      expect([code, printed]).toEqual([1, expect.stringMatching(sentence)])
      expect(printed).not.toContain('secret')
    },
    30_000,
  )

  test('first prints where it is ready and a link that signs the first admin in, once; the second start is quick', async () => {
    const DATA_DIR = emptyDirectory()
    const first = await start({ DATA_DIR, PORT: '0' })
    const link = /http\S+\/sign-in#token=(\S+)/.exec(first.output())
    expect(first.output()).toMatch(/Ringside is ready at http:\/\/127\.0\.0\.1:\d+\n/)
    const signIn = () =>
      fetch(`${first.url}/api/auth/sign-in/link`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: link![1] }),
      })
    const signedIn = await signIn()
    expect(signedIn.status).toBe(200)
    const me = await fetch(`${first.url}/api/me`, {
      headers: { cookie: signedIn.headers.getSetCookie()[0]!.split(';')[0]! },
    })
    expect(await me.json()).toMatchObject({
      role: 'admin',
      agent: { queues: [{ name: 'hr' }, { name: 'sales' }, { name: 'support' }].map(() => expect.anything()) },
    })
    expect((await signIn()).status).toBe(401)
    expect(await first.end('SIGTERM')).toBe(0)

    const second = await start({ DATA_DIR, ADMIN_API_KEY })
    expect(second.output()).toMatch(/Ringside is ready at/)
    console.log(`second start: ready after ${Math.round(second.readyAfter)} ms`)
  })

  test('is never silent: it says what it is at before it is at it', async () => {
    const DATA_DIR = emptyDirectory()
    const lines = (server: RingsideProcess) =>
      server
        .output()
        .split('\n')
        .filter(line => /…$|ready/.test(line) && !line.includes('dashboard'))
    const first = await start({ DATA_DIR })
    expect(lines(first)).toEqual([
      'Ringside is starting…',
      `Making a database in ${DATA_DIR}/db, this once…`,
      'Bringing the database up to date…',
      expect.stringContaining('Ringside is ready'),
    ])
    await first.end('SIGKILL')
    expect(lines(await start({ DATA_DIR }))).toEqual([
      'Ringside is starting…',
      `Opening the database in ${DATA_DIR}/db (what a crash has left is put in order first)…`,
      expect.stringContaining('Ringside is ready'),
    ])
  }, 120_000)

  test('refuses a folder that another Ringside uses, and takes over one that a crash left', async () => {
    const DATA_DIR = await migratedDirectory()
    const first = await start({ DATA_DIR })
    const { code, printed } = await failure({ DATA_DIR })
    expect([code, printed]).toEqual([1, expect.stringContaining('is in use by another Ringside')])
    await first.end('SIGKILL')
    expect((await call((await start({ DATA_DIR })).url, 'CAafter')).status).toBe(200)
  })

  test('ends with the shell in which npm runs it, when npm is told to end', async () => {
    const DATA_DIR = await migratedDirectory()
    const server = await startProcess({ DATA_DIR }, { asNpm: true })
    // Whoever still runs keeps the output of the shell open, and the folder to itself.
    await server.end('SIGTERM')
    await start({ DATA_DIR })
  })

  test('with ADMIN_EMAIL and ADMIN_PASSWORD, that admin signs in and no link is printed', async () => {
    const server = await start({
      DATA_DIR: await migratedDirectory(),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
    })
    expect(server.output()).not.toContain('token=')
    const response = await fetch(`${server.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    })
    expect(response.status).toBe(200)
  })

  test('bound to more than loopback, unsigned webhooks are refused and nothing is stored', async () => {
    const server = await start({ DATA_DIR: await migratedDirectory(), HOST: '0.0.0.0', ADMIN_API_KEY })
    const url = server.url.replace('0.0.0.0', '127.0.0.1')
    const response = await call(url, 'CA1')
    expect([response.status, await response.json()]).toMatchObject([403, { error: { code: 'webhook_not_checkable' } }])
    const calls = await fetch(`${url}/api/calls`, { headers: { 'x-api-key': ADMIN_API_KEY } })
    expect(await calls.json()).toEqual({ items: [], nextCursor: null })
  })
})

test('kill -9 at any moment loses nothing that was acknowledged', async () => {
  const DATA_DIR = await migratedDirectory()
  const acknowledged: string[] = []
  let sent = 0
  for (let round = 0; round < 4; round++) {
    const server = await start({ DATA_DIR, ADMIN_API_KEY })
    if (round > 0) await expectStored(server.url, acknowledged)
    // In the middle of work, however fast the machine: when so many have been acknowledged, and others are on their way.
    const enough = acknowledged.length + 9 + 7 * round
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (;;) {
          const id = `CA${sent++}`
          const response = await call(server.url, id).catch(() => null)
          if (response?.status !== 200) return
          acknowledged.push(id)
          if (acknowledged.length === enough) server.child.kill('SIGKILL')
        }
      }),
    )
    await server.end('SIGKILL')
  }
  const last = await start({ DATA_DIR, ADMIN_API_KEY })
  await expectStored(last.url, acknowledged)
  expect(acknowledged.length).toBeGreaterThan(20)
}, 120_000)

test('a disk without room ends the process with the reason, and keeps nobody waiting; with room, nothing is lost', async () => {
  const DATA_DIR = await migratedDirectory()
  // A file that may not grow is as much of a full disk as a test can have anywhere. The log of the database is made of files
  // of 16 MB: this one is not finished, or the next one not begun.
  const server = await startProcess({ DATA_DIR, ADMIN_API_KEY }, { mostKilobytesOfAFile: 16_000 })
  running.push(server)
  const acknowledged: string[] = []
  let sent = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (;;) {
        const id = `CA${sent++}`
        const response = await call(server.url, id).catch(error => error as Error)
        if (response instanceof Error) return expect(response.name).not.toBe('TimeoutError')
        if (response.status === 200) acknowledged.push(id)
      }
    }),
  )
  expect(await server.end('SIGTERM')).toBe(1)
  expect(server.output()).toMatch(
    /"msg":"the embedded database cannot go on, and this process with it: could not write/,
  )
  await expectStored((await start({ DATA_DIR, ADMIN_API_KEY })).url, acknowledged)
  expect(acknowledged.length).toBeGreaterThan(0)
}, 120_000)

async function expectStored(url: string, acknowledged: string[]): Promise<void> {
  const stored = new Set<string>()
  for (let cursor: string | null = ''; cursor !== null; ) {
    const response = await fetch(`${url}/api/calls?limit=200${cursor && `&cursor=${cursor}`}`, {
      headers: { 'x-api-key': ADMIN_API_KEY },
    })
    const page = (await response.json()) as { items: { providerCallId: string }[]; nextCursor: string | null }
    for (const { providerCallId } of page.items) stored.add(providerCallId)
    cursor = page.nextCursor
  }
  expect(acknowledged.filter(id => !stored.has(id))).toEqual([])
}
