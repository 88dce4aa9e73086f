import { told } from '../../core/call.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { backoffMs } from '../platform/backoff.ts'
import { type Background, createRounds } from '../platform/rounds.ts'
import { maskRecording } from '../privacy/maskStore.ts'
import { AudioGone, withAudioFile } from '../recordings/recordingAudio.ts'
import { createTranscriber, NotTranscribable } from './transcribe.ts'
import {
  type Claimed,
  claimTranscript,
  endTranscript,
  listDueWorkspaces,
  nextDue,
  putOffTranscript,
} from './transcriptStore.ts'

/** Longer than the endpoint is waited for: only whoever died loses what it has taken. */
const LEASE_MS = 15 * 60_000
/** A day of trying is enough. */
const GIVE_UP_MS = 24 * 3600_000
/** The file is on another machine, or not yet on this one. */
const ELSEWHERE_MS = 30_000

type Means = Pick<App, 'config' | 'db' | 'envelopes' | 'log' | 'storage'>

/** Has what is recorded written down, where an endpoint for it is configured. */
export function createTranscripts(means: Means): Background {
  const { config, db, log } = means
  const transcriber = createTranscriber(config)
  const { start, stop, idle, signal } = createRounds({
    db,
    log,
    work: writeNext,
    overdue: until => db.asSystem(sql => listDueWorkspaces(sql, until)),
    wakes: ({ type }) => type === 'recording.completed' || type === 'recording.available',
    failed: 'a recording could not be written down; it will be tried again',
  })

  /** One: such endpoints have one graphics card, and workspaces take turns. */
  async function writeNext(workspaceId: string): Promise<Date | null> {
    const claimed = await db.inWorkspace(workspaceId, tx => claimTranscript(tx, LEASE_MS))
    if (claimed !== null) await write(workspaceId, claimed)
    return db.inWorkspace(workspaceId, nextDue)
  }

  async function write(workspaceId: string, claimed: Claimed): Promise<void> {
    const putOff = (waitMs: number) =>
      db.inWorkspace(workspaceId, tx => putOffTranscript(tx, claimed, new Date(Date.now() + waitMs)))
    try {
      const language = await languageOf(workspaceId, claimed.callId)
      const text = await withAudioFile(means, workspaceId, claimed.id, (file, contentType) =>
        transcriber!.transcribe(file, contentType, language, signal),
      )
      await end(workspaceId, claimed, { text, problem: null })
    } catch (error) {
      if (signal.aborted) return putOff(0)
      const elsewhere = error instanceof AudioGone
      const hopeless = error instanceof NotTranscribable || Date.now() - claimed.completedAt.getTime() > GIVE_UP_MS
      log.warn({ err: error, recordingId: claimed.id, hopeless }, 'a recording was not written down')
      if (hopeless) return end(workspaceId, claimed, { text: null, problem: (error as Error).message })
      await putOff(elsewhere ? ELSEWHERE_MS : backoffMs(claimed.attempts))
    }
  }

  /** What the caller spoke with the menu, if it did. */
  const languageOf = async (workspaceId: string, callId: string): Promise<string | null> => {
    const record = await db.inWorkspace(workspaceId, tx => findCall(tx, callId))
    return record?.call.flow?.language ?? null
  }

  const end = (workspaceId: string, claimed: Claimed, outcome: Parameters<typeof endTranscript>[2]): Promise<void> =>
    db.inWorkspace(workspaceId, async tx => {
      if (!(await endTranscript(tx, claimed, outcome)) || outcome.text === null) return
      await maskRecording(tx, claimed.id)
      const record = await findCall(tx, claimed.callId)
      if (record !== null)
        tx.emit({ type: 'recording.transcribed', recordingId: claimed.id, call: told(record.call), of: claimed.kind })
    })

  return { start: async () => (transcriber === null ? undefined : start()), stop, idle }
}
