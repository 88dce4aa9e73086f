import fs from 'node:fs'
import path from 'node:path'
import { ConfigError, readConfig } from './config.ts'
import { createDb } from './platform/db.ts'
import { openEmbedded } from './platform/embedded.ts'
import { endOnSurprise } from './platform/lastResort.ts'
import { createLog } from './platform/log.ts'
import { migrate } from './platform/migrate.ts'
import { checkServer, openOutside } from './platform/outside.ts'
import { startServer } from './server.ts'
import { firstRun } from './workspaces/firstRun.ts'

const STOP_WITHIN_MS = 9000

/** What a start is at, for whoever waits for it. */
const tell = (what: string) => console.error(what)

/** Prompts and what is being recorded lie there, wherever the database and the store are. */
function checkDataDirectory(directory: string): void {
  try {
    fs.mkdirSync(directory, { recursive: true })
    fs.accessSync(directory, fs.constants.W_OK)
  } catch (error) {
    throw new ConfigError([`DATA_DIR must be a folder that can be written (${(error as Error).message})`])
  }
}

async function main(): Promise<void> {
  const config = readConfig(process.env)
  checkDataDirectory(config.dataDir)
  const log = createLog(config.logLevel)
  endOnSurprise(log)
  const engine = config.databaseUrl
    ? openOutside(config.databaseUrl, log)
    : await openEmbedded(path.resolve(config.dataDir, 'db'), log, tell)
  if (engine.shared) await checkServer(engine)
  const db = createDb(engine, log)
  await migrate(db, tell)
  const { signInToken } = await firstRun(db, config)
  const server = await startServer(config, db, log)

  const lines = [`Ringside is ready at ${server.url}`]
  if (signInToken !== null) {
    lines.push(
      `Sign in as the first admin with this link, once: ${server.app.addresses[0]}/sign-in#token=${signInToken}`,
    )
  }
  console.log(lines.join('\n'))

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref()
    server
      .stop()
      .then(() => db.close())
      .then(
        () => process.exit(0),
        error => {
          log.error({ err: error }, 'could not stop cleanly')
          process.exit(1)
        },
      )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) {
    console.error('Ringside cannot start:')
    for (const problem of error.problems) console.error(`  ${problem}`)
  } else {
    console.error(`Ringside cannot start: ${error instanceof Error ? error.message : error}`)
    if (process.env.LOG_LEVEL === 'debug') console.error(error)
  }
  process.exit(1)
})
