import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { onBothDatabases } from '../test/support/databases.ts'
import { startTestServer } from '../test/support/server.ts'
import { examine, nodeFinding } from './doctor.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-doctor-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

/** What is said about one thing, with these variables. */
const findingOf = async (about: string, env: Record<string, string>) =>
  (await examine({ DATA_DIR: folder, PORT: '1', ...env })).find(finding => finding.about === about)

/** Something else than a Ringside, until `use` is done with its port. */
async function withProgram(answer: http.RequestListener, use: (port: number) => Promise<void>): Promise<void> {
  const program = http.createServer(answer).listen(0, '127.0.0.1')
  await new Promise(resolve => program.once('listening', resolve))
  try {
    await use((program.address() as AddressInfo).port)
  } finally {
    program.close()
    program.closeAllConnections()
  }
}

describe('the doctor', () => {
  test('names every setting that is wrong, and looks no further', async () => {
    const findings = await examine({ PORT: 'five', HOST: '', DATABASE_URL: 'mysql://db' })
    const wrong = findings.filter(({ state }) => state === 'wrong').map(({ said }) => said.split(' ')[0])
    expect(wrong.toSorted()).toEqual(['DATABASE_URL', 'PORT'])
    expect(findings.map(({ about }) => about)).toEqual(['Node.js', 'Settings', 'Settings'])
  })

  test.each<[string, 'good' | 'wrong']>([
    ['20.18.3', 'wrong'],
    ['20.19.0', 'good'],
    ['18.20.0', 'wrong'],
    ['22.0.0', 'good'],
  ])('Node.js %s is %s', (version, state) => expect(nodeFinding(version).state).toBe(state))

  test('says whether the data have a place, and makes none', async () => {
    const there = path.join(folder, 'not', 'yet')
    expect(await findingOf('DATA_DIR', { DATA_DIR: there })).toMatchObject({ state: 'good' })
    expect(fs.readdirSync(folder)).toEqual([])
    const file = path.join(folder, 'file')
    fs.writeFileSync(file, '')
    const finding = await findingOf('DATA_DIR', { DATA_DIR: path.join(file, 'data') })
    fs.rmSync(file)
    expect(finding).toMatchObject({ state: 'wrong', said: expect.stringContaining(file) })
  })

  test('says that the database of DATABASE_URL cannot be reached', async () => {
    const finding = await findingOf('Database', { DATABASE_URL: 'postgres://me:secret-word@127.0.0.1:1/ringside' })
    expect(finding).toMatchObject({ state: 'wrong', said: expect.stringContaining('DATABASE_URL') })
    expect(finding!.said).not.toContain('secret-word')
  })

  test('names others who cannot be reached by their variable, with the reason', async () => {
    await withProgram(
      (_, response) => response.writeHead(500).end(),
      async port => {
        const findings = await examine({
          DATA_DIR: folder,
          PORT: '1',
          S3_BUCKET: 'b',
          S3_ENDPOINT: 'http://127.0.0.1:1',
          S3_ACCESS_KEY_ID: 'id',
          S3_SECRET_ACCESS_KEY: 'secret',
          SPEECH_URL: `http://127.0.0.1:${port}`,
          LIVEKIT_API_URL: 'ws://127.0.0.1:1',
          LIVEKIT_API_KEY: 'key',
          LIVEKIT_API_SECRET: 'secret',
        })
        expect(findings.filter(({ state }) => state === 'wrong').map(({ about, said }) => `${about}: ${said}`)).toEqual(
          [
            'S3_BUCKET: Nothing listens there (127.0.0.1:1).',
            `SPEECH_URL: 127.0.0.1:${port} answers with 500: it is in trouble itself.`,
            'LIVEKIT_API_URL: Nothing listens there (127.0.0.1:1).',
          ],
        )
      },
    )
  })

  test('tries the store, and leaves nothing there', async () => {
    const objects = new Map<string, string>()
    const store: http.RequestListener = async (request, response) => {
      const { method, url } = request
      if (method === 'PUT') objects.set(url!, await text(request))
      if (method === 'DELETE') objects.delete(url!)
      response.writeHead(method === 'DELETE' ? 204 : 200).end(method === 'GET' ? objects.get(url!) : undefined)
    }
    await withProgram(store, async port => {
      const account = { S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }
      expect(await findingOf('S3_BUCKET', { ...account, S3_ENDPOINT: `http://127.0.0.1:${port}` })).toMatchObject({
        state: 'good',
      })
    })
    expect(objects.size).toBe(0)
  })

  test('finds the server that is ready, and none where there is none', async () => {
    const server = await startTestServer()
    const { port } = new URL(server.url)
    expect(await findingOf('Server', { PORT: port })).toMatchObject({ state: 'good' })
    await server.close()
    expect(await findingOf('Server', { PORT: port })).toMatchObject({ state: 'note' })
  })

  test('says why a server is not ready', async () => {
    const body = { success: false, error: { code: 'not_ready', message: 'The database cannot be reached just now.' } }
    await withProgram(
      (_, response) => response.writeHead(503).end(JSON.stringify(body)),
      async port =>
        expect(await findingOf('Server', { PORT: String(port) })).toMatchObject({
          state: 'wrong',
          said: expect.stringContaining(body.error.message),
        }),
    )
  })

  test('says that another program has the port', async () => {
    await withProgram(
      (_, response) => response.end('<h1>Something else</h1>'),
      async port =>
        expect(await findingOf('Server', { PORT: String(port) })).toMatchObject({
          state: 'wrong',
          said: expect.stringContaining(`PORT=${port}`),
        }),
    )
  })
})

onBothDatabases('the doctor', (open, { shared }) => {
  const alone = shared ? '' : ' (skipped: the embedded database is one process’s alone)'
  test.runIf(shared)(`names the keys that are missing, and what needs them${alone}`, async () => {
    const database = await open()
    const ENCRYPTION_KEYS = `spring:${randomBytes(32).toString('base64')}`
    const server = await startTestServer({ ENCRYPTION_KEYS }, async () => database)
    const env = { DATABASE_URL: database.url! }
    expect(await findingOf('Database', env)).toMatchObject({ state: 'good' })
    expect(await findingOf('ENCRYPTION_KEYS', { ...env, ENCRYPTION_KEYS })).toMatchObject({ state: 'good' })
    expect(await findingOf('ENCRYPTION_KEYS', env)).toMatchObject({
      state: 'wrong',
      said: expect.stringMatching(/“spring” \(ownSecrets\)/),
    })
    await server.close()
  })
})
