import type { CallState, CallStatus, Named } from './call.ts'
import type { Card } from './card.ts'
import type { Changes } from './changes.ts'
import type { Barred } from './dialling.ts'
import type { Explanation } from './explanation.ts'
import type { OfferOutcome } from './offer.ts'
import type { Presence } from './presence.ts'
import type { Overflow } from './queue.ts'
import type { SupportRequest } from './request.ts'
import type { TalkEvent } from './talk.ts'
import type { VoipCall } from './voipCall.ts'

/**
 * What happened: one union, dotted past names. Events are written in the transaction of what they tell, numbered
 * without gaps per workspace, and everything else (screens, streams, activity log, reports) reads them from there.
 */
export type CenterEvent =
  | CallEvent
  | OfferEvent
  | AgentEvent
  | WorkEvent
  | RequestEvent
  | ContactEvent
  | SettingsEvent
  | AccessEvent
  | PrivacyEvent
  | VoipEvent

export type CallEvent =
  | (TalkEvent & { call: CallState })
  | RecordingEvent
  | { type: 'call.arrived'; call: CallState; card: Card }
  | { type: 'call.status_changed'; call: CallState; previousStatus: CallStatus }
  | { type: 'call.updated'; call: CallState }
  | { type: 'call.assigned'; call: CallState; agent: Named }
  /** A person has said who the caller is (or that it is none of the candidates: `call.contact` is null). */
  | { type: 'call.contact_settled'; call: CallState; by: Named }
  /** A call that somebody entered by hand. */
  | { type: 'call.logged'; call: CallState; by: Named }
  | { type: 'call.note_added'; call: CallState; note: { id: string; text: string }; by: Named }

  /** It stands in the line of `call.queue`. */
  | { type: 'call.queued'; call: CallState }
  /** It may not wait (any longer), or could not be led where its flow meant to. */
  | { type: 'call.diverted'; call: CallState; reason: DiversionReason; to: Overflow['type'] | 'default-queue' }
  /** It was to be led to a telephone to which calls may not go. `number`: as it was given. */
  | { type: 'call.barred'; call: CallState; number: string; barred: Barred }
  /** Whoever took it could not be reached: it is back at its old place in line. */
  | { type: 'call.requeued'; call: CallState; agent: Named }
  /** `left`: the agent who had it, and has it no longer. */
  | { type: 'call.transferred'; call: CallState; to: string; by: Named; left: Named | null }
  | { type: 'call.consent_noted'; call: CallState; given: boolean }
  /** Somebody has said what came of it: `call.disposition`. */
  | { type: 'call.disposed'; call: CallState; by: Named }
  /** Somebody on our side ends it. */
  | { type: 'call.hung_up'; call: CallState; by: Named }

/** Why nobody is asked any more: the agent ended it, whoever was asked left it, did not answer, or said no. */
export type ConsultationEnd = 'ended' | 'left' | 'unanswered' | 'declined'

/** `seconds`: whole seconds of audio. */
export type RecordingEvent =
  | { type: 'recording.completed'; recordingId: string; call: CallState; of: 'call' | 'voicemail'; seconds: number }
  | { type: 'recording.failed'; recordingId: string; call: CallState }
  /** One that could not be heard can be now: it failed, or was with a provider, and is in our store. */
  | { type: 'recording.available'; recordingId: string; call: CallState; of: 'call' | 'voicemail' }
  /** Somebody has begun to listen. `by` null: whoever had a signed link. */
  | { type: 'recording.heard'; recordingId: string; call: CallState; by: Named | null }
  /** Nobody deletes it until the hold is lifted. */
  | { type: 'recording.held'; recordingId: string; call: CallState; reason: string; by: Named }
  | { type: 'recording.released'; recordingId: string; call: CallState; by: Named }
  /** What was said in it has been written down. */
  | { type: 'recording.transcribed'; recordingId: string; call: CallState; of: 'call' | 'voicemail' }

/** `nobody`: the queue has no agents, or none who could ever take this call. */
export type DiversionReason = 'closed' | 'max-wait' | 'full' | 'nobody' | 'budget' | 'broken-flow'

/** A call, callback or voicemail asks an agent: “yours?” Times are ISO 8601. */
export interface OfferState {
  id: string
  kind: WorkKind
  workId: string
  callId: string
  queue: Named
  agent: Named
  attempt: number
  madeAt: string
  expiresAt: string
  waitedSeconds: number
}

