import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildDashboard } from './build.mjs'

/** Everything that must hold before a change is taken: types, style, tests. Ends with one line that counts the tests. */

const only = process.argv.slice(2)
const npx = (...args) =>
  spawnSync('npx', ['--no-install', ...args], { stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1

if (only.length === 0) {
  for (const project of ['core', 'client', '.', 'dashboard', 'examples/portal'])
    if (npx('tsc', '-p', project) !== 0) process.exit(1)
  if (npx('biome', 'check', '--error-on-warnings', '.') !== 0) process.exit(1)
}
await buildDashboard()

const report = path.join(os.tmpdir(), `ringside-tests-${process.pid}.json`)
const status = npx('vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only)
const { testResults } = JSON.parse(fs.readFileSync(report, 'utf8'))
fs.rmSync(report)

const tests = testResults.flatMap(file => file.assertionResults)
const count = state => tests.filter(test => test.status === state).length
const skipped = tests.filter(test => test.status === 'skipped' || test.status === 'pending')
const reasons = new Map()
for (const test of skipped) {
  const reason = /skipped: [^)]+/.exec(test.fullName)?.[0] ?? `skipped without a reason: ${test.fullName}`
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
}
for (const [reason, times] of reasons) console.log(`${reason} (${times} tests)`)
console.log(`${count('passed')} passed, ${count('failed')} failed, ${skipped.length} skipped`)
process.exit(status)
