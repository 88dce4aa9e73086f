import fs from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { type Principal, seesCall } from '../../core/role.ts'
import { peaksOf } from '../../voice/waveform.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { authorise, read, serve } from '../platform/http.ts'
import { notFound, Refusal } from '../platform/refusal.ts'
import { findRecording, keepPeaks } from './recordingStore.ts'

/** How finely a recording is drawn, whatever its length. */
const PEAKS = 800

/** Where the audio of a recording is kept. */
export const recordingFile = (dataDir: string, workspaceId: string, id: string): string =>
  path.resolve(dataDir, 'recordings', workspaceId, `${id}.opus`)

export function recordingRoutes(http: FastifyInstance, app: App): void {
  const find = (who: Principal, id: string) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const recording = await findRecording(tx, id)
      const record = recording && (await findCall(tx, recording.callId))
      if (recording === null || !record || !seesCall(who, record.call)) throw notFound('recording')
      return { ...recording, file: recordingFile(app.config.dataDir, who.workspaceId, id) }
    })

  http.get('/api/recordings/:id/audio', async (request, reply) => {
    const who = (await authorise(app, 'hear recordings', request))!
    const { id } = read(z.object({ id: z.uuid() }), request.params, '')
    const { file } = await find(who, id)
    const size = await sizeOf(file)
    const range = rangeOf(request.headers.range, size)
    reply.type('audio/ogg; codecs=opus').header('accept-ranges', 'bytes')
    if (range === null) return reply.header('content-length', size).send(fs.createReadStream(file))
    if (range === 'unsatisfiable') {
      reply.header('content-range', `bytes */${size}`)
      throw new Refusal(416, 'range_not_satisfiable', `This recording has ${size} bytes.`)
    }
    const { first, last } = range
    return reply
      .code(206)
      .header('content-range', `bytes ${first}-${last}/${size}`)
      .header('content-length', last - first + 1)
      .send(fs.createReadStream(file, { start: first, end: last }))
  })

  serve(http, app, contract.getWaveform, async ({ who, params }) => {
    const { id, file, seconds, peaks } = await find(who, params.id)
    if (peaks !== null) return { seconds, channels: peaks }
    await sizeOf(file)
    const channels = (await peaksOf(file, PEAKS)).channels.map(channel => [...channel])
    await app.db.inWorkspace(who.workspaceId, tx => keepPeaks(tx, id, channels))
    return { seconds, channels }
  })
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch {
    throw new Refusal(404, 'recording_gone', 'The audio of this recording is not on this machine any more.')
  }
}

/** One range of bytes, as players ask for; null: the whole. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { first: number; last: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return null
  const [, from, to] = match
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return first > last || first >= size ? 'unsatisfiable' : { first, last }
}
