import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { v4 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import type { Prompt } from '../../core/action.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { readSound } from '../../voice/sound.ts'
import { readWav, writeWav } from '../../voice/speech/wav.ts'
import {
  addKey,
  addPerson,
  type Credentials,
  eventsOf,
  makeWorkspace,
  startTestServer,
  type TestServer,
} from '../access/testing.ts'
import { mediaUrl } from '../telephony/mediaRoutes.ts'

const wav = (seconds = 0.5) =>
  Buffer.from(
    writeWav(
      Int16Array.from({ length: 16_000 * seconds }, (_, i) => 9_000 * Math.sin((2 * Math.PI * 440 * i) / 16_000)),
      16_000,
    ),
  )
const webm = fs.readFileSync(new URL('../../voice/speech/fixtures/chromium-440hz.webm', import.meta.url))

onBothDatabases('recorded prompts', open => {
  let server: TestServer
  let dataDir: string
  let here: Awaited<ReturnType<typeof makeWorkspace>>
  beforeAll(async () => {
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-prompts-'))
    server = await startTestServer(open, { DATA_DIR: dataDir })
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
  })
  afterAll(async () => {
    await server.close()
    fs.rmSync(dataDir, { recursive: true })
  })

  const list = async (as = here.admin) => (await server.ask(contract.listPrompts, { as })).body.items
  async function upload(
    sound: Buffer,
    query: Record<string, string> = {},
    { as = here.admin, type = 'audio/wav' }: { as?: Credentials; type?: string } = {},
  ) {
    const response = await server.http.inject({
      method: 'POST',
      url: '/api/prompts',
      query: { name: 'Greeting', language: 'en-US', ...query },
      headers: { ...as, 'content-type': type },
      payload: sound,
    })
    return { status: response.statusCode, body: response.json() }
  }
  const add = async (query: Record<string, string> = {}): Promise<contract.RecordedPrompt> =>
    (await upload(wav(), query)).body.prompt
  const update = (id: string, body: object, as = here.admin) =>
    server.ask(contract.updatePrompt, { as, params: { id }, body })
  const remove = (id: string, as = here.admin) => server.ask(contract.deletePrompt, { as, params: { id } })
  const fetchFile = (url: string, as: Credentials = {}) => server.http.inject({ method: 'GET', url, headers: as })
  const audio = (id: string, as = here.admin) => fetchFile(`/api/prompts/${id}/audio`, as)
  const soundOf = (prompt: Prompt, workspace = here.id) => server.app.voices.soundOf(workspace, prompt)
  const files = () => {
    const folder = path.join(dataDir, 'prompts', here.id)
    return fs.existsSync(folder) ? fs.readdirSync(folder) : []
  }
  const promptEvents = async () =>
    (await eventsOf(server, here.id)).filter(event => event.type.startsWith('prompt.')) as object[]
  const by = () => ({ id: here.adminId, name: 'Admin' })

  describe('are added', () => {
    test('from WAV, and can be heard; the log hears of it', async () => {
      const { status, body } = await upload(wav(), { text: 'Hello there.' })
      expect(status).toBe(201)
      const { prompt } = body
      expect(prompt).toEqual({
        id: expect.any(String),
        name: 'Greeting',
        language: 'en-US',
        text: 'Hello there.',
        seconds: 0.5,
        bytes: expect.any(Number),
        createdAt: expect.any(String),
        createdBy: 'Admin',
      })
      expect(await list()).toEqual([prompt])
      const heard = await audio(prompt.id)
      expect(heard.headers['content-type']).toBe('audio/ogg; codecs=opus')
      expect(heard.rawPayload).toHaveLength(prompt.bytes)
      const copy = path.join(dataDir, 'copy.opus')
      fs.writeFileSync(copy, heard.rawPayload)
      expect(await readSound(copy)).toHaveLength(26)
      expect(await promptEvents()).toEqual([
        { type: 'prompt.created', prompt: { id: prompt.id, name: 'Greeting' }, by: by() },
      ])
      expect(fs.readdirSync(path.join(dataDir, 'prompts')).filter(name => name.endsWith('.part'))).toEqual([])
    })

    test('as a browser records them, whatever they are said to be', async () => {
      for (const type of ['audio/webm;codecs=opus', 'application/octet-stream', 'application/json']) {
        const { status, body } = await upload(webm, { name: type }, { type })
        expect([status, body.prompt.seconds]).toEqual([201, expect.closeTo(1.44, 2)])
      }
    })

    test.each<[string, Buffer, string]>([
      ['an MP3', Buffer.from('ID3 and what follows'), 'use WAV'],
      ['nothing', Buffer.alloc(0), 'use WAV'],
      ['an empty sound', wav(0), 'empty'],
      ['a damaged recording', webm.subarray(0, 40), 'no Opus'],
    ])('not from %s', async (_, sound, sentence) => {
      const { status, body } = await upload(sound)
      expect([status, body.error.code]).toEqual([400, 'unreadable_sound'])
      expect(body.error.message).toContain(sentence)
      expect([await list(), files()]).toEqual([[], []])
    })

    test('not from more than 10 MB', async () => {
      const { status, body } = await upload(Buffer.alloc(10_000_001))
      expect([status, body.error.code]).toEqual([413, 'too_large'])
      expect([await list(), files()]).toEqual([[], []])
    })

    test.each<[Record<string, string>, string]>([
      [{ name: ' ' }, 'name'],
      [{ language: 'English please' }, 'language'],
      [{ text: 'x'.repeat(1001) }, 'text'],
    ])('not with %j', async (wrong, field) => {
      const { status, body } = await upload(wav(), wrong)
      expect([status, body.error.fields[0].path]).toEqual([400, field])
    })

    test('not twice under one name, but for another language', async () => {
      await add()
      const { status, body } = await upload(wav())
      expect([status, body.error.code]).toEqual([409, 'name_taken'])
      expect(files()).toHaveLength(2)
      expect((await upload(wav(), { language: 'es-US' })).status).toBe(201)
    })
  })

  test('are listed by name', async () => {
    for (const name of ['zebra', 'Alpha', 'middle']) await add({ name })
    expect((await list()).map(({ name }) => name)).toEqual(['Alpha', 'middle', 'zebra'])
  })

  test('are changed in what is given; the log hears of what has changed', async () => {
    const before = await add()
    const { status, body } = await update(before.id, { name: 'Welcome', text: 'Hello.' })
    expect(status).toBe(200)
    expect(body.prompt).toEqual({ ...before, name: 'Welcome', text: 'Hello.' })
    expect((await update(before.id, { name: 'Welcome' })).body.prompt).toEqual(body.prompt)
    expect((await update(before.id, { text: null })).body.prompt).toMatchObject({ name: 'Welcome', text: null })
    expect((await promptEvents()).slice(1)).toEqual(
      Array(2).fill({ type: 'prompt.updated', prompt: { id: before.id, name: 'Welcome' }, by: by() }),
    )
    await add({ name: 'Other' })
    const refused = await update(before.id, { name: 'Other' })
    expect([refused.status, refused.body.error.code]).toEqual([409, 'name_taken'])
  })

  describe('are played', () => {
    test('by their id', async () => {
      const { id } = await add()
      const { file } = await soundOf({ type: 'play', media: `prompt:${id}`, loop: 1 })
      expect(await readSound(file)).toHaveLength(26)
      const elsewhere = await makeWorkspace(server)
      await expect(soundOf({ type: 'play', media: `prompt:${id}`, loop: 1 }, elsewhere.id)).rejects.toThrow()
    })

    test('in the place of what is said in them, in any region’s form of the language', async () => {
      const { id } = await add({ text: 'Thank you for calling.' })
      const said = async (text: string, language: string) =>
        path.basename((await soundOf({ type: 'say', text, language })).file)
      expect(await said('Thank you for calling.', 'en-GB')).toBe(`${id}.opus`)
      expect(await said('You are next in line.', 'en-US')).toBe('you-are-next-in-line.opus')
      const british = await add({ text: 'Thank you for calling.', language: 'en-GB' })
      expect(await said('Thank you for calling.', 'en-GB')).toBe(`${british.id}.opus`)
    })

    test('by telephone providers, who know nothing but the address', async () => {
      const { id } = await add()
      expect(mediaUrl('https://calls.example.com', `prompt:${id}`)).toBe(
        `https://calls.example.com/media/prompts/${id}.wav`,
      )
      const heard = await fetchFile(`/media/prompts/${id}.wav`)
      expect(heard.headers['content-type']).toBe('audio/wav')
      const { rate, samples } = readWav(heard.rawPayload)
      expect([rate, samples.length]).toEqual([8_000, 4_000])
      for (const wrong of [newId(), '..%2f..%2fcopy', `${id}.opus`]) {
        expect((await fetchFile(`/media/prompts/${wrong}.wav`)).statusCode).toBe(404)
      }
      expect((await fetchFile(`/media/prompts/${id}`)).statusCode).toBe(404)
    })
  })

  describe('in flows', () => {
    const playing = (media: string) => ({
      start: 'hello',
      language: 'en-US',
      nodes: {
        hello: { type: 'say', prompt: { text: { 'en-US': 'Hi.' }, audio: { 'en-US': media } }, next: 'music' },
        music: { type: 'play', media, next: 'end' },
        end: { type: 'hangUp' },
      },
    })
    const createFlow = async (definition: object) =>
      (await server.ask(contract.createFlow, { as: here.admin, body: { name: 'Recorded', definition } })).body.flow
    const codes = (flow: contract.FlowDetails) => flow.problems.map(problem => problem.code)

    test('are a problem when they are not there', async () => {
      expect(codes(await createFlow(playing(`prompt:${newId()}`)))).toEqual(['unknown-prompt', 'unknown-prompt'])
    })

    test('are named, and then are not deleted', async () => {
      const { id } = await add()
      const flow = await createFlow(playing(`prompt:${id}`))
      expect(codes(flow)).toEqual([])
      const published = await server.ask(contract.publishFlow, { as: here.admin, params: { id: flow.id }, body: {} })
      expect(published.status).toBe(200)
      const refused = await remove(id)
      expect([refused.status, refused.body.error.code]).toEqual([409, 'prompt_in_use'])
      expect(refused.body.error.message).toBe('This recording is played by the flow Recorded.')
      await server.ask(contract.deleteFlow, { as: here.admin, params: { id: flow.id } })
      expect((await remove(id)).status).toBe(200)
    })

    test('take the place of words that no voice here can say', async () => {
      const { id } = await add({ language: 'es-US' })
      const saying = (audio?: object) => ({
        start: 'hello',
        language: 'es-US',
        nodes: {
          hello: { type: 'say', prompt: { text: { 'es-US': 'Hola a todos.' }, audio }, next: 'end' },
          end: { type: 'hangUp' },
        },
      })
      const flow = await createFlow(saying())
      expect(codes(flow)).toEqual(['no-voice'])
      const recorded = await server.ask(contract.updateFlow, {
        as: here.admin,
        params: { id: flow.id },
        body: { definition: saying({ 'es-US': `prompt:${id}` }) },
      })
      expect(codes(recorded.body.flow)).toEqual([])
    })
  })

  describe('are deleted', () => {
    test('once, with their files; the log hears of it', async () => {
      const { id } = await add()
      expect((await remove(id)).body).toEqual({ success: true })
      expect((await remove(id)).status).toBe(404)
      expect([await list(), files()]).toEqual([[], []])
      expect((await audio(id)).statusCode).toBe(404)
      expect((await fetchFile(`/media/prompts/${id}.wav`)).statusCode).toBe(404)
      expect((await promptEvents()).slice(1)).toEqual([
        { type: 'prompt.deleted', prompt: { id, name: 'Greeting' }, by: by() },
      ])
    })

    test('not while a queue plays them to those who wait', async () => {
      const { id } = await add()
      const { items } = (await server.ask(contract.listQueues, { as: here.admin })).body
      const sales = items.find(queue => queue.name === 'sales')!
      const body = { music: `prompt:${id}` }
      const changed = await server.ask(contract.updateQueue, { as: here.admin, params: { id: sales.id }, body })
      expect(changed.body.queue.music).toBe(`prompt:${id}`)
      expect((await remove(id)).body.error.message).toBe('This recording is played by the queue Sales.')
    })
  })

  test('of another workspace are not there', async () => {
    const there = await makeWorkspace(server)
    const { id } = await add()
    expect(await list(there.admin)).toEqual([])
    expect((await update(id, { name: 'Mine' }, there.admin)).status).toBe(404)
    expect((await remove(id, there.admin)).status).toBe(404)
    expect((await audio(id, there.admin)).statusCode).toBe(404)
    expect((await audio('x')).statusCode).toBe(404)
  })

  test('are heard by everybody, and made by admins and keys that may write queues', async () => {
    const { id } = await add()
    const others = [
      (await addPerson(server, here.id, 'supervisor')).as,
      (await addPerson(server, here.id, 'agent')).as,
      await addKey(server, here.id, ['calls:read', 'settings:manage']),
    ]
    for (const as of others) {
      expect(await list(as)).toHaveLength(1)
      expect((await audio(id, as)).statusCode).toBe(200)
      expect((await upload(wav(), { name: 'Mine' }, { as })).status).toBe(403)
      expect((await update(id, { name: 'Mine' }, as)).status).toBe(403)
      expect((await remove(id, as)).status).toBe(403)
    }
    const writer = await addKey(server, here.id, ['queues:write'])
    expect((await upload(wav(), { name: 'Ours' }, { as: writer })).status).toBe(201)
    expect((await upload(wav(), {}, { as: {} })).status).toBe(401)
    expect((await audio(id, {})).statusCode).toBe(401)
  })

  test('what speaks and what writes down is told', async () => {
    const settings = async (of: TestServer) => (await of.ask(contract.getVoiceSettings, { as: here.admin })).body
    expect(await settings(server)).toEqual({ speech: 'bundled', transcription: false, webCalls: true })
    const more = await server.withEnvironment({
      SPEECH_URL: 'http://localhost:8000/v1/',
      TRANSCRIPTION_URL: 'http://localhost:8001',
      VOICE_PROCESSES: '0',
    })
    expect(more.app.config.speech?.url).toBe('http://localhost:8000')
    // On a database that other processes share, one of those may carry the calls.
    expect(await settings(more)).toEqual({ speech: 'endpoint', transcription: true, webCalls: more.app.db.shared })
    await more.close()
  })
})
