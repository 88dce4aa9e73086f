import { buildDashboard } from './build.mjs'
import { endWithParent } from './shell.mjs'
import { runTypeScript } from './typescript.mjs'

if (['start', 'demo'].includes(process.env.npm_lifecycle_event)) endWithParent()

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
