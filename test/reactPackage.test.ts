import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..')
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-react-'))
const modules = path.join(folder, 'node_modules')
const installed = path.join(modules, 'ringside-react')

/** As somebody elsewhere would write it. */
const CALLS = `
import { AgentSelector, CallButton, CallManager, CallPopup, RingsideVoip } from 'ringside-react'
import type { ComponentProps } from 'react'

export type Shown = ComponentProps<typeof CallPopup>['call']
export const Calls = () => (
  <RingsideVoip url="https://calls.example.com" getToken={() => 'token'} locale="en">
    <CallManager />
    <CallButton supabaseUserId="carla" userName="Carla Customer" variant="outline" size="sm" />
    <AgentSelector />
  </RingsideVoip>
)
`
const PAGE = `
import 'ringside-react/ringside.css'
import { createRoot } from 'react-dom/client'
import { Calls } from './calls.tsx'

createRoot(document.body).render(<Calls />)
`
const ON_A_SERVER = `
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { Calls } from './calls.js'

console.log(renderToStaticMarkup(createElement(Calls)))
`

/** What is published is laid where it would be installed; all that it needs comes from here, so that no registry is asked. */
beforeAll(async () => {
  await run(process.execPath, [
    tsc,
    '-p',
    path.join(root, 'react/tsconfig.build.json'),
    '--outDir',
    path.join(installed, 'dist'),
  ])
  for (const file of ['package.json', 'ringside.css'])
    fs.copyFileSync(path.join(root, 'react', file), path.join(installed, file))
  const { dependencies, peerDependencies } = JSON.parse(
    fs.readFileSync(path.join(installed, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'peerDependencies', Record<string, string>>
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }))
    fs.symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name))
  fs.symlinkSync(path.join(root, 'node_modules/@types'), path.join(modules, '@types'))
  const files = { 'calls.tsx': CALLS, 'page.tsx': PAGE, 'onServer.mjs': ON_A_SERVER }
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text)
  fs.writeFileSync(path.join(folder, 'index.html'), '<script type="module" src="./page.tsx"></script>')
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
}, 120_000)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

test('the components are installed elsewhere, typed, and drawn on a server', { timeout: 120_000 }, async () => {
  const options = [
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2024,dom',
    '--jsx',
    'react-jsx',
    '--strict',
  ]
  await run(process.execPath, [tsc, 'calls.tsx', ...options, '--types', 'react'], { cwd: folder })
  const { stdout } = await run(process.execPath, ['onServer.mjs'], { cwd: folder })
  expect(stdout).toContain('Call Carla Customer</button>')
})

test('a page is bundled with them, their looks, and the worklet for where no UDP gets through', async () => {
  await build({ root: folder, logLevel: 'silent', build: { outDir: 'out', assetsInlineLimit: 0 } })
  const made = fs.readdirSync(path.join(folder, 'out/assets'))
  expect(made).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^index-.*\.js$/),
      expect.stringMatching(/^index-.*\.css$/),
      expect.stringMatching(/^frames\.worklet-.*\.js$/),
    ]),
  )
}, 120_000)

test('it carries no test', () => {
  const names = fs.readdirSync(installed, { recursive: true }) as string[]
  expect(names.filter(name => /\.test\.|testing/.test(name))).toEqual([])
})
