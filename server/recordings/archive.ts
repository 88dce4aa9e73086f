import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { told } from '../../core/call.ts'
import { endingOf } from '../../voice/opusFile.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { createAlarm } from '../platform/alarm.ts'
import { download, NotDownloaded } from '../platform/download.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
import { newStreamKey, sealed } from '../platform/sealedStream.ts'
import { createAccounts } from '../telephony/accounts.ts'
import {
  type Claimed,
  claimLeftovers,
  claimNext,
  endArchiving,
  extendLease,
  giveUpMissing,
  listDueWorkspaces,
  markStored,
  nameObject,
  nextDue,
  putOff,
  type Reach,
} from './archiveStore.ts'
import { keyPurpose } from './recordingAudio.ts'
import { draftFile, isOlder, listRecordingsHere, listWorkspacesHere, recordingFile } from './recordingFile.ts'
import { resealRecordings } from './recordingKeys.ts'

/**
 * Takes what was recorded into the store, encrypted, from the file that it was recorded to or from the provider that
 * has it. Whoever takes one on has it for a while; one who dies in between, at any point, leaves it to the next:
 *
 * 1. claimed; 2. its name and key written down; 3. put there; 4. marked as stored; 5. the file removed.
 *
 * Until 4 the file is what is played. Each attempt has a name and a key of its own, so that one which was believed dead
 * harms none.
 */
export interface Archive {
  start(): Promise<void>
  stop(): void
  idle(): Promise<void>
}

/** How finely a recording is drawn, whatever its length. */
export const PEAKS = 800
export const OPUS = 'audio/ogg; codecs=opus'

/** Whoever is at work says so more often than that: only whoever died loses what it has claimed. */
const LEASE_MS = 30_000
const SIGN_OF_LIFE_MS = 10_000
const DOWNLOAD_MS = 10 * 60_000
/** 10 s, 20 s, 40 s …, an hour at most. */
const retryMs = (attempts: number): number => Math.min(3600_000, 5000 * 2 ** attempts)
/** A provider that does not have it after a day will not have it any more. */
const GIVE_UP_MS = 24 * 3600_000
/** How often what other processes have left is looked for. */
const WATCH_MS = 30_000
/** A file without a row for so long belongs to a recording that was deleted. */
const ORPHANED_MS = 24 * 3600_000

