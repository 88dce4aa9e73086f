import * as contract from '../../client/contract.ts'
import type { Principal } from '../../core/role.ts'
import { ensureAgent, retireAgent } from '../agents/agentStore.ts'
import { demand } from '../calls/center.ts'
import { flowsLeadingTo } from '../flows/flowStore.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, notFound } from '../platform/refusal.ts'
import { handBackRequests } from '../requests/requestStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { authorOf, mayHandle } from './actor.ts'
import { listKeysMadeBy } from './keyStore.ts'
import { insertSignInLink, signInUrl, withdrawSignInLinks } from './linkStore.ts'
import { removeSecondFactor } from './secondFactorStore.ts'
import { endSessionsOf } from './sessionStore.ts'
import { userLeft } from './userRoutes.ts'
import { findUser, lockUser, saveUser, type UserFields } from './userStore.ts'

/** People who leave, and who come back. Nobody is deleted: what they have done is on record under their name. */
export const leavingRoutes: Routes = (http, app) => {
  const { config, db } = app

  serve(http, app, contract.leaveUser, async ({ who, params: { id } }) => {
    // Asked before anything happens, and again when it does: nobody loses what they have at hand for a refusal.
    const agentId = await db.inWorkspace(who.workspaceId, async tx => {
      await lockLeaver(tx, who, id)
      return (await findUser(tx, id))!.agentId
    })
    if (agentId !== null) await demand(app.center, who.workspaceId, { type: 'standDown', agentId, by: authorOf(who) })

    const left = await db.inWorkspace(who.workspaceId, async tx => {
      const before = await lockLeaver(tx, who, id)
      const agent = (await findUser(tx, id))!.agentId
      if (agent !== null) {
        await retireAgent(tx, agent)
        await bumpSettings(tx)
        for (const request of await handBackRequests(tx, agent))
          tx.emit({ type: 'request.updated', request, by: authorOf(who) })
      }
      await saveUser(tx, id, { ...before, disabled: true, left: true, passwordHash: null })
      await endSessionsOf(tx, id)
      await withdrawSignInLinks(tx, id)
      await removeSecondFactor(tx, id)
      tx.emit({ type: 'user.left', user: { id, name: before.name }, by: authorOf(who) })
      return {
        user: (await findUser(tx, id))!,
        apiKeys: await listKeysMadeBy(tx, id),
        flows: agent === null ? [] : await flowsLeadingTo(tx, { id: agent, name: before.name }),
      }
    })
    app.center.poke(who.workspaceId)
    return { success: true, ...left }
  })

  serve(http, app, contract.returnUser, async ({ who, params: { id }, request }) => {
    const { user, token } = await db.inWorkspace(who.workspaceId, async tx => {
      const locked = await lockUser(tx, id)
      if (locked === null) throw notFound('user')
      const { name, role, left } = locked.fields
      mayHandle(who, role)
      if (!left) throw conflict('user_here', `${name} has not left.`)
      await saveUser(tx, id, { ...locked.fields, disabled: false, left: false })
      if (role === 'agent') await ensureAgent(tx, id)
      await bumpSettings(tx)
      tx.emit({ type: 'user.returned', user: { id, name }, role, by: authorOf(who) })
      return { user: (await findUser(tx, id))!, token: await insertSignInLink(tx, id) }
    })
    app.center.poke(who.workspaceId)
    const base = config.publicUrl ?? `${request.protocol}://${request.host}`
    return { success: true, user, signInLink: signInUrl(base, token) }
  })
}

/** Reads whoever is to leave; nobody else changes them until the end of the transaction. Throws where they may not. */
async function lockLeaver(tx: Tx, who: Principal, id: string): Promise<UserFields> {
  const locked = await lockUser(tx, id)
  if (locked === null) throw notFound('user')
  const { fields, isLastAdmin } = locked
  mayHandle(who, fields.role)
  if (fields.left) throw userLeft(fields.name)
  if (isLastAdmin) throw conflict('last_admin', 'This is the last admin. Make somebody else an admin first.')
  return fields
}
