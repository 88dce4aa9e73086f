import { createHash } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AwsV4Signer } from 'aws4fetch'
import { type ByteRange, checkedKey, NotStored, type Source, type Storage } from './storage.ts'

export interface S3Account {
  /** `https://s3.eu-central-1.amazonaws.com`, `https://minio.example.com:9000` … */
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  /** The bucket is in the path, not in the name of the host. */
  pathStyle: boolean
}

/** A store that says nothing for so long is given up. Milliseconds. */
const SILENCE = 30_000
/** Nobody explains an error at greater length. */
const MAX_EXPLANATION = 10_000
const EMPTY_SHA256 = createHash('sha256').digest('hex')

/** Objects in a bucket of Amazon S3, or of anything that speaks as it does. */
export function createS3Storage(account: S3Account): Storage {
  const base = new URL(account.endpoint)
  if (!account.pathStyle) base.hostname = `${account.bucket}.${base.hostname}`
  const folder = account.pathStyle ? `/${account.bucket}` : ''
  const urlOf = (key: string) => new URL(`${base.pathname.replace(/\/$/, '')}${folder}/${checkedKey(key)}`, base)

  /** Resolves with the head of the answer; its body is still to be read. */
  async function ask(
    method: 'GET' | 'PUT' | 'DELETE',
    key: string,
    { headers = {}, object = null }: { headers?: Record<string, string>; object?: Source | null } = {},
  ): Promise<http.IncomingMessage> {
    // The store compares what arrives with this: what was garbled on the way is not taken for the original.
    const sha256 = object === null ? EMPTY_SHA256 : await digestOf(object)
    const { accessKeyId, secretAccessKey, region } = account
    const signer = new AwsV4Signer({
      method,
      url: urlOf(key).href,
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
    })
    const signed = await signer.sign()
    const request = (signed.url.protocol === 'https:' ? https : http).request(signed.url, {
      method,
      headers: { ...Object.fromEntries(signed.headers), ...(object && { 'content-length': object.size }) },
    })
    request.setTimeout(SILENCE, () => request.destroy(new Error(`The store has said nothing for ${SILENCE / 1000} s.`)))
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on('response', resolve)
      request.on('error', reject)
    })
    if (object === null) request.end()
    // Who refuses what is sent may answer before it has all come, and hang up: the answer says more than the broken pipe.
    else await Promise.race([pipeline(Readable.from(object.open()), request), answered.catch(() => {})])
    return answered
  }

  /** Throws what the store says against it, unless the status is the one that was hoped for. */
  async function demand(answer: http.IncomingMessage, status: number, what: string): Promise<void> {
    if (answer.statusCode === status) return
    const { code, explanation } = await readError(answer)
    // It may not have heard us out.
    answer.destroy()
    if (answer.statusCode === 404 && code !== 'NoSuchBucket') throw new NotStored(`The store has no ${what}.`)
    throw new Error(`The store answered ${answer.statusCode} for ${what}${explanation}.`)
  }

  return {
    async put(key, object) {
      const answer = await ask('PUT', key, { object })
      await demand(answer, 200, key)
      answer.resume()
    },
    async read(key, range?: ByteRange) {
      const headers: Record<string, string> = range ? { range: `bytes=${range.first}-${range.last}` } : {}
      const answer = await ask('GET', key, { headers })
      await demand(answer, range ? 206 : 200, key)
      return answer
    },
    async remove(key) {
      const answer = await ask('DELETE', key)
      await demand(answer, 204, key).catch(error => {
        if (!(error instanceof NotStored)) throw error
      })
      answer.resume()
    },
  }
}

async function digestOf(object: Source): Promise<string> {
  const hash = createHash('sha256')
  let size = 0
  for await (const bytes of object.open()) {
    hash.update(bytes)
    size += bytes.length
  }
  // The store would wait for the rest.
  if (size !== object.size) throw new Error(`${size} bytes came where ${object.size} were announced`)
  return hash.digest('hex')
}

async function readError(answer: http.IncomingMessage): Promise<{ code: string; explanation: string }> {
  let text = ''
  for await (const bytes of answer) if (text.length < MAX_EXPLANATION) text += bytes
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? ''
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1]
  return { code, explanation: code && ` (${code}${message ? `: ${message}` : ''})` }
}
