import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

const AUDIO = '.opus'
const DRAFT = '.part'
/** Nobody works on one recording for longer: what is older belongs to somebody who died. */
const ABANDONED_MS = 3600_000

const folderOf = (dataDir: string, workspaceId: string): string => path.resolve(dataDir, 'recordings', workspaceId)

/**
 * Where a recording is written, in clear, and stays until the store has it. Ids may be a carrier’s, who may be anybody
 * with a key: none of them is a path.
 */
export const recordingFile = (dataDir: string, workspaceId: string, id: string): string =>
  path.join(folderOf(dataDir, workspaceId), encodeURIComponent(id) + AUDIO)

/** A place for audio in clear that somebody works on. Whoever asks for it removes it. */
export const draftFile = (dataDir: string, workspaceId: string): string =>
  path.join(folderOf(dataDir, workspaceId), randomUUID() + DRAFT)

/** Workspaces of which there may be recordings on this machine. */
export const listWorkspacesHere = (dataDir: string): Promise<string[]> =>
  readdir(path.resolve(dataDir, 'recordings')).catch(noneOrThrow)

/** Ids of the recordings that are files on this machine. Removes what somebody who died has worked on. */
export async function listRecordingsHere(dataDir: string, workspaceId: string): Promise<string[]> {
  const folder = folderOf(dataDir, workspaceId)
  const names = await readdir(folder).catch(noneOrThrow)
  for (const name of names.filter(name => name.endsWith(DRAFT))) {
    const file = path.join(folder, name)
    if (await isOlder(file, ABANDONED_MS)) await rm(file, { force: true })
  }
  return names.filter(name => name.endsWith(AUDIO)).map(name => name.slice(0, -AUDIO.length))
}

/** Whether nobody has written to it for so long. False for a file that is not there. */
export async function isOlder(file: string, ms: number): Promise<boolean> {
  const found = await stat(file).catch(() => null)
  return found !== null && Date.now() - found.mtimeMs > ms
}

function noneOrThrow(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}
