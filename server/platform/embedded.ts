import fs from 'node:fs'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import pg from 'pg'
import { type Connection, type Engine, named } from './db.ts'
import { lockDirectory } from './directoryLock.ts'
import { createLog, type Log } from './log.ts'

const EXTENSIONS = { pg_trgm, btree_gin }

/** PGlite comes with fsync off, and its file system has no fsync to call: this one has. */
class DurableNodeFS extends NodeFS {
  readonly #ended: (why: string) => void

  /** `ended` is told why the engine has given up, whereupon it answers nothing any more: PGlite itself lets callers wait forever. */
  constructor(directory: string, ended: (why: string) => void) {
    super(directory)
    this.#ended = ended
  }

  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const started = await super.init(...args)
    started.emscriptenOpts.printErr = (line: string) => {
      const why = /\b(?:FATAL|PANIC): +(.*)/.exec(line)?.[1]
      if (why !== undefined) this.#ended(why)
    }
    started.emscriptenOpts.preRun?.push((module: EmscriptenModule) => {
      module.NODEFS.stream_ops.fsync = stream => {
        fs.fsyncSync(stream.nfd)
        return 0
      }
    })
    return started
  }
}
interface EmscriptenModule {
  NODEFS: { stream_ops: { fsync(stream: { nfd: number }): number } }
}

const DURABLE = [...PGlite.defaultStartParams.filter(parameter => parameter !== '-F'), '-c', 'wal_sync_method=fsync']

/**
 * Opens the PostgreSQL that runs inside this process on files in `directory`. Throws when another process has it.
 *
 * An engine that cannot go on, as on a full disk, ends the process: what was committed is on the disk, and a new start puts
 * the rest in order.
 *
 * @param tell what is done now, before it is: the engine leaves this process no moment to say anything until it is up.
 */
export async function openEmbedded(
  directory: string,
  log: Log,
  tell: (what: string) => void = () => {},
): Promise<Engine> {
  fs.mkdirSync(path.dirname(directory), { recursive: true })
  const unlock = lockDirectory(directory)
  let isOpen = false
  let whyNot: string | null = null
  const ended = (why: string): void => {
    whyNot ??= why
    if (!isOpen) return
    log.fatal({ directory }, `the embedded database cannot go on, and this process with it: ${why}`)
    process.exit(1)
  }
  try {
    tell(
      fs.existsSync(path.join(directory, 'PG_VERSION'))
        ? `Opening the database in ${directory} (what a crash has left is put in order first)…`
        : `Making a database in ${directory}, this once…`,
    )
    const pglite = await PGlite.create({
      fs: new DurableNodeFS(directory, ended),
      startParams: DURABLE,
      extensions: EXTENSIONS,
      relaxedDurability: false,
    })
    isOpen = true
    return await createEngine(pglite, unlock, log)
  } catch (error) {
    unlock()
    throw whyNot === null
      ? error
      : new Error(`the database in ${directory} cannot be opened: ${whyNot}`, { cause: error })
  }
}

/** The same engine in memory, for tests; `from` is what {@link dumpInMemory} gave. */
export async function openInMemory(from?: Blob): Promise<Engine & { dump(): Promise<Blob> }> {
  const pglite = await PGlite.create({ extensions: EXTENSIONS, ...(from ? { loadDataDir: from } : {}) })
  const engine = await createEngine(pglite, () => {}, createLog('silent'))
  return { ...engine, dump: () => pglite.dumpDataDir('none') }
}

/**
 * One session and a fair queue before it. Not `pg.Pool`: that ends its connection after any failed query, which on
 * this engine is the only one there is.
 */
async function createEngine(pglite: PGlite, unlock: () => void, log: Log): Promise<Engine> {
  const client = new pg.Client(createPgConfig(pglite) as unknown as pg.ClientConfig)
  await client.connect()
  const waiting: (() => void)[] = []
  let busy = false
  let writes = 0

  async function connect(): Promise<Connection> {
    if (busy) await new Promise<void>(resolve => waiting.push(resolve))
    busy = true
    let released = false
    return {
      async query<Row>(text: string, values?: unknown[]) {
        writes++
        return (await client.query(named(text, values))).rows as Row[]
      },
      release() {
        if (released) return
        released = true
        const next = waiting.shift()
        if (next) next()
        else busy = false
      },
    }
  }

  /** One table at a time, with a turn of the event loop before each: everything else waits while one is tidied up. */
  async function maintain(): Promise<void> {
    const alone = async <Row>(statement: string): Promise<Row[]> => {
      await new Promise(resolve => setImmediate(resolve))
      const connection = await connect()
      try {
        return await connection.query<Row>(statement)
      } finally {
        connection.release()
      }
    }
    const tables = await alone<{ name: string }>(
      "select oid::regclass::text as name from pg_class where relkind = 'r' and not relisshared order by oid",
    )
    // A small sample is good enough, and several times quicker.
    await alone('set default_statistics_target = 20')
    for (const { name } of tables) await alone(`vacuum (analyze) ${name}`)
    await alone('checkpoint')
  }
  // The engine has neither autovacuum nor a checkpointer of its own: without this the files grow without bound.
  const maintenance = setInterval(() => {
    if (writes < 1000) return
    writes = 0
    maintain().catch(error => log.error({ err: error }, 'the embedded database could not be tidied up'))
  }, 60_000)
  maintenance.unref()

  return {
    shared: false,
    connect,
    listen: async () => {}, // nobody else is there to be heard
    lock: async () => async () => {}, // or to contend with
    async close() {
      clearInterval(maintenance)
      const connection = await connect()
      await connection.query('checkpoint').catch(() => {})
      await client.end().catch(() => {})
      await pglite.close()
      unlock()
    },
  }
}
