import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { v4 as newId } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Media, Prompt } from '../../core/action.ts'
import { readSound } from '../../voice/sound.ts'
import { createStudio, type Studio } from '../../voice/speech/studio.ts'
import { writeWav } from '../../voice/speech/wav.ts'
import type { Tx } from '../platform/db.ts'
import { createLog } from '../platform/log.ts'
import { promptFile } from './promptFiles.ts'
import { createVoices, type Voices } from './voices.ts'

const WORKSPACE = newId()
const say = (text: string, language = 'en-US'): Prompt => ({ type: 'say', text, language })
const play = (media: string): Prompt => ({ type: 'play', media: media as Media, loop: 1 })
/** A sound of so many seconds, which tells it apart from others. */
const sound = (seconds: number) => writeWav(new Int16Array(16_000 * seconds).fill(1000), 16_000)
const secondsOf = async (file: string) => (await readSound(file)).length / 50

let studio: Studio
let server: http.Server
let url: string
let asked: { url: string; headers: http.IncomingHttpHeaders; body: string }[]
let answer: (response: http.ServerResponse) => void
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-voices-'))
let dataDir: string
/** What the workspace has recorded: id by text. */
let recordings: Record<string, string>

beforeAll(async () => {
  studio = createStudio()
  server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push({ url: request.url!, headers: request.headers, body })
    answer(response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await studio.stop()
  // Not after each test: what a test has set going behind the scenes would make its folder anew.
  fs.rmSync(folder, { recursive: true })
})
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(folder, 'data-'))
  asked = []
  answer = response => response.end(sound(3))
  recordings = {}
})
afterEach(() => void vi.useRealTimers())

function voices({ endpoint = false, allowPrivate = true, using = studio } = {}): Voices {
  const speech = endpoint ? { url, key: 'secret', model: 'large', voice: 'ana' } : null
  const tx = {
    query: async (_: string, [text]: unknown[]) => (recordings[String(text)] ? [{ id: recordings[String(text)] }] : []),
  }
  return createVoices({
    config: { dataDir, speech, webhookAllowPrivate: allowPrivate },
    db: { inWorkspace: (_, work) => work(tx as unknown as Tx) },
    log: createLog('silent'),
    studio: using,
  })
}
const fileOf = async (prompt: Prompt, from = voices()) => (await from.soundOf(WORKSPACE, prompt)).file

/** A recording of the workspace, in which this is said. */
function record(seconds: number, text?: string): string {
  const id = newId()
  const file = promptFile(dataDir, WORKSPACE, id)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, `a recording of ${seconds} seconds`)
  if (text !== undefined) recordings[text] = id
  return id
}

describe('what is said', () => {
  test('is a recording of the workspace before anything else', async () => {
    const id = record(1, 'Thank you for calling.')
    expect(await fileOf(say('Thank you for calling.'), voices({ endpoint: true }))).toBe(
      promptFile(dataDir, WORKSPACE, id),
    )
    expect(asked).toEqual([])
  })

  test('is a phrase that comes with Ringside, when the recording is lost too', async () => {
    const bundled = expect.stringMatching(/prompts\/es\/gracias-por-llamar\.opus$/)
    expect(await fileOf(say('Gracias por llamar.', 'es-US'), voices({ endpoint: true }))).toEqual(bundled)
    recordings['Gracias por llamar.'] = newId()
    expect(await fileOf(say('Gracias por llamar.', 'es-US'))).toEqual(bundled)
    expect(asked).toEqual([])
  })

  test('is spoken by the endpoint, once', async () => {
    const speaking = voices({ endpoint: true })
    const [file, same] = await Promise.all([
      fileOf(say('Guten Tag.', 'de-DE'), speaking),
      fileOf(say('Guten Tag.', 'de-DE'), speaking),
    ])
    expect(await secondsOf(file)).toBeCloseTo(3, 0)
    expect(same).toBe(file)
    expect(await fileOf(say('Guten Tag.', 'de-DE'), voices({ endpoint: true }))).toBe(file)
    expect(asked).toEqual([
      {
        url: '/v1/audio/speech',
        headers: expect.objectContaining({ authorization: 'Bearer secret', 'content-type': 'application/json' }),
        body: JSON.stringify({ model: 'large', voice: 'ana', input: 'Guten Tag.', response_format: 'wav' }),
      },
    ])
    expect(fs.readdirSync(path.join(dataDir, 'prompts'))).toEqual([path.basename(file)])
  })

  test.each<[string, (response: http.ServerResponse) => void]>([
    ['with an error', response => response.writeHead(500).end()],
    ['with something that is no sound', response => response.end('ID3 an MP3')],
    ['not at all', response => response.destroy()],
  ])('is spoken in English when the endpoint answers %s, which is then left alone for a while', async (_, failing) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    answer = failing
    const speaking = voices({ endpoint: true })
    const file = await fileOf(say('Good day.'), speaking)
    expect(await secondsOf(file)).toBeLessThan(2)
    await fileOf(say('Good evening.'), speaking)
    expect(asked).toHaveLength(1)

    answer = response => response.end(sound(3))
    vi.setSystemTime(Date.now() + 31_000)
    expect(await secondsOf(await fileOf(say('Good day.'), speaking))).toBeCloseTo(3, 0)
    expect(asked).toHaveLength(2)
  })

  test('is spoken in English without an endpoint, and stays so', async () => {
    const file = await fileOf(say('Our office is closed today.'))
    expect(await secondsOf(file)).toBeGreaterThan(1)
    expect(await fileOf(say(' Our office is   closed today. ', 'en-GB'))).toBe(file)
    expect(path.dirname(file)).toBe(path.join(dataDir, 'prompts'))
  })

  test('is cut off where it becomes unbearable', async () => {
    const spoken: string[] = []
    const speak: Studio['speak'] = async (text, file) => {
      spoken.push(text)
      return studio.speak('Short.', file)
    }
    await fileOf(say('one two three '.repeat(100)), voices({ using: { ...studio, speak } }))
    expect(spoken).toEqual(['one two three '.repeat(100).slice(0, 1000)])
  })

  test.each(['', '   ', '日本語'])('is nothing when nobody can say it: “%s”', async text => {
    await expect(fileOf(say(text))).rejects.toThrow('nothing to say')
  })
})

