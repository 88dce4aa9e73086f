import path from 'node:path'

/** Where the audio of a recording is kept. */
export const recordingFile = (dataDir: string, workspaceId: string, id: string): string =>
  path.resolve(dataDir, 'recordings', workspaceId, `${id}.opus`)
