import { buildDashboard } from './build.mjs'
import { runTypeScript } from './typescript.mjs'

try {
  await buildDashboard()
} catch (error) {
  console.error(`The dashboard could not be built: ${error.message}`)
  process.exit(1)
}
await runTypeScript()
await import('../server/main.ts')
