import * as contract from '../../client/contract.ts'
import type { Permission, Principal } from '../../core/role.ts'
import { type Routes, serve } from '../platform/http.ts'
import { forbidden, invalid, notFound } from '../platform/refusal.ts'
import { actorOf, authorOf } from './actor.ts'
import { insertKey, listKeys, revokeKey } from './keyStore.ts'

export const keyRoutes: Routes = (http, app) => {
  const { db } = app

  serve(http, app, contract.listApiKeys, async ({ who }) => ({
    items: await db.inWorkspace(who.workspaceId, listKeys),
    nextCursor: null,
  }))

  serve(http, app, contract.createApiKey, async ({ who, body }) => {
    const { name, permissions, expiresAt = null } = body
    mayGive(who, permissions)
    if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) {
      throw invalid([{ path: 'expiresAt', message: 'This time has passed.' }])
    }
    const made = await db.inWorkspace(who.workspaceId, async tx => {
      const { apiKey, key } = await insertKey(tx, { name, permissions, expiresAt, createdBy: actorOf(who).userId })
      tx.emit({ type: 'api_key.created', key: { id: apiKey.id, name }, by: authorOf(who) })
      return { apiKey, key }
    })
    return { success: true, ...made }
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
