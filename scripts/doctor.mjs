import { runTypeScript } from './typescript.mjs'

await runTypeScript()
const { main } = await import('../server/doctor.ts')
process.exitCode = await main(process.argv.slice(2))
