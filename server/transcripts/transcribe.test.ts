import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { encodeSound } from '../../voice/sound.ts'
import { createTranscriber, NotTranscribable } from './transcribe.ts'

let server: http.Server
let url: string
let folder: string
let file: string
let asked: { url: string; headers: http.IncomingHttpHeaders; form: FormData }[]
let answer: (response: http.ServerResponse) => void

beforeAll(async () => {
  server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const headers = { 'content-type': request.headers['content-type']! }
    const form = await new Response(Buffer.concat(chunks), { headers }).formData()
    asked.push({ url: request.url!, headers: request.headers, form })
    answer(response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-transcripts-'))
  file = path.join(folder, 'a.opus')
  await encodeSound(new Int16Array(48_000), file)
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  fs.rmSync(folder, { recursive: true })
})
beforeEach(() => {
  asked = []
  answer = response => response.end(JSON.stringify({ text: ' Hello, this is Ana. ' }))
})

const transcribe = (language: string | null = null, key: string | null = 'secret') =>
  createTranscriber({ transcription: { url, key, model: 'whisper-large' } })!.transcribe(
    file,
    'audio/ogg; codecs=opus',
    language,
  )

test('is off where no server is configured', () => {
  expect(createTranscriber({ transcription: null })).toBeNull()
})

test('the recording is sent, and what was said comes back', async () => {
  expect(await transcribe('es-US')).toBe('Hello, this is Ana.')
  const [{ form, ...request }] = asked as [(typeof asked)[0]]
  expect([request.url, request.headers.authorization]).toEqual(['/v1/audio/transcriptions', 'Bearer secret'])
  const { file: sent, ...fields } = Object.fromEntries(form.entries())
  expect(fields).toEqual({ model: 'whisper-large', language: 'es', response_format: 'json' })
  expect(sent).toMatchObject({ name: 'recording.ogg', type: 'audio/ogg' })
  expect(Buffer.from(await (sent as File).arrayBuffer())).toEqual(fs.readFileSync(file))
})

test('without a language it is guessed, and without a key none is sent', async () => {
  await transcribe(null, null)
  expect(asked[0]!.form.has('language')).toBe(false)
  expect(asked[0]!.headers.authorization).toBeUndefined()
})

test.each<[string, (response: http.ServerResponse) => void, boolean]>([
  ['it refuses the recording', response => response.writeHead(400).end(), true],
  ['it does not know the key', response => response.writeHead(401).end(), false],
  ['it has too much to do', response => response.writeHead(429).end(), false],
  ['it fails', response => response.writeHead(500).end(), false],
  ['it says something else', response => response.end('{"words":[]}'), false],
  ['it is no such server', response => response.end('<html>'), false],
  ['it hangs up', response => response.destroy(), false],
])('rejects when %s', async (_, given, forGood) => {
  answer = given
  const error = await transcribe().catch(error => error)
  expect(error).toBeInstanceOf(Error)
  expect(error instanceof NotTranscribable).toBe(forGood)
})

test('what such servers do not take is not sent', async () => {
  const large = path.join(folder, 'large.opus')
  fs.writeFileSync(large, '')
  fs.truncateSync(large, 25_000_001)
  const transcriber = createTranscriber({ transcription: { url, key: null, model: 'm' } })!
  await expect(transcriber.transcribe(large, 'audio/ogg', null)).rejects.toThrow(NotTranscribable)
  expect(asked).toEqual([])
})
