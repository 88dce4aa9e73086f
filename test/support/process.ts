import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

/** The server as its own process, started the way the README says. */
export interface RingsideProcess {
  url: string
  /** Everything it has printed so far. */
  output(): string
  /** Milliseconds from the start to the line that says it is ready. */
  readyAfter: number
  child: ChildProcess
  /** Ends it by this signal and waits until it is gone. @returns the exit code, null when the signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export const temporaryDirectory = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-test-'))

/**
 * Starts Ringside and waits until it is ready. Rejects with what it printed when it ends before that.
 *
 * @param mostKilobytesOfAFile what it writes beyond this fails.
 * @param asNpm `child` is a shell in which it runs, as with `npm start`.
 */
export async function startProcess(
  env: Record<string, string>,
  { mostKilobytesOfAFile, asNpm = false }: { mostKilobytesOfAFile?: number; asNpm?: boolean } = {},
): Promise<RingsideProcess> {
  const began = performance.now()
  const limit = mostKilobytesOfAFile === undefined ? '' : `ulimit -f ${mostKilobytesOfAFile}; `
  const command = asNpm ? '"$0" scripts/start.mjs; exit' : 'exec "$0" scripts/start.mjs'
  const child = spawn('bash', ['-c', limit + command, process.execPath], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: os.tmpdir(),
      PORT: '0',
      VOICE_PROCESSES: '0',
      ...(asNpm && { npm_lifecycle_event: 'start' }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk
      const ready = /Ringside is ready at (\S+)/.exec(printed)
      if (ready) resolve(ready[1]!)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then(code => reject(Object.assign(new Error(`ended with ${code}: ${printed}`), { code, printed })))
  })
  return {
    url,
    output: () => printed,
    readyAfter: performance.now() - began,
    child,
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}
