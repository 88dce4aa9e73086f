import { isDeepStrictEqual } from 'node:util'
import * as contract from '../../client/contract.ts'
import { changesBetween } from '../../core/changes.ts'
import type { Principal } from '../../core/role.ts'
import { actorOf, agentOf, authorOf } from '../access/actor.ts'
import { pageOfShort } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { notFound } from '../platform/refusal.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { readCallable } from '../settings/dialling.ts'
import { type AgentFields, lockAgent, saveAgent } from './agentStore.ts'
import { findAgentView, listAgentViews, listRetiredViews } from './agentView.ts'

export const agentRoutes: Routes = (http, app) => {
  const { db } = app

  serve(http, app, contract.listAgents, async ({ who, query }) =>
    pageOfShort(
      await db.inWorkspace(who.workspaceId, query.state === 'here' ? listAgentViews : listRetiredViews),
      query,
    ),
  )

  serve(http, app, contract.getMyAgent, async ({ who }) => {
    const { agent: self } = actorOf(who)
    const agent = self && (await db.inWorkspace(who.workspaceId, tx => findAgentView(tx, self.id)))
    if (agent === null) throw notFound('agent')
    return agent
  })

  serve(http, app, contract.updateAgent, async ({ who, params: { id }, body }) => {
    const agent = await db.inWorkspace(who.workspaceId, tx => changeAgent(tx, who, id, body))
    app.center.poke(who.workspaceId)
    return { success: true, agent }
  })

  serve(http, app, contract.setMyPhone, async ({ who, body: { phone } }) => {
    const { id } = agentOf(who)
    const agent = await db.inWorkspace(who.workspaceId, tx => changeAgent(tx, who, id, { phone }))
    app.center.poke(who.workspaceId)
    return { success: true, agent }
  })
}

type Given = { [Field in keyof AgentFields]?: AgentFields[Field] | undefined }

/** Changes what is given. Throws a 404 refusal when there is no such agent, a 400 one for what is no telephone. */
async function changeAgent(tx: Tx, who: Principal, id: string, given: Given): Promise<contract.Agent> {
  const before = await lockAgent(tx, id)
  if (before === null) throw notFound('agent')
  const after: AgentFields = {
    skills: given.skills ?? before.skills,
    team: given.team === undefined ? before.team : given.team,
    capacity: given.capacity ?? before.capacity,
    phone:
      given.phone === undefined
        ? before.phone
        : given.phone === null
          ? null
          : await readCallable(tx, given.phone, 'phone'),
  }
  const changed = (['skills', 'team', 'capacity', 'phone'] as const).filter(
    field => !isDeepStrictEqual(before[field], after[field]),
  )
  if (changed.length > 0) {
    await saveAgent(tx, id, after)
    await bumpSettings(tx)
  }
  const agent = (await findAgentView(tx, id))!
  if (changed.length > 0) {
    // The agent's own telephone is nobody else's business: that it has changed is enough.
    const changes = changesBetween({ ...before, phone: null }, { ...after, phone: null })
    tx.emit({ type: 'agent.updated', agent: { id, name: agent.name }, changed, changes, by: authorOf(who) })
  }
  return agent
}