/** What waits in a queue. A voicemail, a promised callback and a colleague's question are work like a call. */
export type WorkKind = 'call' | 'callback' | 'voicemail' | 'consultation'

export type OfferEvent =
  /** With everything that its agent needs to see, and why it was this agent. */
  | { type: 'offer.made'; offer: OfferState; call: CallState; card: Card; explanation: Explanation | null }
  | { type: 'offer.ended'; offer: OfferState; call: CallState; outcome: OfferOutcome }

export type AgentEvent =
  /** `by` null: the center itself, for the reason that `presence` gives. */
  | { type: 'agent.presence_changed'; agent: Named; presence: Presence; previous: Presence; by: Named | null }
  | { type: 'agent.wrap_up_started'; agent: Named; call: CallState; until: string }
  | { type: 'agent.wrap_up_extended'; agent: Named; callId: string; until: string }
  | { type: 'agent.wrap_up_ended'; agent: Named; callId: string }
  | { type: 'agent.updated'; agent: Named; changed: string[]; changes?: Changes; by: Named }

export type WorkEvent =
  | { type: 'voicemail.left'; voicemailId: string; call: CallState; seconds: number }
  | { type: 'voicemail.taken_up'; voicemailId: string; call: CallState; agent: Named }
  /** Whoever had taken it up takes no calls any more: it stands in line again. */
  | { type: 'voicemail.put_back'; voicemailId: string; call: CallState; agent: Named }
  | { type: 'voicemail.done'; voicemailId: string; call: CallState; by: Named }
  | { type: 'callback.promised'; callbackId: string; call: CallState; number: string }
  | { type: 'callback.taken_up'; callbackId: string; call: CallState; agent: Named }
  /** As with voicemails. */
  | { type: 'callback.put_back'; callbackId: string; call: CallState; agent: Named }
  /**
   * The attempt to return it has come to nothing. `reason` `agent-unreachable`: it stands in line again; else
   * (`customer-unreachable`, `too-many-attempts`) a person has to see to it.
   */
  | { type: 'callback.failed'; callbackId: string; call: CallState; reason: string }
  | { type: 'callback.done'; callbackId: string; call: CallState; by: Named }

export type SettingsEvent =
  | { type: 'queue.created'; queue: Named; by: Named }
  | { type: 'queue.updated'; queue: Named; changed: string[]; changes?: Changes; by: Named }
  | { type: 'queue.deleted'; queue: Named; by: Named }
  | { type: 'hours.created'; hours: Named; by: Named }
  | { type: 'hours.updated'; hours: Named; changed?: string[]; changes?: Changes; by: Named }
  | { type: 'hours.deleted'; hours: Named; by: Named }
  | { type: 'prompt.created'; prompt: Named; by: Named }
  | { type: 'prompt.updated'; prompt: Named; by: Named }
  | { type: 'prompt.deleted'; prompt: Named; by: Named }
  | { type: 'custom_field.created'; field: Named; by: Named }
  | { type: 'custom_field.updated'; field: Named; by: Named }
  | { type: 'custom_field.deleted'; field: Named; by: Named }
  | { type: 'connector.connected'; connector: Named; by: Named }
  | { type: 'connector.updated'; connector: Named; changed: string[]; by: Named }
  | { type: 'connector.disconnected'; connector: Named; by: Named }
  /** It stands still until somebody connects it anew; `problem` says why. */
  | { type: 'connector.failed'; connector: Named; problem: string }
  | { type: 'flow.created'; flow: Named; by: Named }
  | { type: 'flow.updated'; flow: Named; changed?: string[]; changes?: Changes; by: Named }
  | { type: 'flow.published'; flow: Named; version: number; by: Named }
  | { type: 'flow.deleted'; flow: Named; by: Named }
  | { type: 'webhook.created'; webhook: Named; by: Named }
  | { type: 'webhook.updated'; webhook: Named; changed: string[]; changes?: Changes; by: Named }
  | { type: 'webhook.deleted'; webhook: Named; by: Named }
  /** So many of its deliveries are made once more. */
  | { type: 'webhook.replayed'; webhook: Named; deliveries: number; by: Named }
  /** It has said that it is gone, so it is told of nothing any more. */
  | { type: 'webhook.disabled'; webhook: Named; reason: string }

export type RequestEvent =
  | { type: 'request.created'; request: SupportRequest; card: Card }
  | { type: 'request.updated'; request: SupportRequest; by: Named }

