import type { Config } from '../config.ts'
import { fetchBytes } from '../platform/outgoing.ts'

const DEADLINE_MS = 10_000
/** 1,000 characters are a minute and a half of speech: 17 MB even at 48 kHz and two channels. */
const MAX_BYTES = 20_000_000

/**
 * Has a text spoken by the operator's server, with the operation that OpenAI has made common.
 * @returns a file of sound. Rejects when there is no answer in time, or another one.
 */
export async function askForSpeech(
  { url, key, model, voice }: NonNullable<Config['speech']>,
  text: string,
): Promise<Buffer> {
  const { status, body } = await fetchBytes({
    method: 'POST',
    url: `${url}/v1/audio/speech`,
    body: JSON.stringify({ model, voice, input: text, response_format: 'wav' }),
    headers: { accept: 'audio/*', ...(key !== null && { authorization: `Bearer ${key}` }) },
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_BYTES,
    // The operator has named it: that it stands beside us is as intended.
    allowPrivate: true,
  })
  if (status !== 200) throw new Error(`the speech endpoint answered with ${status}`)
  return body
}