export function createArchive({
  config,
  db,
  log,
  storage,
  envelopes,
  studio,
}: Pick<App, 'config' | 'db' | 'log' | 'storage' | 'envelopes' | 'studio'>): Archive {
  const { dataDir } = config
  const carriers = new Map(Object.values(createAccounts(config)).map(({ name, commands }) => [name, commands]))
  const providers = [...carriers].flatMap(([name, commands]) => (commands?.recordingRequest ? [name] : []))
  let working = Promise.resolve()
  /** Workspaces that somebody will look at in a moment. */
  const waiting = new Set<string>()
  let watch: NodeJS.Timeout | undefined
  const ending = new AbortController()

  const alarm = createAlarm({
    log,
    // What is a file on another machine is overdue all the time: that is looked for less often, see `watch`.
    shared: false,
    overdue: listWork,
    ring,
  })

  function ring(workspaceId: string): void {
    if (waiting.has(workspaceId)) return
    waiting.add(workspaceId)
    working = working
      .then(() => {
        waiting.delete(workspaceId)
        return doAll(workspaceId)
      })
      .catch(error => {
        log.warn({ err: error }, 'recordings could not be taken into the store; it will be tried again')
        alarm.set(workspaceId, Date.now() + WATCH_MS)
      })
  }

  async function listWork(until: Date): Promise<string[]> {
    const due = await db.asSystem(sql => listDueWorkspaces(sql, until))
    return [...new Set([...due, ...(await listWorkspacesHere(dataDir))])]
  }

  async function doAll(workspaceId: string): Promise<void> {
    const reach: Reach = { here: await listRecordingsHere(dataDir, workspaceId), providers }
    const orphans = await db.inWorkspace(workspaceId, async tx => {
      await giveUpMissing(tx, reach.here)
      return claimLeftovers(tx, reach.here)
    })
    for (const id of orphans) {
      const file = recordingFile(dataDir, workspaceId, id)
      if (await isOlder(file, ORPHANED_MS)) await rm(file, { force: true })
    }
    while (!ending.signal.aborted) {
      const claimed = await db.inWorkspace(workspaceId, tx => claimNext(tx, reach, LEASE_MS))
      if (claimed === null) break
      await archive(workspaceId, claimed)
    }
    const due = await db.inWorkspace(workspaceId, tx => nextDue(tx, reach))
    alarm.set(workspaceId, due === null ? null : due.getTime())
  }

  async function archive(workspaceId: string, claimed: Claimed): Promise<void> {
    const alive = setInterval(() => {
      // One that is lost is noticed when it matters.
      db.inWorkspace(workspaceId, tx => extendLease(tx, claimed, LEASE_MS)).catch(() => {})
    }, SIGN_OF_LIFE_MS)
    try {
      if (claimed.isStored) await clearAway(workspaceId, claimed)
      else if (claimed.url === null) await takeFile(workspaceId, claimed)
      else await fetchFile(workspaceId, claimed, claimed.url)
    } catch (error) {
      const { message } = error as Error
      const isOver = error instanceof NotDownloaded && Date.now() - claimed.completedAt.getTime() > GIVE_UP_MS
      if (!ending.signal.aborted)
        log.warn({ err: error, recordingId: claimed.id, isOver }, 'a recording was not taken into the store')
      if (isOver) return end(workspaceId, claimed, message)
      const due = new Date(Date.now() + (ending.signal.aborted ? 0 : retryMs(claimed.attempts)))
      await db.inWorkspace(workspaceId, tx => putOff(tx, claimed, due, message))
    } finally {
      clearInterval(alive)
    }
  }

  const end = (workspaceId: string, claimed: Claimed, problem: string | null) =>
    db.inWorkspace(workspaceId, tx => endArchiving(tx, claimed, problem))

  /** Whoever stored it died, or was cut off from the database, before the file was removed. */
  async function clearAway(workspaceId: string, claimed: Claimed): Promise<void> {
    await rm(recordingFile(dataDir, workspaceId, claimed.id), { force: true })
    await end(workspaceId, claimed, null)
  }

  async function takeFile(workspaceId: string, claimed: Claimed): Promise<void> {
    const file = recordingFile(dataDir, workspaceId, claimed.id)
    // One that has failed holds what was said up to then.
    const seconds = claimed.status === 'failed' ? await secondsIn(file) : null
    if (seconds === 0) await end(workspaceId, claimed, 'Nothing was recorded.')
    else if (!(await keep(workspaceId, claimed, { file, contentType: OPUS, seconds: seconds && Math.round(seconds) })))
      return
    await rm(file, { force: true })
  }

  async function fetchFile(workspaceId: string, claimed: Claimed, url: string): Promise<void> {
    const request = carriers.get(claimed.provider)!.recordingRequest!(url)
    const file = draftFile(dataDir, workspaceId)
    await mkdir(path.dirname(file), { recursive: true })
    try {
      const { contentType } = await download({ ...request, deadlineMs: DOWNLOAD_MS }, file)
      await keep(workspaceId, claimed, { file, contentType: contentType ?? 'audio/wav', seconds: null })
    } finally {
      await rm(file, { force: true })
    }
  }

  /** False: somebody else has taken it over meanwhile, or it was deleted. */
  async function keep(
    workspaceId: string,
    claimed: Claimed,
    { file, contentType, seconds }: { file: string; contentType: string; seconds: number | null },
  ): Promise<boolean> {
    const { id, callId, kind } = claimed
    if (claimed.storeKey !== null) await storage.remove(claimed.storeKey)
    const storeKey = `recordings/${workspaceId}/${randomUUID()}`
    const key = newStreamKey()
    const sealedKey = envelopes.seal(key, keyPurpose(workspaceId, id))
    const object = { storeKey, sealedKey, keyId: envelopes.currentKeyId }
    if (!(await db.inWorkspace(workspaceId, tx => nameObject(tx, claimed, object)))) return false

    const { size } = await stat(file)
    const peaks = await draw(id, file)
    await storage.put(storeKey, sealed({ size, open: () => createReadStream(file) }, key))
    const isKept = await db.inWorkspace(workspaceId, async tx => {
      if (!(await markStored(tx, claimed, { size, contentType, peaks, seconds }))) return false
      // What was a file could be heard before.
      if (claimed.url === null && claimed.status === 'completed') return true
      const record = await findCall(tx, callId)
      tx.emit({ type: 'recording.available', recordingId: id, call: told(record!.call), of: kind })
      return true
    })
    if (!isKept) await storage.remove(storeKey)
    return isKept
  }

  /** Null: it cannot be drawn. It can be heard all the same. */
  async function draw(recordingId: string, file: string): Promise<number[][] | null> {
    try {
      return (await studio.draw(file, PEAKS)).channels
    } catch (error) {
      ending.signal.throwIfAborted()
      log.warn({ err: error, recordingId }, 'a recording cannot be drawn')
      return null
    }
  }

  function heed(events: StoredEvent[]): void {
    // Not by the alarm: what it is set to after a look at the table may be older than this.
    for (const { workspaceId, event } of events)
      if (event.type === 'recording.completed' || event.type === 'recording.failed') ring(workspaceId)
  }

  return {
    async start() {
      db.onCommitted(heed)
      await alarm.start()
      // Perhaps the operator has a new key.
      working = working
        .then(() => resealRecordings({ db, envelopes, log }, ending.signal))
        .catch(error => log.error({ err: error }, 'the keys of recordings could not be sealed anew'))
      if (!db.shared) return
      watch = setInterval(() => {
        listWork(new Date()).then(
          workspaceIds => {
            for (const id of workspaceIds) ring(id)
          },
          error => log.warn({ err: error }, 'what is to be taken into the store could not be looked up; it will be'),
        )
      }, WATCH_MS)
      watch.unref()
    },
    stop() {
      ending.abort()
      alarm.stop()
      clearInterval(watch)
    },
    idle: () => working,
  }
}

/** Seconds of sound, as far as it is whole. */
const secondsIn = async (file: string): Promise<number> => ((await endingOf(file))?.position ?? 0) / 48_000
