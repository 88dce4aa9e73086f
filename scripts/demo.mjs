import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { endWithParent } from './shell.mjs'
import { runTypeScript } from './typescript.mjs'

if (process.env.npm_lifecycle_event === 'demo') endWithParent()
await runTypeScript()
const { createApi } = await import('../client/index.ts')
const { furnish, keepRinging } = await import('../examples/demo/center.ts')
const { variables } = await import('../server/config.ts')

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: `demo-${randomBytes(6).toString('hex')}` }
const apiKey = randomBytes(24).toString('hex')
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-demo-'))

// Nobody's database, carrier or bucket takes part in a demonstration.
const real = new Set(variables().map(({ name }) => name))
const kept = Object.entries(process.env).filter(([name]) => !real.has(name) || /^(PORT|LOG_LEVEL|VOICE_)/.test(name))
const server = spawn(process.execPath, [path.join(import.meta.dirname, 'start.mjs')], {
  env: {
    ...Object.fromEntries(kept),
    ...ADMIN,
    ADMIN_API_KEY: apiKey,
    DATA_DIR: directory,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})

const over = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill('SIGTERM'))
server.once('exit', code => {
  over.abort()
  fs.rmSync(directory, { recursive: true, force: true })
  process.exitCode = code ?? 1
})

for await (const line of createInterface({ input: server.stdout })) {
  console.log(line)
  const [, url] = /^Ringside is ready at (\S+)$/.exec(line) ?? []
  if (url === undefined) continue
  await furnish(createApi({ baseUrl: url, apiKey }), Date.now())
  console.log(
    `Sign in as ${ADMIN.ADMIN_EMAIL} with ${ADMIN.ADMIN_PASSWORD}, and choose Available: somebody calls every 15 seconds.`,
  )
  console.log(`These callers have no voice: to hear and speak, call from ${url}/phone in another window.`)
  console.log('Nothing of this is kept: Ctrl-C ends it.')
  void keepRinging(url, over.signal)
}
