import { told } from '../../core/call.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { createAlarm } from '../platform/alarm.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
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

/** Has what is recorded written down, where an endpoint for it is configured. */
export interface Transcripts {
  start(): Promise<void>
  stop(): void
  idle(): Promise<void>
}

/** Longer than the endpoint is waited for: only whoever died loses what it has taken. */
const LEASE_MS = 15 * 60_000
/** A day of trying is enough. */
const GIVE_UP_MS = 24 * 3600_000
/** 10 s, 20 s, 40 s …, an hour at most. */
const retryMs = (attempts: number): number => Math.min(3600_000, 5000 * 2 ** attempts)
/** The file is on another machine, or not yet on this one. */
const ELSEWHERE_MS = 30_000

type Means = Pick<App, 'config' | 'db' | 'envelopes' | 'log' | 'storage'>

export function createTranscripts(means: Means): Transcripts {
  const { config, db, log } = means
  const transcriber = createTranscriber(config)
  // One at a time: such endpoints have one graphics card, and workspaces take turns.
  let working = Promise.resolve()
  const ending = new AbortController()

  const alarm = createAlarm({
    log,
    shared: db.shared,
    overdue: until => db.asSystem(sql => listDueWorkspaces(sql, until)),
    ring,
  })

  function ring(workspaceId: string): void {
    working = working
      .then(() => (ending.signal.aborted ? undefined : doNext(workspaceId)))
      .catch(error => {
        log.warn({ err: error }, 'a recording could not be written down; it will be tried again')
        alarm.set(workspaceId, Date.now() + ELSEWHERE_MS)
      })
  }

  async function doNext(workspaceId: string): Promise<void> {
    const claimed = await db.inWorkspace(workspaceId, tx => claimTranscript(tx, LEASE_MS))
    if (claimed !== null) await write(workspaceId, claimed)
    const due = await db.inWorkspace(workspaceId, nextDue)
    alarm.set(workspaceId, due === null ? null : due.getTime())
  }

  async function write(workspaceId: string, claimed: Claimed): Promise<void> {
    const putOff = (waitMs: number) =>
      db.inWorkspace(workspaceId, tx => putOffTranscript(tx, claimed, new Date(Date.now() + waitMs)))
    try {
      const language = await languageOf(workspaceId, claimed.callId)
      const text = await withAudioFile(means, workspaceId, claimed.id, (file, contentType) =>
        transcriber!.transcribe(file, contentType, language, ending.signal),
      )
      await end(workspaceId, claimed, { text, problem: null })
    } catch (error) {
      if (ending.signal.aborted) return putOff(0)
      const elsewhere = error instanceof AudioGone
      const hopeless = error instanceof NotTranscribable || Date.now() - claimed.completedAt.getTime() > GIVE_UP_MS
      log.warn({ err: error, recordingId: claimed.id, hopeless }, 'a recording was not written down')
      if (hopeless) return end(workspaceId, claimed, { text: null, problem: (error as Error).message })
      await putOff(elsewhere ? ELSEWHERE_MS : retryMs(claimed.attempts))
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

  function heed(events: StoredEvent[]): void {
    // Not by the alarm: what it is set to after a look at the table may be older than this.
    for (const { workspaceId, event } of events)
      if (event.type === 'recording.completed' || event.type === 'recording.available') ring(workspaceId)
  }

  return {
    async start() {
      if (transcriber === null) return
      db.onCommitted(heed)
      await alarm.start()
    },
    stop() {
      ending.abort()
      alarm.stop()
    },
    idle: () => working,
  }
}
