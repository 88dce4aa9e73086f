import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { told } from '../../core/call.ts'
import { endingOf } from '../../voice/opusFile.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { backoffMs } from '../platform/backoff.ts'
import { download, NotDownloaded } from '../platform/download.ts'
import { type Background, createRounds } from '../platform/rounds.ts'
import { newStreamKey, sealed } from '../platform/sealedStream.ts'
import { carrierCommands } from '../telephony/accounts.ts'
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
import { RECORDING_KEYS } from './recordingAudio.ts'
import { draftFile, isOlder, listRecordingsHere, listWorkspacesHere, recordingFile } from './recordingFile.ts'

/** How finely a recording is drawn, whatever its length. */
export const PEAKS = 800
export const OPUS = 'audio/ogg; codecs=opus'

/** Whoever is at work says so more often than that: only whoever died loses what it has claimed. */
const LEASE_MS = 30_000
const SIGN_OF_LIFE_MS = 10_000
const DOWNLOAD_MS = 10 * 60_000
/** A provider that does not have it after a day will not have it any more. */
const GIVE_UP_MS = 24 * 3600_000
/** How often what other processes have left is looked for. */
const WATCH_MS = 30_000
/** A file without a row for so long belongs to a recording that was deleted. */
const ORPHANED_MS = 24 * 3600_000

/**
 * Takes what was recorded into the store, encrypted, from the file that it was recorded to or from the provider that
 * has it. Whoever takes one on has it for a while; one who dies in between, at any point, leaves it to the next:
 *
 * 1. claimed; 2. its name and key written down; 3. put there; 4. marked as stored; 5. the file removed.
 *
 * Until 4 the file is what is played. Each attempt has a name and a key of its own, so that one which was believed dead
 * harms none.
 */
export type Archive = Background

export function createArchive({
  config,
  db,
  log,
  storage,
  envelopes,
  studio,
}: Pick<App, 'config' | 'db' | 'log' | 'storage' | 'envelopes' | 'studio'>): Archive {
  const { dataDir } = config
  const commands = carrierCommands(config)
  const providers = [...commands].flatMap(([name, { recordingRequest }]) => (recordingRequest ? [name] : []))
  const { start, stop, idle, signal } = createRounds({
    db,
    log,
    work: takeAll,
    overdue: listWork,
    wakes: ({ type }) => type === 'recording.completed' || type === 'recording.failed',
    failed: 'recordings could not be taken into the store; it will be tried again',
    // What is a file on another machine is overdue all the time.
    watchMs: WATCH_MS,
    // A carrier that does not answer keeps the recordings of its own workspace waiting, and nobody else's.
    atOnce: 4,
  })

  async function listWork(until: Date): Promise<string[]> {
    const due = await db.asSystem(sql => listDueWorkspaces(sql, until))
    return [...new Set([...due, ...(await listWorkspacesHere(dataDir))])]
  }

  async function takeAll(workspaceId: string): Promise<Date | null> {
    const reach: Reach = { here: await listRecordingsHere(dataDir, workspaceId), providers }
    const orphans = await db.inWorkspace(workspaceId, async tx => {
      await giveUpMissing(tx, reach.here)
      return claimLeftovers(tx, reach.here)
    })
    for (const id of orphans) {
      const file = recordingFile(dataDir, workspaceId, id)
      if (await isOlder(file, ORPHANED_MS)) await rm(file, { force: true })
    }
    while (!signal.aborted) {
      const claimed = await db.inWorkspace(workspaceId, tx => claimNext(tx, reach, LEASE_MS))
      if (claimed === null) break
      await archive(workspaceId, claimed)
    }
    return db.inWorkspace(workspaceId, tx => nextDue(tx, reach))
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
      if (!signal.aborted)
        log.warn({ err: error, recordingId: claimed.id, isOver }, 'a recording was not taken into the store')
      if (isOver) return end(workspaceId, claimed, message)
      const due = new Date(Date.now() + (signal.aborted ? 0 : backoffMs(claimed.attempts)))
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
    const request = commands.get(claimed.provider)!.recordingRequest!(url)
    const file = draftFile(dataDir, workspaceId)
    await mkdir(path.dirname(file), { recursive: true })
    try {
      const { contentType } = await download({ ...request, deadlineMs: DOWNLOAD_MS, signal }, file)
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
    const sealedKey = envelopes.seal(key, RECORDING_KEYS.purpose(workspaceId, id))
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
      signal.throwIfAborted()
      log.warn({ err: error, recordingId }, 'a recording cannot be drawn')
      return null
    }
  }

  return { start, stop, idle }
}

/** Seconds of sound, as far as it is whole. */
const secondsIn = async (file: string): Promise<number> => ((await endingOf(file))?.position ?? 0) / 48_000
