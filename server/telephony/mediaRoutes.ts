import { stat } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { Media } from '../../core/action.ts'
import type { App } from '../app.ts'
import { isUuid } from '../platform/db.ts'
import { sendFile } from '../platform/files.ts'
import { notFound } from '../platform/refusal.ts'
import { telephoneFile } from '../prompts/promptFiles.ts'
import { findPromptWorkspace } from '../prompts/promptStore.ts'
import { composeHoldMusic } from './holdMusic.ts'

/** Where a provider fetches this sound. */
export function mediaUrl(base: string, media: Media): string {
  if (media === 'hold-music') return `${base}/media/hold-music.wav`
  return media.startsWith('prompt:') ? `${base}/media/prompts/${media.slice('prompt:'.length)}.wav` : media
}

/** Sounds that providers fetch while a caller listens. */
export function mediaRoutes(http: FastifyInstance, app: App): void {
  let holdMusic: Buffer | undefined
  http.get('/media/hold-music.wav', async (_request, reply) => {
    holdMusic ??= composeHoldMusic()
    return reply.type('audio/wav').header('cache-control', 'public, max-age=86400').send(holdMusic)
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
