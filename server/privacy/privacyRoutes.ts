import * as contract from '../../client/contract.ts'
import { told } from '../../core/call.ts'
import { seesCall } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import { findCall } from '../calls/callStore.ts'
import type { Tx } from '../platform/db.ts'
import { EnvelopeError } from '../platform/envelope.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, forbidden, invalid, notFound, Refusal } from '../platform/refusal.ts'
import { listenerOf } from '../recordings/hearingPolicy.ts'
import { erase } from './erasure.ts'
import { collect, nameSubject } from './export.ts'
import { forgetRecordings } from './keeping.ts'
import { countTraces, findTraces, listObstacles, readSubject, type Subject } from './personalData.ts'

const NOT_YOURS_TO_READ =
  'You may not hear this recording, so you read what was said in it masked. An admin can change that in the settings.'

const EXPORT_PURPOSE = 'privacy export'
const EXPORT_VALID_MS = 3600_000

/** What a link to an export leads to. It is sealed: an address ends up in histories and logs. */
interface Exported {
  workspaceId: string
  number: string
  /** Milliseconds since the epoch. */
  until: number
}

export const privacyRoutes: Routes = (http, app) => {
  const { db, envelopes, center } = app

  serve(http, app, contract.deleteRecording, async ({ who, params, body }) => {
    const held = await db.inWorkspace(who.workspaceId, tx => isHeld(tx, params.id))
    if (held === null) throw notFound('recording')
    if (held) throw conflict('held', 'This recording is under legal hold: lift that first.')
    const grounds = { reason: 'request', note: body.reason, by: authorOf(who) } as const
    const gone = await forgetRecordings(app, who.workspaceId, [params.id], grounds)
    if (gone.length === 0) throw conflict('recording', 'This recording is not finished yet.')
    return { success: true }
  })

  serve(http, app, contract.readTranscript, ({ who, params }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const [row] = await tx.query<{ kind: 'call' | 'voicemail'; transcript: string | null; call_id: string }>(
        'select kind, transcript, call_id from recordings where workspace_id = current_workspace() and id = $1',
        [params.id],
      )
      const record = row && (await findCall(tx, row.call_id))
      if (!row?.transcript || !record || !seesCall(who, record.call)) throw notFound('transcript')
      const hears = await listenerOf(tx, who, record.call)
      if (!hears(row.kind)) throw forbidden(NOT_YOURS_TO_READ)
      tx.emit({ type: 'transcript.read', recordingId: params.id, call: told(record.call), by: authorOf(who) })
      return { transcript: row.transcript }
    }),
  )

  serve(http, app, contract.findPersonalData, ({ who, body }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const subject = await readSubject(tx, body.number)
      const traces = await findTraces(tx, subject)
      return { number: subject.number, found: countTraces(traces), obstacles: await listObstacles(tx, subject, traces) }
    }),
  )

  serve(http, app, contract.exportPersonalData, async ({ who, body }) => {
    const { workspaceId } = who
    const subject = await db.inWorkspace(workspaceId, tx => readSubject(tx, body.number))
    const named = await nameSubject(app, subject)
    const found = await db.inWorkspace(workspaceId, async tx => {
      tx.emit({ type: 'privacy.exported', subject: named, by: authorOf(who) })
      return countTraces(await findTraces(tx, subject))
    })
    const exported: Exported = { workspaceId, number: subject.number, until: Date.now() + EXPORT_VALID_MS }
    const sealed = envelopes.seal(Buffer.from(JSON.stringify(exported)), EXPORT_PURPOSE)
    const url = `${app.addresses[0]}/media/privacy-exports/${Buffer.from(sealed).toString('base64url')}`
    return { url, expiresAt: new Date(exported.until).toISOString(), found }
  })

  http.get<{ Params: { sealed: string } }>('/media/privacy-exports/:sealed', { config: {} }, async (request, reply) => {
    const { workspaceId, number, until } = open(request.params.sealed)
    if (until <= Date.now())
      throw new Refusal(410, 'link_expired', 'This link has expired: it was good for one hour. Get a new one.')
    const subject = await db.inWorkspace(workspaceId, tx => readSubject(tx, number))
    reply
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="personal-data.json"')
      .type('application/json; charset=utf-8')
    return JSON.stringify(await collect(app, workspaceId, subject), null, 2)
  })

  function open(sealed: string): Exported {
    try {
      const plain = envelopes.open(Buffer.from(sealed, 'base64url'), EXPORT_PURPOSE)
      return JSON.parse(Buffer.from(plain).toString()) as Exported
    } catch (error) {
      if (!(error instanceof EnvelopeError) && !(error instanceof SyntaxError)) throw error
      throw new Refusal(403, 'link_invalid', 'This link is not one of ours, or a part of it is missing. Get a new one.')
    }
  }

  serve(http, app, contract.erasePersonalData, async ({ who, body }) => {
    const { workspaceId } = who
    const by = authorOf(who)
    const subject = await db.inWorkspace(workspaceId, tx => readConfirmed(tx, body))
    const named = await nameSubject(app, subject)
    const traces = await db.inWorkspace(workspaceId, tx => findErasable(tx, subject))
    // Whoever was to deal with it need not any more.
    for (const workId of [...traces.voicemails, ...traces.callbacks])
      await center.take(workspaceId, { type: 'finishWork', workId })
    const erased = await db.inWorkspace(workspaceId, async tx => {
      const traces = await findErasable(tx, subject)
      await erase(tx, envelopes, subject, traces, { reason: 'erasure', note: null, by })
      const erased = countTraces(traces)
      tx.emit({ type: 'privacy.erased', subject: named, erased, by })
      return erased
    })
    return { success: true, erased }
  })
}

async function isHeld(tx: Tx, id: string): Promise<boolean | null> {
  const [row] = await tx.query<{ held: boolean }>(
    'select held_at is not null as held from recordings where workspace_id = current_workspace() and id = $1',
    [id],
  )
  return row?.held ?? null
}

async function readConfirmed(tx: Tx, { number, confirm }: { number: string; confirm: string }): Promise<Subject> {
  const subject = await readSubject(tx, number)
  if ((await readSubject(tx, confirm)).number !== subject.number)
    throw invalid([{ path: 'confirm', message: 'This is another number.' }])
  return subject
}

async function findErasable(tx: Tx, subject: Subject) {
  const traces = await findTraces(tx, subject)
  const [obstacle] = await listObstacles(tx, subject, traces)
  if (obstacle !== undefined) throw conflict(obstacle.includes('legal hold') ? 'held' : 'in_use', obstacle)
  return traces
}
