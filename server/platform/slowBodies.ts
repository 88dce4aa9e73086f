import type { FastifyInstance } from 'fastify'
import { Refusal } from './refusal.ts'

/** What people upload; read no faster than it is taken in, and limited by the server's own `requestTimeout`. */
const UPLOADS = /^(text\/csv|audio\/|video\/|application\/octet-stream)/i

/**
 * Gives every small body (JSON, forms) this long to arrive. An idle connection is given up anyway; this is for one that
 * sends a byte a second, and holds its place for as long as it likes.
 */
export function limitSlowBodies(http: FastifyInstance, milliseconds: number): void {
  http.addHook('preParsing', (request, _reply, payload, done) => {
    if (!UPLOADS.test(request.headers['content-type'] ?? '')) {
      const giveUp = () => void payload.emit('error', new Refusal(408, 'too_slow', 'The body took too long to arrive.'))
      const timer = setTimeout(giveUp, milliseconds)
      for (const over of ['end', 'error', 'close']) payload.once(over, () => clearTimeout(timer))
    }
    done(null, payload)
  })
}
