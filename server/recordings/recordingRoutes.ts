import { stat } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { personOf } from '../../core/audience.ts'
import type { Named } from '../../core/call.ts'
import { type Principal, seesCall } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { sendFile } from '../platform/files.ts'
import { authorise, read, serve } from '../platform/http.ts'
import { notFound, Refusal } from '../platform/refusal.ts'
import { noteHearing } from './hearing.ts'
import { recordingFile } from './recordingFile.ts'
import { isGenuine, LINK_PATH } from './recordingLink.ts'
import { type FoundRecording, findRecording, keepPeaks } from './recordingStore.ts'

/** How finely a recording is drawn, whatever its length. */
const PEAKS = 800

/** The provider's own, or one of ours. */
const RecordingId = z.string().min(1).max(100)
const LinkParams = z.object({ workspaceId: z.uuid(), recordingId: RecordingId })
const LinkQuery = z.object({ expires: z.coerce.number().int().min(0).default(0), signature: z.string().default('') })

/** Somebody who asks for the audio of a recording. `key`: the same for every part of it that they ask for. */
interface Listener {
  key: string
  /** Null: nobody knows more than that they had a link. */
  name: Named | null
}

export function recordingRoutes(http: FastifyInstance, app: App): void {
  const find = (who: Principal, id: string) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const recording = await findRecording(tx, id)
      const record = recording && (await findCall(tx, recording.callId))
      if (recording === null || !record || !seesCall(who, record.call)) throw notFound('recording')
      return recording
    })
  const fileOf = (workspaceId: string, id: string) => recordingFile(app.config.dataDir, workspaceId, id)

  /** Answers with the audio, once the log tells who has it. */
  async function play(
    request: FastifyRequest,
    reply: FastifyReply,
    workspaceId: string,
    recording: FoundRecording,
    listener: Listener,
  ): Promise<FastifyReply> {
    const file = fileOf(workspaceId, recording.id)
    const size = await sizeOf(file)
    if (request.method === 'GET')
      await app.db.inWorkspace(workspaceId, tx => noteHearing(tx, recording, listener.key, listener.name))
    return sendFile(request, reply.type('audio/ogg; codecs=opus'), file, size)
  }

  http.get('/api/recordings/:id/audio', async (request, reply) => {
    const who = (await authorise(app, 'hear recordings', request))!
    const { id } = read(z.object({ id: RecordingId }), request.params, '')
    const recording = await find(who, id)
    return play(request, reply, who.workspaceId, recording, { key: personOf(who), name: authorOf(who) })
  })

  http.get(LINK_PATH, async (request, reply) => {
    const { workspaceId, recordingId } = read(LinkParams, request.params, '')
    const { expires, signature } = read(LinkQuery, request.query, '')
    if (!(await isGenuine(app, { workspaceId, recordingId, expires }, signature)))
      throw new Refusal(403, 'link_invalid', 'This link is not one of ours, or a part of it is missing. Get a new one.')
    if (expires * 1000 <= Date.now())
      throw new Refusal(410, 'link_expired', 'This link has expired: it was good for one hour. Get a new one.')
    const recording = await app.db.inWorkspace(workspaceId, tx => findRecording(tx, recordingId))
    if (recording === null) throw notFound('recording')
    reply
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="${fileName(recording)}"`)
      // Whoever has the link may hear it anywhere, in somebody else's page as well.
      .header('cross-origin-resource-policy', 'cross-origin')
    return play(request, reply, workspaceId, recording, { key: `link ${signature} ${request.ip}`, name: null })
  })

  serve(http, app, contract.getWaveform, async ({ who, params }) => {
    const { id, seconds, peaks } = await find(who, params.id)
    if (peaks !== null) return { seconds, channels: peaks }
    const file = fileOf(who.workspaceId, id)
    await sizeOf(file)
    const { channels } = await app.studio.draw(file, PEAKS)
    await app.db.inWorkspace(who.workspaceId, tx => keepPeaks(tx, id, channels))
    return { seconds, channels }
  })
}

/** As it is saved: `call-2026-11-21-019a….ogg`. */
function fileName({ id, kind, startedAt }: FoundRecording): string {
  return `${kind}-${startedAt.slice(0, 10)}-${id.replace(/[^\w-]/g, '_')}.ogg`
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch {
    throw new Refusal(404, 'recording_gone', 'The audio of this recording is not on this machine any more.')
  }
}
