import fs from 'node:fs'
import path from 'node:path'
import { type Config, ConfigError, DEFAULT_PORT, readConfig } from './config.ts'
import { createLog } from './platform/log.ts'
import { checkServer, openOutside } from './platform/outside.ts'

/** One thing that was looked at. `note`: neither good nor wrong. */
export interface Finding {
  about: string
  state: 'good' | 'note' | 'wrong'
  /** A sentence; where something is wrong, what it is. */
  said: string
}

const OLDEST_NODE = [20, 19] as const
const ANSWER_MS = 3000
/** Without `PORT`, a server is at the first free port from the default one on. */
const PORTS_TRIED = 10
const SPACE_NEEDED = 500 * 1024 ** 2

/** Looks at what a start with these variables needs, and at the server that runs with them. Changes nothing. Never throws. */
export async function examine(env: Record<string, string | undefined>): Promise<Finding[]> {
  const findings = [nodeFinding(process.versions.node)]
  let config: Config
  try {
    config = readConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [...findings, ...error.problems.map(said => ({ about: 'Settings', state: 'wrong' as const, said }))]
  }
  findings.push({ about: 'Settings', state: 'good', said: 'They are all understood.' })
  return [
    ...findings,
    folderFinding(config.dataDir),
    ...(await Promise.all([databaseFinding(config), serverFinding(config)])),
  ]
}

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldest, oldestMinor] = OLDEST_NODE
  const isOld = major < oldest || (major === oldest && minor < oldestMinor)
  return isOld
    ? {
        about: 'Node.js',
        state: 'wrong',
        said: `This is ${version}; Ringside needs ${OLDEST_NODE.join('.')} or later.`,
      }
    : { about: 'Node.js', state: 'good', said: `${version}.` }
}

function folderFinding(dataDir: string): Finding {
  const about = 'DATA_DIR'
  const folder = path.resolve(dataDir)
  // What is not there yet is made by the first start, in the nearest folder that is.
  let there = folder
  while (!fs.existsSync(there)) there = path.dirname(there)
  try {
    fs.accessSync(there, fs.constants.W_OK)
    if (!fs.statSync(there).isDirectory()) return { about, state: 'wrong', said: `${there} is not a folder.` }
    const { bavail, bsize } = fs.statfsSync(there)
    if (bavail * bsize < SPACE_NEEDED)
      return { about, state: 'wrong', said: `The disk of ${folder} is full: less than 500 MB are left.` }
  } catch (error) {
    return { about, state: 'wrong', said: `${folder} cannot be written: ${(error as Error).message}.` }
  }
  return { about, state: 'good', said: `${folder} can be written.` }
}

async function databaseFinding({ databaseUrl, dataDir }: Config): Promise<Finding> {
  if (databaseUrl === null) {
    const folder = path.resolve(dataDir, 'db')
    const said = fs.existsSync(folder) ? `Embedded, in ${folder}.` : `Embedded; the first start makes it in ${folder}.`
    return { about: 'Database', state: 'good', said }
  }
  const engine = openOutside(databaseUrl, createLog('silent'), 1)
  try {
    await checkServer(engine)
    return { about: 'Database', state: 'good', said: 'The PostgreSQL of DATABASE_URL answers, and is new enough.' }
  } catch (error) {
    return { about: 'Database', state: 'wrong', said: (error as Error).message }
  } finally {
    await engine.close()
  }
}

async function serverFinding({ host, port }: Config): Promise<Finding> {
  const about = 'Server'
  // A server that listens everywhere is asked on this machine.
  const at = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const ports = port === null ? Array.from({ length: PORTS_TRIED }, (_, i) => DEFAULT_PORT + i) : [port]
  for (const each of ports) {
    const url = `http://${at}:${each}`
    const answer = await readiness(url)
    if (answer === 'ready') return { about, state: 'good', said: `Ringside is ready at ${url}.` }
    if (typeof answer === 'object')
      return { about, state: 'wrong', said: `Ringside at ${url} is not ready: ${answer.because}` }
    if (answer === 'somebody else' && port !== null)
      return { about, state: 'wrong', said: `PORT=${port} is taken by another program.` }
  }
  return { about, state: 'note', said: 'No Ringside runs with these settings: “npm start” starts one.' }
}

async function readiness(url: string): Promise<'ready' | { because: string } | 'nobody' | 'somebody else'> {
  let response: Response
  try {
    response = await fetch(`${url}/readyz`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(ANSWER_MS),
    })
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    return code === 'ECONNREFUSED' ? 'nobody' : 'somebody else'
  }
  const body = (await response.json().catch(() => null)) as {
    status?: string
    error?: { code?: string; message?: string }
  } | null
  if (response.status === 200 && body?.status === 'ok') return 'ready'
  if (body?.error?.code === 'not_ready') return { because: body.error.message ?? '' }
  return 'somebody else'
}

const MARKS = { good: '✓', note: '·', wrong: '✗' }

/** Prints what {@link examine} has found; with `--json` as one object. @returns the exit code: 1 where something is wrong. */
export async function main(args: readonly string[], env = process.env): Promise<number> {
  const findings = await examine(env)
  const ok = findings.every(({ state }) => state !== 'wrong')
  if (args.includes('--json')) console.log(JSON.stringify({ ok, findings }))
  else for (const { about, state, said } of findings) console.log(`${MARKS[state]} ${about.padEnd(9)} ${said}`)
  return ok ? 0 : 1
}
