import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { v7 as newId } from 'uuid'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { personOf } from '../../core/audience.ts'
import { type Named, told } from '../../core/call.ts'
import { type Principal, seesCall } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { actAs } from '../platform/cause.ts'
import { EnvelopeError } from '../platform/envelope.ts'
import { askedRange, sendPart } from '../platform/files.ts'
import { authorise, read, serve } from '../platform/http.ts'
import { forbidden, notFound, Refusal } from '../platform/refusal.ts'
import { TamperedStream } from '../platform/sealedStream.ts'
import { PEAKS } from './archive.ts'
import { listHearings, noteHearing } from './hearing.ts'
import { forListener, listenerOf, NOT_YOURS_TO_HEAR } from './hearingPolicy.ts'
import { AudioGone, readAudio } from './recordingAudio.ts'
import { recordingFile } from './recordingFile.ts'
import { isGenuine, LINK_PATH } from './recordingLink.ts'
import { type FoundRecording, findRecording, keepPeaks, setHold } from './recordingStore.ts'

/** The provider's own, or one of ours. */
const RecordingId = z.string().min(1).max(100)
const LinkParams = z.object({ workspaceId: z.uuid(), recordingId: RecordingId })
/** What is missing, or is no time at all, is not what we have signed. */
const LinkQuery = z.object({ expires: z.coerce.number().int().min(0).catch(0), signature: z.string().catch('') })

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
      const hears = await listenerOf(tx, who, record.call)
      if (!hears(recording.kind)) throw forbidden(NOT_YOURS_TO_HEAR)
      return recording
    })

  /** Answers with the audio, once the log tells who has it. */
  async function play(
    request: FastifyRequest,
    reply: FastifyReply,
    workspaceId: string,
    recording: FoundRecording,
    listener: Listener,
  ): Promise<FastifyReply> {
    const rangeOf = (size: number) => askedRange(request, reply, size)
    const { size, range, bytes } = await readAudio(app, workspaceId, recording, rangeOf).catch(explain)
    try {
      if (request.method === 'GET')
        await app.db.inWorkspace(workspaceId, tx => noteHearing(tx, recording, listener.key, listener.name))
    } catch (error) {
      bytes.destroy()
      throw error
    }
    return sendPart(reply.type(recording.contentType), bytes, size, range)
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
    actAs({ kind: 'link', id: recordingId, name: 'Signed link' }, 'public')
    const recording = await app.db.inWorkspace(workspaceId, tx => findRecording(tx, recordingId))
    if (recording === null) throw notFound('recording')
    reply
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="${fileName(recording)}"`)
      // Whoever has the link may hear it anywhere, in somebody else's page as well.
      .header('cross-origin-resource-policy', 'cross-origin')
    // Whoever takes the whole of it has used the link once more; the parts that a player asks for are one use.
    const use = request.headers.range === undefined ? newId() : 'parts'
    return play(request, reply, workspaceId, recording, { key: `link ${signature} ${request.ip} ${use}`, name: null })
  })

  const setHoldAs = (who: Principal, id: string, reason: string | null) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const by = authorOf(who)
      const set = await setHold(tx, id, reason === null ? null : { by, reason })
      const record = set && (await findCall(tx, set.callId))
      if (!set || !record) throw notFound('recording')
      const about = { recordingId: id, call: told(record.call), by }
      if (set.changed)
        tx.emit(
          reason === null ? { type: 'recording.released', ...about } : { type: 'recording.held', reason, ...about },
        )
      const [recording] = await forListener(tx, who, record.call, [set.recording])
      return { success: true as const, recording: recording! }
    })
  serve(http, app, contract.holdRecording, ({ who, params, body }) => setHoldAs(who, params.id, body.reason))
  serve(http, app, contract.releaseRecording, ({ who, params }) => setHoldAs(who, params.id, null))

  serve(http, app, contract.listListeners, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const items = await listHearings(tx, params.id)
      if (items === null) throw notFound('recording')
      return { items, nextCursor: null }
    }),
  )

  serve(http, app, contract.getWaveform, async ({ who, params }) => {
    const { id, seconds, peaks, stored } = await find(who, params.id)
    if (peaks !== null) return { seconds, channels: peaks }
    const none = new Refusal(404, 'no_waveform', 'This recording cannot be drawn. It may be heard all the same.')
    // It was drawn when it was taken into the store, if it could be.
    if (stored !== null) throw none
    const file = recordingFile(app.config.dataDir, who.workspaceId, id)
    const { channels } = await app.studio.draw(file, PEAKS).catch(() => Promise.reject(none))
    await app.db.inWorkspace(who.workspaceId, tx => keepPeaks(tx, id, channels))
    return { seconds, channels }
  })
}

/** As it is saved: `call-2026-11-21-019a….ogg`. */
function fileName({ id, kind, startedAt, contentType }: FoundRecording): string {
  const ending = ENDINGS[contentType.split(';')[0]!] ?? 'bin'
  return `${kind}-${startedAt.slice(0, 10)}-${id.replace(/[^\w-]/g, '_')}.${ending}`
}

const ENDINGS: Record<string, string> = {
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mpeg': 'mp3',
}

/** What has gone wrong with the audio, for whoever wanted to hear it. */
function explain(error: unknown): never {
  if (error instanceof AudioGone)
    throw new Refusal(404, 'recording_gone', 'The audio of this recording is not here any more.', { cause: error })
  if (error instanceof TamperedStream || error instanceof EnvelopeError) {
    const why = 'The audio of this recording cannot be deciphered. The server’s log says more.'
    throw new Refusal(500, 'recording_unreadable', why, { cause: error })
  }
  throw error
}
