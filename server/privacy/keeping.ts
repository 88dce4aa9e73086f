import { rm } from 'node:fs/promises'
import type { Commands } from '../../providers/provider.ts'
import type { App } from '../app.ts'
import { createAlarm } from '../platform/alarm.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
import { recordingFile } from '../recordings/recordingFile.ts'
import { createAccounts } from '../telephony/accounts.ts'
import { readCompliance } from './complianceStore.ts'
import {
  claimDeletion,
  type Deletion,
  deleteRecordings,
  endDeletion,
  type Grounds,
  listDueDeletions,
  listOpenMessages,
  nextDeletion,
} from './deletionStore.ts'
import { maskSome } from './maskStore.ts'
import {
  claimRetention,
  listDueRetentions,
  listTooOld,
  listWithoutConsent,
  nextRetention,
  setRetentionDue,
} from './retentionStore.ts'

/**
 * Keeps to what a workspace has decided about what was recorded: what is too old goes, what has been deleted is removed
 * from wherever its audio lies, and what was said is masked anew when that is set otherwise. All of it is found in the
 * tables, so that whoever dies leaves it to the next.
 */
export interface Keeping {
  start(): Promise<void>
  stop(): void
  idle(): Promise<void>
}

/** Longer than any of it takes: only whoever died loses what it has claimed. */
const LEASE_MS = 10 * 60_000
const DAY_MS = 24 * 3600_000
/** Recordings and transcripts that one transaction takes on. */
const BATCH = 100
/** 10 s, 20 s, 40 s …, a day at most: it is tried until it is done. */
const retryMs = (attempts: number): number => Math.min(DAY_MS, 5000 * 2 ** Math.min(attempts, 20))

export function createKeeping(app: Pick<App, 'config' | 'db' | 'log' | 'storage' | 'center'>): Keeping {
  const { config, db, log, storage } = app
  const carriers = new Map(Object.values(createAccounts(config)).map(({ name, commands }) => [name, commands]))
  const ending = new AbortController()
  let working = Promise.resolve()

  const alarm = createAlarm({
    log,
    shared: db.shared,
    overdue: until =>
      db.asSystem(async sql => [
        ...new Set([...(await listDueRetentions(sql, until)), ...(await listDueDeletions(sql, until))]),
      ]),
    ring,
  })

  function ring(workspaceId: string): void {
    working = working
      .then(() => (ending.signal.aborted ? undefined : doAll(workspaceId)))
      .catch(error => {
        log.warn({ err: error }, 'what is to be deleted could not be seen to; it will be tried again')
        alarm.set(workspaceId, Date.now() + 30_000)
      })
  }

  async function doAll(workspaceId: string): Promise<void> {
    await applyRetention(workspaceId)
    await removeAudio(workspaceId)
    while (!ending.signal.aborted && (await db.inWorkspace(workspaceId, tx => maskSome(tx, BATCH))) > 0);
    const due = await db.inWorkspace(workspaceId, async tx => [await nextRetention(tx), await nextDeletion(tx)])
    alarm.set(workspaceId, Math.min(...due.flatMap(date => date?.getTime() ?? [])))
  }

  async function applyRetention(workspaceId: string): Promise<void> {
    const isDue = await db.inWorkspace(workspaceId, tx => claimRetention(tx, new Date(Date.now() + LEASE_MS)))
    if (!isDue) return
    const total = { recordings: 0, seconds: 0 }
    while (!ending.signal.aborted) {
      const ids = await db.inWorkspace(workspaceId, async tx => {
        const { retention } = await readCompliance(tx)
        return listTooOld(tx, retention, new Date(tx.now), BATCH)
      })
      const gone = await forget(workspaceId, ids, { reason: 'retention', note: null, by: null })
      if (gone.length === 0) break
      total.recordings += gone.length
      total.seconds += gone.reduce((sum, { seconds }) => sum + seconds, 0)
    }
    await forgetRefused(workspaceId)
    await db.inWorkspace(workspaceId, async tx => {
      await setRetentionDue(tx, new Date(ending.signal.aborted ? Date.now() : Date.now() + DAY_MS))
      tx.emit({ type: 'retention.applied', ...total })
    })
  }

  async function forgetRefused(workspaceId: string): Promise<void> {
    const refused = await db.inWorkspace(workspaceId, tx => listWithoutConsent(tx, BATCH))
    await forget(workspaceId, refused, { reason: 'no-consent', note: null, by: null })
  }

  const forget = (workspaceId: string, ids: string[], grounds: Grounds) =>
    forgetRecordings(app, workspaceId, ids, grounds)

  async function removeAudio(workspaceId: string): Promise<void> {
    while (!ending.signal.aborted) {
      const claimed = await db.inWorkspace(workspaceId, tx => claimDeletion(tx, LEASE_MS))
      if (claimed === null) return
      const problem = await remove(workspaceId, claimed).catch(error => (error as Error).message)
      if (problem !== null) log.warn({ recordingId: claimed.id, problem }, 'a recording is not deleted everywhere yet')
      const next = problem === null ? null : { problem, due: new Date(Date.now() + retryMs(claimed.attempts)) }
      await db.inWorkspace(workspaceId, tx => endDeletion(tx, claimed, next))
    }
  }

  /** Whatever is gone already counts as done. Null: it is gone everywhere. */
  async function remove(workspaceId: string, { id, provider, url, storeKey }: Deletion): Promise<string | null> {
    await rm(recordingFile(config.dataDir, workspaceId, id), { force: true })
    if (storeKey !== null) await storage.remove(storeKey)
    if (url === null) return null
    return removeAtProvider(carriers.get(provider) ?? null, provider, id)
  }

  function heed(events: StoredEvent[]): void {
    for (const { workspaceId, event } of events) {
      if (event.type === 'recording.deleted' || event.type === 'call_settings.updated') ring(workspaceId)
      if (event.type === 'recording.completed' && event.of === 'call' && event.call.consent?.given === false)
        working = working
          .then(() => forgetRefused(workspaceId))
          .catch(error => log.warn({ err: error }, 'a recording without consent could not be deleted; it will be'))
    }
  }

  return {
    async start() {
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

async function removeAtProvider(
  commands: Commands | null,
  provider: string,
  recordingId: string,
): Promise<string | null> {
  if (commands?.deleteRecording === undefined) return `It has to be deleted by hand at ${provider}.`
  const told = await commands.deleteRecording(recordingId)
  return told.done || told.gone ? null : told.reason
}

/** Messages that somebody still has to deal with are nobody's work any more before they go. */
export async function forgetRecordings(
  { db, center }: Pick<App, 'db' | 'center'>,
  workspaceId: string,
  ids: string[],
  grounds: Grounds,
): Promise<{ id: string; seconds: number }[]> {
  if (ids.length === 0) return []
  for (const workId of await db.inWorkspace(workspaceId, tx => listOpenMessages(tx, ids)))
    await center.take(workspaceId, { type: 'finishWork', workId })
  return db.inWorkspace(workspaceId, tx => deleteRecordings(tx, ids, grounds))
}
