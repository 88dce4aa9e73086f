import * as contract from '../../client/contract.ts'
import { told } from '../../core/call.ts'
import { authorOf } from '../access/actor.ts'
import { visibleTo } from '../calls/callRoutes.ts'
import { findCall } from '../calls/callStore.ts'
import { demand } from '../calls/center.ts'
import { ByTime, pageOf, readCursor } from '../platform/cursor.ts'
import { type Routes, serve } from '../platform/http.ts'
import { notFound } from '../platform/refusal.ts'
import { finishVoicemail, listVoicemails } from './voicemailStore.ts'

export const voicemailRoutes: Routes = (http, app) => {
  serve(http, app, contract.listVoicemails, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const after = readCursor(ByTime, query.cursor)
      const filter = { status: query.status, queueIds: visibleTo(who)?.queueIds }
      const voicemails = await listVoicemails(tx, filter, query.limit + 1, after && { at: after[0], id: after[1] })
      return pageOf(
        voicemails,
        query.limit,
        voicemail => voicemail,
        ({ leftAt, id }) => [leftAt, id],
      )
    }),
  )

  serve(http, app, contract.finishVoicemail, async ({ who, params }) => {
    const voicemail = await app.db.inWorkspace(who.workspaceId, async tx => {
      const done = await finishVoicemail(tx, params.id, visibleTo(who)?.queueIds)
      if (done === null) throw notFound('voicemail')
      if (done.changed) {
        const { call } = (await findCall(tx, done.voicemail.call.id))!
        tx.emit({ type: 'voicemail.done', voicemailId: params.id, call: told(call), by: authorOf(who) })
      }
      return done.voicemail
    })
    // Whoever had it is free for the next.
    await demand(app.center, who.workspaceId, { type: 'finishWork', workId: params.id })
    return { success: true, voicemail }
  })
}
