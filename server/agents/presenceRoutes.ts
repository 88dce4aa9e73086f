import * as contract from '../../client/contract.ts'
import type { Presence } from '../../core/presence.ts'
import type { Principal } from '../../core/role.ts'
import { cleanLine } from '../../core/text.ts'
import { agentOf, authorOf } from '../access/actor.ts'
import { demand } from '../calls/center.ts'
import type { TurnInput } from '../calls/turnInput.ts'
import { type Routes, serve } from '../platform/http.ts'
import { findAgentView } from './agentView.ts'

/** What agents say they are, and how long they still write. */
export const presenceRoutes: Routes = (http, app) => {
  /** Has it decided, and answers with the agent as it then is. */
  async function decide(who: Principal, agentId: string, input: TurnInput) {
    await demand(app.center, who.workspaceId, input)
    const agent = await app.db.inWorkspace(who.workspaceId, tx => findAgentView(tx, agentId))
    return { success: true as const, agent: agent! }
  }

  const choose = (
    who: Principal,
    agentId: string,
    body: { presence: Presence['status']; reason?: string | null | undefined },
  ) =>
    decide(who, agentId, {
      type: 'choosePresence',
      agentId,
      presence: { status: body.presence, reason: cleanLine(body.reason) },
      by: authorOf(who),
    })

  serve(http, app, contract.setPresence, ({ who, body }) => choose(who, agentOf(who).id, body))
  serve(http, app, contract.setAgentPresence, ({ who, params, body }) => choose(who, params.id, body))

  serve(http, app, contract.endWrapUp, ({ who, params }) => {
    const agentId = agentOf(who).id
    return decide(who, agentId, { type: 'wrapUp', agentId, callId: params.id, seconds: null })
  })

  serve(http, app, contract.extendWrapUp, ({ who, params, body }) => {
    const agentId = agentOf(who).id
    return decide(who, agentId, { type: 'wrapUp', agentId, callId: params.id, seconds: body.seconds })
  })
}
