import { buildDashboard } from './build.mjs'
import { runTypeScript } from './typescript.mjs'

// npm tells the shell in which it runs us to end, and not every shell passes that on before it does (dash).
if (process.env.npm_lifecycle_event === 'start') {
  const shell = process.ppid
  setInterval(() => process.ppid !== shell && process.kill(process.pid, 'SIGTERM'), 500).unref()
}

// Reading the program alone takes a while where there is little to compute with.
console.error('Ringside is starting…')
try {
  await buildDashboard()
} catch (error) {
  console.error(`The dashboard could not be built: ${error.message}`)
  process.exit(1)
}
await runTypeScript()
await import('../server/main.ts')
