import { rm } from 'node:fs/promises'
import type { Commands } from '../../providers/provider.ts'
import type { App } from '../app.ts'
import { backoffMs } from '../platform/backoff.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
import { type Background, createRounds } from '../platform/rounds.ts'
import { recordingFile } from '../recordings/recordingFile.ts'
import { carrierCommands } from '../telephony/accounts.ts'
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

/** Longer than any of it takes: only whoever died loses what it has claimed. */
const LEASE_MS = 10 * 60_000
const DAY_MS = 24 * 3600_000
/** Recordings and transcripts that one transaction takes on. */
const BATCH = 100

/**
 * Keeps to what a workspace has decided about what was recorded: what is too old goes, what has been deleted is removed
 * from wherever its audio lies, and what was said is masked anew when that is set otherwise. All of it is found in the
 * tables, so that whoever dies leaves it to the next.
 */
export function createKeeping(app: Pick<App, 'config' | 'db' | 'log' | 'storage' | 'center'>): Background {
  const { config, db, log, storage } = app
  const commands = carrierCommands(config)
  /** Workspaces in which somebody was just recorded who had said no: that does not wait for the daily look. */
  const refused = new Set<string>()
  const { ring, start, stop, idle, signal } = createRounds({
    db,
    log,
    work: keep,
    overdue: until =>
      db.asSystem(async sql => [
        ...new Set([...(await listDueRetentions(sql, until)), ...(await listDueDeletions(sql, until))]),
      ]),
    wakes: ({ type }) => type === 'recording.deleted' || type === 'call_settings.updated',
    failed: 'what is to be deleted could not be seen to; it will be tried again',
  })

  async function keep(workspaceId: string): Promise<Date | null> {
    await applyRetention(workspaceId)
    if (refused.delete(workspaceId)) await forgetRefused(workspaceId)
    await removeAudio(workspaceId)
    while (!signal.aborted && (await db.inWorkspace(workspaceId, tx => maskSome(tx, BATCH))) > 0);
    const due = await db.inWorkspace(workspaceId, async tx => [await nextRetention(tx), await nextDeletion(tx)])
    return new Date(Math.min(...due.flatMap(date => date?.getTime() ?? [])))
  }

  async function applyRetention(workspaceId: string): Promise<void> {
    const isDue = await db.inWorkspace(workspaceId, tx => claimRetention(tx, new Date(Date.now() + LEASE_MS)))
    if (!isDue) return
    const total = { recordings: 0, seconds: 0 }
    while (!signal.aborted) {
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
      await setRetentionDue(tx, new Date(signal.aborted ? Date.now() : Date.now() + DAY_MS))
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
    while (!signal.aborted) {
      const claimed = await db.inWorkspace(workspaceId, tx => claimDeletion(tx, LEASE_MS))
      if (claimed === null) return
      const problem = await remove(workspaceId, claimed).catch(error => (error as Error).message)
      if (problem !== null) log.warn({ recordingId: claimed.id, problem }, 'a recording is not deleted everywhere yet')
      const next =
        problem === null
          ? null
          : { problem, due: new Date(Date.now() + backoffMs(claimed.attempts, { mostMs: DAY_MS })) }
      await db.inWorkspace(workspaceId, tx => endDeletion(tx, claimed, next))
    }
  }

  /** Whatever is gone already counts as done. Null: it is gone everywhere. */
  async function remove(workspaceId: string, { id, provider, url, storeKey }: Deletion): Promise<string | null> {
    await rm(recordingFile(config.dataDir, workspaceId, id), { force: true })
    if (storeKey !== null) await storage.remove(storeKey)
    if (url === null) return null
    return removeAtProvider(commands.get(provider) ?? null, provider, id)
  }

  function heed(events: StoredEvent[]): void {
    for (const { workspaceId, event } of events) {
      if (event.type !== 'recording.completed' || event.of !== 'call' || event.call.consent?.given !== false) continue
      refused.add(workspaceId)
      ring(workspaceId)
    }
  }

  return {
    start() {
      db.onCommitted(heed)
      return start()
    },
    stop,
    idle,
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
