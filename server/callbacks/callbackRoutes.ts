import * as contract from '../../client/contract.ts'
import { told } from '../../core/call.ts'
import { authorOf } from '../access/actor.ts'
import { visibleTo } from '../calls/callRoutes.ts'
import { findCall } from '../calls/callStore.ts'
import { demand } from '../calls/center.ts'
import { ByTime, pageOf, readCursor } from '../platform/cursor.ts'
import { type Routes, serve } from '../platform/http.ts'
import { notFound } from '../platform/refusal.ts'
import { finishCallback, listCallbacks } from './callbackStore.ts'

export const callbackRoutes: Routes = (http, app) => {
  serve(http, app, contract.listCallbacks, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const after = readCursor(ByTime, query.cursor)
      const filter = { status: query.status, queueIds: visibleTo(who)?.queueIds }
      const callbacks = await listCallbacks(tx, filter, query.limit + 1, after && { at: after[0], id: after[1] })
      return pageOf(
        callbacks,
        query.limit,
        callback => callback,
        ({ promisedAt, id }) => [promisedAt, id],
      )
    }),
  )

  serve(http, app, contract.finishCallback, async ({ who, params }) => {
    const callback = await app.db.inWorkspace(who.workspaceId, async tx => {
      const done = await finishCallback(tx, params.id, visibleTo(who)?.queueIds)
      if (done === null) throw notFound('callback')
      if (done.changed) {
        const { call } = (await findCall(tx, done.callback.call.id))!
        tx.emit({ type: 'callback.done', callbackId: params.id, call: told(call), by: authorOf(who) })
      }
      return done.callback
    })
    // Whoever had it is free for the next.
    await demand(app.center, who.workspaceId, { type: 'finishWork', workId: params.id })
    return { success: true, callback }
  })
}
