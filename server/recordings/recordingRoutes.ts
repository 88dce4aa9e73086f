import { stat } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { type Principal, seesCall } from '../../core/role.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { sendFile } from '../platform/files.ts'
import { authorise, read, serve } from '../platform/http.ts'
import { notFound, Refusal } from '../platform/refusal.ts'
import { recordingFile } from './recordingFile.ts'
import { findRecording, keepPeaks } from './recordingStore.ts'

/** How finely a recording is drawn, whatever its length. */
const PEAKS = 800

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
    return sendFile(request, reply.type('audio/ogg; codecs=opus'), file, size)
  })

  serve(http, app, contract.getWaveform, async ({ who, params }) => {
    const { id, file, seconds, peaks } = await find(who, params.id)
    if (peaks !== null) return { seconds, channels: peaks }
    await sizeOf(file)
    const { channels } = await app.studio.draw(file, PEAKS)
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
