import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { v4 as randomId } from 'uuid'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { UnreadableSound } from '../../voice/speech/pcm.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { pageOfShort } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { sendFile } from '../platform/files.ts'
import { authorise, readPath, serve } from '../platform/http.ts'
import { conflict, notFound, Refusal } from '../platform/refusal.ts'
import { promptFile, soundFolder, telephoneFile } from './promptFiles.ts'
import {
  deletePrompt,
  findPrompt,
  insertPrompt,
  listPrompts,
  lockPrompt,
  promptUses,
  updatePrompt,
} from './promptStore.ts'

const MAX_BYTES = 10_000_000

export function promptRoutes(http: FastifyInstance, app: App): void {
  const { db, config, studio } = app

  serve(http, app, contract.listPrompts, async ({ who, query }) =>
    pageOfShort(await db.inWorkspace(who.workspaceId, listPrompts), query),
  )

  http.get('/api/prompts/:id/audio', async (request, reply) => {
    const { workspaceId } = (await authorise(app, 'see queues', request))!
    const { id } = readPath(z.object({ id: z.uuid() }), request.params)
    const prompt = await db.inWorkspace(workspaceId, tx => findPrompt(tx, id))
    if (prompt === null) throw notFound('recording')
    reply.type('audio/ogg; codecs=opus').header('cache-control', 'private, max-age=3600')
    return sendFile(request, reply, promptFile(config.dataDir, workspaceId, prompt.id), prompt.bytes)
  })

  http.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, body, done) => done(null, body))
    serve(scope, app, contract.createPrompt, async ({ who, query, request, reply }) => {
      // Whatever is still on its way when the answer is done is read and dropped: who sends sees the answer only then.
      reply.raw.once('close', () => request.raw.resume())
      const id = randomId()
      const sound = await keepSound(who.workspaceId, id, request)
      const { name, language, text = null } = query
      try {
        const prompt = await db.inWorkspace(who.workspaceId, async tx => {
          await insertPrompt(tx, { id, name, language, text, ...sound, createdBy: authorOf(who).name })
          tx.emit({ type: 'prompt.created', prompt: { id, name }, by: authorOf(who) })
          return see(tx, id)
        })
        return { success: true, prompt }
      } catch (error) {
        await removeSound(who.workspaceId, id)
        throw error
      }
    })
  })

  serve(http, app, contract.updatePrompt, async ({ who, params: { id }, body }) => {
    const prompt = await db.inWorkspace(who.workspaceId, async tx => {
      const before = await lock(tx, id)
      const given = Object.entries(body).filter(([, value]) => value !== undefined)
      const after: contract.RecordedPrompt = { ...before, ...Object.fromEntries(given) }
      if (isDeepStrictEqual(after, before)) return before
      await updatePrompt(tx, after)
      tx.emit({ type: 'prompt.updated', prompt: { id: after.id, name: after.name }, by: authorOf(who) })
      return after
    })
    return { success: true, prompt }
  })

  serve(http, app, contract.deletePrompt, async ({ who, params: { id } }) => {
    const prompt = await db.inWorkspace(who.workspaceId, async tx => {
      const prompt = await lock(tx, id)
      const uses = await promptUses(tx, prompt.id)
      if (uses.length > 0) throw conflict('prompt_in_use', `This recording is played by ${uses.join(', ')}.`)
      await deletePrompt(tx, prompt.id)
      tx.emit({ type: 'prompt.deleted', prompt: { id: prompt.id, name: prompt.name }, by: authorOf(who) })
      return prompt
    })
    await removeSound(who.workspaceId, prompt.id)
    return { success: true }
  })

  serve(http, app, contract.getVoiceSettings, async () => ({
    speech: config.speech === null ? 'bundled' : 'endpoint',
    transcription: config.transcription !== null,
    webCalls: app.voice.isOffered,
  }))

  /** Writes the body as what we play and as what telephones carry. Throws the 400 that says why it cannot be read. */
  async function keepSound(workspaceId: string, id: string, request: FastifyRequest) {
    const [sound, narrow] = [promptFile, telephoneFile].map(where => where(config.dataDir, workspaceId, id)) as [
      string,
      string,
    ]
    const upload = path.join(soundFolder(config.dataDir), `${id}.upload.part`)
    await mkdir(path.dirname(sound), { recursive: true })
    try {
      await pipeline(limited((request.body as Readable | undefined) ?? Readable.from([])), createWriteStream(upload))
      const { seconds } = await studio.convert(upload, sound)
      await studio.toTelephone(sound, narrow)
      const content = await readFile(sound)
      return { seconds, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
    } catch (error) {
      await removeSound(workspaceId, id)
      if (error instanceof UnreadableSound) throw new Refusal(400, 'unreadable_sound', error.message)
      throw error
    } finally {
      await rm(upload, { force: true })
    }
  }

  async function removeSound(workspaceId: string, id: string): Promise<void> {
    for (const where of [promptFile, telephoneFile]) await rm(where(config.dataDir, workspaceId, id), { force: true })
  }
}

async function* limited(body: Readable): AsyncGenerator<Buffer> {
  let bytes = 0
  // Left open when we stop early: closing the request would cut off its answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Refusal(413, 'too_large', 'The recording is too large: 10 MB at most.')
    yield chunk
  }
}

async function see(tx: Tx, id: string): Promise<contract.RecordedPrompt> {
  const prompt = await findPrompt(tx, id)
  if (prompt === null) throw notFound('recording')
  return prompt
}

async function lock(tx: Tx, id: string): Promise<contract.RecordedPrompt> {
  const prompt = await lockPrompt(tx, id)
  if (prompt === null) throw notFound('recording')
  return prompt
}
