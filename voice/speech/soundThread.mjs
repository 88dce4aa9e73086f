import { runTypeScript } from '../../scripts/typescript.mjs'

// A thread does not inherit how its process came to understand TypeScript.
await runTypeScript()
await import('./soundTasks.ts')
