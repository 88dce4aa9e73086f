import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

const SCRIPT = path.resolve(import.meta.dirname, '../scripts/audit.mjs')

/** A project that ships `shipped`, which needs `within`, and is built with `builder`. */
const LOCK = {
  name: 'project',
  version: '1.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': {
      name: 'project',
      version: '1.0.0',
      dependencies: { shipped: '^1.0.0' },
      devDependencies: { builder: '^1.0.0' },
    },
    'node_modules/shipped': { version: '1.0.0', dependencies: { within: '^1.0.0' } },
    'node_modules/within': { version: '1.2.3' },
    'node_modules/builder': { version: '1.0.0', dev: true },
  },
}

interface Asked {
  path: string
  body: string
}

let folder: string
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-audit-'))
  fs.writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(LOCK))
  const { name, version, dependencies, devDependencies } = LOCK.packages['']
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version, dependencies, devDependencies }))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

const hole = (severity: string) => ({
  id: 1,
  url: 'https://advisories.example/1',
  title: 'A hole',
  severity,
  vulnerable_versions: '<2.0.0',
  cwe: [],
  cvss: { score: 0, vectorString: null },
})

/** Runs the script against a registry that answers so. */
async function audit(answer: (asked: Asked) => { status: number; body: unknown } | null) {
  const asked: Asked[] = []
  const registry = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
      asked.push({ path: request.url ?? '', body: body.toString() })
      const given = answer(asked.at(-1)!)
      if (given === null) return void request.socket.destroy()
      response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body))
    })
  })
  await new Promise<void>(resolve => registry.listen(0, '127.0.0.1', resolve))
  const { port } = registry.address() as AddressInfo
  const child = spawn(process.execPath, [SCRIPT], {
    cwd: folder,
    env: {
      ...process.env,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_fetch_retries: '0',
      // Of its own: what npm makes of an advisory is kept by the advisory's number.
      npm_config_cache: fs.mkdtempSync(path.join(folder, 'cache-')),
    },
  })
  let output = ''
  child.stdout.on('data', text => {
    output += text
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  registry.close()
  return { code, output, asked }
}

const ADVISORIES = '/-/npm/v1/security/advisories/bulk'
/** What npm asks to know whether another version would do: there is none. */
const packument = (name: string) => {
  const { version, ...rest } = LOCK.packages[`node_modules/${name}` as 'node_modules/within']
  return { name, versions: { [version]: { name, version, ...rest } }, 'dist-tags': { latest: version } }
}
const registryWith = (holes: Record<string, unknown[]>) => (asked: Asked) =>
  asked.path === ADVISORIES ? { status: 200, body: holes } : { status: 200, body: packument(asked.path.slice(1)) }

test('where the registry knows of nothing, it says so', async () => {
  const { code, output, asked } = await audit(registryWith({}))
  expect({ code, output }).toEqual({ code: 0, output: 'npm audit: 0 critical, 0 high, 0 in all\n' })
  // It asks about what is shipped, with the versions that the lock file has.
  expect(JSON.parse(asked[0]!.body)).toMatchObject({ shipped: ['1.0.0'], within: ['1.2.3'] })
})

test.each(['high', 'critical'])('a %s hole in what is shipped fails, by name', { timeout: 60_000 }, async severity => {
  const { code, output } = await audit(registryWith({ within: [hole(severity)] }))
  expect(output).toContain(`npm audit: ${severity}: within `)
  expect(code).toBe(1)
})

test.each([
  ['a moderate one', { within: [hole('moderate')] }],
  ['one in what it is only built with', { builder: [hole('critical')] }],
])('%s does not', async (_name, holes) => {
  const { code, output } = await audit(registryWith(holes))
  expect(output).toMatch(/npm audit: 0 critical, 0 high/)
  expect(code).toBe(0)
})

test.each<[string, { status: number; body: unknown } | null]>([
  ['does not have it', { status: 404, body: { error: 'not found' } }],
  ['forbids it', { status: 403, body: { error: 'forbidden' } }],
  ['is broken', { status: 500, body: { message: 'broken' } }],
  ['answers with something else', { status: 200, body: 'a page' }],
  ['hangs up', null],
])('where the registry %s, it says that it was not done', async (_name, answer) => {
  const { code, output } = await audit(() => answer)
  expect(output).toMatch(/^npm audit: not done/)
  expect(output).not.toMatch(/0 critical/)
  expect(code).toBe(0)
})
