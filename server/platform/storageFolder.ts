import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type ByteRange, checkedKey, NotStored, type Source, type Storage } from './storage.ts'

/** Nobody writes one object for longer: what is left unfinished for a day belongs to somebody who died. */
const ABANDONED_MS = 24 * 3600_000

/** Objects as files below a folder of this machine, or of one that every process has mounted. */
export function createFolderStorage(folder: string): Storage {
  const unfinished = path.join(folder, 'unfinished')
  const fileOf = (key: string) => path.join(folder, 'objects', ...checkedKey(key).split('/'))
  let swept: Promise<void> | null = null

  return {
    async put(key, object) {
      const file = fileOf(key)
      const folders = [unfinished, path.dirname(file)]
      await Promise.all(folders.map(name => mkdir(name, { recursive: true })))
      swept ??= removeAbandoned(unfinished)
      await swept
      const draft = path.join(unfinished, randomUUID())
      try {
        await write(draft, object)
        await rename(draft, file)
        // A file that is whole may still have no name after a power cut.
        await syncFolder(path.dirname(file))
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },
    async read(key, range?: ByteRange) {
      const file = fileOf(key)
      const found = await stat(file).catch(absentOrThrow)
      if (found === null) throw new NotStored(`There is no ${key} in ${folder}.`)
      if (range && range.last >= found.size) throw new Error(`${key} is shorter than it was.`)
      return createReadStream(file, range && { start: range.first, end: range.last })
    },
    remove: key => rm(fileOf(key), { force: true }),
  }
}

async function write(file: string, { size, open: read }: Source): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    let written = 0
    for await (const bytes of read()) {
      await handle.writeFile(bytes)
      written += bytes.length
    }
    if (written !== size) throw new Error(`${written} bytes came where ${size} were announced`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name)
    const found = await stat(file).catch(absentOrThrow)
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true })
  }
}

function absentOrThrow(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
