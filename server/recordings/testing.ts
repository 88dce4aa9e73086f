import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Db } from '../platform/db.ts'
import { recordingFile } from './recordingFile.ts'
import { keepRecordings, type RecordingChange } from './recordingStore.ts'

/** A finished recording of a call, as the media process leaves it: a row, and a file on this machine. */
export async function leaveRecording(
  { db, dataDir, workspaceId, callId }: { db: Db; dataDir: string; workspaceId: string; callId: string },
  audio: Uint8Array,
  more: Partial<RecordingChange> = {},
): Promise<string> {
  const { id = randomUUID() } = more
  const file = recordingFile(dataDir, workspaceId, id)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, audio)
  const change: RecordingChange = {
    id,
    callId,
    kind: 'call',
    provider: 'builtin',
    status: 'completed',
    url: null,
    seconds: 2,
    ...more,
  }
  await db.inWorkspace(workspaceId, tx => keepRecordings(tx, [change]))
  return id
}

/** Tells, as the turn that ends a recording does, that this one is complete: whoever archives takes it up. */
export const tellCompleted = (
  { db, workspaceId, callId }: { db: Db; workspaceId: string; callId: string },
  recordingId: string,
): Promise<void> =>
  db.inWorkspace(workspaceId, async tx => {
    const call = { id: callId, queue: null, agent: null } as never
    tx.emit({ type: 'recording.completed', recordingId, call, of: 'call', seconds: 2 })
  })
