import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_API_KEY, startTestServer, type TestServer } from '../test/support/server.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..')
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-client-'))

/** As somebody elsewhere would write it. */
const PROGRAM = `
import { ApiError, createApi, createContact, listContacts, type Contact } from 'ringside-client'

const api = createApi({ baseUrl: process.argv[2]!, apiKey: process.argv[3]! })
const body = { name: 'Ada Lovelace', phones: ['+12025550143'] }
const made = await api.call(createContact, { body, idempotencyKey: 'one' })
const again = await api.call(createContact, { body, idempotencyKey: 'one' })
const { items } = await api.call(listContacts, { query: { q: 'Ada' } })
const first: Contact | undefined = items[0]
let refused = ''
try {
  await api.call(createContact, { body: { name: '' } })
} catch (error) {
  if (error instanceof ApiError) refused = error.status + ' ' + error.fields[0]?.path
}
console.log(JSON.stringify([made.contact.id === again.contact.id, items.length, first?.name, refused]))
`

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

/** The package as it would be published, in a file; null when this machine has no npm that can make one. */
async function pack(): Promise<string | null> {
  const made = path.join(folder, 'package')
  fs.mkdirSync(made)
  await run(process.execPath, [tsc, '-p', path.join(root, 'client/tsconfig.build.json'), '--outDir', `${made}/dist`])
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    fs.copyFileSync(path.join(root, 'client', file), path.join(made, file))
  }
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--offline', '--pack-destination', folder], { cwd: made })
    return path.join(folder, (JSON.parse(stdout) as { filename: string }[])[0]!.filename)
  } catch {
    return null
  }
}

test('the package is installed elsewhere, typed, and performs operations', { timeout: 120_000 }, async context => {
  const file = await pack()
  if (file === null) return context.skip('skipped: npm cannot pack here')
  const elsewhere = path.join(folder, 'elsewhere')
  fs.mkdirSync(elsewhere)
  // Everything else comes from here, so that no registry is asked.
  const zod = fs.realpathSync(path.join(root, 'node_modules/zod'))
  const own = {
    name: 'elsewhere',
    private: true,
    type: 'module',
    dependencies: { 'ringside-client': `file:${file}`, zod: `file:${zod}` },
  }
  fs.writeFileSync(path.join(elsewhere, 'package.json'), JSON.stringify(own))
  try {
    await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: elsewhere })
  } catch (error) {
    return context.skip(`skipped: npm cannot install here: ${error}`)
  }
  fs.writeFileSync(path.join(elsewhere, 'program.ts'), PROGRAM)
  const options = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2024,dom', '--strict', '--types', 'node']
  const typeRoots = ['--typeRoots', path.join(root, 'node_modules/@types')]
  await run(process.execPath, [tsc, 'program.ts', ...options, ...typeRoots], { cwd: elsewhere })
  const { stdout } = await run(process.execPath, ['program.js', server.url, ADMIN_API_KEY], { cwd: elsewhere })
  expect(JSON.parse(stdout)).toEqual([true, 1, 'Ada Lovelace', '400 name'])

  // What it does not export is not there, and what it should not carry neither.
  const installed = fs.readdirSync(path.join(elsewhere, 'node_modules/ringside-client'), {
    recursive: true,
  }) as string[]
  expect(installed.filter(name => /test|voice|softphone|voip(?!\.(d\.ts|js)$)/.test(name))).toEqual([])
  expect(installed).toContain('LICENSE')
})
