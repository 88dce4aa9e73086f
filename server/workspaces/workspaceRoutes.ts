import { isSupportedCountry } from 'libphonenumber-js/min'
import * as contract from '../../client/contract.ts'
import { authorOf } from '../access/actor.ts'
import { type Routes, serve } from '../platform/http.ts'
import { invalid, notFound } from '../platform/refusal.ts'
import { countryOf } from './country.ts'
import { deleteNumber, insertNumber, listNumbers, readOwnNumber } from './numberStore.ts'
import { findQueueIds, listQueues } from './queueStore.ts'
import { createWorkspace } from './workspace.ts'

export const workspaceRoutes: Routes = (http, app) => {
  const { db, directory } = app

  serve(http, app, contract.createWorkspace, async ({ body }) => {
    const { name, adminEmail, adminPassword, defaultCountry } = body
    if (defaultCountry !== undefined && !isSupportedCountry(defaultCountry)) {
      throw invalid([{ path: 'defaultCountry', message: 'There is no such country.' }])
    }
    const { workspace, apiKey } = await createWorkspace(db, {
      name,
      adminEmail,
      adminPassword,
      defaultCountry,
      supportNumbers: [],
      withApiKey: true,
    })
    return { success: true, workspace, apiKey: apiKey! }
  })

  serve(http, app, contract.listQueues, async ({ who }) => ({
    items: await db.inWorkspace(who.workspaceId, listQueues),
    nextCursor: null,
  }))

  serve(http, app, contract.listNumbers, async ({ who }) => ({
    items: await db.inWorkspace(who.workspaceId, listNumbers),
    nextCursor: null,
  }))

  serve(http, app, contract.createNumber, async ({ who, body }) => {
    const number = await db.inWorkspace(who.workspaceId, async tx => {
      const country = await countryOf(tx)
      const e164 = readOwnNumber(body.number, country)
      if (e164 === null) throw invalid([{ path: 'number', message: 'This is no telephone number.' }])
      const [queueId = null] = body.queue === undefined ? [] : await findQueueIds(tx, [body.queue])
      if (body.queue !== undefined && queueId === null) {
        throw invalid([{ path: 'queue', message: `There is no queue “${body.queue}”.` }])
      }
      const added = await insertNumber(tx, { e164, label: body.label, country, queueId })
      tx.emit({ type: 'number.added', number: { id: added.id, name: added.number }, by: authorOf(who) })
      return added
    })
    directory.reload()
    return { success: true, number }
  })

  serve(http, app, contract.deleteNumber, async ({ who, params: { id } }) => {
    await db.inWorkspace(who.workspaceId, async tx => {
      const removed = await deleteNumber(tx, id)
      if (removed === null) throw notFound('telephone number')
      tx.emit({ type: 'number.removed', number: removed, by: authorOf(who) })
    })
    directory.reload()
    return { success: true }
  })
}
