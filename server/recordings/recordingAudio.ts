import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { App } from '../app.ts'
import type { LastingColumn } from '../platform/sealedColumn.ts'
import { opened } from '../platform/sealedStream.ts'
import { type ByteRange, NotStored } from '../platform/storage.ts'
import { draftFile, recordingFile } from './recordingFile.ts'
import { type FoundRecording, findRecording } from './recordingStore.ts'

type Means = Pick<App, 'config' | 'db' | 'envelopes' | 'storage'>

/** Audio in clear, of which the first bytes have come already: what is wrong has shown before anything was answered. */
export interface AudioPart {
  /** Of the whole audio, in bytes. */
  size: number
  /** Null: all of it. */
  range: ByteRange | null
  bytes: Readable
}

/** It is not where it should be: on another machine, or removed. */
export class AudioGone extends Error {}

/** The key of each recording's audio. */
export const RECORDING_KEYS: LastingColumn = {
  what: 'recordings',
  table: 'recordings',
  column: 'sealed_key',
  row: 'id',
  purpose: (workspaceId, id) => `recording ${workspaceId} ${id}`,
  keyIdColumn: 'key_id',
}

/**
 * Reads a recording wherever it is just now.
 *
 * @param rangeOf which part of so many bytes is wanted; it must lie within them. Null: all of them.
 * @throws AudioGone
 */
export async function readAudio(
  means: Means,
  workspaceId: string,
  recording: FoundRecording,
  rangeOf: (size: number) => ByteRange | null = () => null,
): Promise<AudioPart> {
  try {
    return await begin(means, workspaceId, recording, rangeOf)
  } catch (error) {
    if (!isAbsent(error)) throw error
    // Perhaps it was taken into the store at this very moment.
    const now = await means.db.inWorkspace(workspaceId, tx => findRecording(tx, recording.id))
    if (!now?.stored || recording.stored) throw new AudioGone('The audio is not where it should be.', { cause: error })
    return begin(means, workspaceId, now, rangeOf)
  }
}

/** Hands `work` a recording as a file, in clear; one that was made for it is removed afterwards. */
export async function withAudioFile<T>(
  means: Means,
  workspaceId: string,
  id: string,
  work: (file: string, contentType: string) => Promise<T>,
): Promise<T> {
  const recording = await means.db.inWorkspace(workspaceId, tx => findRecording(tx, id))
  if (recording === null) throw new AudioGone('There is no such recording.')
  const draft = draftFile(means.config.dataDir, workspaceId)
  try {
    const { bytes } = await readAudio(means, workspaceId, recording)
    await mkdir(path.dirname(draft), { recursive: true })
    await pipeline(bytes, createWriteStream(draft, { mode: 0o600 }))
    return await work(draft, recording.contentType)
  } finally {
    await rm(draft, { force: true })
  }
}

async function begin(
  { config, envelopes, storage }: Means,
  workspaceId: string,
  { id, stored }: FoundRecording,
  rangeOf: (size: number) => ByteRange | null,
): Promise<AudioPart> {
  const file = recordingFile(config.dataDir, workspaceId, id)
  const size = stored ? stored.size : (await stat(file)).size
  const range = rangeOf(size)
  const pieces = stored
    ? opened(
        sealed => storage.read(stored.key, sealed),
        envelopes.open(stored.sealedKey, RECORDING_KEYS.purpose(workspaceId, id)),
        size,
        range ?? undefined,
      )
    : createReadStream(file, range ? { start: range.first, end: range.last } : {})
  return { size, range, bytes: await begun(pieces) }
}

/** The same bytes, once the first of them are there. */
async function begun(pieces: AsyncIterable<Uint8Array>): Promise<Readable> {
  const iterator = pieces[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | null = await iterator.next()
  return Readable.from({
    [Symbol.asyncIterator]: () => ({
      async next() {
        const piece = first ?? (await iterator.next())
        first = null
        return piece
      },
      // Also called when nobody has read on: the file, or the connection, is closed.
      return: async () => (await iterator.return?.()) ?? { done: true as const, value: undefined },
    }),
  })
}

const isAbsent = (error: unknown): boolean =>
  error instanceof NotStored || (error as NodeJS.ErrnoException).code === 'ENOENT'
