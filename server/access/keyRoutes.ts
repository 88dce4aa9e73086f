import * as contract from '../../client/contract.ts'
import type { Permission, Principal } from '../../core/role.ts'
import { pageOfShort } from '../platform/cursor.ts'
import { type Routes, serve } from '../platform/http.ts'
import { forbidden, invalid, notFound } from '../platform/refusal.ts'
import { actorOf, authorOf } from './actor.ts'
import { findKey, insertKey, limitKey, listKeys, revokeKey, rotateKey, workspaceOfKey } from './keyStore.ts'

/** Long enough to bring a new key to wherever the old one is. */
const DEFAULT_OVERLAP_HOURS = 24

export const keyRoutes: Routes = (http, app) => {
  const { db } = app
  const usualLimit = app.config.apiRequestsPerHour

  serve(http, app, contract.listApiKeys, async ({ who, query }) =>
    pageOfShort(await db.inWorkspace(who.workspaceId, tx => listKeys(tx, usualLimit)), query),
  )

  serve(http, app, contract.createApiKey, async ({ who, body }) => {
    const { name, permissions, expiresAt = null } = body
    mayGive(who, permissions)
    if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) {
      throw invalid([{ path: 'expiresAt', message: 'This time has passed.' }])
    }
    const made = await db.inWorkspace(who.workspaceId, async tx => {
      const { id, key } = await insertKey(tx, { name, permissions, expiresAt, createdBy: actorOf(who).userId })
      tx.emit({ type: 'api_key.created', key: { id, name }, by: authorOf(who) })
      return { apiKey: (await findKey(tx, id, usualLimit))!, key }
    })
    return { success: true, ...made }
  })

  serve(http, app, contract.rotateApiKey, async ({ who, params: { id }, body }) => {
    const made = await db.inWorkspace(who.workspaceId, async tx => {
      const before = await findKey(tx, id, usualLimit)
      if (before === null) throw notFound('API key')
      // Its new secret is in the answer: whoever asks could do from now on what that key may.
      mayGive(who, before.permissions)
      const key = await rotateKey(tx, id, body?.overlapHours ?? DEFAULT_OVERLAP_HOURS)
      const apiKey = await findKey(tx, id, usualLimit)
      if (key === null || apiKey === null) throw notFound('API key')
      const previousUntil = apiKey.previous?.until ?? null
      tx.emit({ type: 'api_key.rotated', key: { id, name: apiKey.name }, previousUntil, by: authorOf(who) })
      return { apiKey, key }
    })
    return { success: true, ...made }
  })

  serve(http, app, contract.setApiKeyLimit, async ({ who, params: { id }, body: { requestsPerHour } }) => {
    const workspaceId = await db.asSystem(sql => workspaceOfKey(sql, id))
    if (workspaceId === null) throw notFound('API key')
    const apiKey = await db.inWorkspace(workspaceId, async tx => {
      await limitKey(tx, id, requestsPerHour)
      const after = await findKey(tx, id, usualLimit)
      if (after === null) throw notFound('API key')
      tx.emit({ type: 'api_key.limited', key: { id, name: after.name }, requestsPerHour, by: authorOf(who) })
      return after
    })
    return { success: true, apiKey }
  })

  serve(http, app, contract.revokeApiKey, async ({ who, params: { id } }) => {
    await db.inWorkspace(who.workspaceId, async tx => {
      const name = await revokeKey(tx, id)
      if (name === null) throw notFound('API key')
      tx.emit({ type: 'api_key.revoked', key: { id, name }, by: authorOf(who) })
    })
    return { success: true }
  })
}

/** Admins may give any permission; a key none that it does not have itself. */
function mayGive(who: Principal, permissions: Permission[]): void {
  if (who.kind === 'user') return
  const beyond = permissions.filter(permission => !who.permissions.includes(permission))
  if (beyond.length > 0) throw forbidden(`This API key cannot give what it does not have: ${beyond.join(', ')}.`)
}
