import { consultantIn } from './conversation.ts'
import type { CenterEvent } from './event.ts'
import { may, type Principal } from './role.ts'

/**
 * Who is told of an event. An event goes to some rooms, a principal sits in some; whoever sits in one of them is told.
 * The same rules as {@link seesCall} of `role.ts`, made so that one event is prepared once for everybody.
 *
 * `calls`, `contacts`, `activity`: all there is of that kind in the workspace. `open`: calls that are nobody's yet, and
 * requests. `queue:<id>`, `agent:<id>`: what belongs there.
 */
export function roomsOf(principal: Principal): string[] {
  const rooms: string[] = []
  if (may(principal, 'see contacts')) rooms.push('contacts')
  if (may(principal, 'see activity')) rooms.push('activity')
  if (!may(principal, 'see calls')) return rooms
  if (principal.kind === 'key' || principal.role !== 'agent') return [...rooms, 'calls']
  rooms.push('open', ...principal.queueIds.map(id => `queue:${id}`))
  if (principal.agentId !== null) rooms.push(`agent:${principal.agentId}`)
  return rooms
}

export function roomsFor(event: CenterEvent): string[] {
  switch (event.type) {
    case 'call.arrived':
    case 'call.status_changed':
    case 'call.updated':
    case 'call.assigned':
    case 'call.contact_settled':
    case 'call.logged':
    case 'call.note_added':
    case 'call.queued':
    case 'call.diverted':
    case 'call.barred':
    case 'call.requeued':
    case 'call.transferred':
    case 'call.consent_noted':
    case 'call.hung_up':
    case 'call.disposed':
    case 'call.held':
    case 'call.resumed':
    case 'call.muted':
    case 'call.unmuted':
    case 'consultation.asked':
    case 'consultation.answered':
    case 'consultation.merged':
    case 'consultation.ended':
    case 'recording.started':
    case 'recording.paused':
    case 'recording.resumed':
    case 'recording.stopped':
    case 'recording.completed':
    case 'recording.failed':
    case 'recording.available':
    case 'recording.transcribed':
    case 'recording.deleted':
    case 'voicemail.left':
    case 'voicemail.taken_up':
    case 'voicemail.put_back':
    case 'voicemail.done':
    case 'callback.promised':
    case 'callback.taken_up':
    case 'callback.put_back':
    case 'callback.failed':
    case 'callback.done': {
      const { queue, agent } = event.call
      const rooms = ['calls']
      if (agent) rooms.push(`agent:${agent.id}`)
      // Events that were written before conversations were known have none.
      const consultant = event.call.conversation && consultantIn(event.call.conversation)
      if (consultant) rooms.push(`agent:${consultant.person.id}`)
      // Who is out of it must learn that it is.
      if ('left' in event && event.left) rooms.push(`agent:${event.left.id}`)
      if (queue) rooms.push(`queue:${queue.id}`)
      // Those who saw that it was nobody's must learn that it is somebody's now.
      else if (!agent || event.type === 'call.assigned') rooms.push('open')
      return rooms
    }
    // Who has listened is a matter of those who lead.
    case 'recording.heard':
    case 'recording.held':
    case 'recording.released':
    case 'transcript.read':
      return ['calls']
    // So is who listens unseen.
    case 'supervision.started':
    case 'supervision.changed':
    case 'supervision.ended': {
      const { agent } = event.call
      return event.visible && agent ? ['calls', `agent:${agent.id}`] : ['calls']
    }
    // An offer is its agent's alone: the others of the queue see the call wait.
    case 'offer.made':
    case 'offer.ended':
    case 'agent.presence_changed':
    case 'agent.wrap_up_started':
    case 'agent.wrap_up_extended':
    case 'agent.wrap_up_ended':
    case 'agent.updated':
      return ['calls', `agent:${'offer' in event ? event.offer.agent.id : event.agent.id}`]
    case 'request.created':
    case 'request.updated':
      return ['calls', 'open']
    case 'contact.created':
    case 'contact.updated':
    case 'contact.deleted':
    case 'contact.imported':
    case 'contact.merged':
      return ['contacts']
    case 'user.created':
    case 'user.updated':
    case 'user.left':
    case 'user.returned':
    case 'user.signed_in':
    case 'user.sign_in_failed':
    case 'user.signed_out':
    case 'user.sessions_ended':
    case 'user.second_factor_added':
    case 'user.second_factor_removed':
    case 'user.recovery_code_used':
    case 'user.recovery_codes_renewed':
    case 'sign_in_policy.updated':
    case 'api_key.created':
    case 'api_key.revoked':
    case 'api_key.rotated':
    case 'api_key.limited':
    case 'number.added':
    case 'number.updated':
    case 'number.removed':
    case 'queue.created':
    case 'queue.updated':
    case 'queue.deleted':
    case 'hours.created':
    case 'hours.updated':
    case 'hours.deleted':
    case 'prompt.created':
    case 'prompt.updated':
    case 'prompt.deleted':
    case 'custom_field.created':
    case 'custom_field.updated':
    case 'custom_field.deleted':
    case 'connector.connected':
    case 'connector.updated':
    case 'connector.disconnected':
    case 'connector.failed':
    case 'flow.created':
    case 'flow.updated':
    case 'flow.published':
    case 'flow.deleted':
    case 'webhook.created':
    case 'webhook.updated':
    case 'webhook.deleted':
    case 'webhook.replayed':
    case 'webhook.disabled':
    case 'workspace.created':
    case 'audit.exported':
    case 'participant.created':
    case 'participant.updated':
    case 'retention.applied':
    case 'call_settings.updated':
    case 'privacy.exported':
    case 'privacy.erased':
      return ['activity']
    case 'voip.started':
    case 'voip.accepted':
    case 'voip.declined':
    case 'voip.missed':
    case 'voip.ended':
    case 'voip.consent_noted':
      return [roomOfParticipant(event.voip.from.id), roomOfParticipant(event.voip.to.id)]
    default:
      return event satisfies never
  }
}

/** Whether it is told to those who lead, and to nobody else. */
function isForLeaders(event: CenterEvent): boolean {
  const rooms = roomsFor(event)
  return rooms.length === 1 && rooms[0] === 'calls'
}

/** Whether somebody who sees a call may know that this has happened to it. */
export const mayKnow = (principal: Principal, event: CenterEvent): boolean =>
  !isForLeaders(event) || roomsOf(principal).includes('calls')

/** Where who takes part in calls between browsers hears of its own. */
export const roomOfParticipant = (participantId: string): string => `participant:${participantId}`

/** Whose open connections these are: the room that each of them sits in besides. */
export const personOf = (who: Principal): string => (who.kind === 'user' ? `user ${who.userId}` : `key ${who.keyId}`)

/** Whose open connections must not outlive this event, because their credentials, or what they allow, have changed. */
export function revokedBy(event: CenterEvent): string | null {
  switch (event.type) {
    case 'user.updated':
    case 'user.left':
    case 'user.signed_out':
    case 'user.sessions_ended':
    case 'user.second_factor_removed':
      return `user ${event.user.id}`
    case 'api_key.revoked':
      return `key ${event.key.id}`
    case 'api_key.rotated':
      return event.previousUntil === null ? `key ${event.key.id}` : null
    default:
      return null
  }
}

/** Whose open connections must show their credentials again: some of them have ended with this event, others have not. */
export const doubtedBy = (event: CenterEvent): string | null =>
  event.type === 'api_key.rotated' && event.previousUntil !== null ? `key ${event.key.id}` : null
