import { isDeepStrictEqual } from 'node:util'
import { isSupportedCountry } from 'libphonenumber-js/min'
import * as contract from '../../client/contract.ts'
import { changesBetween } from '../../core/changes.ts'
import { authorOf } from '../access/actor.ts'
import { findFlowIds } from '../flows/flowStore.ts'
import { pageOfShort } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { invalid, notFound } from '../platform/refusal.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { countryOf, readPhone } from './country.ts'
import { deleteNumber, insertNumber, listNumbers, updateNumber } from './numberStore.ts'
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

  serve(http, app, contract.listNumbers, async ({ who, query }) =>
    pageOfShort(await db.inWorkspace(who.workspaceId, listNumbers), query),
  )

  serve(http, app, contract.createNumber, async ({ who, body }) => {
    const number = await db.inWorkspace(who.workspaceId, async tx => {
      const country = await countryOf(tx)
      const e164 = readPhone(body.number, country)
      if (e164 === null) throw invalid([{ path: 'number', message: 'This is no telephone number.' }])
      const { flowId = null, queueId = null } = await readTargets(tx, body)
      const added = await insertNumber(tx, { e164, label: body.label, country, flowId, queueId })
      await bumpSettings(tx)
      tx.emit({ type: 'number.added', number: { id: added.id, name: added.number }, by: authorOf(who) })
      return added
    })
    directory.reload()
    app.center.poke(who.workspaceId)
    return { success: true, number }
  })

  serve(http, app, contract.updateNumber, async ({ who, params: { id }, body }) => {
    const number = await db.inWorkspace(who.workspaceId, async tx => {
      const updated = await updateNumber(tx, id, { label: body.label, ...(await readTargets(tx, body)) })
      if (updated === null) throw notFound('telephone number')
      const { before, after } = updated
      if (!isDeepStrictEqual(before, after)) {
        await bumpSettings(tx)
        const changes = changesBetween(settingsOf(before), settingsOf(after))
        tx.emit({ type: 'number.updated', number: { id, name: after.number }, changes, by: authorOf(who) })
      }
      return after
    })
    app.center.poke(who.workspaceId)
    return { success: true, number }
  })

  serve(http, app, contract.deleteNumber, async ({ who, params: { id } }) => {
    await db.inWorkspace(who.workspaceId, async tx => {
      const removed = await deleteNumber(tx, id)
      if (removed === null) throw notFound('telephone number')
      await bumpSettings(tx)
      tx.emit({ type: 'number.removed', number: removed, by: authorOf(who) })
    })
    directory.reload()
    app.center.poke(who.workspaceId)
    return { success: true }
  })
}

const settingsOf = ({ label, flow, queue }: contract.PhoneNumber) => ({
  label,
  flow: flow?.name ?? null,
  queue: queue?.name ?? null,
})

interface Targets {
  flow?: string | null | undefined
  queue?: string | null | undefined
}

/** Ids of the flow and the queue that were meant. Throws a 400 refusal for what is not there. */
async function readTargets(
  tx: Tx,
  { flow, queue }: Targets,
): Promise<{ flowId: string | null | undefined; queueId: string | null | undefined }> {
  const [flowId] = typeof flow === 'string' ? await findFlowIds(tx, [flow]) : [flow]
  const [queueId] = typeof queue === 'string' ? await findQueueIds(tx, [queue]) : [queue]
  const problems = [
    ...(typeof flow === 'string' && flowId === null ? [{ path: 'flow', message: `There is no flow “${flow}”.` }] : []),
    ...(typeof queue === 'string' && queueId === null
      ? [{ path: 'queue', message: `There is no queue “${queue}”.` }]
      : []),
  ]
  if (problems.length > 0) throw invalid(problems)
  return { flowId, queueId }
}
