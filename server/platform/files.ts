import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from './refusal.ts'
import type { ByteRange } from './storage.ts'

/**
 * Answers with a file of `size` bytes, or with the part of it that is asked for: players know how long a sound is, and can
 * jump in it, only when they are given parts. Throws the 416 for a part that is not there.
 */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: string, size: number): FastifyReply {
  const range = askedRange(request, reply, size)
  return sendPart(reply, createReadStream(file, range ? { start: range.first, end: range.last } : {}), size, range)
}

/** Which part of something of `size` bytes is asked for; null: the whole. Throws the 416 for one that is not there. */
export function askedRange(request: FastifyRequest, reply: FastifyReply, size: number): ByteRange | null {
  const range = rangeOf(request.headers.range, size)
  if (range !== 'unsatisfiable') return range
  reply.header('content-range', `bytes */${size}`)
  throw new Refusal(416, 'range_not_satisfiable', `This recording has ${size} bytes.`)
}

/** Answers with this part of something of `size` bytes; null: with all of it. */
export function sendPart(reply: FastifyReply, bytes: Readable, size: number, range: ByteRange | null): FastifyReply {
  reply.header('accept-ranges', 'bytes')
  if (range === null) return reply.header('content-length', size).send(bytes)
  const { first, last } = range
  return reply
    .code(206)
    .header('content-range', `bytes ${first}-${last}/${size}`)
    .header('content-length', last - first + 1)
    .send(bytes)
}

/** One range of bytes, as players ask for; null: the whole. */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return null
  const [, from, to] = match
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return first > last || first >= size ? 'unsatisfiable' : { first, last }
}
