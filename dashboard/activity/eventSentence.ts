import type { z } from 'zod'
import type { Call, CenterEvent } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { clock } from '../../react/clock.ts'
import { callerName } from '../live/announcement.ts'
import type { Text } from '../text/en.ts'

/**
 * One line of the event log in words. Events of a kind that this page does not know (a newer server's) are shown by
 * their type.
 */
export function eventSentence(entry: z.infer<typeof CenterEvent>, text: Text, country: string, format: string): string {
  const event = entry as unknown as LiveEvent
  const words = text.events
  const desk = text.deskEvents
  const talk = text.voice.events
  const who = (call: Call) => callerName(call, { country, text })
  const figure = (value: number) => new Intl.NumberFormat(format).format(value)
  switch (event.type) {
    case 'call.arrived':
      return event.call.direction === 'inbound'
        ? words.arrivedInbound(who(event.call))
        : words.arrivedOutbound(who(event.call))
    case 'call.status_changed':
      return words.status[event.call.status](who(event.call))
    case 'call.updated':
      return words.updated(who(event.call))
    case 'call.assigned':
      return words.assigned(event.agent.name, who(event.call))
    case 'call.contact_settled':
      return event.call.contact
        ? words.settled(event.by.name, event.call.contact.name)
        : words.settledNobody(event.by.name)
    case 'call.logged':
      return words.logged(event.by.name, who(event.call))
    case 'call.note_added':
      return words.noted(event.by.name, who(event.call))
    case 'call.queued':
      return desk.queued(who(event.call), event.call.queue?.name ?? text.none)
    case 'call.diverted':
      return desk.diverted(
        who(event.call),
        desk.divertedBecause[event.reason] ?? event.reason,
        desk.divertedTo[event.to] ?? event.to,
      )
    case 'call.barred':
      return text.dialling.barred(
        who(event.call),
        formatNumber(event.number, country),
        barredBecause(event.barred, text, format),
      )
    case 'call.requeued':
      return desk.requeued(who(event.call), event.agent.name)
    case 'call.transferred':
      return desk.transferred(event.by.name, who(event.call), event.to)
    case 'call.consent_noted':
      return desk.consent(who(event.call), event.given)
    case 'call.held':
      return talk.held(event.by.name, who(event.call))
    case 'call.resumed':
      return talk.resumed(event.by.name, who(event.call))
    case 'call.muted':
      return talk.muted(event.by.name)
    case 'call.unmuted':
      return talk.unmuted(event.by.name)
    case 'call.disposed':
      return talk.disposed(event.by.name, event.call.disposition)
    case 'call.hung_up':
      return talk.hungUp(event.by.name, who(event.call))
    case 'recording.started':
      return talk.recordingStarted(event.by.name)
    case 'recording.paused':
      return talk.recordingPaused(event.by.name)
    case 'recording.resumed':
      return talk.recordingResumed(event.by.name)
    case 'recording.stopped':
      return talk.recordingStopped(event.by.name)
    case 'recording.completed':
      return talk.recordingCompleted(clock(event.seconds))
    case 'recording.failed':
      return talk.recordingFailed
    case 'recording.available':
      return talk.recordingAvailable(who(event.call))
    case 'recording.deleted': {
      const { deleted, expired, unwanted } = text.compliance.events
      if (event.by !== null) return deleted(event.by.name, who(event.call))
      return event.reason === 'no-consent' ? unwanted(who(event.call)) : expired(who(event.call))
    }
    case 'transcript.read':
      return text.compliance.events.read(event.by.name, who(event.call))
    case 'retention.applied':
      return text.compliance.events.applied(figure(event.recordings))
    case 'call_settings.updated':
      return text.compliance.events.settings(event.by.name)
    case 'privacy.exported':
      return text.compliance.events.exported(event.by.name, event.subject.ending)
    case 'privacy.erased':
      return text.compliance.events.erased(event.by.name, event.subject.ending)
    case 'recording.heard':
      return talk.recordingHeard(event.by?.name ?? null, who(event.call))
    case 'recording.held':
      return talk.recordingHeld(event.by.name, who(event.call), event.reason)
    case 'recording.released':
      return talk.recordingReleased(event.by.name, who(event.call))
    case 'recording.transcribed':
      return talk.recordingTranscribed
    case 'consultation.asked':
      return talk.consultationAsked(event.by.name, event.asked.name)
    case 'consultation.answered':
      return talk.consultationAnswered(event.agent.name)
    case 'consultation.merged':
      return event.threeWay ? talk.threeWay(event.by.name) : talk.inPrivate(event.by.name)
    case 'consultation.ended':
      return talk.consultationEnded[event.reason](event.asked.name)
    case 'supervision.started':
    case 'supervision.changed':
      return talk.listens[event.listening](event.by.name)
    case 'supervision.ended':
      return talk.listensNoMore(event.by.name)
    case 'offer.made':
      return desk.offered(who(event.call), event.offer.agent.name)
    case 'offer.ended':
      return desk.offerEnded[event.outcome](event.offer.agent.name, who(event.call))
    case 'agent.presence_changed': {
      const { status, reason } = event.presence
      if (event.by !== null && event.by.id !== event.agent.id && event.by.name !== event.agent.name) {
        return desk.presenceBy(event.by.name, event.agent.name, text.deskStatus.status[status])
      }
      return desk.presence(event.agent.name, text.deskStatus.status[status], reasonInWords(reason, text))
    }
    case 'agent.wrap_up_started':
      return desk.wrapUpStarted(event.agent.name, who(event.call))
    case 'agent.wrap_up_extended':
      return desk.wrapUpExtended(event.agent.name)
    case 'agent.wrap_up_ended':
      return desk.wrapUpEnded(event.agent.name)
    case 'agent.updated':
      return desk.agentUpdated(event.by.name, event.agent.name)
    case 'voip.started':
      return talk.betweenPages.started(event.voip.from.name, event.voip.to.name)
    case 'voip.accepted':
      return talk.betweenPages.accepted(event.voip.from.name, event.voip.to.name)
    case 'voip.declined':
      return talk.betweenPages.declined(event.voip.from.name, event.voip.to.name)
    case 'voip.missed':
      return talk.betweenPages.missed(event.voip.from.name, event.voip.to.name)
    case 'voip.ended':
      return talk.betweenPages.ended(event.voip.from.name, event.voip.to.name)
    case 'voip.consent_noted': {
      const { from, to, consent } = event.voip
      return talk.betweenPages.recording[consent.said.choice](from.name, to.name)
    }
    case 'voicemail.left':
      return desk.voicemailLeft(who(event.call), clock(event.seconds))
    case 'voicemail.taken_up':
      return desk.voicemailTakenUp(event.agent.name, who(event.call))
    case 'voicemail.put_back':
      return desk.voicemailPutBack(event.agent.name, who(event.call))
    case 'voicemail.done':
      return desk.voicemailDone(event.by.name, who(event.call))
    case 'callback.promised':
      return desk.callbackPromised(who(event.call), formatNumber(event.number, country))
    case 'callback.taken_up':
      return desk.callbackTakenUp(event.agent.name, who(event.call))
    case 'callback.put_back':
      return desk.callbackPutBack(event.agent.name, who(event.call))
    case 'callback.failed':
      return desk.callbackFailed(who(event.call))
    case 'callback.done':
      return desk.callbackDone(event.by.name, who(event.call))
    case 'request.created':
      return words.requestCreated(event.request.contact?.name ?? event.request.userEmail, event.request.subject)
    case 'request.updated':
      return words.requestUpdated[event.request.status](event.by.name, event.request.subject)
    case 'contact.created':
      return words.contactCreated(event.by.name, event.contact.name)
    case 'contact.updated':
      return words.contactUpdated(event.by.name, event.contact.name)
    case 'contact.deleted':
      return words.contactDeleted(event.by.name, event.contact.name)
    case 'contact.imported':
      return words.contactsImported(event.by.name, figure(event.imported), figure(event.rejected))
    case 'contact.merged':
      return text.sync.events.merged(event.by.name, event.from.name, event.contact.name)
    case 'custom_field.created':
      return text.sync.events.fieldCreated(event.by.name, event.field.name)
    case 'custom_field.updated':
      return text.sync.events.fieldUpdated(event.by.name, event.field.name)
    case 'custom_field.deleted':
      return text.sync.events.fieldDeleted(event.by.name, event.field.name)
    case 'connector.connected':
      return text.sync.events.connected(event.by.name, event.connector.name)
    case 'connector.updated':
      return text.sync.events.connectorUpdated(event.by.name, event.connector.name)
    case 'connector.disconnected':
      return text.sync.events.disconnected(event.by.name, event.connector.name)
    case 'connector.failed':
      return text.sync.events.connectorFailed(event.connector.name, event.problem)
    case 'user.created':
      return words.userCreated(event.by.name, event.user.name)
    case 'user.updated':
      return event.by.id === event.user.id
        ? words.ownProfileUpdated(event.user.name)
        : words.userUpdated(event.by.name, event.user.name)
    case 'user.left':
      return words.userLeft(event.by.name, event.user.name)
    case 'user.returned':
      return words.userReturned(event.by.name, event.user.name)
    case 'user.signed_in':
      return words.signedIn(event.user.name)
    case 'user.sign_in_failed':
      return text.audit.signInFailed(event.user.name)
    case 'user.sessions_ended':
      return text.security.events.sessionsEnded(event.by.name, event.user.name)
    case 'user.second_factor_added':
      return text.security.events.factorAdded(event.user.name)
    case 'user.second_factor_removed':
      return text.security.events.factorRemoved(event.by.name, event.user.name)
    case 'user.recovery_code_used':
      return text.security.events.recoveryCodeUsed(event.user.name)
    case 'user.recovery_codes_renewed':
      return text.security.events.recoveryCodesRenewed(event.user.name)
    case 'sign_in_policy.updated':
      return text.security.events.policyUpdated(event.by.name)
    case 'user.signed_out':
      return words.signedOut(event.user.name)
    case 'api_key.created':
      return words.keyCreated(event.by.name, event.key.name)
    case 'api_key.revoked':
      return words.keyRevoked(event.by.name, event.key.name)
    case 'api_key.rotated':
      return words.keyRotated(event.by.name, event.key.name)
    case 'api_key.limited':
      return event.requestsPerHour === null
        ? words.keyUnlimited(event.by.name, event.key.name)
        : words.keyLimited(event.by.name, event.key.name, figure(event.requestsPerHour))
    case 'number.added':
      return desk.numberAdded(event.by.name, formatNumber(event.number.name, country))
    case 'number.updated':
      return desk.numberUpdated(event.by.name, formatNumber(event.number.name, country))
    case 'number.removed':
      return desk.numberRemoved(event.by.name, formatNumber(event.number.name, country))
    case 'queue.created':
      return desk.queueCreated(event.by.name, event.queue.name)
    case 'queue.updated':
      return desk.queueUpdated(event.by.name, event.queue.name)
    case 'queue.deleted':
      return desk.queueDeleted(event.by.name, event.queue.name)
    case 'hours.created':
      return desk.hoursCreated(event.by.name, event.hours.name)
    case 'hours.updated':
      return desk.hoursUpdated(event.by.name, event.hours.name)
    case 'hours.deleted':
      return desk.hoursDeleted(event.by.name, event.hours.name)
    case 'prompt.created':
      return text.prompts.events.created(event.by.name, event.prompt.name)
    case 'prompt.updated':
      return text.prompts.events.updated(event.by.name, event.prompt.name)
    case 'prompt.deleted':
      return text.prompts.events.deleted(event.by.name, event.prompt.name)
    case 'flow.created':
      return desk.flowCreated(event.by.name, event.flow.name)
    case 'flow.updated':
      return desk.flowUpdated(event.by.name, event.flow.name)
    case 'flow.published':
      return desk.flowPublished(event.by.name, event.flow.name, event.version)
    case 'flow.deleted':
      return desk.flowDeleted(event.by.name, event.flow.name)
    case 'webhook.created':
      return text.webhooks.events.created(event.by.name, event.webhook.name)
    case 'webhook.updated':
      return text.webhooks.events.updated(event.by.name, event.webhook.name)
    case 'webhook.deleted':
      return text.webhooks.events.deleted(event.by.name, event.webhook.name)
    case 'webhook.replayed':
      return text.webhooks.events.replayed(event.by.name, event.webhook.name, figure(event.deliveries))
    case 'webhook.disabled':
      return text.webhooks.events.disabled(event.webhook.name, event.reason)
    case 'participant.created':
      return text.audit.participantCreated(event.by.name, event.participant.name)
    case 'participant.updated':
      return text.audit.participantUpdated(event.by.name, event.participant.name)
    case 'audit.exported':
      return text.audit.exported(event.by.name)
    case 'workspace.created':
      return words.workspaceCreated(event.workspace.name)
    default:
      return entry.type
  }
}

function barredBecause(
  barred: Extract<LiveEvent, { type: 'call.barred' }>['barred'],
  { dialling: words }: Text,
  format: string,
): string {
  switch (barred.because) {
    case 'country':
    case 'unassigned':
      return words.because[barred.because](
        new Intl.DisplayNames(format, { type: 'region' }).of(barred.country) ?? barred.country,
      )
    case 'kind':
      return words.because.kind(words.kindNames[barred.kind])
    case 'limit':
      return words.because.limit(barred.callsPerHour)
    default:
      return words.because.unreadable
  }
}

/** Why somebody's presence is what it is: the center's own reasons in the reader's language, people's as they gave them. */
export const reasonInWords = (reason: string | null, text: Text): string | null =>
  reason === null ? null : (text.deskStatus.changedShort[reason] ?? reason)
