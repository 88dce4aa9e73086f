import fs from 'node:fs'
import os from 'node:os'

interface Owner {
  pid: number
  host: string
  boot: string
  started: string
}

/**
 * Makes sure that one process has a directory. The embedded database takes no lock itself: two openers both
 * acknowledge writes and lose some of them.
 *
 * The lock is a file beside the directory, created exclusively. One left behind by a process that is gone (kill -9,
 * power cut, pid used again) is taken over; one written on another machine is respected.
 *
 * @returns a function that gives the lock back.
 * @throws an Error that names the owner when the directory is in use.
 */
export function lockDirectory(directory: string): () => void {
  const file = `${directory.replace(/\/+$/, '')}.lock`
  const me: Owner = { pid: process.pid, host: os.hostname(), boot: bootId(), started: startTime(process.pid) }
  for (let attempt = 0; attempt < 3; attempt++) {
    if (createExclusively(file, me)) {
      const release = () => fs.rmSync(file, { force: true })
      process.once('exit', release)
      return () => {
        process.off('exit', release)
        release()
      }
    }
    const owner = readOwner(file)
    if (owner && isAlive(owner, me)) {
      throw new Error(
        `${directory} is in use by another Ringside (process ${owner.pid} on ${owner.host}). Stop that one first, or choose another DATA_DIR.` +
          // Nobody can see from here whether a process of another machine or container still lives.
          (owner.host === me.host ? '' : ` If it is gone, with its machine or its container, delete ${file}.`),
      )
    }
    // Renaming first lets exactly one of several takers remove the stale file.
    const stale = `${file}.${process.pid}`
    try {
      fs.renameSync(file, stale)
      fs.rmSync(stale)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error(`Could not lock ${directory}: other processes keep taking it.`)
}

function createExclusively(file: string, me: Owner): boolean {
  try {
    fs.writeFileSync(file, JSON.stringify(me), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function readOwner(file: string): Owner | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Owner
  } catch {
    return null // gone in the meantime, or torn by a crash while it was written
  }
}

function isAlive(owner: Owner, me: Owner): boolean {
  if (owner.host !== me.host) return true
  if (owner.boot !== me.boot) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return owner.started === '' || startTime(owner.pid) === owner.started
}

function bootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return String(Math.round((Date.now() / 1000 - os.uptime()) / 60))
  }
}

/** When a process began, in ticks since boot: tells a pid that was used again from the one that took the lock. */
function startTime(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
