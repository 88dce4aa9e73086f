import { readFile, stat } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { fetchBytes } from '../platform/outgoing.ts'

/** Writes down what is said in a recording. */
export interface Transcriber {
  /**
   * @param file Opus in Ogg, as we record it, or as a provider did.
   * @param language BCP 47, where it is known: it is then not guessed.
   * @param signal gives it up.
   * @returns what was said; empty when nothing was. Rejects with {@link NotTranscribable} for what asking again will not
   * change, with another error for what it may.
   */
  transcribe(file: string, contentType: string, language: string | null, signal?: AbortSignal): Promise<string>
}

export class NotTranscribable extends Error {}

/** Servers of this kind take no more. With us it is an hour of two voices. */
const MAX_BYTES = 25_000_000
/** An hour of speech takes minutes where there is no graphics card. */
const DEADLINE_MS = 10 * 60_000
/** Answers that say nothing about the recording itself. */
const PASSING = new Set([401, 403, 404, 408, 409, 425, 429])

/** The operator's server, with the operation that OpenAI has made common; null where none is configured. */
export function createTranscriber({ transcription }: Pick<Config, 'transcription'>): Transcriber | null {
  if (transcription === null) return null
  const { url, key, model } = transcription
  return {
    async transcribe(file, contentType, language, signal) {
      const { size } = await stat(file)
      if (size > MAX_BYTES) throw new NotTranscribable('the recording is too long')
      const form = new FormData()
      form.set('model', model)
      form.set('response_format', 'json')
      // These models know languages, not their regions.
      if (language !== null) form.set('language', language.toLowerCase().split('-')[0]!)
      const type = contentType.split(';')[0]!
      // Some tell by the name what it is.
      form.set('file', new Blob([await readFile(file)], { type }), `recording.${type.replace(/^audio\/(x-)?/, '')}`)
      const encoded = new Response(form)
      const { status, body } = await fetchBytes({
        method: 'POST',
        url: `${url}/v1/audio/transcriptions`,
        body: new Uint8Array(await encoded.arrayBuffer()),
        headers: {
          'content-type': encoded.headers.get('content-type')!,
          ...(key !== null && { authorization: `Bearer ${key}` }),
        },
        deadlineMs: DEADLINE_MS,
        ...(signal && { signal }),
        maxBytes: 5_000_000,
        // The operator has named it: that it stands beside us is as intended.
        allowPrivate: true,
      })
      if (status >= 400 && status < 500 && !PASSING.has(status))
        throw new NotTranscribable(`the transcription endpoint refused it with ${status}`)
      if (status !== 200) throw new Error(`the transcription endpoint answered with ${status}`)
      return textOf(body)
    },
  }
}

function textOf(body: Buffer): string {
  const { text } = JSON.parse(body.toString('utf8')) as { text?: unknown }
  if (typeof text !== 'string') throw new Error('the transcription endpoint answered without a text')
  return text.trim()
}
