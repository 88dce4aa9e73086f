import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'

/** The other side has said something else than the file. */
export class NotDownloaded extends Error {
  readonly status: number
  constructor(status: number) {
    super(`The other side answered with status ${status}.`)
    this.status = status
  }
}

export interface Download {
  url: string
  headers: Record<string, string>
  /** For all of it. */
  deadlineMs: number
  /** Breaks it off. */
  signal: AbortSignal
}

/**
 * Fetches a file that does not fit into memory, following redirects; credentials among the headers are not passed on to
 * another host. What was written is for its owner only, and is to be removed when this throws.
 *
 * @throws NotDownloaded
 */
export async function download(
  { url, headers, deadlineMs, signal }: Download,
  file: string,
): Promise<{ contentType: string | null }> {
  const answer = await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) })
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel()
    throw new NotDownloaded(answer.status)
  }
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), createWriteStream(file, { mode: 0o600 }))
  return { contentType: answer.headers.get('content-type') }
}
