import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { type Config, ConfigError, DEFAULT_PORT, readConfig } from './config.ts'
import { createDb, type Db, isReadOnly } from './platform/db.ts'
import { createEnvelopes, DATABASE_KEY_ID } from './platform/envelope.ts'
import { createLog } from './platform/log.ts'
import { reasonOf } from './platform/outage.ts'
import { send } from './platform/outgoing.ts'
import { checkServer, openOutside } from './platform/outside.ts'
import { openStorage } from './platform/storage.ts'
import { readKeyUse } from './resealing/keyUse.ts'

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

/**
 * Looks at what a start with these variables needs, at the server that runs with them, and at the servers of others that they name.
 * Changes nothing, but for an object that it puts into a store and takes out again. Never throws.
 */
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
    ...(
      await Promise.all([
        databaseFindings(config),
        serverFinding(config),
        config.s3 === null ? [] : findingOf('S3_BUCKET', () => tryStore(config)),
        ...outsiders(config).map(([about, url]) => findingOf(about, () => reach(url))),
      ])
    ).flat(),
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
      return { about, state: 'wrong', said: `The disk of ${folder} is almost full: less than 500 MB are left.` }
  } catch (error) {
    return { about, state: 'wrong', said: `${folder} cannot be written: ${(error as Error).message}.` }
  }
  return { about, state: 'good', said: `${folder} can be written.` }
}

/** What is found out by trying: a sentence, or an error that says what is wrong. */
async function findingOf(about: string, look: () => Promise<string>): Promise<Finding> {
  return look().then(
    said => ({ about, state: 'good', said }),
    error => ({ about, state: 'wrong', said: reasonOf(error.cause ?? error) }),
  )
}

async function databaseFindings(config: Config): Promise<Finding[]> {
  const about = 'Database'
  if (config.databaseUrl === null) {
    const folder = path.resolve(config.dataDir, 'db')
    const said = fs.existsSync(folder) ? `Embedded, in ${folder}.` : `Embedded; the first start makes it in ${folder}.`
    return [{ about, state: 'good', said }]
  }
  const log = createLog('silent')
  const engine = openOutside(config.databaseUrl, log, 1)
  try {
    await checkServer(engine)
    const db = createDb(engine, log)
    return [
      await findingOf(about, () => lookIntoDatabase(db)),
      await findingOf('ENCRYPTION_KEYS', () => lookForKeys(config, db)),
    ]
  } catch (error) {
    return [{ about, state: 'wrong', said: (error as Error).message }]
  } finally {
    await engine.close()
  }
}

async function lookIntoDatabase(db: Db): Promise<string> {
  if (await db.asOwner(isReadOnly)) throw new Error('The PostgreSQL of DATABASE_URL is read-only just now.')
  return 'The PostgreSQL of DATABASE_URL answers, can be written, and is new enough.'
}

async function lookForKeys({ encryptionKeys }: Config, db: Db): Promise<string> {
  const [found] = await db.asOwner(sql =>
    sql.query<{ made: string | null }>(`select to_regclass('migrations') as made`),
  )
  if (found!.made === null) return 'Nothing is sealed yet: the first start sets the database up.'
  // Nothing is opened: which key is needed stands on each envelope.
  const envelopes = createEnvelopes([...encryptionKeys, { id: DATABASE_KEY_ID, key: new Uint8Array(32) }])
  const known = [envelopes.currentKeyId, ...envelopes.olderKeyIds]
  const missing = (await readKeyUse({ db, envelopes })).filter(({ keyId }) => !known.includes(keyId))
  if (missing.length === 0) return 'All keys that something is sealed with are there.'
  const needed = missing.map(({ keyId, sealed }) => `“${keyId}” (${Object.keys(sealed).join(', ')})`)
  throw new Error(`Keys are missing that something is sealed with: ${needed.join('; ')}.`)
}

async function tryStore(config: Config): Promise<string> {
  const store = openStorage(config)
  const key = `doctor-${process.pid}`
  const bytes = Buffer.from(key)
  await store.put(key, {
    size: bytes.length,
    async *open() {
      yield bytes
    },
  })
  const given = await text(await store.read(key))
  await store.remove(key)
  if (given !== key) throw new Error('The store gives back something else than it was given.')
  return 'The store takes what it is given, gives it back, and deletes it.'
}

/** Other people’s servers, by the variable that names them. */
function outsiders(config: Config): [about: string, url: string][] {
  const named: [string, string | null | undefined][] = [
    ['PUBLIC_URL', config.publicUrl],
    ['SUPABASE_URL', config.jwt.issuerUrl],
    ['TWILIO_ACCOUNT_SID', config.twilio.account && (config.twilio.apiUrl ?? 'https://api.twilio.com')],
    ['SPEECH_URL', config.speech?.url],
    ['TRANSCRIPTION_URL', config.transcription?.url],
    ['LIVEKIT_API_URL', config.livekit?.apiUrl.replace(/^ws/, 'http')],
    ['RINGCENTRAL_SERVER_URL', config.ringcentral.subscription?.serverUrl],
    ['HUBSPOT_API_URL', config.hubspot?.apiUrl],
    ['SALESFORCE_LOGIN_URL', config.salesforce?.loginUrl],
  ]
  return named.filter((one): one is [string, string] => typeof one[1] === 'string')
}

/** Whoever answers can be reached, whatever it thinks of us. */
async function reach(url: string): Promise<string> {
  const { host } = new URL(url)
  const { status } = await get(url)
  if (status >= 500) throw new Error(`${host} answers with ${status}: it is in trouble itself.`)
  return `${host} can be reached.`
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
  const answer = await get(`${url}/readyz`).catch(error => (error.code === 'ECONNREFUSED' ? 'nobody' : 'somebody else'))
  if (typeof answer === 'string') return answer
  const body = readBody(answer.body)
  if (answer.status === 200 && body?.status === 'ok') return 'ready'
  if (body?.error?.code === 'not_ready') return { because: body.error.message ?? '' }
  return 'somebody else'
}

function readBody(body: string): { status?: string; error?: { code?: string; message?: string } } | null {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

/** Not `fetch`, which refuses many a port. */
const get = (url: string) =>
  send({ method: 'GET', url, body: null, deadlineMs: ANSWER_MS, allowPrivate: true, cut: true })

const MARKS = { good: '✓', note: '·', wrong: '✗' }

/** Prints what {@link examine} has found; with `--json` as one object. @returns the exit code: 1 where something is wrong. */
export async function main(args: readonly string[], env = process.env): Promise<number> {
  const findings = await examine(env)
  const ok = findings.every(({ state }) => state !== 'wrong')
  if (args.includes('--json')) console.log(JSON.stringify({ ok, findings }))
  else for (const { about, state, said } of findings) console.log(`${MARKS[state]} ${about.padEnd(9)} ${said}`)
  return ok ? 0 : 1
}
