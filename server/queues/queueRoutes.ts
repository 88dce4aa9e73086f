import * as contract from '../../client/contract.ts'
import type { Principal } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import { pageOfShort } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { addQueue, changeQueue, removeQueue } from './queueChange.ts'
import { listQueues } from './queueStore.ts'
import { queueView } from './queueView.ts'

export const queueRoutes: Routes = (http, app) => {
  const { db } = app

  serve(http, app, contract.listQueues, async ({ who, query }) =>
    pageOfShort((await db.inWorkspace(who.workspaceId, listQueues)).map(queueView), query),
  )

  /** Calls that wait may have somewhere to go now. */
  async function change<T>(who: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    const changed = await db.inWorkspace(who.workspaceId, work)
    app.center.poke(who.workspaceId)
    return changed
  }

  serve(http, app, contract.createQueue, async ({ who, body }) => {
    const queue = await change(who, tx => addQueue(tx, body, authorOf(who)))
    return { success: true, queue: queueView(queue) }
  })

  serve(http, app, contract.updateQueue, async ({ who, params: { id }, body }) => {
    const queue = await change(who, tx => changeQueue(tx, id, body, authorOf(who)))
    return { success: true, queue: queueView(queue) }
  })

  serve(http, app, contract.deleteQueue, async ({ who, params: { id } }) => {
    await change(who, tx => removeQueue(tx, id, authorOf(who)))
    return { success: true }
  })
}
