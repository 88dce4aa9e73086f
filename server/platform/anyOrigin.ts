import type { FastifyInstance } from 'fastify'

/**
 * Pages of other people may ask these addresses too. For what takes nothing that a browser sends by itself: a token that
 * the page has to put there, or no credentials at all.
 */
export function allowAnyOrigin(http: FastifyInstance, methods: string, isOpen: (path: string) => boolean): void {
  http.addHook('onRequest', async (request, reply) => {
    if (!isOpen(request.url.split('?', 1)[0]!)) return
    reply.header('access-control-allow-origin', '*')
    reply.header('cross-origin-resource-policy', 'cross-origin')
    if (request.method !== 'OPTIONS') return
    reply.header('access-control-allow-methods', methods)
    reply.header('access-control-allow-headers', 'authorization, content-type, last-event-id')
    reply.header('access-control-max-age', '600')
    return reply.code(204).send()
  })
}
