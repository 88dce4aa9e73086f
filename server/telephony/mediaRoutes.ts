import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Media } from '../../core/action.ts'
import { HOLD_MUSIC } from '../../voice/speech/bundled.ts'
import type { App } from '../app.ts'
import { isUuid } from '../platform/db.ts'
import { sendFile } from '../platform/files.ts'
import { notFound } from '../platform/refusal.ts'
import { soundFolder, telephoneFile } from '../prompts/promptFiles.ts'
import { findPromptWorkspace } from '../prompts/promptStore.ts'

/** Where a provider fetches this sound. */
export function mediaUrl(base: string, media: Media): string {
  if (media === 'hold-music') return `${base}/media/hold-music.wav`
  return media.startsWith('prompt:') ? `${base}/media/prompts/${media.slice('prompt:'.length)}.wav` : media
}

/** Sounds that providers fetch while a caller listens. */
export function mediaRoutes(http: FastifyInstance, app: App): void {
  let holdMusic: Promise<string> | null = null
  /** Made once by each process, so that what another version has left behind is not what is heard. */
  async function makeHoldMusic(): Promise<string> {
    const folder = soundFolder(app.config.dataDir)
    await mkdir(folder, { recursive: true })
    const file = path.join(folder, 'hold-music.wav')
    await app.studio.toTelephone(HOLD_MUSIC, file)
    return file
  }
  http.get('/media/hold-music.wav', async (request, reply) => {
    holdMusic ??= makeHoldMusic().catch(error => {
      holdMusic = null
      throw error
    })
    const file = await holdMusic
    const { size } = await stat(file)
    return sendFile(request, reply.type('audio/wav').header('cache-control', 'public, max-age=86400'), file, size)
  })

  // Providers have no credentials of ours: whoever has the id, which nobody can guess, may hear it.
  http.get<{ Params: { name: string } }>('/media/prompts/:name', async (request, reply) => {
    const id = /^(.+)\.wav$/.exec(request.params.name)?.[1] ?? ''
    if (!isUuid(id)) throw notFound('sound')
    const workspaceId = await app.db.asSystem(sql => findPromptWorkspace(sql, id))
    if (workspaceId === null) throw notFound('sound')
    const file = telephoneFile(app.config.dataDir, workspaceId, id.toLowerCase())
    const found = await stat(file).catch(() => null)
    if (found === null) throw notFound('sound')
    return sendFile(request, reply.type('audio/wav').header('cache-control', 'public, max-age=86400'), file, found.size)
  })
}
