import { createHash } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import aws4 from 'aws4'

export const S3_CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const REGION = 'eu-central-1'
const CLOCK_SKEW_MS = 15 * 60_000

/** Amazon S3 as seen from outside, on this machine: what it would refuse, this refuses, by the same codes. */
export interface TestS3 {
  /** What to set for a server that is to use it. */
  env: Record<string, string>
  /** By their names, with the bucket before them. */
  readonly objects: Map<string, Buffer>
  /** `PUT /bucket/name` and so on, as they came. */
  readonly requests: string[]
  /** Called before each request is looked at; what it throws is a broken connection. */
  interfere: (method: string, key: string) => void | Promise<void>
  close(): Promise<void>
}

/** @param pathStyle whether buckets are asked for in the path; else in the name of the host. */
export async function startS3(pathStyle = true): Promise<TestS3> {
  const bucket = 'ringside-test'
  const s3: TestS3 = { env: {}, objects: new Map(), requests: [], interfere() {}, close: async () => {} }

  const server = http.createServer(async (request, response) => {
    const refuse = (status: number, code: string, message = 'No.') => {
      response.writeHead(status, { 'content-type': 'application/xml' })
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`)
    }
    const { method = '', headers } = request
    const path = decodeURIComponent(request.url!.split('?')[0]!)
    const host = headers.host!.replace(/:\d+$/, '')
    const name = host === 'localhost' ? path.slice(1) : host.replace(/\.localhost$/, '') + path
    try {
      s3.requests.push(`${method} /${name}`)
      await s3.interfere(method, name)
      if (!isSigned(request)) return refuse(403, 'SignatureDoesNotMatch')
      if (!name.startsWith(`${bucket}/`)) return refuse(404, 'NoSuchBucket')
      if (method === 'PUT') {
        if (headers['content-length'] === undefined) return refuse(411, 'MissingContentLength')
        const body = await bodyOf(request)
        if (headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex'))
          return refuse(400, 'XAmzContentSHA256Mismatch')
        s3.objects.set(name, body)
        return void response.writeHead(200).end()
      }
      if (method === 'DELETE') {
        s3.objects.delete(name)
        return void response.writeHead(204).end()
      }
      const found = s3.objects.get(name)
      if (method !== 'GET') return refuse(405, 'MethodNotAllowed')
      if (found === undefined) return refuse(404, 'NoSuchKey')
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
      if (first === undefined) return void response.writeHead(200, { 'content-length': found.length }).end(found)
      if (Number(first) >= found.length) return refuse(416, 'InvalidRange')
      const part = found.subarray(Number(first), Number(last) + 1)
      const range = `bytes ${first}-${Number(first) + part.length - 1}/${found.length}`
      response.writeHead(206, { 'content-length': part.length, 'content-range': range }).end(part)
    } catch {
      request.destroy()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  s3.env = {
    S3_ENDPOINT: `http://localhost:${port}`,
    S3_REGION: REGION,
    S3_BUCKET: bucket,
    S3_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
    S3_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    S3_PATH_STYLE: String(pathStyle),
  }
  s3.close = () => {
    server.closeAllConnections()
    return new Promise(resolve => void server.close(() => resolve()))
  }
  return s3
}

/** Whether another implementation of the signature comes to the same one, over everything that must be in it. */
function isSigned({ method = '', url = '', headers }: http.IncomingMessage): boolean {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? []
  const date = String(headers['x-amz-date'])
  const sentAt = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
  if (!(Math.abs(Date.now() - sentAt) < CLOCK_SKEW_MS)) return false
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every(name => names.includes(name))) return false
  const signed = aws4.sign(
    {
      service: 's3',
      region: REGION,
      method,
      path: url,
      host: headers.host!,
      headers: Object.fromEntries(names.map(name => [name, String(headers[name])])),
    },
    S3_CREDENTIALS,
  )
  const { Authorization } = signed.headers as Record<string, string>
  return Authorization?.replace(/ /g, '') === headers.authorization?.replace(/ /g, '')
}

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces)
}
