import { runTypeScript } from './typescript.mjs'

await runTypeScript()
const { main } = await import('../simulator/main.ts')
process.exitCode = main(process.argv.slice(2))
