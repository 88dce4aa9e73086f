import { isDeepStrictEqual } from 'node:util'
import * as contract from '../../client/contract.ts'
import { changesBetween } from '../../core/changes.ts'
import { isOpen, neverOpens, nextChange } from '../../core/hours.ts'
import { authorOf } from '../access/actor.ts'
import { pageOfShort } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, notFound } from '../platform/refusal.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import {
  deleteHours,
  hoursUses,
  insertHours,
  listHours,
  lockHours,
  type StoredHours,
  updateHours,
} from './hoursStore.ts'
import { mustWork } from './mustWork.ts'

export const hoursRoutes: Routes = (http, app) => {
  const { db } = app

  serve(http, app, contract.listHours, ({ who, query }) =>
    db.inWorkspace(who.workspaceId, async tx =>
      pageOfShort(
        (await listHours(tx)).map(hours => hoursView(tx, hours)),
        query,
      ),
    ),
  )

  serve(http, app, contract.createHours, async ({ who, body }) => {
    const hours = await db.inWorkspace(who.workspaceId, async tx => {
      const { name, timeZone, weekly = [], exceptions = [] } = body
      const made = { name, timeZone, weekly, exceptions }
      mustWork(made)
      const added = await insertHours(tx, made)
      await bumpSettings(tx)
      tx.emit({ type: 'hours.created', hours: { id: added.id, name }, by: authorOf(who) })
      return hoursView(tx, added)
    })
    app.center.poke(who.workspaceId)
    return { success: true, hours }
  })

  serve(http, app, contract.updateHours, async ({ who, params: { id }, body }) => {
    const hours = await db.inWorkspace(who.workspaceId, async tx => {
      const before = await lock(tx, id)
      const after = {
        id: before.id,
        name: body.name ?? before.name,
        timeZone: body.timeZone ?? before.timeZone,
        weekly: body.weekly ?? before.weekly,
        exceptions: body.exceptions ?? before.exceptions,
      }
      if (isDeepStrictEqual(after, before)) return hoursView(tx, before)
      mustWork(after)
      await updateHours(tx, after)
      await bumpSettings(tx)
      const changed = (['name', 'timeZone', 'weekly', 'exceptions'] as const).filter(
        field => !isDeepStrictEqual(before[field], after[field]),
      )
      const changes = changesBetween(before, after)
      tx.emit({ type: 'hours.updated', hours: { id, name: after.name }, changed, changes, by: authorOf(who) })
      return hoursView(tx, after)
    })
    app.center.poke(who.workspaceId)
    return { success: true, hours }
  })

  serve(http, app, contract.deleteHours, async ({ who, params: { id } }) => {
    await db.inWorkspace(who.workspaceId, async tx => {
      const hours = await lock(tx, id)
      const uses = await hoursUses(tx, hours)
      if (uses.length > 0) throw conflict('hours_in_use', `These hours are used by ${uses.join(', ')}.`)
      await deleteHours(tx, id)
      await bumpSettings(tx)
      tx.emit({ type: 'hours.deleted', hours: { id: hours.id, name: hours.name }, by: authorOf(who) })
    })
    app.center.poke(who.workspaceId)
    return { success: true }
  })
}

async function lock(tx: Tx, id: string): Promise<StoredHours> {
  const hours = await lockHours(tx, id)
  if (hours === null) throw notFound('set of business hours')
  return hours
}

/** The hours with what they say at the time of the transaction. */
function hoursView(tx: Tx, hours: StoredHours): contract.BusinessHours {
  const now = Date.parse(tx.now)
  const change = nextChange(hours, now)
  return {
    ...hours,
    open: isOpen(hours, now),
    nextChangeAt: change && new Date(change.at).toISOString(),
    warnings: neverOpens(hours, now) ? ['These hours never open.'] : [],
  }
}
