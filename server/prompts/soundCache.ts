import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'

/** Files that can be made again, by what they are made of. */
export interface SoundCache {
  /**
   * The file for this key, made when it is not there. Whoever asks meanwhile waits for the same one.
   * @param make writes the file, whole or not at all.
   */
  fileFor(key: readonly string[], make: (file: string) => Promise<unknown>): Promise<string>
  /** As {@link fileFor}, but one that is older than `maxAgeMs` is made anew behind the scenes, while it is still used. */
  freshFileFor(key: readonly string[], maxAgeMs: number, make: (file: string) => Promise<unknown>): Promise<string>
}

const DAY_MS = 24 * 3600_000
/** What nobody has asked for in so long is deleted. */
const UNUSED_MS = 30 * DAY_MS
const OURS = /^[0-9a-f]{64}\.opus$|\.part$/

/** @param folder made when it is not there. Other files in it are left alone, but for unfinished ones (`.part`). */
export function createSoundCache(folder: string): SoundCache {
  const making = new Map<string, Promise<unknown>>()
  let sweptAt = 0

  function once(file: string, make: (file: string) => Promise<unknown>): Promise<unknown> {
    const running = making.get(file)
    if (running !== undefined) return running
    const made = mkdir(folder, { recursive: true })
      .then(sweep)
      .then(() => make(file))
      .finally(() => making.delete(file))
    making.set(file, made)
    return made
  }

  /** Looked through when something is added, once a day at most. */
  async function sweep(): Promise<void> {
    const now = Date.now()
    if (now - sweptAt < DAY_MS) return
    sweptAt = now
    for (const name of await readdir(folder)) {
      if (!OURS.test(name)) continue
      const file = path.join(folder, name)
      const times = await timesOf(file)
      if (times !== null && now - times.usedAt > (name.endsWith('.part') ? DAY_MS : UNUSED_MS)) {
        await rm(file, { force: true })
      }
    }
  }

  return {
    async fileFor(key, make) {
      const file = path.join(folder, nameOf(key))
      const times = await timesOf(file)
      if (times === null) await once(file, make)
      // Not all file systems tell when a file was read; a day is as exact as the sweep needs it.
      else if (Date.now() - times.usedAt > DAY_MS) await utimes(file, new Date(), new Date(times.madeAt))
      return file
    },
    async freshFileFor(key, maxAgeMs, make) {
      const file = path.join(folder, nameOf(key))
      const times = await timesOf(file)
      if (times === null) await once(file, make)
      else if (Date.now() - times.madeAt > maxAgeMs) {
        // What cannot be had anew is good for as long again.
        once(file, make).catch(() => utimes(file, new Date(), new Date()).catch(() => {}))
      }
      return file
    },
  }
}

const nameOf = (key: readonly string[]): string =>
  `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.opus`

/** Null when there is no such file. */
async function timesOf(file: string): Promise<{ madeAt: number; usedAt: number } | null> {
  const found = await stat(file).catch(() => null)
  return found && { madeAt: found.mtimeMs, usedAt: Math.max(found.mtimeMs, found.atimeMs) }
}
