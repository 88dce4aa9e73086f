import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = path.join(root, 'dist', 'built-from')
/** What the dashboard is built from. The server needs no build. */
const SOURCES = ['dashboard', 'react', 'client', 'core', 'simulator', 'package-lock.json']

/** Builds the dashboard if anything that it is made of has changed since the last time. */
export async function buildDashboard() {
  const fingerprint = fingerprintOf(SOURCES)
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === fingerprint) return
  console.error('Building the dashboard (only when it has changed)…')
  const { NODE_ENV } = process.env
  const { build } = await import('vite')
  await build({ root: path.join(root, 'dashboard'), logLevel: 'warn' })
  // The build makes itself a production one by setting this, also for whatever runs after it.
  if (NODE_ENV === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = NODE_ENV
  fs.writeFileSync(stamp, fingerprint)
}

/** Names, sizes and times of all files: enough to see a change, and read in a few milliseconds. */
function fingerprintOf(sources) {
  const hash = createHash('sha256')
  for (const source of sources) {
    const full = path.join(root, source)
    const files = fs.statSync(full).isDirectory()
      ? fs.readdirSync(full, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
      : []
    for (const file of files
      .map(entry => path.join(entry.parentPath, entry.name))
      .concat(files.length ? [] : [full])
      .sort()) {
      const { size, mtimeMs } = fs.statSync(file)
      hash.update(`${file} ${size} ${mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildDashboard()
