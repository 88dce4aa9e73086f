import { buildDashboard } from './build.mjs'
import { runTypeScript } from './typescript.mjs'

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
