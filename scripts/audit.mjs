import { spawnSync } from 'node:child_process'

/** Fails when a dependency that is shipped has a known hole of weight; says so where nobody can be asked. */

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
const report = parse(stdout)
const counts = report?.metadata?.vulnerabilities
if (!counts) {
  const why = report?.error?.summary || report?.message || stderr.trim().split('\n').at(-1) || 'no answer'
  console.log(`npm audit: not done, the registry does not offer it here (${why})`)
} else {
  const serious = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) => /high|critical/.test(severity))
  for (const { name, severity, range } of serious) console.log(`npm audit: ${severity}: ${name} ${range}`)
  console.log(`npm audit: ${counts.critical} critical, ${counts.high} high, ${counts.total} in all`)
  if (serious.length > 0) process.exit(1)
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
