import * as contract from '../../client/contract.ts'
import { seesCall } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import type { CallRecord } from '../calls/callStore.ts'
import { demand } from '../calls/center.ts'
import type { Command } from '../calls/turnInput.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, invalid, notFound } from '../platform/refusal.ts'
import { findCallIdBySid } from './crmCallStore.ts'
import { personRef } from './crmCallView.ts'
import { findSupervisor, type Supervisor } from './supervisorStore.ts'

/** What a CRM asks of a call on behalf of somebody who leads. */
export const callActionRoutes: Routes = (http, app) => {
  serve(http, app, contract.actOnCrmCall, async ({ who, body }) => {
    const { action, supervisor_id } = body
    const { callId, supervisor } = await app.db.inWorkspace(who.workspaceId, async tx => ({
      callId: body.call_id ?? (await findCallIdBySid(tx, body.call_sid!)),
      supervisor: supervisor_id === undefined ? null : await findSupervisor(tx, supervisor_id),
    }))
    if (callId === null) throw notFound('call')
    const admit = (record: CallRecord) => {
      if (!seesCall(who, record.call)) throw notFound('call')
      if (action === 'disconnect') return
      mustBeHeardHere(record.call, app.outside.hasSoftphones(record.call.provider))
      mustBeAbleToListen(supervisor)
    }
    // Who listens is who is told of: it is their page that hears. A call is ended in the name of whoever asks.
    const by = supervisor === null ? authorOf(who) : { id: supervisor.id, name: supervisor.name }
    const input: Command =
      action === 'disconnect' ? { type: 'finish', agentId: null, by } : { type: 'supervise', listening: action, by }
    const { call } = await demand(app.center, who.workspaceId, { type: 'command', callId, admit, input })
    return {
      success: true,
      call_id: callId,
      call_sid: call!.providerCallId,
      action,
      status: call!.status,
      supervisor: supervisor && personRef(supervisor),
    }
  })
}

/** Throws the refusal for a call in which nobody can be listened to from here. `isOurs`: we carry the audio of such calls. */
function mustBeHeardHere({ status, control, provider, conversation }: CallRecord['call'], isOurs: boolean): void {
  if (status === 'completed' || status === 'failed') throw conflict('call_over', 'This call is over.')
  if (conversation !== null) return
  if (isOurs) throw conflict('not_talking', 'Nobody is talking with this caller yet.')
  const instead = control === 'ours' ? '“disconnect” ends it from here.' : 'Listen, and hang up, there.'
  throw conflict('not_controllable', `The audio of this call is not with Ringside but with ${provider}. ${instead}`)
}

/** Throws the refusal for somebody who may not listen, or would not hear anything. */
function mustBeAbleToListen(supervisor: Supervisor | null): void {
  if (supervisor === null) throw notFound('supervisor')
  const { name, role, hasPage } = supervisor
  if (role === 'agent') {
    throw invalid([{ path: 'supervisor_id', message: `${name} is an agent: supervisors and admins can listen.` }])
  }
  if (!hasPage) {
    throw conflict(
      'softphone_closed',
      `${name} has no page of Ringside open to listen in. Have them open the live board (/live), then ask again.`,
    )
  }
}