test('which texts are said by a voice of their language', () => {
  const [own, endpoint] = [voices(), voices({ endpoint: true })]
  expect(own.speaks('Anything.', 'en-GB')).toBe(true)
  expect(own.speaks('Gracias por llamar.', 'es-US')).toBe(true)
  expect(own.speaks('Cualquier cosa.', 'es-US')).toBe(false)
  expect(endpoint.speaks('Cualquier cosa.', 'es-US')).toBe(true)
})

describe('what is played', () => {
  test('is a recording, for as long as it is there', async () => {
    const id = record(1)
    expect(await fileOf(play(`prompt:${id}`))).toBe(promptFile(dataDir, WORKSPACE, id))
    await expect(fileOf(play(`prompt:${newId()}`))).rejects.toThrow('ENOENT')
    await expect(voices().soundOf(newId(), play(`prompt:${id}`))).rejects.toThrow('ENOENT')
    await expect(fileOf(play('prompt:../../etc/passwd'))).rejects.toThrow('no recording')
  })

  test('is hold music', async () => {
    expect(await secondsOf(await fileOf(play('hold-music')))).toBeGreaterThan(20)
  })

  test('is fetched from the web, and again after an hour', async () => {
    const playing = voices()
    const media = play(`${url}/a.wav`)
    const file = await fileOf(media, playing)
    expect(await secondsOf(file)).toBeCloseTo(3, 0)
    await fileOf(media, playing)
    expect(asked.map(request => request.url)).toEqual(['/a.wav'])

    answer = response => response.end(sound(5))
    const before = new Date(Date.now() - 3601_000)
    fs.utimesSync(file, before, before)
    expect(await fileOf(media, playing)).toBe(file)
    await expect.poll(() => secondsOf(file)).toBeCloseTo(5, 0)
  })

  test.each<[string, (response: http.ServerResponse) => void, string]>([
    ['nothing there', response => response.writeHead(404).end(), 'answered with 404'],
    ['elsewhere', response => response.writeHead(302, { location: '/b' }).end(), 'answered with 302'],
    ['another format', response => response.end('ID3 an MP3'), 'use WAV'],
    ['too much', response => response.end(Buffer.alloc(20_000_001)), 'too long'],
  ])('is not fetched: %s', async (_, given, sentence) => {
    answer = given
    await expect(fileOf(play(`${url}/a.wav`))).rejects.toThrow(sentence)
    expect(fs.readdirSync(path.join(dataDir, 'prompts'))).toEqual([])
  })

  test('is not fetched from a private address', async () => {
    await expect(fileOf(play(`${url}/a.wav`), voices({ allowPrivate: false }))).rejects.toThrow('private')
    expect(asked).toEqual([])
  })
})

test('is had ready one after the other, whatever fails', async () => {
  const speaking = voices({ endpoint: true })
  let [open, most] = [0, 0]
  answer = response => {
    most = Math.max(most, ++open)
    setTimeout(() => {
      open--
      response.end(sound(3))
    }, 20)
  }
  speaking.warm(WORKSPACE, [say('Eins.', 'de'), play('prompt:x'), say('Zwei.', 'de'), say('Drei.', 'de')])
  // What is being written stands beside what is finished.
  await expect.poll(() => asked).toHaveLength(3)
  await expect.poll(() => fs.readdirSync(path.join(dataDir, 'prompts'))).toHaveLength(3)
  expect(most).toBe(1)
  await fileOf(say('Zwei.', 'de'), speaking)
  expect(asked).toHaveLength(3)
})