/** Personal data stays in the contact's own row: events of contacts carry ids and a name only. */
export type ContactEvent =
  | { type: 'contact.created'; contact: Named; by: Named }
  | { type: 'contact.updated'; contact: Named; by: Named }
  | { type: 'contact.deleted'; contact: Named; by: Named }
  | { type: 'contact.imported'; imported: number; rejected: number; by: Named }
  /** `from` has become `contact`, and is gone. */
  | { type: 'contact.merged'; contact: Named; from: Named; by: Named }

export type AccessEvent =
  | { type: 'user.created'; user: Named; role: string; by: Named }
  | { type: 'user.updated'; user: Named; changed: string[]; changes?: Changes; by: Named }
  /** They are no longer here; what they have done stays under their name. */
  | { type: 'user.left'; user: Named; by: Named }
  | { type: 'user.returned'; user: Named; role: string; by: Named }
  /** `method`: how, where it is known. */
  | { type: 'user.signed_in'; user: Named; method?: 'password' | 'link' | 'second-factor' }
  /** Somebody gave a wrong password or code for this account; told at most once a minute for each. */
  | { type: 'user.sign_in_failed'; user: Named }
  | { type: 'user.signed_out'; user: Named }
  /** Some of their sessions, or all. */
  | { type: 'user.sessions_ended'; user: Named; by: Named }
  | { type: 'user.second_factor_added'; user: Named; by: Named }
  | { type: 'user.second_factor_removed'; user: Named; by: Named }
  | { type: 'user.recovery_code_used'; user: Named; by: Named }
  | { type: 'user.recovery_codes_renewed'; user: Named; by: Named }
  /** `secondFactorFor`: the roles that may not sign in without one. */
  | { type: 'sign_in_policy.updated'; secondFactorFor: string[]; by: Named }
  | { type: 'api_key.created'; key: Named; by: Named }
  | { type: 'api_key.revoked'; key: Named; by: Named }
  /** `previousUntil`: how long the old key works beside the new one; null: it has ended. */
  | { type: 'api_key.rotated'; key: Named; previousUntil: string | null; by: Named }
  | { type: 'api_key.limited'; key: Named; requestsPerHour: number | null; by: Named }
  | { type: 'number.added'; number: Named; by: Named }
  | { type: 'number.updated'; number: Named; changes?: Changes; by: Named }
  | { type: 'number.removed'; number: Named; by: Named }
  | { type: 'workspace.created'; workspace: Named }
  /** Whoever may take part in calls between browsers: by the id of the portal's or the CRM's own sign-in. */
  | { type: 'participant.created' | 'participant.updated'; participant: Named; by: Named }
  /** Somebody takes the audit log away with them: what of it. */
  | { type: 'audit.exported'; filter: Record<string, string>; by: Named }

export type PrivacyEvent =
  /** Nobody can hear or read it any more. `by` null: the center itself, for the reason given. */
  | {
      type: 'recording.deleted'
      recordingId: string
      call: CallState
      reason: DeletionReason
      note: string | null
      by: Named | null
    }
  /** What was said has been read as it was said. */
  | { type: 'transcript.read'; recordingId: string; call: CallState; by: Named }
  /** What was too old is gone. `seconds`: of audio, all together. */
  | { type: 'retention.applied'; recordings: number; seconds: number }
  | { type: 'call_settings.updated'; changed: string[]; changes?: Changes; by: Named }
  | { type: 'privacy.exported'; subject: PrivacySubject; by: Named }
  | { type: 'privacy.erased'; subject: PrivacySubject; erased: Record<string, number>; by: Named }

/** `no-consent`: the customer did not want to be recorded, and the provider had. */
export type DeletionReason = 'retention' | 'request' | 'erasure' | 'no-consent'

/** Whose data: the last two digits of the number, and a keyed hash of it, by which the same number is known again. */
export interface PrivacySubject {
  ending: string
  hash: string
}

/** A call between people at their browsers, told to those two; the center's own screens hear of the same call as `call.*`. */
export type VoipEvent = { type: VoipEventType; voip: VoipState }
export type VoipEventType =
  | 'voip.started'
  | 'voip.accepted'
  | 'voip.declined'
  | 'voip.missed'
  | 'voip.ended'
  /** The customer's page has said what there was to say about recording. */
  | 'voip.consent_noted'
export type VoipState = Omit<VoipCall, 'dueAt' | 'connections'>

export type EventType = CenterEvent['type']
