import type { FastifyInstance } from 'fastify'
import { composeHoldMusic } from './holdMusic.ts'

/** Sounds that providers fetch while a caller listens. */
export function mediaRoutes(http: FastifyInstance): void {
  let holdMusic: Buffer | undefined
  http.get('/media/hold-music.wav', async (_request, reply) => {
    holdMusic ??= composeHoldMusic()
    return reply.type('audio/wav').header('cache-control', 'public, max-age=86400').send(holdMusic)
  })
}
