import path from 'node:path'

/** Where everything that can be heard is kept: recordings by workspace, and beside them what can be made again. */
export const soundFolder = (dataDir: string): string => path.resolve(dataDir, 'prompts')

/** The sound of a recording, as the voice engine plays it. */
export const promptFile = (dataDir: string, workspaceId: string, id: string): string =>
  path.join(soundFolder(dataDir), workspaceId, `${id}.opus`)

/** The same sound as the telephone network carries it: WAV. */
export const telephoneFile = (dataDir: string, workspaceId: string, id: string): string =>
  path.join(soundFolder(dataDir), workspaceId, `${id}.wav`)
